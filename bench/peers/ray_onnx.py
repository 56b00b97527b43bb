"""ray_onnx.py MODEL ROWS OUT: the same with Ray Data, a class of actors over Arrow batches.

One actor a processor, one session of one thread in each. OUT is a folder of Parquet files with id, label and score. Prints the
seconds of the work itself, without the start of Ray.
"""
import logging
import os
import shutil
import sys
import time

import numpy as np
import pyarrow as pa
import ray

MICRO_BATCH = 4096
model, source, out = sys.argv[1:4]


class Predictor:
    def __init__(self):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self.session = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def __call__(self, table):
        x = table.column("x").combine_chunks()
        x = x.chunk(0) if isinstance(x, pa.ChunkedArray) else x
        features = x.flatten().to_numpy(zero_copy_only=False).reshape(len(x), -1)
        labels = np.empty(len(x), np.int32)
        best = np.empty(len(x), np.float32)
        for at in range(0, len(x), MICRO_BATCH):
            (scores,) = self.session.run(["scores"], {"x": features[at : at + MICRO_BATCH]})
            chosen = scores.argmax(axis=1)
            labels[at : at + MICRO_BATCH] = chosen
            best[at : at + MICRO_BATCH] = scores[np.arange(len(scores)), chosen]
        return pa.table({"id": table.column("id"), "label": labels, "score": best})


ray.init(num_cpus=os.cpu_count(), logging_level=logging.ERROR, log_to_driver=False, include_dashboard=False)
ray.data.DataContext.get_current().enable_progress_bars = False
started = time.perf_counter()
shutil.rmtree(out, ignore_errors=True)
rows = ray.data.read_parquet(source)
predicted = rows.map_batches(
    Predictor, batch_format="pyarrow", batch_size=32_768, concurrency=max(1, (os.cpu_count() or 2) - 1)
)
predicted.write_parquet(out)
print(f"{time.perf_counter() - started:.4f}")
ray.shutdown()
