"""A function as its source text, with what it uses of its notebook or script: for machines without cloudpickle."""

import ast
import builtins
import dis
import inspect
import itertools
import linecache
import pickle
import sys
import textwrap
import types

from lockstep.errors import LockstepError

_REMEDY = "Run `pip install cloudpickle`, or put the function into a module of its own."


def capture(function):
    """Everything that `restore` needs to make the function again: sources, imports and plain values by name.

    LS_BAD_CALL names what cannot travel as source.
    """
    if not isinstance(function, types.FunctionType) or function.__name__ == "<lambda>":
        raise _refuse(f"{function!r} is no function with a name")
    if function.__closure__:
        names = ", ".join(function.__code__.co_freevars)
        raise _refuse(f"{function.__name__} uses {names} of the function around it")
    captured = {"entry": function.__name__, "sources": [], "modules": {}, "values": {}}
    _add(function.__name__, function, function.__globals__, captured, set())
    return captured


def _add(name, value, namespace, captured, seen):
    if name in seen:
        return
    seen.add(name)
    is_own = getattr(value, "__module__", None) == "__main__" and isinstance(value, (types.FunctionType, type))
    if isinstance(value, types.ModuleType):
        captured["modules"][name] = value.__name__
    elif is_own:
        text, file, line = _source_of(value)
        for used in sorted(_globals_of(text)):
            if used in namespace and not hasattr(builtins, used):
                _add(used, namespace[used], namespace, captured, seen)
        # What a class or a decorator needs while it is defined comes before it.
        captured["sources"].append((text, file, line))
    else:
        try:
            pickle.dumps(value)
        except Exception as error:
            raise _refuse(f"the variable {name} cannot be sent: {error}") from error
        captured["values"][name] = value


def restore(captured, main):
    """The function, defined anew in the module `main`."""
    namespace = main.__dict__
    for name, module in captured["modules"].items():
        __import__(module)
        namespace[name] = sys.modules[module]
    namespace.update(captured["values"])
    for text, file, line in captured["sources"]:
        # Tracebacks name the file and the line of the source, and show it.
        lines = [*["\n"] * (line - 1), *text.splitlines(True)]
        known = linecache.cache.get(file, (0, None, [], file))[2]
        merged = [new if new.strip() else old for new, old in itertools.zip_longest(lines, known, fillvalue="\n")]
        linecache.cache[file] = (sum(map(len, merged)), None, merged, file)
        exec(compile("\n" * (line - 1) + text, file, "exec"), namespace)
    return namespace[captured["entry"]]


def fresh_main():
    """A new, empty module `__main__`, in place of the program that this process began with."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    return main


def _source_of(value):
    """Source text, its file and its first line (from 1)."""
    try:
        if isinstance(value, type):
            return _class_source(value)
        lines, first = inspect.getsourcelines(value)
        return textwrap.dedent("".join(lines)), value.__code__.co_filename, max(first, 1)
    except (OSError, TypeError) as error:
        raise _refuse(f"the source of {value.__name__} is not known: {error}") from error


def _class_source(cls):
    """A class of a notebook is in no file: its methods know the cell that they were defined in."""
    methods = [value for value in vars(cls).values() if isinstance(value, types.FunctionType)]
    own = [method.__code__ for method in methods if method.__qualname__ == f"{cls.__qualname__}.{method.__name__}"]
    if not own:
        raise OSError("the class has no method of its own")
    lines = linecache.getlines(own[0].co_filename)
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, ast.ClassDef) and node.name == cls.__name__:
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= own[0].co_firstlineno <= node.end_lineno:
                text = textwrap.dedent("".join(lines[first - 1 : node.end_lineno]))
                return text, own[0].co_filename, first
    raise OSError(f"{own[0].co_filename} does not define it")


def _globals_of(text):
    """Names that the code looks up in its module."""
    names, left = set(), [compile(text, "<source>", "exec")]
    while left:
        code = left.pop()
        names.update(one.argval for one in dis.get_instructions(code) if one.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
        left.extend(const for const in code.co_consts if isinstance(const, types.CodeType))
    return names


def _refuse(why):
    return LockstepError("LS_BAD_CALL", f"the function cannot be sent as source: {why}", _REMEDY)
