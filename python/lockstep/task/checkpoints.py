"""The checkpoint that was saved last."""

import os
from collections.abc import Mapping
from urllib.parse import quote


class Checkpoint:
    """What was saved last: `attempt` and `step` that saved it, and its files.

    `files` maps names to bytes, each fetched when it is asked for; `save_to(folder)` streams all of them to disk.
    """

    def __init__(self, socket, attempt, step, names):
        self.attempt = attempt
        self.step = step
        self.files = _Files(socket, step, tuple(names))

    def save_to(self, folder):
        """Streams every file into the folder, which is made if it is not there, and returns its path."""
        return self.files.save_to(os.fspath(folder))


class _Files(Mapping):
    def __init__(self, socket, step, names):
        self._socket = socket
        self._step = step
        self._names = names
        self._read = {}

    def __getitem__(self, name):
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._socket.call("GET", self._path(name))
        return self._read[name]

    def __iter__(self):
        return iter(self._names)

    def __len__(self):
        return len(self._names)

    def save_to(self, folder):
        os.makedirs(folder, exist_ok=True)
        for name in self._names:
            target = os.path.join(folder, *name.split("/"))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            self._socket.fetch_file(self._path(name), target)
        return folder

    def _path(self, name):
        return f"/checkpoint/{self._step}/{quote(name, safe='')}"
