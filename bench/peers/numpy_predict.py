"""The model of the Python race, in numpy: two layers of 32 and 256 numbers, 10 classes, the same weights wherever it runs."""
import numpy as np


def load():
    random = np.random.default_rng(11)
    shapes = ((32, 256), (256, 256), (256, 10))
    return [(random.normal(0, (2 / n) ** 0.5, (n, m)).astype(np.float32), np.zeros(m, np.float32)) for n, m in shapes]


def predict(batch, layers):
    values = batch.column("x").flatten().to_numpy().reshape(batch.num_rows, -1)
    for i, (weights, bias) in enumerate(layers):
        values = values @ weights + bias
        if i + 1 < len(layers):
            np.maximum(values, 0, out=values)
    labels = values.argmax(axis=1).astype(np.int32)
    return {"label": labels, "score": values[np.arange(len(values)), labels]}
