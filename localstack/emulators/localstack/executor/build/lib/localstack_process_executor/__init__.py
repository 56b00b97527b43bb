"""Two LocalStack plug-ins for running it as an ordinary local process, without Docker.

- Lambda executor, chosen with LAMBDA_RUNTIME_EXECUTOR=process: each execution environment gets one
  in-process HTTP server that speaks the Lambda Runtime API, and one `node` child that runs the runtime
  client of Lockstep's local cloud, named by LAMBDA_PROCESS_CLIENT.
- Gateway server, chosen with GATEWAY_SERVER=loopback: listens on the address asked for and no other.
"""

from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessRuntimeExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *args, **kwargs):
        from localstack_process_executor.executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor


class LoopbackRuntimeServerPlugin(RuntimeServerPlugin):
    name = "loopback"

    def load(self, *args, **kwargs):
        from localstack_process_executor.server import LoopbackRuntimeServer

        return LoopbackRuntimeServer()
