"""A rank's rows as arrays, in batches that are the same however often the program starts again.

`task.rows(columns)` turns the rank's shards into one NumPy file a column, once, on the disk of its host; they are mapped and
not read, so that workers share them and memory stays free. Batch `b` of epoch `e` is a pure function of (seed, rank, e, b):
a program that goes on from (epoch, batch) sees what it would have seen.
"""

import hashlib
import json
import os
import shutil

from lockstep.errors import LockstepError

_ENDS = ("drop_last", "pad", "join")


def iter_batches(paths, columns=None, batch_rows=65_536):
    """pyarrow.RecordBatches of Parquet and Arrow files, one after the other, none longer than `batch_rows`."""
    parquet, ipc, pyarrow = _pyarrow()
    for path in paths:
        if is_parquet(path):
            with parquet.ParquetFile(path, memory_map=True) as file:
                yield from file.iter_batches(batch_size=batch_rows, columns=columns)
            continue
        with pyarrow.memory_map(path) as source, ipc.open_file(source) as file:
            for index in range(file.num_record_batches):
                batch = file.get_batch(index)
                batch = batch if columns is None else batch.select(columns)
                for start in range(0, batch.num_rows, batch_rows):
                    yield batch.slice(start, batch_rows)


class Rows:
    """Rows of one rank: a mapping of column names to arrays of equal length, whose first axis is the row."""

    def __init__(self, arrays, task, indices=None):
        self._arrays = arrays
        self._task = task
        self._indices = indices

    def __len__(self):
        return len(next(iter(self._arrays.values()))) if self._indices is None else len(self._indices)

    def __getitem__(self, name):
        if name not in self._arrays:
            raise KeyError(f"{name}: the columns are {', '.join(self._arrays)}")
        array = self._arrays[name]
        return array if self._indices is None else array[self._indices]

    def select(self, which):
        """The rows that a boolean array marks, or that an array of indices names, in its order."""
        numpy = _numpy()
        which = numpy.asarray(which)
        picked = numpy.flatnonzero(which) if which.dtype == bool else which
        return Rows(self._arrays, self._task, picked if self._indices is None else self._indices[picked])

    def take(self, which):
        """Name to array of the rows with these indices; a copy."""
        rows = which if self._indices is None else self._indices[which]
        return {name: array[rows] for name, array in self._arrays.items()}

    def batches(self, batch_rows, *, seed=None, ends="drop_last"):
        """Batches of so many rows. Every rank must call it: they agree on how many there are.

        `seed` shuffles the rank's rows anew in each epoch; None keeps their order. `ends` says what becomes of rows that do
        not fill a batch on every rank: "drop_last" gives all ranks as many full batches as the rank with the fewest rows
        has; "pad" gives all as many as the rank with the most needs, and repeats rows where a rank has no more; "join" gives
        each rank what it has, the last batch shorter, for torch's `Join`.
        """
        if ends not in _ENDS:
            raise LockstepError("LS_USAGE", f"ends: expected one of {', '.join(_ENDS)}, got {ends!r}")
        counts = [int(count) for count in self._task.all_gather(str(len(self)))]
        return Batches(self, _count(counts, self._task.rank, batch_rows, ends), batch_rows, (seed, self._task.rank, ends))


class Batches:
    """Batches of a rank's rows: `len` of them an epoch."""

    def __init__(self, rows, count, batch_rows, plan):
        self._rows = rows
        self._count = count
        self._batch_rows = batch_rows
        self._seed, self._rank, self._ends = plan
        self._order = (None, None)

    def __len__(self):
        return self._count

    def read(self, epoch, batch):
        """Name to array: batch `batch` of an epoch, both from 0."""
        if not 0 <= batch < self._count:
            raise IndexError(f"batch {batch}: an epoch has {self._count}")
        numpy, size = _numpy(), len(self._rows)
        start = batch * self._batch_rows
        stop = start + self._batch_rows
        places = numpy.arange(start, min(stop, size) if self._ends == "join" else stop)
        return self._rows.take(self._epoch_order(epoch)[places % size])

    def epoch(self, epoch, start=0):
        """The batches of an epoch from `start` on."""
        for batch in range(start, self._count):
            yield self.read(epoch, batch)

    def _epoch_order(self, epoch):
        if self._order[0] != epoch:
            numpy, size = _numpy(), len(self._rows)
            if self._seed is None:
                order = numpy.arange(size)
            else:
                order = numpy.random.default_rng([self._seed, self._rank, epoch]).permutation(size)
            self._order = (epoch, order)
        return self._order[1]


