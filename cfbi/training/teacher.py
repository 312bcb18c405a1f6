"""A trained network whose answers another one learns from."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cfbi.config import MODELS
from cfbi.errors import WeightsError
from cfbi.model.build import build_model
from cfbi.model.network import Network
from cfbi.weights.loading import identify, load_weights, read_state, resolve
from cfbi.weights.registry import available


@dataclass(frozen=True)
class Teacher:
    """A network that does not learn any more.

    Attributes:
        network: In eval mode; none of its parameters takes gradients.
        sha256: Of its weights file.
    """

    network: Network
    sha256: str


def load_teacher(name_or_path: str, device: str = "cpu") -> Teacher:
    """Build and load a teacher.

    Args:
        name_or_path: A registered name, or a weights file of any network of this program.
        device: Where it is to compute.

    Raises:
        WeightsError: There is no such name or file, or it cannot be read or fits no network.
    """
    path, model = check_teacher(name_or_path)
    network = build_model(model)
    load_weights(network, path)
    network.requires_grad_(False)
    return Teacher(network.eval().to(device), hashlib.sha256(path.read_bytes()).hexdigest())


def check_teacher(name_or_path: str) -> tuple[Path, str]:
    """File and network of a teacher, which is not built.

    Raises:
        WeightsError: As ``load_teacher``.
    """
    try:
        path = resolve(name_or_path)
        # a registered one knows for which of several networks with the same parameters it is meant
        registered = next((entry.model for entry in available() if entry.path == path), None)
        model = registered or identify(read_state(path))
    except WeightsError as error:
        raise WeightsError(f"The teacher cannot be used. {error.message}", error.hint) from error
    if model is None or model not in MODELS:
        raise WeightsError(
            f"The teacher {path} fits none of the networks of this program.", f"They are {', '.join(MODELS)}."
        )
    return path, model
