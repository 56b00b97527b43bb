"""The task client under the name that programs written for Lockstep 0.1 import: the same as `lockstep`, in a task."""

from lockstep import Checkpoint, Context, LockstepError, context

__all__ = ["Checkpoint", "Context", "LockstepError", "context"]
