"""The network behind the studio, loaded when it is first needed.

Free of Qt; importing this loads no torch.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.errors import CheckpointError, UserError
from app.i18n import tr
from app.worker import network
from app.worker.quiet_loading import quiet_loading

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
    """Makes sessions, in the network's thread only; the rest may be used from any thread."""

    def open_session(self, share: float = 1.0) -> Session:
        """A session without references.

        Args:
            share: How large the pictures are that the network sees, of what they usually are.

        Raises:
            UserError: The network or its weights cannot be used.
        """

    @property
    def description(self) -> str:
        """Device and weights, for the status line."""

    @property
    def settings(self) -> EngineSettings:
        """Which network the next session runs on."""

    @property
    def bytes_used(self) -> int:
        """Memory that is kept of frames from one run to the next."""

    def use(self, settings: EngineSettings) -> None:
        """Run the next session on another network; one that runs already goes on as it is."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, torch's own included; torch stays unloaded."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(words in text for words in _MEMORY_WORDS)


_MEMORY_WORDS = ("out of memory", "not enough memory", "can't allocate memory")

MIN_SIDE_PX = network.SMALLEST_SIDE_PX


def network_side(text: str) -> int:
    """Parse what was given for ``--max-side``.

    Raises:
        UserError: It is no whole number, or too small.
    """
    if not re.fullmatch(r"[0-9]+", text):
        raise UserError(tr("{text!r} is no whole number of pixels", text=text))
    if int(text) < MIN_SIDE_PX:
        raise UserError(
            tr(
                "{text} is too small, the network needs at least {least} pixels",
                text=text,
                least=MIN_SIDE_PX,
            )
        )
    return int(text)


KEPT_FEATURES_BYTES = 512 * 1024**2
"""Of what the network found of frames, so much stays for the next run: some 85 frames at 673 px."""


@dataclass(frozen=True)
class EngineSettings:
    """Which network to use.

    Attributes:
        model: Name for ``cfbi.build_model``; None for the one that the weights are made for.
        weights: Registry name or path.
        device: "auto", or a device name of torch.
        max_side: Longest side in px that the network sees; None for what the network is made for.
        close_up: Whether it looks closely at small objects of large frames; None the same.
    """

    model: str | None = None
    weights: str = "lite_cfbi"
    device: str = "auto"
    max_side: int | None = None
    close_up: bool | None = None

    @property
    def loaded(self) -> tuple[str | None, str, str]:
        """What makes another network; the rest only says how a session uses it."""
        return self.model, self.weights, self.device


class CfbiEngine:
    """The real network; keeps it loaded between runs.

    Args:
        settings: Which one.
    """

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._loaded: tuple[str | None, str, str] | None = None
        self._model: Any = None
        self._device = ""
        self._cache: Any = None

    @property
    def description(self) -> str:
        """Device and weights."""
        wanted = self._settings
        name = Path(wanted.weights).name
        return (
            f"{self._device} · {name}"
            if self._loaded == wanted.loaded
            else tr("{name} · not loaded yet", name=name)
        )

    @property
    def settings(self) -> EngineSettings:
        """Which network the next session runs on."""
        return self._settings

    @property
    def bytes_used(self) -> int:
        """Memory that features of frames take."""
        cache = self._cache
        return 0 if cache is None else int(cache.held_bytes)

    def use(self, settings: EngineSettings) -> None:
        """Run the next session on another network."""
        self._settings = settings

    def open_session(self, share: float = 1.0) -> Session:
        """A session on the loaded network, which is loaded now if it was not."""
        network.wait_passively()
        import cfbi

        try:
            wanted = self._settings
            if self._loaded != wanted.loaded:
                # two networks at once may not fit into memory
                self._model, self._loaded, self._cache = None, None, None
                with quiet_loading("torch"):
                    self._model, self._device = network.load_network(
                        wanted.model, wanted.weights, wanted.device
                    )
                self._loaded = wanted.loaded
                name = self._model.config.name
                log.info("loaded %s with weights %s on %s", name, wanted.weights, self._device)
                self._cache = network.feature_cache(self._device, KEPT_FEATURES_BYTES)
            if share < 1 and self._cache is not None:
                self._cache.clear()  # memory has run out
            side = network.side_for(self._model, wanted.max_side, share)
            return cfbi.InferenceSession(
                self._model,
                device=self._device,
                max_side=side,
                cache=self._cache if share == 1 else None,
                close_up=wanted.close_up,
            )
        except cfbi.CfbiError as error:
            raise CheckpointError(error.message, error.hint) from error
