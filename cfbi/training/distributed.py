"""Several processes that train one network together, as ``torchrun`` starts them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
import torch.distributed as dist

from cfbi.errors import InputError

# the others wait while the first process scores the dev sequences
_PATIENCE = timedelta(hours=3)


@dataclass(frozen=True)
class Ranks:
    """Which of the processes this is.

    Attributes:
        rank: Number of this process; 0 writes and scores.
        count: Number of processes.
        device: Where this one computes.
    """

    rank: int = 0
    count: int = 1
    device: str = "cpu"

    @property
    def first(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0

    def share(self, clips_per_step: int) -> range:
        """Which clips of a step are this process's.

        Raises:
            InputError: They cannot be shared out evenly.
        """
        if clips_per_step % self.count:
            raise InputError(
                f"{clips_per_step} clips per step cannot be shared by {self.count} processes.",
                f"Choose a multiple, for example --set clips_per_step={self.count}.",
            )
        return range(self.rank, clips_per_step, self.count)

    def mean(self, values: list[float]) -> list[float]:
        """Means over all processes, equal on each."""
        if self.count == 1:
            return values
        together = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(together)
        return [value / self.count for value in together.tolist()]

    def any(self, wish: bool) -> bool:
        """Whether any process wishes so, equal on each."""
        return self.mean([float(wish)])[0] > 0


@contextmanager
def joined(device: str, environment: Mapping[str, str] = os.environ) -> Iterator[Ranks]:
    """Join the other processes, if ``torchrun`` started this one.

    Args:
        device: "cpu", or "cuda" for the device of this process's local rank.
        environment: Where torchrun tells rank and count.

    Raises:
        InputError: The device is not there, or the others are not.
    """
    count = int(environment.get("WORLD_SIZE", "1"))
    cuda = device.split(":")[0] == "cuda"
    if cuda and not torch.cuda.is_available():
        raise InputError(f"The device {device!r} cannot be used: there is no CUDA.", "Leave --device out.")
    if count == 1:
        yield Ranks(device=device)
        return
    try:
        rank = int(environment["RANK"])
        if cuda:
            device = f"cuda:{environment['LOCAL_RANK']}"
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if cuda else "gloo", rank=rank, world_size=count, timeout=_PATIENCE)
    except (KeyError, ValueError, RuntimeError) as error:
        raise InputError(
            f"The {count} processes could not come together: {error}.", "Start them with torchrun."
        ) from error
    try:
        yield Ranks(rank, count, device)
    finally:
        dist.destroy_process_group()
