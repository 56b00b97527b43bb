"""PyTorch over a rank's rows."""

from torch import from_numpy, int64, tensor
from torch.utils.data import IterableDataset, get_worker_info


class BatchDataset(IterableDataset):
    """The batches of `task.rows(…).batches(…)` as dicts of tensors, for `DataLoader(dataset, batch_size=None)`.

    They come in the same order whatever `num_workers` is. `set_epoch(epoch, start)` says which batches the next iteration
    gives: those of that epoch from `start` on, which is how a program goes on from its checkpoint. `transform` gets and
    returns a dict of NumPy arrays, in the worker.
    """

    def __init__(self, batches, transform=None):
        self._batches = batches
        self._transform = transform
        # Shared with the workers, so that those which a loader keeps from epoch to epoch see it too.
        self._from = tensor([0, 0], dtype=int64).share_memory_()

    def __len__(self):
        return len(self._batches) - int(self._from[1])

    def set_epoch(self, epoch, start=0):
        """From which batch of which epoch the next iteration begins, also of a loader with `persistent_workers`. Call it
        between iterations: one that is under way goes on as it began."""
        self._from[0], self._from[1] = epoch, start

    def __iter__(self):
        epoch, start = self._from.tolist()
        worker = get_worker_info()
        # A loader takes from its workers in turn, so every n-th batch each makes the whole, in order.
        first, every = (start, 1) if worker is None else (start + worker.id, worker.num_workers)
        for batch in range(first, len(self._batches), every):
            arrays = self._batches.read(epoch, batch)
            if self._transform is not None:
                arrays = self._transform(arrays)
            yield {name: from_numpy(array) for name, array in arrays.items()}
