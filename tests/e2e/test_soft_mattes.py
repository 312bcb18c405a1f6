"""What the network says of a soft edge arrives in exports of 16 bits, through the real programs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.export.png import write_index_png
from app.main_window import MainWindow
from app.media.ffmpeg import Ffmpeg
from app.worker.cli import main as cfbi
from tests.fakes import FakeEngine, FakeResult, FakeSession
from tests.robot import Robot

WIDTH, HEIGHT = 160, 96
RAMP = np.linspace(0, 1, WIDTH * HEIGHT, dtype=np.float32).reshape(HEIGHT, WIDTH)
CLIPPED = np.clip((RAMP - 0.05) / 0.9, 0, 1)  # as new objects are finished

pytestmark = [pytest.mark.e2e, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]


class RampSession(FakeSession):
    def step(self, frame: NDArray[np.uint8]) -> FakeResult:
        found = super().step(frame)
        return FakeResult((RAMP > 0.5).astype(np.uint8), np.stack([1 - RAMP, RAMP]), found.object_ids)


class RampEngine(FakeEngine):
    def open_session(self, share: float = 1.0) -> FakeSession:
        return RampSession(self)


@pytest.fixture
def project(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Saved in the window after a run in it."""
    path = tmp_path / "soft.cfbiproj"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    (tmp_path / "clip").mkdir()
    for index in range(3):
        picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)  # white: colour and alpha of a cut-out are equal
        assert cv2.imwrite(str(tmp_path / "clip" / f"{index:05d}.png"), picture)
    write_index_png(tmp_path / "mask.png", (RAMP > 0.5).astype(np.uint8))

    def drive(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: 0 in document.masks)
        robot.propagate(Qt.Key.Key_F)
        assert document.masks.frames() == [0, 1, 2]
        robot.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        robot.wait(lambda: not document.is_dirty)
        return 0

    assert (
        main(
            [str(tmp_path / "clip"), "--mask", f"{tmp_path / 'mask.png'}@0"], drive=drive, engine=RampEngine()
        )
        == 0
    )
    return path


def exported(project: Path, out: Path, *more: str) -> Path:
    """The file of frame 1."""
    assert cfbi(["export", str(project), "--out", str(out), "--range", "1:2", *more]) == 0
    (path,) = (path for path in out.rglob("*") if path.suffix in (".png", ".exr", ".mov"))
    return path


def alpha_of(path: Path, size: int, kind: str, *more: str) -> NDArray[np.float64]:
    """The last plane of a picture as ffmpeg reads it, 0..1."""
    program = Ffmpeg(["-i", str(path), *more, "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"], read=True)
    data = b"".join(iter(lambda: program.stdout.read(1 << 16), b""))
    program.close()
    return np.frombuffer(data, kind).reshape(size, HEIGHT, WIDTH)[-1].astype(np.float64)


def levels_of(matte: NDArray[np.float64]) -> int:
    assert (np.diff(matte.ravel()) >= 0).all()
    return len(np.unique(matte))


def test_sixteen_bits_carry_more_than_eight(project: Path, tmp_path: Path) -> None:
    png = exported(project, tmp_path / "png", "--preset", "png", "--alpha", "matte", "--bit-depth", "16")
    with Image.open(png) as picture:
        matte = np.asarray(picture).astype(np.float64) / 65535
    assert levels_of(matte) > 3600
    assert np.abs(matte - CLIPPED).max() < 1 / 2000

    exr = alpha_of(exported(project, tmp_path / "exr", "--preset", "exr"), 4, "<f2")
    assert levels_of(exr) > 2000
    assert np.abs(exr - CLIPPED).max() < 1 / 1500

    movie = exported(project, tmp_path / "mov", "--preset", "prores4444")
    prores = alpha_of(movie, 4, "<u2", "-pix_fmt", "yuva444p10le") / 1023
    assert levels_of(prores) > 1000
    assert np.abs(prores - CLIPPED).max() < 1 / 900
