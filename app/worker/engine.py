"""The network behind the studio, loaded when it is first needed.

Free of Qt; importing this loads no torch.
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import CheckpointError

log = logging.getLogger(__name__)

Frame = NDArray[np.uint8]
Mask = NDArray[np.uint8]


class Result(Protocol):
    """What a session computed for one frame; see ``cfbi.FrameResult``."""

    @property
    def index_mask(self) -> Mask:
        """(H, W) uint8 object ids."""

    @property
    def probability(self) -> NDArray[np.float32]:
        """(O, H, W) float32, row 0 background."""

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids of rows 1..O-1."""


class Session(Protocol):
    """What a run needs of ``cfbi.InferenceSession``."""

    def add_reference(self, frame: Frame, index_mask: Mask, /) -> None:
        """A frame whose mask is known; it also becomes the previous frame."""

    def set_previous(self, frame: Frame, index_mask: Mask, /) -> None:
        """Move the previous frame only."""

    def clear_references(self) -> None:
        """Forget everything."""

    def step(self, frame: Frame, /) -> Result:
        """Segment the next frame."""


class Engine(Protocol):
    """Makes sessions. Used in the network's thread only."""

    def open_session(self) -> Session:
        """A session without references.

        Raises:
            UserError: The network or its weights cannot be used.
        """

    @property
    def description(self) -> str:
        """Device and weights, for the status line."""


@dataclass(frozen=True)
class EngineSettings:
    """Which network to use.

    Attributes:
        model: Name for ``cfbi.build_model``; None for the one that the weights are made for.
        weights: Registry name or path.
        device: "auto", or a device name of torch.
        max_side: Longest side in px that the network sees; None for what the network is made for.
    """

    model: str | None = None
    weights: str = "lite_cfbi"
    device: str = "auto"
    max_side: int | None = None


class CfbiEngine:
    """The real network; keeps it loaded between runs.

    Args:
        settings: Which one.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._model: Any = None
        self._device = ""

    @property
    def description(self) -> str:
        """Device and weights."""
        name = Path(self._settings.weights).name
        return f"{self._device} · {name}" if self._device else f"{name} · not loaded yet"

    def open_session(self) -> Session:
        """A session on the loaded network, which is loaded now if it was not."""
        # Threads of torch that spin while they wait starve the window and each other: on busy cores a frame
        # took seven times as long. This is read when torch is loaded, so it has to come before.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import cfbi

        try:
            if self._model is None:
                name = self._settings.model or _model_of(self._settings.weights)
                model = cfbi.build_model(name)
                cfbi.load_weights(model, self._settings.weights)
                self._device = _device(self._settings.device)
                self._model = model
                log.info("loaded %s with weights %s on %s", name, self._settings.weights, self._device)
            return cfbi.InferenceSession(self._model, device=self._device, max_side=self._settings.max_side)
        except cfbi.CfbiError as error:
            raise CheckpointError(error.message, error.hint) from error


def _model_of(weights: str) -> str:
    import cfbi
    from cfbi.weights import registry

    try:
        return registry.info(weights).model
    except cfbi.WeightsError:
        return "lite_cfbi"


def _device(wanted: str) -> str:
    if wanted != "auto":
        return wanted
    import torch

    if torch.cuda.is_available():
        return "cuda"
    if torch.backends.mps.is_available():
        return "mps"
    return "cpu"
