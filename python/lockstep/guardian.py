"""Ends process groups whose owner is gone: a program of its own, which outlives the one that started it.

It reads lines from standard input: `watch PGID`, `release PGID`, `remove FOLDER`, `keep FOLDER`. When that closes, however the owner ended,
every group that is still watched gets SIGTERM, the grace time of the command line argument, then SIGKILL, and the folders
are removed.
"""

import os
import shutil
import signal
import sys
import time


def main():
    """Reads until the owner is gone, then ends what it left."""
    grace_s = float(sys.argv[1])
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)
    watched, folders = set(), set()
    for line in sys.stdin:
        word, _, what = line.rstrip("\n").partition(" ")
        if word in ("remove", "keep"):
            (folders.add if word == "remove" else folders.discard)(what)
        else:
            (watched.add if word == "watch" else watched.discard)(int(what))
    end_groups(watched, grace_s)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def end_groups(groups, grace_s):
    """SIGTERM, and after the grace time SIGKILL, to whatever of the groups is alive."""
    for group in groups:
        signal_group(group, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while any(map(is_alive, groups)) and time.monotonic() < deadline:
        time.sleep(0.02)
    for group in groups:
        signal_group(group, signal.SIGKILL)


def is_alive(group):
    """True while a process of the group runs. One that has ended and that nobody has waited for does not count."""
    try:
        pids = [name for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return signal_group(group, 0)  # not Linux
    return any(_runs_in(pid, group) for pid in pids)


def _runs_in(pid, group):
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # After the name, which may hold anything: state, parent, group.
            state, _, its_group = file.read().rpartition(b")")[2].split()[:3]
    except (OSError, ValueError):
        return False
    return state not in (b"Z", b"X") and int(its_group) == group


def signal_group(group, number):
    """False if nothing of the group is there any more."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    main()
