"""Linear regression by gradient descent over MPI: `mpirun` starts the ranks, Lockstep keeps the checkpoint.

One `mpirun` starts the ranks on all hosts, without ssh. Those of the first host share its place, so MPI's rank 0 speaks to Lockstep.
"""

import json

import lockstep
import numpy as np
from mpi4py import MPI

STEPS, SAVE_EVERY, RATE = 1_000, 100, 0.1


def main():
    world = MPI.COMM_WORLD
    task = lockstep.context()
    random = np.random.default_rng(world.rank)
    inputs = random.normal(size=(2_000, 8))
    targets = inputs @ np.arange(8.0) + 3

    state = {"step": 0, "weights": [0.0] * 9}
    if world.rank == 0:
        found = task.latest_checkpoint()
        state = state if found is None else json.loads(found.files["state.json"])
    # What rank 0 knows, all go on from.
    state = world.bcast(state)
    weights = np.array(state["weights"])
    for step in range(state["step"] + 1, STEPS + 1):
        wrong = inputs @ weights[:8] + weights[8] - targets
        own = np.append(inputs.T @ wrong, wrong.sum()) / len(inputs)
        # Summed in the order of ranks, so that a run that was interrupted ends with the same bits.
        weights -= RATE * np.sum(world.allgather(own), axis=0) / world.size
        if world.rank == 0:
            task.progress(step, STEPS, {"wrong": np.abs(wrong).mean()})
            if step % SAVE_EVERY == 0:
                task.save_checkpoint(step, {"state.json": packed(step, weights)})
                print(f"saved step {step}")
    if world.rank == 0:
        task.result({"ranks": world.size, "bias": weights[8]}, {"state.json": packed(STEPS, weights)})


def packed(step, weights):
    return json.dumps({"step": step, "weights": weights.tolist()}).encode()


if __name__ == "__main__":
    main()
