"""The error that a program is told by, without a traceback."""


class Refused(Exception):
    """What the program is or returns is not what was expected; the message is for its author."""
