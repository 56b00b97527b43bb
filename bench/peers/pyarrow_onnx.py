"""pyarrow_onnx.py MODEL ROWS OUT: what somebody writes without Lockstep, and writes well.

Batches are read ahead, two threads run one session of one thread each, and the parts are written while computing. OUT is
an Arrow file with id, label and score. Prints the seconds of the work itself, without the start of Python.
"""
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime as ort
import pyarrow as pa
import pyarrow.parquet as pq

MICRO_BATCH = 4096
THREADS = 2

model, source, out = sys.argv[1:4]
started = time.perf_counter()
options = ort.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def batches():
    if source.endswith(".parquet"):
        yield from pq.ParquetFile(source).iter_batches(batch_size=32_768)
        return
    with pa.memory_map(source) as mapped:
        reader = pa.ipc.open_file(mapped)
        for i in range(reader.num_record_batches):
            yield reader.get_batch(i)


def predict(batch):
    features = batch.column("x").flatten().to_numpy().reshape(batch.num_rows, -1)
    labels = np.empty(batch.num_rows, np.int32)
    best = np.empty(batch.num_rows, np.float32)
    for at in range(0, batch.num_rows, MICRO_BATCH):
        (scores,) = session.run(["scores"], {"x": features[at : at + MICRO_BATCH]})
        chosen = scores.argmax(axis=1)
        labels[at : at + MICRO_BATCH] = chosen
        best[at : at + MICRO_BATCH] = scores[np.arange(len(scores)), chosen]
    return pa.record_batch({"id": batch.column("id"), "label": labels, "score": best})


schema = pa.schema({"id": pa.int32(), "label": pa.int32(), "score": pa.float32()})
waiting = deque()
with ThreadPoolExecutor(THREADS) as pool, pa.OSFile(out, "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
    for batch in batches():
        waiting.append(pool.submit(predict, batch))
        if len(waiting) > 2 * THREADS:
            writer.write_batch(waiting.popleft().result())
    while waiting:
        writer.write_batch(waiting.popleft().result())
print(f"{time.perf_counter() - started:.4f}")
