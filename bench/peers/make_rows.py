"""make_rows.py FOLDER ROWS BATCH_ROWS: the rows of the inference benches as rows.arrow and rows.parquet.

Columns: id int32, x fixed_size_list<float32>[32], uniform in [-1, 1), from one seed.
"""
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

folder, rows, batch_rows = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
FEATURES = 32
schema = pa.schema(
    [pa.field("id", pa.int32(), nullable=False), pa.field("x", pa.list_(pa.field("item", pa.float32(), False), FEATURES), False)]
)
random = np.random.default_rng(7)
with (
    pa.OSFile(f"{folder}/rows.arrow", "wb") as sink,
    pa.ipc.new_file(sink, schema) as arrow,
    pq.ParquetWriter(f"{folder}/rows.parquet", schema, compression="snappy") as parquet,
):
    for start in range(0, rows, batch_rows):
        count = min(batch_rows, rows - start)
        values = pa.array(random.random(count * FEATURES, dtype=np.float32) * 2 - 1)
        x = pa.FixedSizeListArray.from_arrays(values, type=schema.field("x").type)
        batch = pa.record_batch([pa.array(np.arange(start, start + count, dtype=np.int32)), x], schema=schema)
        arrow.write_batch(batch)
        parquet.write_batch(batch, row_group_size=batch_rows)
