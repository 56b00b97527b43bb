"""`lockstep.run`: one function on every rank of a gang."""

import json
import os
import re
import sys
import tempfile

from lockstep import shipping
from lockstep.command import Stack, call
from lockstep.copying import copy_files
from lockstep.errors import LockstepError
from lockstep.outcome import outcome_of

#: What a gang in the local cloud is made of where nothing is said: hosts with this many made-up accelerators.
_LOCAL_TYPE, _LOCAL_ACCELERATORS = "p5.48xlarge", 8


def run(
    function,
    np,
    *,
    gpu=1,
    args=(),
    name=None,
    hosts=None,
    instance_types=None,
    gang=None,
    data=None,
    files=(),
    env=None,
    limits=None,
    publish=None,
    python=None,
    packages=None,
    stack=None,
    outputs=None,
    show=True,
):
    """Runs `function(*args)` on `np` ranks that start together, and returns what rank 0 returned.

    `args` is a tuple, or a dict of named arguments. `gpu` accelerators a rank: whole, or a fraction such as 0.5; 0 for
    none. `data` is `{"sql": {...}}` or `{"s3": {...}}` as in a job file, or an s3:// prefix of Parquet. `files` are further
    files and folders that the function reads, each at its own name in the working directory of the tasks. `gang`,
    `limits`, `env` and `publish` are those of a job file. `hosts` divides the ranks over so many hosts. `packages` are
    requirements as pip takes them: every host makes an environment of them, of this Python's version, for the ranks.

    `np < 0` runs -np ranks as plain processes of this machine, with no cloud and no Node. They see all of its
    accelerators, or none where `gpu` is 0; `data` is then a Parquet file, a list of them or a folder.

    With `stack` and `outputs` (the file that `cdk deploy --outputs-file` wrote) it runs in that deployment, which needs
    `instance_types`; otherwise in the local cloud, whose accelerators are made up.

    What the tasks print appears with their rank before it; `show` takes it instead where it is a function, and False says
    nothing. Raises RunFailed with the verdict and the remote traceback. An interrupt cancels the run.
    """
    if not isinstance(np, int) or isinstance(np, bool) or np == 0:
        raise LockstepError("LS_USAGE", f"np: expected a number of ranks, below 0 to run on this machine; got {np!r}")
    say = shown(show)
    common = {"name": name or _job_name(function), "env": {key: str(value) for key, value in (env or {}).items()}}
    with tempfile.TemporaryDirectory(prefix="lockstep-run-") as folder:
        package = os.path.join(folder, "package")
        os.makedirs(package)
        needed = shipping.pack(function, args, package)
        for line in copy_files(files, package):
            say(line)
        if np < 0:
            if packages is not None:
                raise LockstepError("LS_USAGE", "packages: on this machine install them with pip; they need np > 0")
            from lockstep.local.run import run_here

            request = {**common, "gpu": gpu, "data": data, "limits": limits or {}, "python": python}
            return run_here(-np, request, folder, say)
        where = Stack(stack, outputs)
        job = {
            "kind": "train",
            "name": common["name"],
            "gang": {**_gang(np, gpu, hosts, instance_types, where), **(gang or {})},
            "task": {
                "command": shipping.command(python or (sys.executable if where.is_local and packages is None else "python3")),
                "files": sorted(os.listdir(package)),
                "env": common["env"],
                **_given(python=_environment(packages, needed)),
            },
            **_given(data={"s3": {"uri": data}} if isinstance(data, str) else data, limits=limits, publish=publish),
        }
        file = os.path.join(package, "job.json")
        with open(file, "w", encoding="utf-8") as target:
            json.dump(job, target)
        return outcome_of(call([*where.arguments, "train", file, "--logs", "--fetch"], say)).value()


def _environment(packages, needed):
    """`task.python` of a job: what the caller asked for and what the function needs on its way, on the caller's version."""
    if packages is None:
        return None
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return {"packages": [*([packages] if isinstance(packages, str) else packages), *needed], "version": version}


def _given(**fields):
    return {name: value for name, value in fields.items() if value is not None}


def _gang(np, gpu, hosts, instance_types, where):
    if not where.is_local and not instance_types:
        raise LockstepError(
            "LS_USAGE", "instance_types= is missing: a deployment must be told which hosts to buy, the preferred first"
        )
    hosts = hosts or _fewest_hosts(np, gpu)
    if np % hosts != 0:
        raise LockstepError("LS_USAGE", f"np={np} ranks cannot be divided evenly over hosts={hosts}")
    return {
        "hosts": hosts,
        "tasksPerHost": np // hosts,
        "perTask": {"gpu": gpu},
        "instanceTypes": list(instance_types or [_LOCAL_TYPE]),
    }


def _fewest_hosts(np, gpu):
    fits = [hosts for hosts in range(1, np + 1) if np % hosts == 0 and np // hosts * gpu <= _LOCAL_ACCELERATORS]
    return fits[0] if fits else np


def _job_name(function):
    """A job name made of the function's: small letters, digits and hyphens, at most 40."""
    name = re.sub(r"[^a-z0-9]+", "-", getattr(function, "__name__", "run").lower())[:40].strip("-")
    return name or "run"


def shown(show):
    """Where lines go: standard error, nowhere, or to the function that was given."""
    if callable(show):
        return show
    if not show:
        return lambda line: None
    return _say


def _say(line):
    # In one piece: progress comes from another thread.
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
