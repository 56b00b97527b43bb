"""Barriers of the tasks of one attempt, under one lock."""

import threading
import time

from lockstep.errors import LockstepError


class Meetings:
    """Where `world_size` ranks meet, epoch after epoch; a call returns when the last rank has made the same call."""

    def __init__(self, world_size):
        self._world_size = world_size
        self._changed = threading.Condition()
        self._epoch = 0
        #: Rank to (kind, call site, payload) of the epoch that is not complete.
        self._arrived = {}
        #: Answers of the epoch before, for those that wake up after the next has begun.
        self._released = {}
        self._left = set()
        self._over = None
        #: (error, rank at fault or None) of a meeting that cannot take place.
        self.fault = None

    def meet(self, rank, kind, call_site, payload, timeout_s):
        """(epoch, payloads by rank) once all are there. LS_BARRIER_MISMATCH, LS_BARRIER_TIMEOUT, or why it is over."""
        deadline = time.monotonic() + timeout_s
        with self._changed:
            self._refuse_if_over()
            epoch = self._epoch
            if rank in self._arrived:
                self._end(_mismatch(f"rank {rank} called {kind} at {call_site} while another call of it waits"))
            self._arrived[rank] = (kind, call_site, payload)
            self._check()
            if len(self._arrived) == self._world_size:
                self._released = {epoch: [self._arrived[one][2] for one in range(self._world_size)]}
                self._epoch, self._arrived = epoch + 1, {}
                self._changed.notify_all()
            while self._epoch == epoch:
                self._refuse_if_over()
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    self._end(*self._late(epoch, timeout_s))
                self._changed.wait(left_s)
            return epoch, self._released.get(epoch, [])

    def leave(self, rank):
        """A rank has ended: who waits for it waits in vain."""
        with self._changed:
            self._left.add(rank)
            if self._over is None:
                try:
                    self._check()
                except LockstepError:
                    pass  # those that wait are told

    def end(self, error):
        """Every call from now on, and those that wait, raise the error."""
        with self._changed:
            if self._over is None:
                self._over = error
            self._changed.notify_all()

    def _check(self):
        kinds = {}
        for rank, (kind, call_site, _) in sorted(self._arrived.items()):
            kinds.setdefault(kind, f"rank {rank} called {kind} at {call_site}")
        if len(kinds) > 1:
            self._end(_mismatch(", but ".join(kinds.values())))
        gone = sorted(self._left - set(self._arrived))
        if self._arrived and gone:
            self._end(_mismatch(f"{next(iter(kinds.values()))}, but {_ranks(gone)} ended without it"), gone[0])

    def _late(self, epoch, timeout_s):
        absent = [rank for rank in range(self._world_size) if rank not in self._arrived]
        message = f"barrier {epoch} was not complete after {timeout_s:g} s: waiting for {_ranks(absent)}"
        return LockstepError("LS_BARRIER_TIMEOUT", message), absent[0]

    def _end(self, error, rank=None):
        self._over = error
        self.fault = (error, rank)
        self._changed.notify_all()
        raise error

    def _refuse_if_over(self):
        if self._over is not None:
            raise LockstepError(self._over.code, self._over.message)


def _mismatch(message):
    return LockstepError("LS_BARRIER_MISMATCH", message)


def _ranks(ranks):
    return f"rank{'s' if len(ranks) > 1 else ''} {', '.join(map(str, ranks))}"
