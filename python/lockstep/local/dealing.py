"""Which rows of which file each local rank reads: the same rule as that of a gang (core/training/deal.ts)."""

import os

from lockstep.data import is_parquet, iter_batches, row_count
from lockstep.errors import LockstepError

#: Whole files are kept where no rank gets more or less than the mean by more than this part of it.
_EVEN = 0.1


def deal(paths, world_size, folder):
    """A list of files for each rank. Whole ones where these are even, else the rows are cut, which needs pyarrow.

    Cut ones are Arrow files below `folder`.
    """
    if not paths:
        return [[] for _ in range(world_size)]
    try:
        counts = [row_count(path) for path in paths]
    except LockstepError as error:
        if error.code != "LS_USAGE":
            raise
        return _by_size(paths, world_size)
    total = sum(counts)
    if total < world_size:
        raise LockstepError("LS_DATA_TOO_FEW", f"expected at least a row for each of {world_size} tasks, got {total} rows")
    whole = _whole(list(zip(counts, paths)), world_size)
    if all(abs(sum(count for count, _ in taken) * world_size - total) <= _EVEN * total for taken in whole):
        return [sorted(path for _, path in taken) for taken in whole]
    return _ranges(sorted(zip(paths, counts)), total, world_size, folder)


def _whole(counted, world_size):
    """The largest first, each to the rank that has least."""
    ranks = [[0, rank, []] for rank in range(world_size)]
    for count, path in sorted(counted, key=lambda one: (-one[0], one[1])):
        lightest = min(ranks, key=lambda one: one[:2])
        lightest[0] += count
        if count > 0:
            lightest[2].append((count, path))
    return [taken for _, _, taken in ranks]


def _by_size(paths, world_size):
    if len(paths) < world_size:
        message = f"data: {len(paths)} files for {world_size} ranks, and pyarrow, which would divide them, is not installed"
        raise LockstepError("LS_DATA_TOO_FEW", message, "Run `pip install pyarrow`.")
    return [sorted(path for _, path in taken) for taken in _whole([(os.path.getsize(path), path) for path in paths], world_size)]


def _ranges(counted, total, world_size, folder):
    ranks, rank, start = [[] for _ in range(world_size)], 0, 0
    for index, (path, rows) in enumerate(counted):
        begin = 0
        while begin < rows:
            edge = (rank + 1) * total // world_size
            end = min(rows, edge - start)
            if begin == 0 and end == rows:
                ranks[rank].append(path)
            else:
                target = os.path.join(folder, f"{index}-rows-{begin}-{end}.arrow")
                _cut(path, begin, end, target)
                ranks[rank].append(target)
            if start + end == edge:
                rank += 1
            begin = end
        start += rows
    return ranks


def _cut(path, begin, end, target):
    """Writes rows of a file into an Arrow file, a batch at a time."""
    import pyarrow

    row, writer = 0, None
    try:
        for batch in map(_plain, iter_batches([path])):
            writer = writer or pyarrow.ipc.new_file(target, batch.schema)
            first, last = max(0, begin - row), min(batch.num_rows, end - row)
            if first < last:
                writer.write_batch(batch.slice(first, last - first))
            row += batch.num_rows
            if row >= end:
                break
    finally:
        if writer is not None:
            writer.close()


def _plain(batch):
    """Without dictionaries: an Arrow file holds one a column, a Parquet file has others in each row group."""
    import pyarrow

    columns = [one.dictionary_decode() if pyarrow.types.is_dictionary(one.type) else one for one in batch.columns]
    return pyarrow.record_batch(columns, names=batch.schema.names)
