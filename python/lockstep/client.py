"""What is asked about runs: all of them, the logs of one, its end, its report."""

import os

from lockstep.command import Stack, call
from lockstep.outcome import failure_of


def runs(run_id=None, *, stack=None, outputs=None):
    """Runs as dicts, newest first: runId, kind, state, and what is known beside; of one run its attempts, too."""
    return _ask(["status", *([run_id] if run_id else [])], stack, outputs)["runs"]


def logs(run_id, rank=None, *, stack=None, outputs=None):
    """What the tasks of a run wrote: dicts of attempt, rank and text, a line each."""
    return _ask(["logs", run_id, *([] if rank is None else ["--rank", str(rank)])], stack, outputs)["lines"]


def cancel(run_id, *, stack=None, outputs=None):
    """Cancels a run and returns a sentence that says what was done."""
    return _ask(["cancel", run_id], stack, outputs)["message"]


def report(run_id):
    """Path of the report of a run that ended on this machine: one HTML file that needs nothing else."""
    path = os.path.abspath(os.path.join(os.environ.get("LOCKSTEP_HOME") or ".lockstep", "runs", run_id, "report.html"))
    if not os.path.isfile(path):
        raise failure_of(
            {
                "code": "LS_RUN_NOT_FOUND",
                "message": f"there is no report at {path}",
                "remedy": "A report is there once the run has ended, in the working directory that it was started from.",
            }
        )
    return path


def _ask(arguments, stack, outputs):
    answer = call([*Stack(stack, outputs).arguments, *arguments])
    if answer["ok"]:
        return answer
    raise failure_of(answer)
