"""A clip of numbered pictures, and a network that needs no computing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.export.png import write_index_png
from cfbi import FrameResult

SIZE = (24, 33)  # odd width: (height, width)


class DriftingSession:
    """Moves the previous mask one pixel to the right with every frame; sure to 80 percent."""

    def __init__(self) -> None:
        self.ids: set[int] = set()

    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.ids |= set(np.unique(index_mask).tolist()) - {0, 255}
        self.previous = index_mask

    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        self.previous = index_mask

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        self.previous = np.roll(self.previous, 1, axis=1)
        ids = tuple(sorted(self.ids))
        rows = np.stack([self.previous == object_id for object_id in ids]).astype(np.float32) * 0.8
        probability = np.concatenate([1 - rows.sum(axis=0, keepdims=True), rows])
        return FrameResult(self.previous, probability, ids)


@pytest.fixture
def drifting_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts ``DriftingSession`` in the place of the network."""
    for command in ("propagate", "evaluate"):
        monkeypatch.setattr(
            f"app.worker.cli.{command}.session_maker", lambda args, **options: DriftingSession
        )


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A folder of 6 pictures."""
    folder = tmp_path / "walk"
    folder.mkdir()
    for number in range(6):
        Image.fromarray(np.full((*SIZE, 3), 10 * number, np.uint8)).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def make_mask(tmp_path: Path) -> Callable[..., Path]:
    """Writes a mask with a square for every given id and returns its path."""

    def make(*object_ids: int, name: str = "mask.png", size: tuple[int, int] = SIZE) -> Path:
        mask = np.zeros(size, np.uint8)
        for place, object_id in enumerate(object_ids):
            mask[4:12, 2 + 9 * place : 8 + 9 * place] = object_id
        write_index_png(tmp_path / name, mask)
        return tmp_path / name

    return make
