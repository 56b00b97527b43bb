"""python_numpy.py MODEL ROWS OUT: the program of the Python race in one process, over batches as they lie in the file."""
import sys
import time

import pyarrow as pa

from numpy_predict import load, predict

_, source, out = sys.argv[1:4]
started = time.perf_counter()
layers = load()
schema = pa.schema({"id": pa.int32(), "label": pa.int32(), "score": pa.float32()})
with pa.memory_map(source) as mapped, pa.OSFile(out, "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
    reader = pa.ipc.open_file(mapped)
    for i in range(reader.num_record_batches):
        batch = reader.get_batch(i)
        answer = predict(batch, layers)
        writer.write_batch(pa.record_batch({"id": batch.column("id"), **answer}, schema=schema))
print(f"{time.perf_counter() - started:.4f}")
