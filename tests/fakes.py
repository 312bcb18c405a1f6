"""Stand-ins for the network, with the same protocols."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.errors import CheckpointError
from app.worker.engine import EngineSettings


@dataclass(frozen=True)
class FakeResult:
    index_mask: NDArray[np.uint8]
    probability: NDArray[np.float32]
    object_ids: tuple[int, ...]


class FakeSession:
    """Repeats the previous mask, with a soft edge; remembers what it was given."""

    def __init__(self, engine: FakeEngine) -> None:
        self._engine = engine
        self._previous: NDArray[np.uint8] | None = None
        self._ids: set[int] = set()
        self.references: list[NDArray[np.uint8]] = []
        self.steps = 0

    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        assert frame.shape[:2] == index_mask.shape
        self.references.append(index_mask)
        self._ids |= set(np.unique(index_mask).tolist()) - {0, 255}
        assert self._ids
        self._previous = index_mask

    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        assert frame.shape[:2] == index_mask.shape
        assert self._ids
        self._previous = index_mask

    def clear_references(self) -> None:
        self._ids.clear()
        self.references.clear()
        self._previous = None

    def step(self, frame: NDArray[np.uint8]) -> FakeResult:
        assert self._previous is not None
        self._engine.before_step(self.steps)
        self.steps += 1
        ids = tuple(sorted(self._ids))
        rows = [cv2.blur((self._previous == value).astype(np.float32), (3, 3)) for value in ids]
        probability = np.stack([1 - np.sum(rows, axis=0), *rows]).clip(0, 1).astype(np.float32)
        mask = self._previous.copy()
        if self._engine.rewrite is not None:
            mask = self._engine.rewrite(self.steps, mask)
            rows = [(mask == value).astype(np.float32) for value in ids]
            probability = np.stack([1 - np.sum(rows, axis=0), *rows]).astype(np.float32)
            self._previous = mask
        for array in (mask, probability):
            array.setflags(write=False)
        return FakeResult(mask, probability, ids)


class FakeEngine:
    """Makes fake sessions.

    Attributes:
        gate: When set to an event, each step waits until it is set.
        fails_at: Step that raises, None for never.
        error: What it raises.
        fits_share: Sessions with pictures of this share or less do not raise it.
        rewrite: Changes the mask of a step (number of the step from 1, mask), None for never.
        shares: Size of the pictures that each session was asked to see.
        sessions: All that were made.
    """

    description = "fake · no weights"
    bytes_used = 0

    def __init__(self) -> None:
        self.gate: threading.Event | None = None
        self.fails_at: int | None = None
        self.error: Exception = RuntimeError("broken on purpose")
        self.rewrite: Callable[[int, NDArray[np.uint8]], NDArray[np.uint8]] | None = None
        self.fits_share = 0.0
        self.shares: list[float] = []
        self.missing_weights = False
        self.sessions: list[FakeSession] = []
        self.threads: set[int] = set()
        self.stepped = threading.Semaphore(0)
        self.settings = EngineSettings(weights="fake")

    def open_session(self, share: float = 1.0) -> FakeSession:
        if self.missing_weights:
            raise CheckpointError("There are no weights named 'nothing'.", "Import some.")
        self.shares.append(share)
        session = FakeSession(self)
        self.sessions.append(session)
        return session

    def use(self, settings: EngineSettings) -> None:
        self.settings = settings

    def before_step(self, step: int) -> None:
        self.threads.add(threading.get_ident())
        self.stepped.release()
        if self.gate is not None:
            assert self.gate.wait(20)
        if self.fails_at == step and self.shares[-1] > self.fits_share:
            raise self.error


def write_clip(folder: Path, count: int = 12, width: int = 64, height: int = 48) -> Path:
    """A folder of pictures with a square that moves one pixel per frame."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        frame = np.full((height, width, 3), 40, np.uint8)
        frame[10:26, 10 + index : 26 + index] = (60, 120, 230)
        assert cv2.imwrite(str(folder / f"{index:05d}.png"), frame)
    return folder
