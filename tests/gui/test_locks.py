from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, LockFramesCommand
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow


@pytest.fixture
def two_objects(open_window: MainWindow) -> MainWindow:
    """Objects 1 and 2 on frames 0 and 1."""
    document = open_window.document
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    mask = np.zeros((48, 64), np.uint8)
    mask[5:20, 5:20], mask[25:40, 30:50] = 1, 2
    for index in (0, 1):
        document.put_mask(index, pack(mask, MaskSource.USER))
    return open_window


def same_masks_after(window: MainWindow, *names: str) -> None:
    """The actions change no mask, add no step, and say why."""
    document = window.document
    before, steps = document.masks.entries(), document.undo_stack.count()
    for name in names:
        window.banner.dismiss()
        window.actions_table[name].trigger()
        assert document.masks.entries() == before
        assert document.undo_stack.count() == steps
        assert "locked" in window.banner.message


def test_a_locked_frame_is_not_cleared(two_objects: MainWindow) -> None:
    document = two_objects.document
    document.undo_stack.push(LockFramesCommand(document, [0], True))
    same_masks_after(two_objects, "clear_object", "clear_frame")


def test_a_locked_object_is_not_cleared(two_objects: MainWindow) -> None:
    two_objects.objects.toggle_lock(2)
    assert two_objects.document.current_object_id == 2
    same_masks_after(two_objects, "clear_object", "clear_frame")
    two_objects.document.set_current_object(1)
    two_objects.actions_table["clear_object"].trigger()
    assert two_objects.document.masks.entry(0).object_ids == (2,)  # type: ignore[union-attr]


@pytest.mark.parametrize("what", ["frame", "object"])
def test_a_mask_is_not_imported_over_what_is_locked(
    two_objects: MainWindow, tmp_path: Path, what: str
) -> None:
    document = two_objects.document
    if what == "frame":
        document.undo_stack.push(LockFramesCommand(document, [0], True))
    else:
        two_objects.objects.toggle_lock(2)
    assert cv2.imwrite(str(tmp_path / "mask.png"), np.full((48, 64), 1, np.uint8))
    before = document.masks.entry(0)
    assert not two_objects.clip.import_mask(tmp_path / "mask.png", 0)
    assert document.masks.entry(0) is before
    assert "locked" in two_objects.banner.message


@pytest.mark.parametrize("locked", ["source", "target", "frame"])
def test_what_is_locked_is_not_merged(two_objects: MainWindow, locked: str) -> None:
    document = two_objects.document
    if locked == "frame":
        document.undo_stack.push(LockFramesCommand(document, [1], True))
    else:
        two_objects.objects.toggle_lock(1 if locked == "source" else 2)
    before = document.masks.entries()
    two_objects.objects.merge(1, 2)
    assert not two_objects.bulk.is_busy
    assert "locked" in two_objects.banner.message
    assert document.masks.entries() == before


def test_a_locked_object_is_not_removed(two_objects: MainWindow) -> None:
    document = two_objects.document
    two_objects.objects.toggle_lock(2)
    removal = two_objects.object_panel.menu(2).actions()[-1]
    removal.trigger()
    assert [info.object_id for info in document.objects] == [1, 2]
    assert "locked" in two_objects.banner.message


def test_a_frame_locked_while_a_stroke_is_carried_keeps_its_mask(
    qtbot: QtBot, two_objects: MainWindow
) -> None:
    document, canvas = two_objects.document, two_objects.canvas
    document.set_current_object(1)
    for index in range(4):
        document.put_mask(index, pack(document.masks.index_mask(0), MaskSource.PROPAGATED))
    two_objects.tool_settings.reach = 2
    document.set_current_object(2)
    place = canvas.viewport.to_widget(QPointF(40, 43)).toPoint()
    with qtbot.waitSignal(two_objects.bulk.finished, timeout=20000):
        QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        locked = document.masks.entry(1)
        document.put_locked_frames(frozenset({1}))
    assert document.masks.entry(1) is locked
    assert document.masks.entry(2) is not locked


@pytest.mark.parametrize("around", ["nothing", "another object"])
def test_a_stroke_that_cannot_be_carried_says_so(two_objects: MainWindow, around: str) -> None:
    document, canvas = two_objects.document, two_objects.canvas
    if around == "another object":
        other = np.where(document.masks.index_mask(0) == 1, np.uint8(1), np.uint8(0))
        document.put_mask(1, pack(other, MaskSource.PROPAGATED))
    document.set_current_object(2)
    place = canvas.viewport.to_widget(QPointF(40, 43)).toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert "stays on this frame" not in two_objects.status_text.text()
    two_objects.tool_settings.reach = 2
    place = canvas.viewport.to_widget(QPointF(30, 43)).toPoint()
    QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert "The stroke stays on this frame" in two_objects.status_text.text()
    assert two_objects.bulk.runner.is_idle


def test_a_stroke_in_hand_outlives_the_carrying_of_the_former_one(
    qtbot: QtBot, two_objects: MainWindow
) -> None:
    document, canvas = two_objects.document, two_objects.canvas
    for index in range(4):
        document.put_mask(index, pack(document.masks.index_mask(0), MaskSource.PROPAGATED))
    two_objects.tool_settings.reach = 2
    places = [canvas.viewport.to_widget(QPointF(x, 43)).toPoint() for x in (35, 45)]
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    with qtbot.waitSignal(two_objects.bulk.finished, timeout=20000):
        QTest.mouseClick(canvas, left, none, places[0])
        QTest.mousePress(canvas, left, none, places[1])
    assert document.edit is not None
    with qtbot.waitSignal(two_objects.bulk.finished, timeout=20000):
        QTest.mouseRelease(canvas, left, none, places[1])
    mask = document.masks.index_mask(0)
    assert mask[43, 35] == mask[43, 45] == 2
    assert (document.masks.index_mask(1) == 2).sum() > (15 * 20)
