"""Checkpoints and the result of a local run, as files of one folder that is gone with it."""

import os
import re
import shutil
import threading

from lockstep.errors import LockstepError

_NAME = re.compile(r"(?!\.)[\w.-]{1,128}(?:/(?!\.)[\w.-]{1,128})*\Z", re.ASCII)


class Store:
    """Files of one run over all of its attempts."""

    def __init__(self, folder):
        self._folder = folder
        self._lock = threading.Lock()
        self._latest = None
        self.metrics = {}
        #: Name to path of what rank 0 left in the attempt that goes on.
        self.result_files = {}

    def begin(self):
        """A new attempt has no result yet."""
        self.metrics, self.result_files = {}, {}

    def checkpoint_path(self, attempt, step, name):
        """Where a file of a checkpoint belongs."""
        return self._path("checkpoints", str(attempt), str(step), name)

    def save_checkpoint(self, attempt, step, names):
        """Makes files that were put before the latest checkpoint; what came before it is removed."""
        missing = [name for name in names if not os.path.isfile(self.checkpoint_path(attempt, step, name))]
        if missing:
            raise LockstepError("LS_BAD_CALL", f"checkpoint of step {step}: {', '.join(missing)} was not put before")
        with self._lock:
            before, self._latest = self._latest, (attempt, step, tuple(names))
        if before is not None and before[:2] != (attempt, step):
            shutil.rmtree(os.path.join(self._folder, "checkpoints", str(before[0]), str(before[1])), ignore_errors=True)

    def latest(self):
        """(attempt, step, names), or None."""
        with self._lock:
            return self._latest

    def latest_path(self, step, name):
        """A file of the latest checkpoint. LS_BAD_CALL if that is another one."""
        latest = self.latest()
        if latest is None or latest[1] != step or name not in latest[2]:
            raise LockstepError("LS_BAD_CALL", f"the latest checkpoint is not of step {step} or has no file {name}")
        return self.checkpoint_path(latest[0], step, name)

    def result_path(self, attempt, name):
        """Where a file of the result belongs."""
        return self._path("result", str(attempt), name)

    def commit_result(self, attempt, metrics, names):
        """What rank 0 leaves, so far."""
        paths = {name: self.result_path(attempt, name) for name in names}
        missing = [name for name, path in paths.items() if not os.path.isfile(path)]
        if missing:
            raise LockstepError("LS_BAD_CALL", f"result: the file {missing[0]} was not put before")
        self.metrics, self.result_files = metrics, paths

    def _path(self, *parts):
        name = parts[-1]
        if not _NAME.match(name):
            raise LockstepError("LS_BAD_CALL", f"file name: expected letters, digits, '_', '-', '.' and '/', got {name!r}")
        return os.path.join(self._folder, *parts[:-1], *name.split("/"))
