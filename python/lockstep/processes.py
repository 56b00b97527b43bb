"""Processes that this one starts: each a group of its own, ended when this process ends, however it ends."""

import os
import queue
import subprocess
import sys
import threading

from lockstep import guardian

_GUARDIAN = os.path.abspath(guardian.__file__)


class Processes:
    """A set of processes with their lines of output in the order in which they came. Use it in a `with`.

    Leaving the `with` ends those that are still there: SIGTERM, `grace_s`, SIGKILL. If this process is killed, the guardian
    does the same and removes `folders`, which are otherwise the caller's to remove.
    """

    def __init__(self, grace_s, folders=()):
        self._grace_s = grace_s
        self._folders = folders
        self._events = queue.Queue()
        self._groups = {}
        self._guardian = None

    def __enter__(self):
        # Isolated and without site: it must start at once and depend on nothing.
        command = [sys.executable, "-I", "-S", _GUARDIAN, str(self._grace_s)]
        self._guardian = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, text=True
        )
        for folder in self._folders:
            self._tell("remove", folder)
        return self

    def __exit__(self, *error):
        try:
            self.stop()
        finally:
            for folder in self._folders:
                self._tell("keep", folder)
            self._guardian.stdin.close()
            self._guardian.wait()

    def start(self, key, command, cwd=None, env=None):
        """Starts one; `events` names it by `key`. Raises OSError where it cannot be started."""
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._groups[process.pid] = process
        self._tell("watch", process.pid)
        readers = [
            threading.Thread(target=self._read, args=(key, name, stream), daemon=True)
            for name, stream in (("stdout", process.stdout), ("stderr", process.stderr))
        ]
        for reader in readers:
            reader.start()
        threading.Thread(target=self._wait, args=(key, process, readers), daemon=True).start()
        return process

    def events(self, timeout_s=0.2):
        """Yields (key, "stdout" | "stderr", line) and (key, "exit", code); None when nothing came for a while."""
        while True:
            try:
                yield self._events.get(timeout=timeout_s)
            except queue.Empty:
                yield None

    def signal(self, number):
        """Sends a signal to all that are there."""
        for group in list(self._groups):
            guardian.signal_group(group, number)

    def stop(self):
        """Ends all that are there and returns when they are gone."""
        groups = list(self._groups)
        guardian.end_groups(groups, self._grace_s)
        for group in groups:
            self._groups.pop(group).wait()
            self._tell("release", group)

    def _read(self, key, name, stream):
        with stream:
            for line in stream:
                self._events.put((key, name, line.decode("utf-8", "replace").rstrip("\r\n")))

    def _wait(self, key, process, readers):
        code = process.wait()
        # What the process left behind may hold its pipes open: last words are waited for only so long.
        for reader in readers:
            reader.join(timeout=0.5)
        self._events.put((key, "exit", code))

    def _tell(self, word, group):
        try:
            self._guardian.stdin.write(f"{word} {group}\n")
            self._guardian.stdin.flush()
        except BrokenPipeError:
            pass
