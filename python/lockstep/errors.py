"""Errors of Lockstep, as Python sees them."""


class LockstepError(Exception):
    """Something that somebody can act on: `code` is stable (docs/errors.md), `remedy` says what to do, where known."""

    #: Where users know it from, also in a traceback.
    __module__ = "lockstep"

    def __init__(self, code, message, remedy=None):
        super().__init__(f"{code}: {message}" if remedy is None else f"{code}: {message}\n{remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy
