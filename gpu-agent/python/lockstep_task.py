"""Lockstep's task client for Python: one file, standard library only.

    import lockstep_task as lockstep
    task = lockstep.context()
    task.barrier()
    ports = task.all_gather(str(port))

It speaks HTTP over the Unix socket that the agent of this host serves. Every error is a LockstepError with a stable
code (docs/errors.md). Calls block; each has a deadline, by default the job's limits.barrierTimeoutS.
"""

import http.client
import json
import os
import socket
import sys
from urllib.parse import quote

__all__ = ["LockstepError", "Context", "context"]


class LockstepError(Exception):
    """An error of the agent, with its stable code."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("lockstep")
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


class Checkpoint:
    """What was saved last: attempt, step, and files as bytes by name."""

    def __init__(self, attempt, step, files):
        self.attempt = attempt
        self.step = step
        self.files = files


class Context:
    """What this task is in its gang, and what it can do with it."""

    def __init__(self, environ=os.environ):
        try:
            self._path = environ["LOCKSTEP_SOCKET"]
            self._token = environ["LOCKSTEP_TASK_TOKEN"]
        except KeyError as missing:
            raise LockstepError("LS_USAGE", f"{missing} is not set: no agent started this process") from None
        task = self._json("GET", "/task")
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

    def resources(self):
        """Resource name to {"addresses": [...]}, this task's own accelerators."""
        return self._resources

    def task_infos(self):
        """Every task of the gang, ordered by rank."""
        return self._task_infos

    def barrier(self, timeout_s=None):
        """Returns on all ranks once the last one has called it."""
        self._json("POST", "/barrier", _meeting(timeout_s))

    def all_gather(self, message="", timeout_s=None):
        """The messages of all ranks, ordered by rank; each a string of at most 64 KB."""
        return self._json("POST", "/allGather", {"payload": message, **_meeting(timeout_s)})["payloads"]

    def shards(self):
        """Paths of this rank's Parquet files, each fetched to this host when it is reached."""
        for shard in self._json("GET", "/shards")["shards"]:
            yield self._json("GET", f"/shards/{shard['index']}")["path"]

    def save_checkpoint(self, step, files):
        """Saves files (name to bytes) as the state after `step` steps, atomically. One rank does it, usually 0."""
        for name, data in files.items():
            self._call("PUT", f"/checkpoint/{step}/{quote(name, safe='')}", data)
        self._json("POST", "/checkpoint", {"step": step, "files": list(files)})

    def latest_checkpoint(self):
        """The checkpoint saved last, by this attempt or an earlier one, or None."""
        latest = self._json("GET", "/checkpoint")["latest"]
        if latest is None:
            return None
        step = latest["step"]
        files = {name: self._call("GET", f"/checkpoint/{step}/{quote(name, safe='')}") for name in latest["files"]}
        return Checkpoint(latest["attempt"], step, files)

    def progress(self, step, of, metrics=None):
        """Shown by the command line; only rank 0's counts."""
        self._json("POST", "/progress", {"step": step, "of": of, "metrics": metrics or {}})

    def result(self, metrics, files=None):
        """What the run leaves behind; rank 0 only. `model.onnx` is the file that inference takes."""
        for name, data in (files or {}).items():
            self._call("PUT", f"/result/{quote(name, safe='')}", data)
        self._json("POST", "/result", {"metrics": metrics, "files": list(files or {})})

    def cancelled(self):
        """True if the attempt is stopping."""
        return self._json("GET", "/cancelled")["cancelled"]

    def checkpoint_requested(self):
        """True while all ranks are asked to save a checkpoint, because a host is about to be taken away."""
        return self._json("GET", "/cancelled")["checkpointRequested"]

    def _json(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        return json.loads(self._call(method, path, data))

    def _call(self, method, path, data=None):
        connection = _UnixConnection(self._path)
        try:
            headers = {"authorization": f"Bearer {self._token}"}
            connection.request(method, path, body=data, headers=headers)
            response = connection.getresponse()
            received = response.read()
        except OSError as error:
            raise LockstepError("LS_UNAVAILABLE", f"{method} {path}: no answer from the agent: {error}") from error
        finally:
            connection.close()
        if response.status >= 400:
            answer = json.loads(received)
            raise LockstepError(answer["code"], answer["message"])
        return received


def context():
    """The context of this process, which an agent must have started."""
    return Context()


def _meeting(timeout_s):
    frame = sys._getframe(2)
    body = {"callSite": f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"}
    return body if timeout_s is None else {**body, "timeoutMs": timeout_s * 1000}
