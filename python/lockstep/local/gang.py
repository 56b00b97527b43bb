"""Runs the tasks of a local gang: attempt after attempt, until one succeeds or the budget is used up."""

import json
import os
import secrets
import shutil
import tempfile
from collections import deque

from lockstep.errors import LockstepError
from lockstep.local.attempt import Attempt
from lockstep.local.environment import task_environment
from lockstep.local.server import Server
from lockstep.processes import Processes

#: Tasks that fail within this time of the first one are looked at together: victims may be quicker to end than the cause.
_TOGETHER_LOOKS = 2
#: Last lines of a task that are kept for its traceback.
_TAIL_LINES = 400


def run_gang(command, world_size, store, options, say):
    """Runs `command` on every rank in `options["cwd"]` and returns when all have ended with 0.

    Raises the failure of the last attempt as (error, rank, traceback, history) of `GangFailed`.
    """
    limits = options["limits"]
    settings = {
        "run_id": f"{options['name']}-{secrets.token_hex(6)}",
        "world_size": world_size,
        "store": store,
        "shards": options["shards"],
        "barrier_timeout_s": limits.get("barrierTimeoutS", 600),
    }
    restarts = limits.get("restarts", {}).get("user", 0)
    history = []
    for number in range(restarts + 1):
        store.begin()
        failure = _run_attempt(Attempt(number, settings, _shown(say)), command, options, say)
        if failure is None:
            return
        is_last = number == restarts
        history.append({"attempt": number, "state": "failed" if is_last else "restarted", **failure})
        if not is_last:
            say(f"attempt {number} failed: {failure['why']}; attempt {number + 1} begins")
    raise GangFailed(history)


class GangFailed(Exception):
    """`history` is of the shape of a run's: attempt, state, why, rank; and here also that rank's output."""

    def __init__(self, history):
        super().__init__(history[-1]["why"])
        self.history = history


def _run_attempt(attempt, command, options, say):
    """How the attempt failed; None if it did not."""
    grace_s = options["limits"].get("graceS", 10)
    # The path of a socket is limited to about 100 bytes.
    folder = tempfile.mkdtemp(prefix="lockstep-", dir="/tmp" if os.path.isdir("/tmp") else None)
    server = None
    try:
        server = Server(os.path.join(folder, "s"), attempt.tokens, attempt)
        with Processes(grace_s, [folder, *options["folders"]]) as processes:
            try:
                for token, rank in attempt.tokens.items():
                    _start(processes, attempt, rank, {"token": token, "folder": folder}, command, options)
                return _follow(processes, attempt, folder, say)
            finally:
                attempt.stop(LockstepError("LS_CANCELLED", "the attempt is over"))
    finally:
        if server is not None:
            server.close()
        shutil.rmtree(folder, ignore_errors=True)


def _start(processes, attempt, rank, at, command, options):
    scratch = os.path.join(at["folder"], str(rank))
    os.makedirs(scratch)
    paths = {
        "socket": os.path.join(at["folder"], "s"),
        "token": at["token"],
        "scratch": scratch,
        "errorFile": _error_file(at["folder"], rank),
    }
    try:
        env = task_environment(attempt.describe(rank), paths, options["env"])
        processes.start(rank, command, cwd=options["cwd"], env=env)
    except OSError as error:
        raise LockstepError("LS_JOB_COMMAND_MISSING", f"{command[0]} could not be started: {error}") from error


def _follow(processes, attempt, folder, say):
    running, failed, looks = set(attempt.tokens.values()), [], 0
    tails = {rank: deque(maxlen=_TAIL_LINES) for rank in running}
    for event in processes.events():
        if event is None:
            looks += 1 if failed else 0
        else:
            rank, kind, value = event
            if kind != "exit":
                say(f"[{rank}] {value}")
                tails[rank].append(value)
                continue
            running.discard(rank)
            if value == 0:
                attempt.ended(rank)
            else:
                failed.append((rank, value))
        if not running and not failed:
            return None
        if failed and (not running or looks >= _TOGETHER_LOOKS):
            return _verdict(failed, folder, tails, attempt.fault())


def _verdict(failed, folder, tails, fault):
    """The cause among tasks that failed together: a meeting that could not be, of which they are victims, one that was
    killed, else the one whose exception came first."""
    if fault is not None:
        error, rank = fault
        blamed = {} if rank is None else {"rank": rank}
        return {**blamed, "code": error.code, "why": error.message, "output": "\n".join(tails.get(rank, []))}
    killed = [one for one in failed if one[1] < 0]
    said = {rank: _said(folder, rank) for rank, _ in failed}
    by_time = sorted(failed, key=lambda one: said[one[0]][1])
    rank, code = (killed or by_time)[0]
    how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
    text, _ = said[rank]
    return {
        "rank": rank,
        "code": "LS_TASK_FAILED",
        "why": f"rank {rank} {how}" + (f": {text.splitlines()[0]}" if text else ""),
        "output": "\n".join(tails[rank]),
    }


def _said(folder, rank):
    """(text, seconds) of the error file; ("", infinity) where there is none."""
    try:
        with open(_error_file(folder, rank), encoding="utf-8") as file:
            message = json.load(file)["message"]
        return message["message"], float(message["extraInfo"]["timestamp"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", float("inf")


def _error_file(folder, rank):
    return os.path.join(folder, f"error-{rank}.json")


def _shown(say):
    def progress(body):
        metrics = "".join(f", {name} {float(value):.4g}" for name, value in body.get("metrics", {}).items())
        say(f"step {body['step']} of {body['of']}{metrics}")

    return progress
