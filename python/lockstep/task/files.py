"""What `save_checkpoint` and `result` take: bytes, files and folders, under names."""

import os
from urllib.parse import quote

from lockstep.errors import LockstepError


def named_files(files):
    """Name to bytes or path, from what a caller gives: a mapping of names to bytes or paths, or one path.

    A folder stands for every file below it, each named by its path within the folder.
    """
    if isinstance(files, (str, os.PathLike)):
        path = os.fspath(files)
        return dict(_below(path, "")) if os.path.isdir(path) else {os.path.basename(path): path}
    named = {}
    for name, content in files.items():
        if isinstance(content, (str, os.PathLike)):
            path = os.fspath(content)
            named.update(_below(path, f"{name}/") if os.path.isdir(path) else [(name, path)])
        else:
            named[name] = content
    return named


def put_files(socket, prefix, named):
    """PUTs each below `prefix`; files of this machine are streamed."""
    for name, content in named.items():
        path = f"{prefix}/{quote(name, safe='')}"
        if isinstance(content, str):
            if not os.path.isfile(content):
                raise LockstepError("LS_BAD_CALL", f"{name}: there is no file {content}")
            socket.send_file(path, content)
        else:
            socket.call("PUT", path, bytes(content))


def _below(folder, prefix):
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = os.path.join(root, name)
            yield prefix + os.path.relpath(path, folder).replace(os.sep, "/"), path
