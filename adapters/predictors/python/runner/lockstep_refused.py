"""The error that a program is told by, without a traceback."""


class Refused(Exception):
    """What the program is or returns is not what was expected; the message is for its author, the code for whoever feeds it."""

    def __init__(self, message, code=None):
        super().__init__(message)
        self.code = code
