"""One attempt of a local gang: what its tasks are, and what they are answered."""

import os
import secrets
import socket

from lockstep.local.meeting import Meetings

ADDRESS = "127.0.0.1"


class Attempt:
    """Answers the calls of the tasks of one attempt; the server's threads call it."""

    def __init__(self, number, settings, on_progress):
        self.number = number
        self.store = settings["store"]
        self.progress = on_progress
        self.tokens = {secrets.token_urlsafe(24): rank for rank in range(settings["world_size"])}
        self._settings = settings
        self._meetings = Meetings(settings["world_size"])
        self._is_cancelled = False
        self._master_port = _free_port()

    def describe(self, rank):
        """Answer of `GET /task`."""
        size = self._settings["world_size"]
        infos = [{"rank": one, "localRank": one, "instanceId": "local", "address": ADDRESS} for one in range(size)]
        return {
            "runId": self._settings["run_id"],
            "attempt": self.number,
            "rank": rank,
            "worldSize": size,
            "localRank": rank,
            "localWorldSize": size,
            "resources": {"gpu": {"addresses": []}},
            "taskInfos": infos,
            "masterAddress": ADDRESS,
            "masterPort": self._master_port,
            "barrierTimeoutMs": self._settings["barrier_timeout_s"] * 1000,
        }

    def meet(self, rank, kind, call_site, payload, timeout_ms):
        """(epoch, payloads), see Meetings."""
        timeout_s = self._settings["barrier_timeout_s"] if timeout_ms is None else timeout_ms / 1000
        return self._meetings.meet(rank, kind, call_site, payload, timeout_s)

    def shards(self, rank):
        """The rank's data files."""
        paths = self._settings["shards"][rank]
        listed = [{"index": i, "key": path, "sizeBytes": os.path.getsize(path)} for i, path in enumerate(paths)]
        return {"format": "parquet", "shards": listed}

    def shard(self, rank, index):
        """Where one of them is: they are on this machine already."""
        path = self._settings["shards"][rank][index]
        return {"path": path, "sizeBytes": os.path.getsize(path)}

    def cancelled(self):
        """Answer of `GET /cancelled`."""
        return {"cancelled": self._is_cancelled, "checkpointRequested": False}

    def ended(self, rank):
        """A task has ended with 0 while others may go on."""
        self._meetings.leave(rank)

    def fault(self):
        """(error, rank at fault or None) of a meeting that could not take place; None if there was no such."""
        return self._meetings.fault

    def stop(self, error):
        """Those that wait are told why."""
        self._is_cancelled = True
        self._meetings.end(error)


def _free_port():
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]
