"""Runs when the Python of a task starts: it tells JAX where it is, should the task import JAX.

JAX reads the coordinator's address from the environment but neither the number of processes nor which one this is; it asks
the cluster environments that it knows. This adds Lockstep's, so that `jax.distributed.initialize()` needs no arguments. A
`sitecustomize` that the machine has runs after it.
"""

import importlib.util
import os
import sys
from importlib.machinery import PathFinder

_CLUSTERS = "jax._src.clusters"


class _JaxFinder:
    """Finds JAX's module of cluster environments as anybody would, and adds one when it has been loaded."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != _CLUSTERS:
            return None
        sys.meta_path.remove(_JaxFinder)
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                _register(module.ClusterEnv)

            spec.loader.exec_module = exec_module
        return spec


def _register(cluster_env):
    class LockstepCluster(cluster_env):
        name = "lockstep"

        @classmethod
        def is_env_present(cls):
            return "LOCKSTEP_RANK" in os.environ and "JAX_COORDINATOR_ADDRESS" in os.environ

        @classmethod
        def get_coordinator_address(cls, *_, **__):
            return os.environ["JAX_COORDINATOR_ADDRESS"]

        @classmethod
        def get_process_count(cls):
            return int(os.environ["LOCKSTEP_WORLD_SIZE"])

        @classmethod
        def get_process_id(cls):
            return int(os.environ["LOCKSTEP_RANK"])

        @classmethod
        def get_local_process_id(cls):
            return int(os.environ["LOCKSTEP_LOCAL_RANK"])

    # Before those that ask the network whether they are there.
    cluster_env._cluster_types.remove(LockstepCluster)
    cluster_env._cluster_types.insert(0, LockstepCluster)


def _run_next():
    own = os.path.dirname(os.path.realpath(__file__))
    others = [path for path in sys.path if os.path.realpath(path or ".") != own]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if "JAX_COORDINATOR_ADDRESS" in os.environ:
    sys.meta_path.insert(0, _JaxFinder)
_run_next()
