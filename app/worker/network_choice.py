"""Which networks and devices there are, and bringing weights in, as jobs. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.errors import CheckpointError
from app.worker.job import JobContext
from app.worker.network import wait_passively


@dataclass(frozen=True)
class WeightsChoice:
    """Registered weights.

    Attributes:
        name: Name in the registry.
        model: The network that they are for.
        is_shipped: They came with the program.
    """

    name: str
    model: str
    is_shipped: bool


@dataclass(frozen=True)
class NetworkChoices:
    """What there is to choose from.

    Attributes:
        weights: Shipped ones first.
        devices: Names of torch, "auto" first.
        imported: Name of the weights that were just brought in; empty if none were.
    """

    weights: tuple[WeightsChoice, ...]
    devices: tuple[str, ...]
    imported: str = ""


class ListNetworksJob:
    """Sends a `NetworkChoices`, and a second one with all devices."""

    def run(self, context: JobContext) -> None:
        """Look into the registry at once, then ask torch for devices, which takes seconds the first time."""
        context.emit(NetworkChoices(_weights(), ("auto", "cpu")))
        context.emit(NetworkChoices(_weights(), _devices()))


class ImportWeightsJob:
    """Checks and registers a file, and sends a `NetworkChoices` that has it.

    Args:
        path: The user's file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def run(self, context: JobContext) -> None:
        """Import the file.

        Raises:
            UserError: It cannot be read, fits no network, or its name is taken.
        """
        wait_passively()
        from cfbi import CfbiError
        from cfbi.weights import import_file

        try:
            entry = import_file(self._path)
        except CfbiError as error:
            raise CheckpointError(error.message, error.hint) from error
        context.emit(NetworkChoices(_weights(), _devices(), entry.name))


def _weights() -> tuple[WeightsChoice, ...]:
    from cfbi.weights.registry import available

    return tuple(WeightsChoice(entry.name, entry.model, entry.shipped) for entry in available())


def _devices() -> tuple[str, ...]:
    wait_passively()
    import torch

    devices = ["auto", "cpu"]
    if torch.cuda.is_available():
        devices.append("cuda")
    if torch.backends.mps.is_available():
        devices.append("mps")
    return tuple(devices)
