"""Projects through the real ``main``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.document.project_file import read_project
from app.main_window import MainWindow
from resources import sample
from tests.fakes import FakeEngine
from tests.robot import SHIFT, Robot

pytestmark = [pytest.mark.e2e, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]

CTRL = Qt.KeyboardModifier.ControlModifier


def test_paint_save_close_and_go_on(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, private_home: Path
) -> None:
    path = tmp_path / "leaf.cfbiproj"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    made: list[object] = []

    def first(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: window.canvas.shown_frame == 0)
        robot.stroke([(100, 100), (200, 150)])
        robot.key(Qt.Key.Key_N, CTRL | SHIFT)
        robot.stroke([(300, 100), (350, 150)])
        robot.key(Qt.Key.Key_S, CTRL)
        robot.wait(lambda: not document.is_dirty)
        assert window.windowTitle() == "leaf – CFBI Studio"
        made.append(document.snapshot())
        assert window.close()
        return 0

    assert main([str(sample.paths().video)], drive=first, engine=FakeEngine()) == 0
    assert [item.name for item in tmp_path.iterdir()] == ["leaf.cfbiproj"]
    assert list((private_home / "xdg_data_home" / "cfbi-studio" / "recovery").glob("*")) == []

    def second(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: window.canvas.shown_frame == 0 and 5 in document.masks)
        snapshot = document.snapshot()
        assert snapshot.objects == made[0].objects
        assert snapshot.entries[0] == made[0].entries[0]
        assert np.array_equal(document.masks.index_mask(5) == 1, sample_mask() == 1)
        assert window.windowTitle() == "*leaf – CFBI Studio"  # for the mask of the command line
        robot.key(Qt.Key.Key_S, CTRL)
        robot.wait(lambda: not document.is_dirty)
        return 3

    def sample_mask() -> np.ndarray:
        from PIL import Image

        return np.array(Image.open(sample.paths().first_mask))

    arguments = [str(path), "--mask", f"{sample.paths().first_mask}@5"]
    assert main(arguments, drive=second, engine=FakeEngine()) == 3
    assert sorted(read_project(path).work.entries) == [0, 5]
