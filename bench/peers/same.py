"""same.py OURS THEIRS: whether two inferences came to the same. Each is the manifest of a run, an Arrow or Parquet file, or a
folder of Parquet files.

Rows are matched by id. Labels must be equal, scores to a millionth: the same kernels may add up in another order.
"""
import json
import sys
from pathlib import Path
from urllib.parse import unquote, urlparse

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def table(path):
    if str(path).endswith(".json"):
        manifest = json.loads(Path(path).read_text())
        return pa.concat_tables([table(unquote(urlparse(part["uri"]).path)) for part in manifest["parts"]])
    if Path(path).is_dir():
        return pa.concat_tables([pq.read_table(file) for file in sorted(Path(path).glob("*.parquet"))])
    if str(path).endswith(".parquet"):
        return pq.read_table(path)
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def columns(rows):
    if "prediction" in rows.column_names:
        prediction = rows.column("prediction").combine_chunks()
        label, score = prediction.field("label"), prediction.field("score")
    else:
        label, score = rows.column("label"), rows.column("score")
    order = np.argsort(rows.column("id").to_numpy(), kind="stable")
    return [np.asarray(one)[order] for one in (rows.column("id").to_numpy(), label.to_numpy(), score.to_numpy())]


ours = columns(table(sys.argv[1]))
theirs = columns(table(sys.argv[2]))
for name, mine, other in zip(("id", "label", "score"), ours, theirs):
    if len(mine) != len(other):
        sys.exit(f"{len(mine)} rows on one side, {len(other)} on the other")
    same = np.allclose(mine, other, atol=1e-6) if name == "score" else np.array_equal(mine, other)
    if not same:
        sys.exit(f"{name} differs, first in row {int(np.argmax(mine != other))}")
print(len(ours[0]))
