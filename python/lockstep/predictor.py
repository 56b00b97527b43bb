"""A function on its way to the rows: a `predict.py` that holds it, with all that it needs, in one file."""

import base64
import inspect
import os
import tempfile

from lockstep import shipping
from lockstep.errors import LockstepError

#: What a function is unpacked with, where the interpreter that predicts has no Lockstep.
_OWN = ("__init__.py", "errors.py", "shipping.py", "source.py")


def write(function, folder):
    """Writes the program that predicts with the function, or with a class that is made once and then called; its path."""
    with tempfile.TemporaryDirectory(prefix="lockstep-predict-") as package:
        shipping.pack(function, (_wants_frames(function),), package)
        files = {name: text for name, text in _texts(package)}
        with open(os.path.join(package, shipping.CALL_FOLDER, "call.pkl"), "rb") as file:
            call = base64.b64encode(file.read()).decode()
        with open(os.path.join(package, shipping.CALL_FOLDER, "call.json"), encoding="utf-8") as file:
            record = file.read()
    own = {}
    for name in _OWN:
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), encoding="utf-8") as file:
            own[f"lockstep/{name}"] = file.read()
    path = os.path.join(folder, "predict.py")
    with open(path, "w", encoding="utf-8") as file:
        form = _ITERATOR if _is_iterator(function) else _BATCH
        file.write(_PROGRAM.format(files=files, own=own, call=call, record=record, form=form))
    return path


def _texts(package):
    for folder, _, names in os.walk(package):
        for name in names:
            path = os.path.join(folder, name)
            place = os.path.relpath(path, package).replace(os.sep, "/")
            if name.endswith(".py"):
                with open(path, encoding="utf-8") as file:
                    yield place, file.read()


def _is_iterator(function):
    """Whether it takes all batches and yields: the iterator form of pandas UDFs."""
    called = getattr(function, "__call__", None) if isinstance(function, type) else function
    return inspect.isgeneratorfunction(called)


def _wants_frames(function):
    """Whether its first parameter is annotated as a pandas DataFrame, or as an iterator of them."""
    called = function.__call__ if isinstance(function, type) else function
    try:
        parameters = list(inspect.signature(called).parameters.values())
    except (TypeError, ValueError):
        return False
    parameters = parameters[1:] if isinstance(function, type) else parameters
    if not parameters:
        raise LockstepError("LS_USAGE", f"model: expected a function of the rows, got one without parameters: {function!r}")
    annotation = parameters[0].annotation
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__qualname__", "") + str(annotation)
    return "DataFrame" in text and "polars" not in text


_PROGRAM = '''# Made by lockstep.infer: a function that came along, and the modules that it needs.
import base64
import importlib.abc
import importlib.util
import json
import sys

_FILES = {files!r}
_LOCKSTEP = {own!r}
_CALL = {call!r}
_RECORD = json.loads({record!r})


class _Shipped(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Modules of the texts that came along."""

    def __init__(self, files):
        self._files = files

    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_loader(name, self, origin=self._place(name)) if self._place(name) else None

    def is_package(self, name):
        return not self._place(name).endswith(name.rsplit(".", 1)[-1] + ".py")

    def get_source(self, name):
        return self._files.get(self._place(name), "")

    def _place(self, name):
        path = name.replace(".", "/")
        found = [one for one in (path + "/__init__.py", path + ".py") if one in self._files]
        if not found and any(file.startswith(path + "/") for file in self._files):
            return path + "/"
        return found[0] if found else None


sys.meta_path.insert(0, _Shipped(_FILES))
# A Lockstep that is installed goes first: it has more than what a function is unpacked with.
sys.meta_path.append(_Shipped(_LOCKSTEP))
from lockstep import shipping


def load():
    function, (frames,), _ = shipping.unpacked(base64.b64decode(_CALL), _RECORD)
    return (function() if isinstance(function, type) else function), frames

{form}'''

_BATCH = '''
def predict(batch, loaded):
    function, frames = loaded
    return function(batch.to_pandas() if frames else batch)
'''

_ITERATOR = '''
def predict(batches, loaded):
    function, frames = loaded
    yield from function(batch.to_pandas() if frames else batch for batch in batches)
'''
