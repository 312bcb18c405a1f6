"""Pictures whose objects are grey values, and a network that sees them by these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cfbi import FrameResult
from cfbi.inference.close_up import CloseUpSession
from cfbi.inference.framing import Framing

FRAME = (200, 300)
LIMIT = 100
Array = NDArray[np.uint8]


@dataclass
class ByColour:
    """Every grey value that a reference has shown with an object is that object."""

    calls: list[tuple[Any, ...]]
    fails: bool = False
    ids: set[int] = field(default_factory=set)
    previous: Array | None = None
    scene: Scene | None = None

    def add_reference(self, frame: Array, index_mask: Array) -> None:
        if self.fails:
            raise MemoryError
        self.calls.append(("reference", frame.shape[:2], int((index_mask > 0).sum())))
        self.ids |= set(np.unique(index_mask).tolist()) - {0, 255}
        self.previous = frame

    def add_surroundings(self, frame: Array, index_mask: Array, relative_scale: float) -> None:
        self.calls.append(("surroundings", frame.shape[:2], relative_scale))

    def set_previous(self, frame: Array, index_mask: Array) -> None:
        self.calls.append(("previous", frame.shape[:2], int((index_mask > 0).sum())))
        self.previous = frame

    def companion(self) -> ByColour:
        return replace(self, previous=None)

    def step(self, frame: Array, object_ids: Sequence[int] | None = None) -> FrameResult:
        assert self.previous is not None
        assert self.previous.shape == frame.shape
        if self.scene is not None and self.scene.fails_at_step:
            self.scene.fails_at_step -= 1
            if not self.scene.fails_at_step:
                raise MemoryError
        self.calls.append(("step", frame.shape[:2], *([] if object_ids is None else [tuple(object_ids)])))
        self.previous = frame
        grey = frame[:, :, 0]
        ids = tuple(sorted(self.ids)) if object_ids is None else tuple(object_ids)
        rows = [grey == key for key in ids]
        probability = np.stack([~np.any(rows, axis=0), *rows]).astype(np.float32)
        return FrameResult(np.where(np.isin(grey, ids), grey, 0).astype(np.uint8), probability, ids)


class Scene:
    """A close-up of one or more objects, with all that the networks were asked."""

    def __init__(self, frame: tuple[int, int] = FRAME, limit: int = LIMIT) -> None:
        self.made: list[ByColour] = []
        self.scales: list[float | None] = []
        self.calls: list[tuple[Any, ...]] = []
        self.fails = False
        self.fails_at_step = 0
        self.session = CloseUpSession(self._new, Framing(frame, limit))

    def _new(self, scale: float | None) -> ByColour:
        self.scales.append(scale)
        self.made.append(ByColour(self.calls, self.fails, scene=self))
        return self.made[-1]

    def steps(self, *frames: Array) -> list[FrameResult]:
        self.calls.clear()
        return [self.session.step(frame) for frame in frames]


def picture(size: tuple[int, int] = FRAME, **objects: tuple[int, int, int, int]) -> Array:
    """A frame with objects ``o1``, ``o2``, ... at (top, left, height, width)."""
    frame = np.zeros((*size, 3), np.uint8)
    for name, (top, left, height, width) in objects.items():
        frame[top : top + height, left : left + width] = int(name[1:])
    return frame


def mask_of(frame: Array) -> Array:
    return frame[:, :, 0].copy()
