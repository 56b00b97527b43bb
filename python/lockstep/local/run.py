"""`lockstep.run` with np < 0: from its arguments to the value that rank 0 returned."""

import glob
import os
import sys

from lockstep import shipping
from lockstep.errors import LockstepError
from lockstep.local.dealing import deal
from lockstep.local.gang import GangFailed, run_gang
from lockstep.local.store import Store
from lockstep.outcome import RunFailed, last_traceback

#: Hides every accelerator from a task.
_NO_GPU = {"CUDA_VISIBLE_DEVICES": "", "ROCR_VISIBLE_DEVICES": ""}


def run_here(world_size, request, folder, say):
    """Runs what lies in `folder`/package on so many processes. Raises RunFailed."""
    store = Store(os.path.join(folder, "kept"))
    options = {
        "name": request["name"],
        "cwd": os.path.join(folder, "package"),
        "env": {**({} if request["gpu"] else _NO_GPU), **request["env"]},
        "limits": request["limits"],
        "folders": [folder],
        "shards": deal(data_files(request["data"]), world_size, folder),
    }
    try:
        run_gang(shipping.command(request["python"] or sys.executable), world_size, store, options, say)
    except GangFailed as failed:
        last = failed.history[-1]
        failure = {"code": last["code"], "message": last["why"], "history": failed.history}
        raise RunFailed(failure, last_traceback(last["output"])) from None
    return shipping.load(store.result_files[shipping.RETURN_FILE])


def data_files(data):
    """Paths of Parquet or Arrow files: of one file, of a list of files, or of a folder's, sorted."""
    if data is None:
        return []
    if isinstance(data, (str, os.PathLike)):
        path = os.path.abspath(os.fspath(data))
        below = glob.glob(os.path.join(glob.escape(path), "**", "*"), recursive=True)
        files = sorted(one for one in below if one.endswith((".parquet", ".arrow")))
        data = files if os.path.isdir(path) else [path]
    if isinstance(data, dict):
        message = "data: on this machine expected a Parquet or Arrow file, a list of them or a folder; a query needs np > 0"
        raise LockstepError("LS_USAGE", message)
    paths = [os.path.abspath(os.fspath(one)) for one in data]
    missing = [path for path in paths if not os.path.isfile(path)]
    if missing or not paths:
        raise LockstepError("LS_DATA_UNREADABLE", f"data: there is no file {missing[0] if missing else path}")
    return paths
