"""
Writes Parquet files whose pages are most of their bytes, each codec with each encoding, for main.ts to damage:

    python write_large.py FOLDER
"""
import decimal
import pathlib
import random
import sys

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 3000
dice = random.Random(7)


def some(value):
    return [None if dice.random() < 0.05 else value(i) for i in range(ROWS)]


def table() -> pa.Table:
    return pa.table({
        "i32": pa.array(some(lambda i: dice.randrange(-1000, 1000)), pa.int32()),
        "i64": pa.array(some(lambda i: 1_700_000_000_000 + 13 * i), pa.int64()),
        "f32": pa.array(some(lambda i: dice.random()), pa.float32()),
        "f64": pa.array([dice.random() for _ in range(ROWS)], pa.float64()),
        "flag": pa.array(some(lambda i: i % 3 == 0), pa.bool_()),
        "word": pa.array(some(lambda i: dice.choice(["one", "two", "three", "a longer word than those"]))),
        "text": pa.array(some(lambda i: f"row {i} " + "x" * dice.randrange(40))),
        "bytes": pa.array([dice.randbytes(4) for _ in range(ROWS)], pa.binary(4)),
        "decimal": pa.array(some(lambda i: decimal.Decimal(i * 7) / 100), pa.decimal128(20, 2)),
        "moment": pa.array(some(lambda i: i * 1_000_003), pa.timestamp("us", tz="UTC")),
        "list": pa.array(some(lambda i: [dice.random() for _ in range(dice.randrange(5))]), pa.list_(pa.float32())),
        "vector": pa.array([[i, i + 0.5, i / 3] for i in range(ROWS)], pa.list_(pa.float32(), 3)),
        "pair": pa.array(some(lambda i: {"a": i, "b": None if i % 2 else str(i)}), pa.struct([("a", pa.int32()), ("b", pa.string())])),
    })


FLAT = ["i32", "i64", "f32", "f64", "flag", "word", "text", "bytes", "moment"]
DELTA = {"i32": "DELTA_BINARY_PACKED", "i64": "DELTA_BINARY_PACKED", "moment": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY",
         "word": "DELTA_LENGTH_BYTE_ARRAY", "bytes": "DELTA_BYTE_ARRAY", "flag": "RLE", "f32": "PLAIN", "f64": "PLAIN"}
SPLIT = {name: "BYTE_STREAM_SPLIT" for name in ("i32", "i64", "f32", "f64", "bytes", "moment")} | {
    "text": "PLAIN", "word": "PLAIN", "flag": "PLAIN"}

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
whole = table()
for codec in ("none", "snappy", "gzip", "brotli", "lz4", "zstd"):
    for page in ("1.0", "2.0"):
        options = {"compression": codec, "data_page_version": page, "row_group_size": 1700, "data_page_size": 8192}
        pq.write_table(whole, folder / f"{codec}-v{page[0]}-dictionary.parquet", **options)
        pq.write_table(whole, folder / f"{codec}-v{page[0]}-plain.parquet", use_dictionary=False, **options)
        pq.write_table(whole, folder / f"{codec}-v{page[0]}-checksums.parquet", write_page_checksum=True, **options)
        for name, encoding in (("delta", DELTA), ("split", SPLIT)):
            pq.write_table(whole.select(FLAT), folder / f"{codec}-v{page[0]}-{name}.parquet", use_dictionary=False,
                           column_encoding=encoding, **options)
