"""HTTP over the Unix socket that the agent of this host serves."""

import http.client
import json
import os
import shutil
import socket

from lockstep.errors import LockstepError

#: Files travel in pieces of this many bytes, so that none is ever whole in memory.
PIECE_BYTES = 1 << 20


class TaskSocket:
    """Calls to the agent, one connection each: a task that forks or uses threads shares nothing."""

    def __init__(self, path, token):
        self._path = path
        self._token = token

    def json(self, method, path, body=None):
        """Sends a value as JSON and returns the answer's."""
        return json.loads(self.call(method, path, None if body is None else json.dumps(body).encode()))

    def call(self, method, path, data=None):
        """Sends bytes and returns bytes."""
        with _Call(self, method, path, data) as response:
            return response.read()

    def send_file(self, path, source):
        """PUTs a file of this machine, piece by piece."""
        with open(source, "rb") as data, _Call(self, "PUT", path, data) as response:
            response.read()

    def fetch_file(self, path, target):
        """GETs into a file that appears under its name only once it is whole."""
        partial = f"{target}.{os.getpid()}.partial"
        try:
            with _Call(self, "GET", path, None) as response, open(partial, "wb") as file:
                shutil.copyfileobj(response, file, PIECE_BYTES)
            os.replace(partial, target)
        finally:
            if os.path.exists(partial):
                os.remove(partial)


class _Call:
    """One request as a context that yields its response, or raises the agent's error."""

    def __init__(self, to, method, path, data):
        self._what = f"{method} {path}"
        self._connection = _UnixConnection(to._path)
        headers = {"authorization": f"Bearer {to._token}"}
        if hasattr(data, "fileno"):
            headers["content-length"] = str(os.fstat(data.fileno()).st_size)
        self._request = (method, path, data, headers)

    def __enter__(self):
        try:
            self._connection.request(*self._request)
            response = self._connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise self._no_answer(error) from error
        if response.status < 400:
            return response
        try:
            answer = json.loads(response.read())
        finally:
            self._connection.close()
        raise LockstepError(answer["code"], answer["message"])

    def __exit__(self, kind, error, traceback):
        self._connection.close()
        # The agent may go away while it answers; errors of the caller's own disk are its own.
        if isinstance(error, (ConnectionError, http.client.HTTPException)):
            raise self._no_answer(error) from error

    def _no_answer(self, error):
        return LockstepError("LS_UNAVAILABLE", f"{self._what}: no answer from the agent: {error}")


class _UnixConnection(http.client.HTTPConnection):
    blocksize = PIECE_BYTES

    def __init__(self, path):
        super().__init__("lockstep", blocksize=PIECE_BYTES)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)
