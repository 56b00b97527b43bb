"""What a local task finds in its environment: the launchers' contracts for one host, as core/launch has them."""

import os


def task_environment(place, paths, job_env):
    """The caller's environment, the contracts, the job's own variables, and last what ties the task to this process."""
    rank, world_size = str(place["rank"]), str(place["worldSize"])
    address, port = place["masterAddress"], str(place["masterPort"])
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([package, os.path.join(package, "lockstep", "startup"), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
        "RANK": rank,
        "LOCAL_RANK": rank,
        "WORLD_SIZE": world_size,
        "LOCAL_WORLD_SIZE": world_size,
        "GROUP_RANK": "0",
        "GROUP_WORLD_SIZE": "1",
        "NODE_RANK": "0",
        "ROLE_NAME": "default",
        "ROLE_RANK": rank,
        "ROLE_WORLD_SIZE": world_size,
        "MASTER_ADDR": address,
        "MASTER_PORT": port,
        "TORCHELASTIC_RESTART_COUNT": str(place["attempt"]),
        "TORCHELASTIC_RUN_ID": place["runId"],
        "TORCHELASTIC_USE_AGENT_STORE": "False",
        "TORCHELASTIC_ERROR_FILE": paths["errorFile"],
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
        "JAX_COORDINATOR_ADDRESS": f"{address}:{port}",
        "JAX_COORDINATOR_BIND_ADDRESS": f"{address}:{port}",
        "JAX_NUM_PROCESSES": world_size,
        "JAX_PROCESS_ID": rank,
        "LOCKSTEP_RUN_ID": place["runId"],
        "LOCKSTEP_ATTEMPT": str(place["attempt"]),
        "LOCKSTEP_RANK": rank,
        "LOCKSTEP_LOCAL_RANK": rank,
        "LOCKSTEP_WORLD_SIZE": world_size,
        "LOCKSTEP_LOCAL_WORLD_SIZE": world_size,
        **job_env,
        "LOCKSTEP_SOCKET": paths["socket"],
        "LOCKSTEP_TASK_TOKEN": paths["token"],
        "LOCKSTEP_SCRATCH": paths["scratch"],
        "LOCKSTEP_ERROR_FILE": paths["errorFile"],
    }
