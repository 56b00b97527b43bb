"""Lockstep for Python.

In a task of a gang::

    import lockstep
    task = lockstep.context()
    task.barrier()

In a script or a notebook::

    import lockstep
    accuracy = lockstep.run(train, np=4)

Every error is a LockstepError with a stable code (docs/errors.md).
"""

import importlib

__version__ = "0.1.0"

#: Name to the module that holds it. Loaded when first used: a task must not pay for the client, nor the client for it.
_EXPORTS = {
    "LockstepError": "errors",
    "Checkpoint": "task.checkpoints",
    "Context": "task.context",
    "context": "task.context",
    "run": "launch",
    "infer": "inference",
    "runs": "client",
    "logs": "client",
    "cancel": "client",
    "report": "client",
    "RunFailed": "outcome",
}

__all__ = list(_EXPORTS)


def __getattr__(name):
    if name not in _EXPORTS:
        raise AttributeError(f"module 'lockstep' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"lockstep.{_EXPORTS[name]}"), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted(set(globals()) | set(_EXPORTS))
