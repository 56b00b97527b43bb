"""Checkpoints and the result of a local run, as files of one folder that is gone with it."""

import os
import shutil
import threading

from lockstep.errors import LockstepError

_NAME_BYTES_MAX = 700


class Store:
    """Files of one run over all of its attempts."""

    def __init__(self, folder):
        self._folder = folder
        self._lock = threading.Lock()
        self._latest = None
        #: What all ranks of the attempt go on from.
        self._pinned = None
        self.metrics = {}
        #: Name to path of what rank 0 left in the attempt that goes on.
        self.result_files = {}

    def begin(self):
        """A new attempt has no result yet, and goes on from what is the latest now."""
        self._pinned = self._latest
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
        if before is not None and before[:2] not in ((attempt, step), (self._pinned or ())[:2]):
            shutil.rmtree(os.path.join(self._folder, "checkpoints", str(before[0]), str(before[1])), ignore_errors=True)

    def latest(self, newest):
        """(attempt, step, names) that this attempt goes on from, or if asked the newest; None where there is none."""
        with self._lock:
            return self._latest if newest else self._pinned

    def latest_path(self, step, name):
        """A file of one of the two. LS_BAD_CALL if neither has it."""
        for kept in (self.latest(False), self.latest(True)):
            if kept is not None and kept[1] == step and name in kept[2]:
                return self.checkpoint_path(kept[0], step, name)
        raise LockstepError("LS_BAD_CALL", f"no checkpoint of step {step} is kept that has a file {name}")

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
        is_name = all(part not in ("", ".", "..") for part in name.split("/")) and "\\" not in name
        if not is_name or not name.isprintable() or len(name.encode()) > _NAME_BYTES_MAX:
            raise LockstepError("LS_BAD_CALL", f"file name: expected a relative path without '.' and '..', got {name!r}")
        return os.path.join(self._folder, *parts[:-1], *name.split("/"))
