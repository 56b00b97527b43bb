"""`lockstep.run` with np < 0: from its arguments to the value that rank 0 returned."""

import glob
import os
import sys

from lockstep import shipping
from lockstep.errors import LockstepError
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
        "shards": deal(enough_files(data_files(request["data"]), world_size, folder), world_size),
    }
    try:
        run_gang(shipping.command(request["python"] or sys.executable), world_size, store, options, say)
    except GangFailed as failed:
        last = failed.history[-1]
        failure = {"code": last["code"], "message": last["why"], "history": failed.history}
        raise RunFailed(failure, last_traceback(last["output"])) from None
    return shipping.load(store.result_files[shipping.RETURN_FILE])


def data_files(data):
    """Paths of Parquet files: of one file, of a list of files, or of a folder's, sorted."""
    if data is None:
        return []
    if isinstance(data, (str, os.PathLike)):
        path = os.path.abspath(os.fspath(data))
        files = sorted(glob.glob(os.path.join(glob.escape(path), "**", "*.parquet"), recursive=True))
        data = files if os.path.isdir(path) else [path]
    if isinstance(data, dict):
        message = "data: on this machine expected a Parquet file, a list of them or a folder; a query needs np > 0"
        raise LockstepError("LS_USAGE", message)
    paths = [os.path.abspath(os.fspath(one)) for one in data]
    missing = [path for path in paths if not os.path.isfile(path)]
    if missing or not paths:
        raise LockstepError("LS_DATA_UNREADABLE", f"data: there is no Parquet file {missing[0] if missing else path}")
    return paths


def enough_files(paths, world_size, folder):
    """The files, or where there are fewer than ranks, files of equal runs of their rows; that needs pyarrow."""
    if not 0 < len(paths) < world_size:
        return paths
    try:
        from pyarrow import parquet
    except ImportError as error:
        message = f"data: {len(paths)} files for {world_size} ranks, and pyarrow, which would divide them, is not installed"
        raise LockstepError("LS_DATA_TOO_FEW", message, "Run `pip install pyarrow`.") from error
    pieces = -(-world_size // len(paths))
    divided = []
    for index, path in enumerate(paths):
        table = parquet.read_table(path, memory_map=True)
        for piece in range(pieces):
            start, stop = (table.num_rows * edge // pieces for edge in (piece, piece + 1))
            target = os.path.join(folder, f"{index}-{piece}.parquet")
            parquet.write_table(table.slice(start, stop - start), target)
            divided.append(target)
    return divided


def deal(paths, world_size):
    """Each file to one rank: the largest first, to the rank that has least."""
    ranks = [[0, rank, []] for rank in range(world_size)]
    for path in sorted(paths, key=lambda one: (-os.path.getsize(one), one)):
        lightest = min(ranks)
        lightest[0] += os.path.getsize(path)
        lightest[2].append(path)
    return [sorted(files) for _, _, files in ranks]
