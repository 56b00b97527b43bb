"""What each task of `lockstep.run` runs: `python -m lockstep.worker FOLDER`. It calls the function that lies in the folder.

The exception of a function is written to standard error in full, and shortened to LOCKSTEP_ERROR_FILE, from which the
verdict of the run quotes it.
"""

import json
import os
import sys
import time
import traceback

from lockstep import shipping
from lockstep.task.context import context

#: The verdict travels in a message of 1,500 characters; the exception's own line comes first.
_SAID_MAX = 1400
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def main():
    """Calls the function; rank 0 leaves what it returned."""
    folder = sys.argv[1]
    try:
        function, args, kwargs = shipping.unpack(folder)
        value = function(*args, **kwargs)
        task = context()
        if task.rank == 0:
            task.result(files={shipping.RETURN_FILE: shipping.dump(value, "the return value of the function")})
    except Exception as error:
        told = traceback.TracebackException.from_exception(error)
        _drop_own_frames(told)
        _write_error_file(told)
        sys.stderr.write("".join(told.format()))
        sys.stderr.flush()
        # Threads of frameworks may wait for peers for ever; what is to be said has been said.
        os._exit(1)


def _drop_own_frames(told):
    """A traceback as the user's program would have it, without the inside of this package."""
    while told is not None:
        own = [frame for frame in told.stack if not frame.filename.startswith(_PACKAGE)]
        told.stack = traceback.StackSummary.from_list(own)
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)


def _write_error_file(told):
    path = os.environ.get("LOCKSTEP_ERROR_FILE")
    if not path:
        return
    text = "".join(told.format())
    own_line = "".join(told.format_exception_only()).strip()[:_SAID_MAX]
    room = _SAID_MAX - len(own_line)
    said = f"{own_line}\n{text[-room:] if room > 0 else ''}".rstrip()
    record = {"message": {"message": said, "extraInfo": {"py_callstack": text, "timestamp": str(time.time())}}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(record, file)


if __name__ == "__main__":
    main()
