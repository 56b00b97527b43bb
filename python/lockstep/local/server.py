"""The context socket of a local gang: the same HTTP as an agent's (gpu-agent/wire.ts), served by this process."""

import functools
import hmac
import json
import os
import re
import shutil
import socketserver
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from lockstep.errors import LockstepError
from lockstep.task.socket import PIECE_BYTES

_STATUS = {"LS_BAD_CALL": 400, "LS_BARRIER_TIMEOUT": 408, "LS_BARRIER_MISMATCH": 409, "LS_CANCELLED": 410}
_PAYLOAD_BYTES_MAX = 64 << 10


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Serves one attempt: `attempt` is the object whose methods answer, `tokens` maps each token to its rank."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, path, tokens, attempt):
        self.tokens = tokens
        self.attempt = attempt
        super().__init__(path, _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def close(self):
        """Answers no more."""
        self.shutdown()
        self.server_close()

    def handle_error(self, request, client_address):
        """A task that is killed while it is answered is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._serve()

    def do_PUT(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def _serve(self):
        try:
            rank = self._rank()
            path = urlsplit(self.path).path
            for method, pattern, answer in _ROUTES:
                match = re.fullmatch(pattern, path)
                if match and method == self.command:
                    self._send(200, answer(self, rank, *map(unquote, match.groups())))
                    return
            raise LockstepError("LS_BAD_CALL", f"{self.command} {path}: no such path")
        except LockstepError as error:
            self._send(_STATUS.get(error.code, 500), {"code": error.code, "message": error.message})
        except (KeyError, TypeError, ValueError) as error:
            self._send(400, {"code": "LS_BAD_CALL", "message": f"{self.command} {self.path}: {error!r}"})
        except OSError as error:
            self._send(503, {"code": "LS_UNAVAILABLE", "message": str(error)})

    def _rank(self):
        given = self.headers.get("authorization", "")
        for token, rank in self.server.tokens.items():
            if hmac.compare_digest(given, f"Bearer {token}"):
                return rank
        raise LockstepError("LS_BAD_CALL", "no task of this attempt: send `authorization: Bearer $LOCKSTEP_TASK_TOKEN`")

    def _send(self, status, answer):
        self.close_connection = True
        if isinstance(answer, str):
            with open(answer, "rb") as file:
                self._head(status, "application/octet-stream", os.fstat(file.fileno()).st_size)
                shutil.copyfileobj(file, self.wfile, PIECE_BYTES)
            return
        body = json.dumps(answer or {}).encode()
        self._head(status, "application/json", len(body))
        self.wfile.write(body)

    def _head(self, status, kind, size):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(size))
        self.send_header("connection", "close")
        self.end_headers()

    def body(self):
        """The request's body as a JSON object."""
        return json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"{}")

    def store(self, path):
        """Writes the request's body to a file, piece by piece."""
        os.makedirs(os.path.dirname(path), exist_ok=True)
        left = int(self.headers.get("content-length", 0))
        partial = f"{path}.{threading.get_ident()}.partial"
        with open(partial, "wb") as file:
            while left > 0:
                piece = self.rfile.read(min(left, PIECE_BYTES))
                if not piece:
                    raise LockstepError("LS_BAD_CALL", f"the body ended {left} bytes early")
                file.write(piece)
                left -= len(piece)
        os.replace(partial, path)


def _meet(kind):
    def answer(handler, rank):
        body = handler.body()
        payload = body.get("payload", "") if kind == "allGather" else None
        if payload is not None and (not isinstance(payload, str) or len(payload.encode()) > _PAYLOAD_BYTES_MAX):
            message = f"payload: expected a string of at most {_PAYLOAD_BYTES_MAX} bytes; share more through a checkpoint"
            raise LockstepError("LS_BAD_CALL", message)
        epoch, payloads = handler.server.attempt.meet(
            rank, kind, body.get("callSite", "unknown"), payload, body.get("timeoutMs")
        )
        return {"epoch": epoch, **({"payloads": payloads} if kind == "allGather" else {})}

    return answer


def _put_checkpoint(handler, _, step, name):
    handler.store(handler.server.attempt.store.checkpoint_path(handler.server.attempt.number, int(step), name))


def _commit_checkpoint(handler, rank):
    body, attempt = handler.body(), handler.server.attempt
    step, names = int(body["step"]), body["files"]
    if not body.get("shared", False):
        attempt.store.save_checkpoint(attempt.number, step, names)
        return
    # All ranks save together: none returns before it is committed.
    meet = functools.partial(attempt.meet, rank, "allGather", "checkpoint", timeout_ms=body.get("timeoutMs"))
    _, all_names = meet(json.dumps(names))
    if rank == 0:
        attempt.store.save_checkpoint(attempt.number, step, [name for one in all_names for name in json.loads(one)])
    meet("")


def _latest_checkpoint(handler, _):
    newest = "newest=true" in urlsplit(handler.path).query
    latest = handler.server.attempt.store.latest(newest)
    if latest is None:
        return {"latest": None}
    attempt, step, names = latest
    return {"latest": {"attempt": attempt, "step": step, "files": {name: {} for name in names}}}


def _put_result(handler, rank, name):
    attempt = handler.server.attempt
    _only_rank_0(rank)
    handler.store(attempt.store.result_path(attempt.number, name))


def _commit_result(handler, rank):
    body, attempt = handler.body(), handler.server.attempt
    _only_rank_0(rank)
    attempt.store.commit_result(attempt.number, body.get("metrics", {}), body.get("files", []))


def _progress(handler, rank):
    body = handler.body()
    if rank == 0:
        handler.server.attempt.progress(body)


def _only_rank_0(rank):
    if rank != 0:
        raise LockstepError("LS_BAD_CALL", f"rank {rank} put a result: only rank 0 has one")


_ROUTES = [
    ("GET", "/task", lambda handler, rank: handler.server.attempt.describe(rank)),
    ("POST", "/barrier", _meet("barrier")),
    ("POST", "/allGather", _meet("allGather")),
    ("GET", "/shards", lambda handler, rank: handler.server.attempt.shards(rank)),
    ("GET", r"/shards/(\d{1,9})", lambda handler, rank, index: handler.server.attempt.shard(rank, int(index))),
    ("GET", "/checkpoint", _latest_checkpoint),
    ("GET", r"/checkpoint/(\d{1,15})/(.+)", lambda h, _, step, name: h.server.attempt.store.latest_path(int(step), name)),
    ("PUT", r"/checkpoint/(\d{1,15})/(.+)", _put_checkpoint),
    ("POST", "/checkpoint", _commit_checkpoint),
    ("POST", "/progress", _progress),
    ("PUT", "/result/(.+)", _put_result),
    ("POST", "/result", _commit_result),
    ("GET", "/cancelled", lambda handler, _: handler.server.attempt.cancelled()),
]
