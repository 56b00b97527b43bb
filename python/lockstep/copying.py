"""Files that a call names, on their way into its package: by the rules of the command for the files of a job.

Links stay links where what they lead to travels too, else their content travels in their place; pipes, sockets, devices,
virtual environments and what tools keep beside code stay behind in folders, and are refused where they are named; a
gigabyte is the limit.
"""

import os
import shutil
import stat

from lockstep.errors import LockstepError

_BYTES_MAX = 2**30
#: What tools keep beside code (cli/code/left-out.ts).
_NOT_CODE = {
    *("node_modules", ".lockstep", ".git", ".hg", ".svn", ".DS_Store", "__pycache__", ".ipynb_checkpoints"),
    *(".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox"),
}


def copy_files(files, folder):
    """Copies files and folders to their own names in the package; returns a line for each kind of what stays behind.

    LS_JOB_COMMAND_MISSING for what is not there, LS_CODE_REFUSED for what cannot travel, LS_CODE_TOO_LARGE.
    """
    copy = _Copy(folder)
    for one in [files] if isinstance(files, (str, os.PathLike)) else files:
        path = os.path.abspath(os.fspath(one))
        if not os.path.lexists(path):
            raise LockstepError("LS_JOB_COMMAND_MISSING", f"files: there is no file or folder {path}")
        copy.take(path, os.path.join(folder, os.path.basename(path)), named=path, through=())
    return [f"left out: {', '.join(sorted(paths))}{reason}" for reason, paths in copy.left_out.items()]


class _Copy:
    def __init__(self, folder):
        self.left_out = {}
        self._folder = folder
        self._sizes = {}

    def take(self, path, target, named, through):
        """`named` is the path as the caller wrote it, for what is refused; None below a folder. `through`: real paths
        of the folders around it, links followed."""
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            self._take_link(path, target, named, through)
        elif stat.S_ISDIR(mode):
            self._take_folder(path, target, named, through)
        elif stat.S_ISREG(mode):
            self._take_file(path, target)
        elif named is not None:
            raise _refused(f"files: {path} is a {_kind(mode)}, which cannot travel to another machine")
        else:
            self._leave(path, f", a {_kind(mode)}")

    def _take_link(self, path, target, named, through):
        real = os.path.realpath(path)
        if not os.path.exists(path):
            if named is not None:
                raise _refused(f"files: {path} is a link to nothing")
            self._leave(path, ", which links to nothing")
        elif any(_holds(real, one) for one in (*through, os.path.realpath(os.path.dirname(path)))):
            raise _refused(f"files: {path} is a link to {real}, which holds the link itself")
        elif through and _holds(through[0], real) and _holds(through[0], through[-1]):
            # What it leads to lies in the same folder, and travels with it unless it is left out there.
            os.symlink(os.path.relpath(real, through[-1]), target)
        else:
            self.take(real, target, named, through)

    def _take_folder(self, path, target, named, through):
        names = sorted(os.listdir(path))
        if "pyvenv.cfg" in names or "conda-meta" in names:
            if named is not None:
                raise _refused(f"files: {path} is a virtual environment, which works on this machine alone")
            self._leave(path, ", a virtual environment, which works on this machine alone")
            return
        os.makedirs(target, exist_ok=True)
        for name in names:
            if name not in _NOT_CODE:
                below = os.path.join(path, name)
                self.take(below, os.path.join(target, name), None, (*through, os.path.realpath(path)))

    def _take_file(self, path, target):
        first = os.path.relpath(target, self._folder).split(os.sep)[0]
        self._sizes[first] = self._sizes.get(first, 0) + os.path.getsize(path)
        if sum(self._sizes.values()) > _BYTES_MAX:
            largest = ", ".join(f"{name} {size / 2**20:.0f} MiB" for name, size in sorted(self._sizes.items(), key=lambda one: -one[1])[:3])
            message = f"files: more than {_BYTES_MAX / 2**20:.0f} MiB, which every rank would fetch first; the largest: {largest}"
            raise LockstepError("LS_CODE_TOO_LARGE", message, "Training data belongs into data=.")
        try:
            shutil.copyfile(path, target)
            shutil.copymode(path, target)
        except OSError as error:
            raise _refused(f"files: {path} cannot be read: {error.strerror}") from error

    def _leave(self, path, reason):
        self.left_out.setdefault(reason, []).append(path)


def _holds(folder, path):
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _kind(mode):
    return "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"


def _refused(message):
    return LockstepError("LS_CODE_REFUSED", message)
