from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

import app.control.trust
from app.document.commands import AddObjectCommand
from app.document.facts import FrameFacts, Jumps
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.trust import STALE_SHARE, trust_of
from app.main_window import MainWindow
from tests.gui.conftest import Mouse

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def run_mask(confidence: float, object_id: int = 1) -> StoredMask:
    mask = np.zeros((48, 64), np.uint8)
    mask[10:20, 10:20] = object_id
    facts = FrameFacts(100, (14.5, 14.5), confidence=confidence, certainty=confidence)
    return replace(pack(mask, MaskSource.PROPAGATED), facts=MappingProxyType({object_id: facts}))


def put_run(window: MainWindow) -> None:
    for frame, confidence in ((2, 0.9), (3, 0.3), (4, 0.5), (5, 0.9)):
        window.document.put_mask(frame, run_mask(confidence))


def shown(qtbot: QtBot, window: MainWindow) -> dict[int, np.ndarray]:
    qtbot.waitUntil(lambda: window.trust.is_idle)
    return window.timeline.model.trust


def test_the_strip_follows_the_masks(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    put_run(open_window)
    values = shown(qtbot, open_window)[1]
    assert np.flatnonzero(~np.isnan(values)).tolist() == [2, 3, 4, 5]
    expected = trust_of(FrameFacts(100, (14.5, 14.5), 0.3, 0.3), Jumps(0.0, 0.0))
    assert values[3] == pytest.approx(expected)
    assert values[3] < values[4] < values[2]
    assert f"trust {100 * expected:.0f} %" in open_window.timeline.model.describe(3, 0)
    open_window.document.set_current_frame(3)
    mouse.stroke((12, 12), (30, 30))
    assert shown(qtbot, open_window)[1][3] == 1
    open_window.document.undo()
    assert shown(qtbot, open_window)[1][3] == pytest.approx(expected)
    open_window.document.put_mask(3, None)
    assert np.isnan(shown(qtbot, open_window)[1][3])


def test_masks_older_than_their_reference_are_trusted_less(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    put_run(open_window)
    before = shown(qtbot, open_window)[1].copy()
    mouse.stroke((12, 12), (30, 30))  # on frame 0
    QTest.keyClick(open_window.canvas, Qt.Key.Key_R)
    after = shown(qtbot, open_window)[1]
    assert after[4] == pytest.approx(STALE_SHARE * before[4])


def test_n_goes_to_the_worst_frame_and_shift_n_to_the_next(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    document, canvas = open_window.document, open_window.canvas
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    put_run(open_window)
    document.put_mask(8, run_mask(0.4, object_id=2))
    document.set_current_object(1)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert (document.current_frame, document.current_object_id) == (3, 1)
    assert open_window.status_text.text().endswith("(1 of 5)")
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert document.current_frame == 3  # still the worst
    seen = []
    for _ in range(4):
        QTest.keyClick(canvas, Qt.Key.Key_N, SHIFT)
        seen.append((document.current_frame, document.current_object_id))
    assert seen[:2] == [(8, 2), (4, 1)]
    QTest.keyClick(canvas, Qt.Key.Key_N, SHIFT)
    assert document.current_frame == 3  # round
    document.set_current_object(1)
    show_frame(3)
    mouse.stroke((12, 12), (30, 30))
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert document.current_frame == 8  # frame 3 is painted
    document.set_current_frame(4)
    QTest.keyClick(canvas, Qt.Key.Key_I)
    document.set_current_frame(5)
    QTest.keyClick(canvas, Qt.Key.Key_O)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert document.current_frame == 4  # between in and out
    document.put_mask(4, None)
    document.put_mask(5, None)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert "No mask is left" in open_window.status_text.text()


def test_reviewed_frames_are_passed_over_until_they_change(
    open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    document, canvas = open_window.document, open_window.canvas
    QTest.keyClick(canvas, Qt.Key.Key_R, CONTROL)
    assert not document.can_undo  # nothing to review here
    put_run(open_window)
    document.set_current_frame(3)
    QTest.keyClick(canvas, Qt.Key.Key_R, CONTROL)
    assert document.reviewed == {(3, 1)}
    assert "3 masks are left" in open_window.status_text.text()
    assert "reviewed" in open_window.timeline.model.describe(3, 0)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert document.current_frame == 4
    show_frame(3)
    mouse.stroke((12, 12), (30, 30))
    assert document.reviewed == frozenset()
    document.undo()
    assert document.reviewed == {(3, 1)}
    document.redo()
    assert document.reviewed == frozenset()
    document.undo()
    QTest.keyClick(canvas, Qt.Key.Key_R, CONTROL)
    assert document.reviewed == frozenset()
    document.undo()
    document.undo()
    assert document.reviewed == frozenset()
    document.redo()
    assert document.reviewed == {(3, 1)}


def test_n_does_not_wait_until_all_trust_is_known(
    qtbot: QtBot, open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.control.trust, "_AT_ONCE", 1)
    document, canvas = open_window.document, open_window.canvas
    put_run(open_window)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    assert document.current_frame == 0
    assert "Looking for" in open_window.status_text.text()
    qtbot.waitUntil(lambda: document.current_frame == 3)
    assert open_window.status_text.text().endswith("(1 of 4)")


def test_whoever_goes_elsewhere_or_paints_is_not_led_away_later(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.control.trust, "_AT_ONCE", 1)
    document, canvas = open_window.document, open_window.canvas
    put_run(open_window)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    document.set_current_frame(7)
    qtbot.waitUntil(lambda: open_window.trust.is_idle)
    assert document.current_frame == 7
    put_run(open_window)
    QTest.keyClick(canvas, Qt.Key.Key_N)
    mouse.press(20, 20)
    qtbot.waitUntil(lambda: open_window.trust.is_idle)
    assert document.edit is not None
    assert document.current_frame == 7
    mouse.release(20, 20)
    document.set_current_frame(3)
    QTest.keyClick(canvas, Qt.Key.Key_R, CONTROL)
    assert "Frame 3 is marked as reviewed" in open_window.status_text.text()


def test_another_clip_that_is_still_listed_has_nothing_of_the_former_ones_trust(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    document = open_window.document
    put_run(open_window)
    assert len(shown(qtbot, open_window)[1]) == 12
    info, path = document.info, document.path
    assert info is not None
    assert path is not None
    document.open_clip(path, replace(info, frame_count=4, complete=False))
    # before there was time to look at its masks
    assert len(open_window.trust.ranking()) == 0
    document.extend_clip(replace(info, frame_count=6, complete=False))
    assert [len(values) for values in shown(qtbot, open_window).values()] == [6] * len(document.objects)
