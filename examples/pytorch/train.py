"""DistributedDataParallel on the digits: restarts from its checkpoint, ends with the same weights, leaves an ONNX file.

`lockstep train train.yaml` runs it on every rank of the gang; `MASTER_ADDR`, `RANK` and the like are set as torchrun does.
"""

import io
import os

import lockstep
import torch
from lockstep.torch import BatchDataset
from torch.distributed import destroy_process_group, init_process_group
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader

EPOCHS, BATCH_ROWS, SAVE_EVERY = 4, 50, 10


class Digits(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(784, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))

    def forward(self, pixels):
        return self.layers(pixels)


class WithProbabilities(torch.nn.Module):
    """What inference runs: probabilities in place of logits, under the name that infer.yaml asks for."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, pixels):
        return self.model(pixels).softmax(dim=1)


def main():
    task = lockstep.context()
    # The same sums in the same order, so that a run that was interrupted ends with the same bits.
    torch.use_deterministic_algorithms(True)
    torch.set_num_threads(1)
    torch.manual_seed(1)
    init_process_group("nccl" if torch.cuda.is_available() else "gloo")

    rows = task.rows(["pixels", "label", "held_out"], order_by="id")
    batches = rows.select(~rows["held_out"]).batches(BATCH_ROWS, seed=1, ends="drop_last")
    dataset = BatchDataset(batches)
    # The generator keeps the loader from drawing from the one that a restart would not have drawn from.
    loader = DataLoader(dataset, batch_size=None, num_workers=2, generator=torch.Generator().manual_seed(1))

    # DDP would arrange its buckets anew after the first step, and with them the order of the sums.
    model = DistributedDataParallel(Digits(), find_unused_parameters=True)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    done = restore(task, model, optimizer)
    steps, loss = EPOCHS * len(batches), torch.tensor(0.0)
    while done < steps:
        dataset.set_epoch(*divmod(done, len(batches)))
        for batch in loader:
            loss = cross_entropy(model(batch["pixels"]), batch["label"].long())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            done += 1
            if task.rank == 0 and (done % SAVE_EVERY == 0 or task.checkpoint_requested()):
                save(task, done, model, optimizer)
            if task.rank == 0:
                task.progress(done, steps, {"loss": loss.detach()})

    accuracy = measure(model, rows.select(rows["held_out"]))
    if task.rank == 0:
        task.result({"accuracy": accuracy, "loss": loss.detach()}, {"model.onnx": export(model.module)})
        print(f"accuracy {accuracy:.3f}")
    # Rank 0 holds the store of the group: it must not be the first to leave.
    task.barrier()
    destroy_process_group()


def save(task, step, model, optimizer):
    path = os.path.join(os.environ["LOCKSTEP_SCRATCH"], "state.pt")
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    task.save_checkpoint(step, {"state.pt": path})
    print(f"saved step {step}")


def restore(task, model, optimizer):
    """Steps that the last checkpoint has behind it; 0 where there is none."""
    found = task.latest_checkpoint()
    if found is None:
        return 0
    state = torch.load(io.BytesIO(found.files["state.pt"]), weights_only=True)
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    return found.step


@torch.no_grad()
def measure(model, rows):
    """Share of right predictions on the rows of all ranks that training did not see."""
    pixels, labels = torch.from_numpy(rows["pixels"]), torch.from_numpy(rows["label"])
    right = (model.module(pixels).argmax(dim=1) == labels).sum()
    counts = torch.tensor([float(right), float(len(labels))])
    torch.distributed.all_reduce(counts)
    return float(counts[0] / counts[1])


def export(model):
    """The model as ONNX bytes, for batches of any size."""
    file = io.BytesIO()
    names = {"input_names": ["pixels"], "output_names": ["probs"]}
    axes = {"pixels": {0: "rows"}, "probs": {0: "rows"}}
    torch.onnx.export(WithProbabilities(model), (torch.zeros(1, 784),), file, dynamo=False, dynamic_axes=axes, **names)
    return file.getvalue()


if __name__ == "__main__":
    main()
