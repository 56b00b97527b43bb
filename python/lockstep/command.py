"""The `lockstep` command: where it is, and how it is called."""

import json
import os
import shlex
import shutil
import signal

from lockstep.errors import LockstepError
from lockstep.processes import Processes

#: What a cancelled run may take: the grace of its tasks, and the release of its hosts.
CANCEL_S = 40


def find_command():
    """The command as a list: LOCKSTEP_COMMAND, the clone around this package, around the working directory, the PATH.

    LS_USAGE, with what to do, where there is none or no Node to run it with.
    """
    given = os.environ.get("LOCKSTEP_COMMAND")
    if given:
        return shlex.split(given)
    script = _clone_above(os.path.dirname(os.path.abspath(__file__))) or _clone_above(os.getcwd())
    if script is not None:
        return [_node(script), script]
    on_path = shutil.which("lockstep")
    if on_path is not None:
        return [on_path]
    raise LockstepError(
        "LS_USAGE",
        "the command `lockstep` was not found: not on the PATH, and there is no clone of Lockstep around this folder",
        "Run `npm install lockstep` here, or let LOCKSTEP_COMMAND name the command, e.g. `node /clone/cli/lockstep.mjs`.",
    )


def _clone_above(folder):
    """The command of a clone, or of an installed package, in this folder or one above it."""
    while True:
        for place in (("cli",), ("node_modules", "lockstep", "cli")):
            script = os.path.join(folder, *place, "lockstep.mjs")
            if os.path.isfile(script):
                return script
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _node(script):
    node = shutil.which("node")
    if node is not None:
        return node
    raise LockstepError(
        "LS_USAGE",
        f"{script} needs Node.js, and there is no `node` on the PATH",
        "Install Node 20 or newer (https://nodejs.org, or `conda install nodejs`), or run with np < 0, which needs none.",
    )


class Stack:
    """Where a command runs: a deployed stack, or with no name the local cloud."""

    def __init__(self, name=None, outputs=None):
        if (name is None) != (outputs is None):
            raise LockstepError(
                "LS_USAGE",
                "stack= and outputs= go together: outputs names the file that `cdk deploy --outputs-file` wrote",
            )
        self.arguments = [] if name is None else ["--stack", name, "--outputs", os.path.abspath(outputs)]
        self.is_local = name is None


def call(arguments, on_line=lambda line: None):
    """Runs the command with --json and returns what its last line of output holds.

    `on_line` gets each line that it says on the way. An interrupt (Ctrl-C, the stop button of a notebook) cancels what
    the command does, waits until that is over, and goes on as KeyboardInterrupt.
    """
    with Processes(CANCEL_S) as processes:
        command = [*find_command(), *arguments, "--json"]
        try:
            processes.start("command", command)
        except OSError as error:
            raise LockstepError("LS_USAGE", f"{command[0]} could not be started: {error}") from error
        output, errors, interrupted = [], [], None
        events = processes.events()
        while True:
            try:
                event = next(events)
                if event is None:
                    continue
                _, kind, value = event
                if kind == "exit":
                    break
                if kind == "stdout":
                    output.append(value)
                else:
                    errors.append(value)
                    on_line(value)
            except KeyboardInterrupt as error:
                # A generator that an interrupt went through is over.
                events = processes.events()
                interrupted = error
                processes.signal(signal.SIGINT)
    if interrupted is not None:
        raise interrupted
    return _answer(output, errors, value)


def _answer(output, errors, code):
    try:
        return json.loads(output[-1])
    except (IndexError, ValueError):
        said = "\n".join(errors[-10:])
        raise LockstepError("LS_UNAVAILABLE", f"the command ended with {code} and without an answer\n{said}") from None
