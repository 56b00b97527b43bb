"""`lockstep.infer`: a model or a function over rows, as an inference run with a plan and one commit."""

import json
import os
import sys
import tempfile

from lockstep import predictor
from lockstep.command import Stack, call
from lockstep.errors import LockstepError
from lockstep.launch import shown
from lockstep.outcome import failure_of, local_path


def infer(
    data,
    model,
    *,
    name="infer",
    columns=None,
    predict=None,
    keep=None,
    limits=None,
    on_error="fail",
    python=None,
    warehouse=None,
    stack=None,
    outputs=None,
    show=True,
):
    """Predicts rows and returns them with a struct column of predictions.

    `data` is a pyarrow.Table, which gives a table; a path of an Arrow or Parquet file or of a folder of them, or an s3://
    prefix, which gives the path of the folder with the committed parts; or `{"sql": {"database": …, "query": …}}`, which
    gives a table. `warehouse` is then the folder that stands for the warehouse on this machine.

    `model` is an ONNX file, s3://… or `published:NAME` for what a training run of that deployment published; a `predict.py`;
    or a function: of a pyarrow.RecordBatch, of a pandas.DataFrame where its parameter is annotated so, or a generator over
    an iterator of them. It returns columns by name, a batch, a frame or an array, a row for each row. A class is made once
    for each process and then called. A function runs on this machine, by `python`, @default the one that runs this.

    `columns` maps inputs of an ONNX model to columns, `predict` and `limits` are those of a job file, `keep` names the
    columns to keep. `on_error` is `onError` of a job file; the default lets a row that cannot be predicted fail the run, so
    that what comes back has all rows. Raises RunFailed.
    """
    is_path = isinstance(model, (str, os.PathLike))
    if not is_path and not callable(model):
        raise LockstepError(
            "LS_USAGE", f"model: expected an ONNX file, a predict.py, published:NAME or a function, got {type(model).__name__}"
        )
    where = Stack(stack, outputs)
    is_query = isinstance(data, dict)
    is_table = is_query or not isinstance(data, (str, os.PathLike))
    with tempfile.TemporaryDirectory(prefix="lockstep-infer-") as folder:
        job = {
            "kind": "infer",
            "name": name,
            "model": _place(model if is_path else predictor.write(model, folder)),
            "input": data if is_query else [_written(data, folder) if is_table else _place(data)],
            "output": {"keep": "all" if keep is None else list(keep)},
            "onError": on_error,
        }
        if job["model"].endswith(".py"):
            predict = {"kind": "python", "python": python or sys.executable, **(predict or {})}
        given = {"columns": columns, "predict": predict, "limits": limits}
        job.update({key: value for key, value in given.items() if value is not None})
        if warehouse is not None:
            job["local"] = {"warehouse": os.path.abspath(os.fspath(warehouse))}
        file = os.path.join(folder, "job.json")
        with open(file, "w", encoding="utf-8") as target:
            json.dump(job, target)
        answer = call([*where.arguments, "infer", file, "--fetch"], shown(show))
    if not answer["ok"]:
        raise failure_of(answer)
    parts = committed_parts(answer["outputs"])
    return _table(parts) if is_table else os.path.dirname(parts[0])


def committed_parts(manifest_uri):
    """Paths of the parts that a manifest on this machine lists, in the order of the input."""
    with open(local_path(manifest_uri), encoding="utf-8") as file:
        manifest = json.load(file)
    return [local_path(part["uri"]) for part in manifest["parts"]]


def _table(paths):
    pyarrow = _pyarrow()
    # Of one schema: the run has refused inputs that differ.
    return pyarrow.concat_tables([pyarrow.ipc.open_file(pyarrow.memory_map(path)).read_all() for path in paths])


def _written(table, folder):
    pyarrow = _pyarrow()
    if not isinstance(table, pyarrow.Table):
        raise LockstepError("LS_USAGE", f"data: expected a pyarrow.Table or a path, got {type(table).__name__}")
    path = os.path.join(folder, "input.arrow")
    with pyarrow.OSFile(path, "wb") as sink, pyarrow.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return path


def _place(place):
    text = os.fspath(place)
    return text if text.startswith(("s3://", "published:")) else os.path.abspath(text)


def _pyarrow():
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        raise LockstepError("LS_USAGE", "a table needs pyarrow, which is not installed", "Run `pip install pyarrow`.") from error
    return pyarrow
