"""What every rank of the gang runs: softmax regression over flowers.csv, with nothing but Python.

Each rank differentiates its own rows, `all_gather` brings the gradients together, and every rank takes the same step. For a
model of your own replace `read_rows`, `gradient` and the export; what remains is what makes a program restart.
"""

import csv
import json
import math

import lockstep
from onnx_file import softmax_regression

FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
SPECIES = ["setosa", "versicolor", "virginica"]
# Numbers around zero are learned faster; `exported` takes it into account, so that the model gets them as they are.
MIDDLE = [5.8, 3.1, 3.8, 1.2]
STEPS, RATE, SAVE_EVERY = 60, 0.4, 10


def main():
    task = lockstep.context()
    rows = read_rows()
    # Rank 1 of 4 has rows 1, 5, 9, … and no other rank has them.
    own = [row for row in rows if not row["held_out"]][task.rank :: task.world_size]
    held_out = [row for row in rows if row["held_out"]]
    print(f"rank {task.rank} of {task.world_size}: {len(own)} rows to learn")

    # One row of numbers a feature and one for the bias; one number a class.
    model = [[0.0] * len(SPECIES) for _ in range(len(FEATURES) + 1)]
    done, loss = 0, math.nan
    # After a restart all ranks go on from the same step; there is nothing to go on from at first.
    saved = task.latest_checkpoint()
    if saved is not None:
        done, model = saved.step, json.loads(saved.files["model.json"])

    while done < STEPS:
        mine = {"rows": len(own), **gradient(model, own)}
        everybody = [json.loads(text) for text in task.all_gather(json.dumps(mine))]
        total = sum(one["rows"] for one in everybody)
        loss = sum(one["loss"] for one in everybody) / total
        for i, row in enumerate(model):
            for k in range(len(row)):
                row[k] -= RATE * sum(one["slopes"][i][k] for one in everybody) / total
        done += 1
        if task.rank == 0:
            task.progress(done, STEPS, {"loss": loss})
            # A host that is about to be taken away asks for a checkpoint.
            if done % SAVE_EVERY == 0 or task.checkpoint_requested():
                task.save_checkpoint(done, {"model.json": json.dumps(model).encode()})

    if task.rank == 0:
        right = sum(best(scores(model, row["x"])) == row["species"] for row in held_out)
        onnx = exported(model)
        # `model.onnx` is published under the name of the job once the run has succeeded.
        task.result({"accuracy": right / len(held_out), "loss": loss}, {"model.onnx": onnx})


def read_rows():
    """Every fifth flower is held out: training never sees it."""
    with open("flowers.csv", encoding="utf-8") as file:
        return [
            {
                "x": [float(row[name]) - middle for name, middle in zip(FEATURES, MIDDLE)],
                "species": SPECIES.index(row["species"]),
                "held_out": row["split"] == "test",
            }
            for row in csv.DictReader(file)
        ]


def scores(model, x):
    """The share of each class, which add up to 1."""
    values = [sum(w * v for w, v in zip(weights, [*x, 1.0])) for weights in zip(*model)]
    powers = [math.exp(value - max(values)) for value in values]
    return [power / sum(powers) for power in powers]


def exported(model):
    """The model as an ONNX file: features in, shares out."""
    *weights, bias = model
    shifts = [sum(w * m for w, m in zip(column, MIDDLE)) for column in zip(*weights)]
    moved = [b - shift for b, shift in zip(bias, shifts)]
    return softmax_regression(weights, moved, source="x", target="probabilities")


def best(shares):
    return shares.index(max(shares))


def gradient(model, rows):
    """Cross entropy over the rows and its slopes, both summed."""
    slopes, loss = [[0.0] * len(SPECIES) for _ in model], 0.0
    for row in rows:
        shares = scores(model, row["x"])
        loss -= math.log(shares[row["species"]])
        for i, value in enumerate([*row["x"], 1.0]):
            for k, share in enumerate(shares):
                slopes[i][k] += (share - (k == row["species"])) * value
    return {"loss": loss, "slopes": slopes}


if __name__ == "__main__":
    main()
