"""Softmax regression on the digits with JAX on every rank: restarts from its checkpoint, ends with the same weights."""

import io

import jax
import jax.numpy as jnp
import lockstep
import numpy as np
from jax.experimental.multihost_utils import process_allgather

EPOCHS, BATCH_ROWS, SAVE_EVERY, RATE = 6, 50, 10, 0.5


def loss_of(weights, pixels, labels):
    scores = pixels @ weights["w"] + weights["b"]
    return -jnp.take_along_axis(jax.nn.log_softmax(scores), labels[:, None], axis=1).mean()


def main():
    task = lockstep.context()
    # Where the coordinator is, how many there are and which one this is, JAX finds in the environment.
    jax.distributed.initialize()
    assert jax.process_count() == task.world_size and jax.process_index() == task.rank

    rows = task.rows(["pixels", "label", "held_out"], order_by="id")
    batches = rows.select(~rows["held_out"]).batches(BATCH_ROWS, seed=1)
    differentiate = jax.jit(jax.value_and_grad(loss_of))
    weights = {"w": np.zeros((784, 10), np.float32), "b": np.zeros(10, np.float32)}

    done, found = 0, task.latest_checkpoint()
    if found is not None:
        done, weights = found.step, dict(np.load(io.BytesIO(found.files["weights.npz"])))
    steps, loss = EPOCHS * len(batches), float("nan")
    while done < steps:
        batch = batches.read(*divmod(done, len(batches)))
        own = differentiate(weights, batch["pixels"], batch["label"])
        # The mean over all ranks, in the order of ranks on each of them.
        loss, gradient = jax.tree.map(lambda each: each.mean(axis=0), process_allgather(own))
        weights = {name: weights[name] - RATE * gradient[name] for name in weights}
        done += 1
        if task.rank == 0:
            task.progress(done, steps, {"loss": loss})
            if done % SAVE_EVERY == 0 or task.checkpoint_requested():
                task.save_checkpoint(done, {"weights.npz": packed(weights)})
                print(f"saved step {done}")

    test = rows.select(rows["held_out"])
    right = (test["pixels"] @ weights["w"] + weights["b"]).argmax(axis=1) == test["label"]
    counts = process_allgather(np.array([right.sum(), len(test)])).sum(axis=0)
    if task.rank == 0:
        task.result({"accuracy": counts[0] / counts[1], "loss": loss}, {"weights.npz": packed(weights)})
    task.barrier()
    jax.distributed.shutdown()


def packed(weights):
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(value) for name, value in weights.items()})
    return file.getvalue()


if __name__ == "__main__":
    main()
