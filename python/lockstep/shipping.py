"""A function on its way to the tasks: its own code, what it uses, its arguments, and its return value on the way back.

A function of a module travels by name, with the modules that were loaded from beside the program. One that was typed into
a notebook or a script travels by value: with cloudpickle where that is installed, else as its source (lockstep.source).
"""

import json
import os
import pickle
import shutil
import sys
import sysconfig

from lockstep import source
from lockstep.errors import LockstepError

#: Folder of the package that holds the function.
CALL_FOLDER = "lockstep_call"
#: File of the result that holds what rank 0 returned.
RETURN_FILE = "lockstep-return.pkl"

_PROTOCOL = 4


def command(python):
    """The command line of a task in a package."""
    return [python, "-m", "lockstep.worker", CALL_FOLDER]


def pack(function, args, folder):
    """Puts the function and all that it needs into the folder, in which the tasks will start.

    `args` is a tuple of positional or a dict of named arguments. Returns the packages that unpacking takes, as pip has them.
    """
    args, kwargs = ((), dict(args)) if isinstance(args, dict) else (tuple(args), {})
    call = os.path.join(folder, CALL_FOLDER)
    os.makedirs(call)
    copy_local_modules(folder)
    if not callable(function):
        raise LockstepError("LS_USAGE", f"expected a function to run, got {type(function).__name__}")
    record = {"python": list(sys.version_info[:2]), "by": "pickle"}
    if _is_by_name(function):
        content = dump((function, args, kwargs), "the arguments")
    elif _cloudpickle() is not None:
        record["by"] = "cloudpickle"
        content = dump((function, args, kwargs), "the function and its arguments")
    else:
        record["by"] = "source"
        content = dump((source.capture(function), args, kwargs), "the arguments")
    with open(os.path.join(call, "call.pkl"), "wb") as file:
        file.write(content)
    with open(os.path.join(call, "call.json"), "w", encoding="utf-8") as file:
        json.dump(record, file)
    return [f"cloudpickle=={_cloudpickle().__version__}"] if record["by"] == "cloudpickle" else []


def unpack(folder):
    """The function, its positional and its named arguments, in the task."""
    with open(os.path.join(folder, "call.json"), encoding="utf-8") as file:
        record = json.load(file)
    with open(os.path.join(folder, "call.pkl"), "rb") as file:
        return unpacked(file.read(), record)


def unpacked(content, record):
    """The same, of what `pack` has written as `call.pkl` and of what its `call.json` says."""
    here, there = list(sys.version_info[:2]), record["python"]
    if record["by"] == "cloudpickle" and here != there:
        raise LockstepError(
            "LS_BAD_CALL",
            f"the function comes from Python {there[0]}.{there[1]}, and runs on {here[0]}.{here[1]}",
            "Put the function into a module, or let python= name the same version.",
        )
    # What the pickle calls __main__ is the caller's program, not this one.
    main = source.fresh_main()
    function, args, kwargs = pickle.loads(content)
    if record["by"] == "source":
        function = source.restore(function, main)
    return function, args, kwargs


def dump(value, what):
    """Pickles, by cloudpickle where it is installed. LS_BAD_CALL names what cannot be sent."""
    pickler = _cloudpickle() or pickle
    try:
        return pickler.dumps(value, protocol=_PROTOCOL)
    except Exception as error:
        raise LockstepError("LS_BAD_CALL", f"{what} cannot be sent to another process: {error}") from error


def load(path):
    """What `dump` made, from a file."""
    with open(path, "rb") as file:
        return pickle.load(file)


def copy_local_modules(folder):
    """Copies the modules that this process has loaded from beside its program, at their places in the import path."""
    roots = [os.path.realpath(root or os.getcwd()) for root in sys.path]
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if not path or getattr(module, "__name__", "__main__") == "__main__" or not path.endswith(".py"):
            continue
        path = os.path.realpath(path)
        # Some packages give their made-up modules the name of a file that is not there.
        if _is_installed(path) or not os.path.isfile(path):
            continue
        holding = [root for root in roots if path.startswith(root + os.sep)]
        if not holding:
            continue
        target = os.path.join(folder, os.path.relpath(path, max(holding, key=len)))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copyfile(path, target)


def _is_installed(path):
    """True for the standard library, installed packages and Lockstep itself: the tasks have their own."""
    return any(path.startswith(place + os.sep) for place in _installed())


def _installed():
    places = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    # Debian has further folders of packages, each of this name; an editable install has none.
    places.update(path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages"))
    own = os.path.dirname(os.path.abspath(__file__))
    return [*(os.path.realpath(place) for place in places if place), os.path.realpath(own)]


def _is_by_name(function):
    module = sys.modules.get(getattr(function, "__module__", None) or "__main__")
    if module is None or module.__name__ == "__main__":
        return False
    found = module
    for part in getattr(function, "__qualname__", "<").split("."):
        found = getattr(found, part, None)
    return found is function


def _cloudpickle():
    try:
        import cloudpickle
    except ImportError:
        return None
    return cloudpickle
