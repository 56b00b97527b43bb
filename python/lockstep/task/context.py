"""The place of this process in its gang."""

import os
import sys

from lockstep.errors import LockstepError
from lockstep.task.checkpoints import Checkpoint
from lockstep.task.files import named_files, put_files
from lockstep.task.metrics import plain_metrics, say_odd, say_once
from lockstep.task.socket import TaskSocket


class Context:
    """What this task is in its gang, and what it can do with it.

    Calls block; those that meet other tasks have a deadline, by default the job's limits.barrierTimeoutS.
    """

    def __init__(self, environ=os.environ):
        try:
            self._socket = TaskSocket(environ["LOCKSTEP_SOCKET"], environ["LOCKSTEP_TASK_TOKEN"])
        except KeyError as missing:
            raise LockstepError("LS_USAGE", f"{missing} is not set: no agent started this process") from None
        task = self._socket.json("GET", "/task")
        self.run_id = task["runId"]
        self.attempt = task["attempt"]
        self.rank = task["rank"]
        self.world_size = task["worldSize"]
        self.local_rank = task["localRank"]
        self.local_world_size = task["localWorldSize"]
        self.master_address = task["masterAddress"]
        self.master_port = task["masterPort"]
        self._resources = task["resources"]
        self._task_infos = task["taskInfos"]
        self._result = ({}, [])

    def resources(self):
        """Resource name to {"addresses": [...]}, this task's own accelerators."""
        return self._resources

    def task_infos(self):
        """Every task of the gang, ordered by rank."""
        return self._task_infos

    def barrier(self, timeout_s=None):
        """Returns on all ranks once the last one has called it."""
        self._socket.json("POST", "/barrier", _meeting(timeout_s))

    def all_gather(self, message="", timeout_s=None):
        """The messages of all ranks, ordered by rank; each a string of at most 64 KB."""
        return self._socket.json("POST", "/allGather", {"payload": message, **_meeting(timeout_s)})["payloads"]

    def shards(self):
        """Paths of this rank's files, each fetched to this host when it is reached.

        A name ends in `.parquet` or `.arrow`: rows that were cut out of an object come as an Arrow IPC file, which can be
        mapped into memory. `iter_batches` and `rows` read both.
        """
        for shard in self._socket.json("GET", "/shards")["shards"]:
            yield self._socket.json("GET", f"/shards/{shard['index']}")["path"]

    def iter_batches(self, columns=None, batch_rows=65_536):
        """pyarrow.RecordBatches of this rank's shards, one after the other; needs pyarrow."""
        from lockstep.data import iter_batches

        return iter_batches(self.shards(), columns, batch_rows)

    def rows(self, columns, order_by=None):
        """This rank's rows as mapped NumPy arrays, a lockstep.data.Rows; needs pyarrow and numpy.

        Columns hold numbers, booleans, or lists of them of one length. `order_by` sorts by a column: a warehouse writes
        rows in any order. What is made of the shards is kept on the host for later attempts.
        """
        from lockstep.data import load_rows

        return load_rows(self, list(columns), order_by)

    def save_checkpoint(self, step, files, shared=False):
        """Saves the state after `step` steps, atomically. One rank does it, usually 0.

        `files` maps names to bytes or paths, or is one path; a folder stands for every file below it. With `shared` all
        ranks save together, each its own files under names of its own, and every rank must make the call.
        """
        named = named_files(files)
        put_files(self._socket, f"/checkpoint/{int(step)}", named)
        self._socket.json("POST", "/checkpoint", {"step": int(step), "files": list(named), "shared": shared})

    def latest_checkpoint(self, newest=False):
        """The checkpoint that this attempt goes on from, the same for every rank whenever it asks; None to begin.

        With `newest` the one saved last, by this attempt as well.
        """
        latest = self._socket.json("GET", "/checkpoint?newest=true" if newest else "/checkpoint")["latest"]
        if latest is None:
            return None
        return Checkpoint(self._socket, latest["attempt"], latest["step"], latest["files"])

    def progress(self, step, of, metrics=None):
        """Shown by the command line; only rank 0's counts. Never raises: a run is worth more than its progress bar."""
        try:
            plain, odd = plain_metrics(metrics)
            say_odd(odd)
            self._socket.json("POST", "/progress", {"step": int(step), "of": int(of), "metrics": plain})
        except Exception as error:
            say_once("progress", f"lockstep: progress is not shown: {error}")

    def result(self, metrics=None, files=None):
        """What the run leaves behind; rank 0 only. `model.onnx` is the file that inference takes.

        `files` maps names to bytes or paths, or is one path; a folder stands for every file below it. Called again, it
        adds to what there is.
        """
        plain, odd = plain_metrics(metrics)
        say_odd(odd)
        named = named_files(files or {})
        put_files(self._socket, "/result", named)
        known_metrics, known_names = self._result
        all_metrics = {**known_metrics, **plain}
        names = list(dict.fromkeys([*known_names, *named]))
        self._socket.json("POST", "/result", {"metrics": all_metrics, "files": names})
        self._result = (all_metrics, names)

    def cancelled(self):
        """True if the attempt is stopping."""
        return self._socket.json("GET", "/cancelled")["cancelled"]

    def checkpoint_requested(self):
        """True while all ranks are asked to save a checkpoint, because a host is about to be taken away."""
        return self._socket.json("GET", "/cancelled")["checkpointRequested"]


_context = None


def context():
    """The context of this process, which an agent must have started; the same at every call."""
    global _context
    if _context is None:
        _context = Context()
    return _context


def _meeting(timeout_s):
    frame = sys._getframe(2)
    body = {"callSite": f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"}
    return body if timeout_s is None else {**body, "timeoutMs": timeout_s * 1000}
