"""make_rows.py FOLDER ROWS BATCH_ROWS KIND…: the rows of the inference benches, in each of the kinds.

`arrow` is rows.arrow, `parquet` rows.parquet, `files` a folder `rows` of Arrow files of a hundred rows. Columns: id int32,
x fixed_size_list<float32>[32], uniform in [-1, 1), from one seed.
"""
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

FEATURES = 32
FILE_ROWS = 100
folder, rows, batch_rows, kinds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
schema = pa.schema(
    [pa.field("id", pa.int32(), nullable=False), pa.field("x", pa.list_(pa.field("item", pa.float32(), False), FEATURES), False)]
)


def batches():
    random = np.random.default_rng(7)
    for start in range(0, rows, batch_rows):
        count = min(batch_rows, rows - start)
        values = pa.array(random.random(count * FEATURES, dtype=np.float32) * 2 - 1)
        x = pa.FixedSizeListArray.from_arrays(values, type=schema.field("x").type)
        yield pa.record_batch([pa.array(np.arange(start, start + count, dtype=np.int32)), x], schema=schema)


def write_arrow():
    with pa.OSFile(str(folder / "rows.arrow"), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches():
            writer.write_batch(batch)


def write_parquet():
    with pq.ParquetWriter(folder / "rows.parquet", schema, compression="snappy") as writer:
        for batch in batches():
            writer.write_batch(batch, row_group_size=batch_rows)


def write_files():
    (folder / "rows").mkdir()
    [all_rows] = pa.Table.from_batches(batches()).combine_chunks().to_batches()
    for at in range(0, rows, FILE_ROWS):
        path = folder / "rows" / f"part-{at // FILE_ROWS:06d}.arrow"
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
            writer.write_batch(all_rows.slice(at, FILE_ROWS))


for kind in kinds:
    {"arrow": write_arrow, "parquet": write_parquet, "files": write_files}[kind]()
