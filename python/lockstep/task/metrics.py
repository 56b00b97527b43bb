"""Metrics as people have them: numpy and torch scalars, NaN, whatever came out of a loss function."""

import math
import sys

_ODD = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}

#: Metrics that were left out, each said once.
_said = set()


def plain_metrics(metrics):
    """Name to a number as JSON has it, and what is none: name to why.

    A number is whatever `float()` takes: a Python or numpy number, an array or a tensor of one element. NaN and the
    infinities are values that a metric can have; JSON has them as text.
    """
    plain, odd = {}, {}
    for name, value in (metrics or {}).items():
        try:
            number = float(value)
        except (TypeError, ValueError, RuntimeError) as error:
            odd[str(name)] = f"no number: {error}"
            continue
        plain[str(name)] = number if math.isfinite(number) else _ODD[str(number)]
    return plain, odd


def say_odd(odd):
    """Tells the log of the task about metrics that are no numbers, each name once."""
    for name, why in odd.items():
        say_once(name, f"lockstep: the metric {name!r} is not shown: {why}")


def say_once(key, text):
    """A line on standard error; telemetry never raises into training."""
    if key in _said:
        return
    _said.add(key)
    print(text, file=sys.stderr, flush=True)