def _count(counts, rank, batch_rows, ends):
    if ends == "join":
        return -(-counts[rank] // batch_rows)
    least = min(range(len(counts)), key=counts.__getitem__)
    if ends == "pad":
        if counts[least] == 0:
            raise LockstepError("LS_DATA_TOO_FEW", f"rank {least} has no row that could be repeated")
        return -(-max(counts) // batch_rows)
    if counts[least] < batch_rows:
        message = f"rank {least} has {counts[least]} rows, fewer than one batch of {batch_rows}"
        raise LockstepError("LS_DATA_TOO_FEW", message, 'Take smaller batches, fewer ranks, or ends="pad".')
    return counts[least] // batch_rows


def load_rows(task, columns, order_by=None):
    """The rows of a rank's shards, see Context.rows."""
    numpy = _numpy()
    paths = list(task.shards())
    wanted = list(dict.fromkeys([*columns, *([order_by] if order_by else [])]))
    arrays = _mapped(paths, wanted, os.environ.get("LOCKSTEP_SCRATCH", "."))
    rows = Rows({name: arrays[name] for name in columns}, task)
    if order_by is None:
        return rows
    return rows.select(numpy.argsort(arrays[order_by], kind="stable"))


def _mapped(paths, columns, scratch):
    """One .npy file a column below `scratch`, made once for these files and kept for later attempts."""
    numpy = _numpy()
    stamp = [[path, os.path.getsize(path)] for path in paths]
    name = hashlib.sha256(json.dumps([stamp, columns]).encode()).hexdigest()[:20]
    folder = os.path.join(scratch, f"rows-{name}")
    if not os.path.isdir(folder):
        draft = f"{folder}.{os.getpid()}"
        shutil.rmtree(draft, ignore_errors=True)
        os.makedirs(draft)
        _write_columns(paths, columns, draft)
        os.rename(draft, folder)
    return {column: numpy.load(os.path.join(folder, f"{i}.npy"), mmap_mode="r") for i, column in enumerate(columns)}


def _write_columns(paths, columns, folder):
    numpy = _numpy()
    total, done, targets = sum(map(row_count, paths)), 0, {}
    for batch in iter_batches(paths, columns):
        for i, name in enumerate(columns):
            array = to_numpy(batch.column(batch.schema.names.index(name)), name)
            if i not in targets:
                shape = (total, *array.shape[1:])
                file = os.path.join(folder, f"{i}.npy")
                # A file of no bytes cannot be mapped.
                make = numpy.lib.format.open_memmap if total > 0 else lambda path, **_: None
                targets[i] = make(file, mode="w+", dtype=array.dtype, shape=shape)
            if targets[i].shape[1:] != array.shape[1:]:
                raise _unfit(name, f"rows of {targets[i].shape[1:]} and of {array.shape[1:]} values")
            targets[i][done : done + len(array)] = array
        done += batch.num_rows
    for target in targets.values():
        target.flush()
    if not targets:
        raise LockstepError("LS_DATA_EMPTY", "the shards of this rank hold no row")


def to_numpy(column, name):
    """An Arrow array as numbers: one a row, or where a row is a list, as many as every row has. LS_ARROW_UNSUPPORTED."""
    _, _, pyarrow = _pyarrow()
    kind = column.type
    if column.null_count > 0:
        raise _unfit(name, f"{column.null_count} rows without a value; a null is never taken for a zero")
    if pyarrow.types.is_list(kind) or pyarrow.types.is_large_list(kind) or pyarrow.types.is_fixed_size_list(kind):
        lengths = {length.as_py() for length in column.value_lengths().unique()}
        if len(lengths) > 1:
            raise _unfit(name, f"lists of {min(lengths)} to {max(lengths)} values; expected as many in every row")
        return to_numpy(column.flatten(), name).reshape(len(column), *(lengths or {0}))
    if pyarrow.types.is_boolean(kind):
        return column.to_numpy(zero_copy_only=False)
    if pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        return column.to_numpy()
    raise _unfit(name, f"{kind}; expected numbers, booleans, or lists of them of one length")


def _unfit(name, what):
    return LockstepError(
        "LS_ARROW_UNSUPPORTED",
        f"the column {name} has {what}",
        "Change it in the query, or read it with task.iter_batches().",
    )


def row_count(path):
    """Rows of a Parquet or Arrow file, without reading them."""
    parquet, ipc, pyarrow = _pyarrow()
    if is_parquet(path):
        return parquet.read_metadata(path).num_rows
    with pyarrow.memory_map(path) as source, ipc.open_file(source) as file:
        return sum(file.get_batch(index).num_rows for index in range(file.num_record_batches))


def is_parquet(path):
    """What the first bytes of a file say."""
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"


def _numpy():
    try:
        import numpy
    except ImportError as error:
        raise _missing("numpy") from error
    return numpy


def _pyarrow():
    try:
        import pyarrow
        from pyarrow import ipc, parquet
    except ImportError as error:
        raise _missing("pyarrow") from error
    return parquet, ipc, pyarrow


def _missing(package):
    return LockstepError("LS_USAGE", f"this needs {package}, which is not installed for the Python of the tasks")
