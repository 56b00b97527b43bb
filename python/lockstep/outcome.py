"""What a run came to, from what the command says of it."""

import json
import os
from urllib.parse import unquote, urlparse

from lockstep import shipping
from lockstep.errors import LockstepError

_TRACEBACK = "Traceback (most recent call last):"


class RunFailed(LockstepError):
    """A run that did not succeed.

    `message` is the verdict, `rank` the rank at fault where it is one rank's, `traceback` what that rank's program said,
    `history` what became of each attempt, `logs` the folder of the logs, `report` the path of the report.
    """

    __module__ = "lockstep"

    def __init__(self, failure, traceback=None):
        super().__init__(failure["code"], failure["message"], failure.get("remedy"))
        self.history = failure.get("history", [])
        self.rank = next((one["rank"] for one in reversed(self.history) if "rank" in one), None)
        self.runs = failure.get("runs", [])
        self.logs = failure.get("logs")
        self.report = failure.get("report")
        self.traceback = traceback

    def __str__(self):
        text = super().__str__()
        if self.traceback is not None:
            text = f"{text}\n\nRank {self.rank} said:\n{self.traceback}"
        return text if self.report is None else f"{text}\nreport: {self.report}"


class Outcome:
    """A run that succeeded: its id, its metrics, its files by name, and its report."""

    def __init__(self, summary):
        self.run_id = summary["runs"][0]
        self.report = summary.get("report")
        with open(local_path(summary["outputs"]), encoding="utf-8") as file:
            manifest = json.load(file)
        # JSON has NaN and the infinities as text, which float() reads.
        self.metrics = {name: float(value) for name, value in manifest["metrics"].items()}
        self.files = {name: local_path(one["uri"]) for name, one in manifest["files"].items()}

    def value(self):
        """What rank 0 returned."""
        return shipping.load(self.files[shipping.RETURN_FILE])


def outcome_of(answer):
    """The outcome of a training run, or its failure raised."""
    if not answer["ok"]:
        raise failure_of(answer)
    return Outcome(answer)


def failure_of(answer):
    """The error that an answer of the command stands for."""
    if "runs" not in answer:
        return LockstepError(answer["code"], answer["message"], answer.get("remedy"))
    return RunFailed(answer, _traceback(answer))


def _traceback(failure):
    """The last traceback in the log of the rank at fault; None where it is not known or wrote none."""
    history = [one for one in failure.get("history", []) if "rank" in one]
    if not history or "logs" not in failure:
        return None
    path = os.path.join(failure["logs"], str(history[-1]["attempt"]), f"{history[-1]['rank']}.log")
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            log = file.read()
    except OSError:
        return None
    return last_traceback(log)


def last_traceback(log):
    """The traceback that a log ends with; None where there is none."""
    start = log.rfind(_TRACEBACK)
    return None if start < 0 else log[start:].rstrip()


def local_path(uri):
    """Path of a file:// URI."""
    parsed = urlparse(uri)
    if parsed.scheme == "file":
        return unquote(parsed.path)
    raise LockstepError("LS_UNAVAILABLE", f"{uri} is not on this machine")
