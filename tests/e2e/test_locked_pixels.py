"""Locked pixels through the real ``main``: drawn, held by a run, saved, restored, exported headless."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.__main__ import main
from app.document.project_file import read_project
from app.main_window import MainWindow
from app.worker.cli import main as command_line
from tests.fakes import FakeEngine, write_clip
from tests.robot import Robot

pytestmark = [pytest.mark.e2e, pytest.mark.qt_log_ignore("does not support propagateSizeHints")]

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def test_lock_propagate_save_reopen_and_export(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, path = write_clip(tmp_path / "clip"), tmp_path / "work.cfbiproj"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    engine = FakeEngine()
    engine.rewrite = lambda step, mask: np.roll(mask, 2, axis=1)  # runs to the right

    def first(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: window.canvas.shown_frame == 0)
        window.canvas.set_brush_px(12)
        robot.stroke([(10, 24), (20, 24)])
        # a wall that no mask goes through, on the whole clip
        robot.key(Qt.Key.Key_L, ALT)
        robot.key(Qt.Key.Key_M)
        robot.stroke([(30, 0), (36, 48)])
        window.actions_table["copy_locks"].trigger()
        assert sorted(document.locked_regions) == list(range(12))
        robot.key(Qt.Key.Key_L, ALT)
        robot.propagate(Qt.Key.Key_F)
        for frame in range(12):
            assert not document.masks.index_mask(frame)[:, 30:36].any()
        assert "locked pixels on" in window.status_text.text()
        robot.key(Qt.Key.Key_B)
        robot.stroke([(33, 24)])
        assert "locked pixels" in window.status_text.text()
        robot.key(Qt.Key.Key_S, CTRL)
        robot.wait(lambda: not document.is_dirty)
        return 0

    assert main([str(clip)], drive=first, engine=engine) == 0
    saved = read_project(path).work
    assert saved.locked_regions[3].pixels()[:, 30:36].all()
    assert saved.locked_regions[3].pixel_count == 6 * 48

    def second(window: MainWindow) -> int:
        robot, document = Robot(window), window.document
        robot.wait(lambda: window.canvas.shown_frame >= 0 and bool(document.locked_regions))
        assert document.locked_regions == saved.locked_regions
        before = document.masks.entries()
        robot.go_to(2)
        QTest.keyClick(window.canvas, Qt.Key.Key_G)
        window.canvas.set_brush_px(4)
        robot.key(Qt.Key.Key_B)
        robot.stroke([(33, 10), (33, 40)])
        assert document.masks.entries() == before
        document.undo_stack.setClean()
        return 0

    assert main([str(path)], drive=second, engine=FakeEngine()) == 0

    assert command_line(["export", str(path), "--preset", "png", "--out", str(tmp_path / "out")]) == 0
    pictures = sorted((tmp_path / "out").rglob("*.png"))
    assert len(pictures) == 12
    for frame, picture in enumerate(pictures):
        matte = np.array(Image.open(picture))
        assert not matte[:, 30:36].any()
        assert np.array_equal(matte >= 128, saved.entries[frame].matte(1) >= 128)
