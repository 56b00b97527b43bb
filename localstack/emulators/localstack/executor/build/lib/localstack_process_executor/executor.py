import json
import os
import queue
import subprocess
import threading
import time
from concurrent.futures import Future
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

INIT_TIMEOUT_S = 20


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    """The three Runtime API calls a runtime client makes: next, response or error, init error."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def _reply(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):  # /2018-06-01/runtime/invocation/next
        executor = self.server.executor
        executor.ready.set()
        payload = executor.pending.get()
        if payload is None:
            return self._reply(410)
        deadline_ms = int((time.time() + executor.timeout_s) * 1000)
        self._reply(
            200,
            payload["payload"].encode(),
            [
                ("content-type", "application/json"),
                ("Lambda-Runtime-Aws-Request-Id", payload["invoke-id"]),
                ("Lambda-Runtime-Invoked-Function-Arn", payload["invoked-function-arn"]),
                ("Lambda-Runtime-Trace-Id", payload["trace-id"]),
                ("Lambda-Runtime-Deadline-Ms", str(deadline_ms)),
            ],
        )

    def do_POST(self):
        executor = self.server.executor
        body = self._read_body()
        *_, parent, leaf = self.path.split("/")
        if (parent, leaf) == ("init", "error"):
            executor.init_error = body
            executor.ready.set()
        elif future := executor.futures.pop(parent, None):
            future.set_result((body, leaf == "error"))
        self._reply(202, b'{"status":"OK"}')

    def _read_body(self):
        if length := int(self.headers.get("content-length") or 0):
            return self.rfile.read(length)
        if self.headers.get("transfer-encoding", "").lower() != "chunked":
            return b""
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)


class ProcessRuntimeExecutor(RuntimeExecutor):
    def __init__(self, id, function_version):
        super().__init__(id, function_version)
        self.pending = queue.Queue()
        self.futures = {}
        self.ready = threading.Event()
        self.init_error = None
        self.process = None
        self.server = None
        self.log_lines = []

    @property
    def timeout_s(self):
        return self.function_version.config.timeout

    def start(self, env_vars):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _RuntimeApiHandler)
        self.server.daemon_threads = True
        self.server.executor = self
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self._env_vars = env_vars
        self._spawn()

    def _spawn(self):
        self.ready.clear()
        code_dir = str(self.function_version.config.code.get_unzipped_code_location())
        env = {key: str(value) for key, value in self._env_vars.items() if value is not None}
        env |= {
            "PATH": os.environ["PATH"],
            "HOME": "/tmp",
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.server.server_port}",
            "LAMBDA_TASK_ROOT": code_dir,
            "_HANDLER": self.function_version.config.handler,
        }
        # Services that run beside LocalStack, because it has none that would do.
        env |= {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL_")}
        command = [os.environ.get("LAMBDA_PROCESS_NODE", "node"), os.environ["LAMBDA_PROCESS_CLIENT"]]
        self.process = subprocess.Popen(
            command,
            cwd=code_dir,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        threading.Thread(target=self._collect_logs, args=(self.process.stdout,), daemon=True).start()
        deadline = time.monotonic() + INIT_TIMEOUT_S
        while not self.ready.wait(0.05) and self.process.poll() is None and time.monotonic() < deadline:
            pass
        if not self.ready.is_set() or self.init_error:
            self.process.kill()
            raise RuntimeError(f"init failed: {self.init_error} {self.get_logs()[-500:]}")

    def _collect_logs(self, stream):
        self.log_lines.extend(stream)

    def stop(self):
        self.pending.put(None)
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                self.process.kill()
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def invoke(self, payload):
        invoke_id = payload["invoke-id"]
        future = self.futures[invoke_id] = Future()
        log_mark = len(self.log_lines)
        self.pending.put(payload)
        try:
            body, is_error = future.result(timeout=self.timeout_s)
        except TimeoutError:
            self.futures.pop(invoke_id, None)
            self.process.kill()
            self.process.wait()
            self._spawn()
            message = f"RequestId: {invoke_id} Error: Task timed out after {self.timeout_s}.00 seconds"
            body = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": message}).encode()
            is_error = True
        logs = "".join(self.log_lines[log_mark:]) or "-"
        return InvocationResult(invoke_id, body, is_error=is_error, logs=logs)

    def get_endpoint_from_executor(self):
        """Host part of AWS_ENDPOINT_URL inside the function: where the gateway really listens."""
        host = config.GATEWAY_LISTEN[0].host
        if ":" in host:
            return f"[{host}]"
        return "127.0.0.1" if host in ("", "0.0.0.0", "localhost") else host

    def get_address(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return ""

    def get_logs(self):
        return "".join(self.log_lines)

    @classmethod
    def prepare_version(cls, function_version):
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass
