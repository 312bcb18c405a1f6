from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource
from app.main_window import MainWindow
from app.views.project_dialogs import Answer
from tests.fakes import FakeEngine, write_clip
from tests.gui.conftest import Mouse, open_clip

SHIFT = Qt.KeyboardModifier.ShiftModifier


def finish(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(
        lambda: not window.propagation.is_running and window.propagation.runner.is_idle, timeout=20000
    )


def start_held(qtbot: QtBot, window: MainWindow, engine: FakeEngine) -> threading.Event:
    """Start a forward run whose first frame waits until the returned event is set."""
    engine.gate = threading.Event()
    window.actions_table["propagate_forward"].trigger()
    qtbot.waitUntil(lambda: engine.stepped.acquire(blocking=False), timeout=10000)
    return engine.gate


def test_forward_fills_the_clip_with_soft_mattes(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(16)
    mouse.stroke((18, 18), (22, 20))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_F, SHIFT)
    assert open_window.propagation.is_running
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(12))
    assert document.references == {0}
    assert [document.masks.source(index) for index in (0, 1, 11)] == [
        MaskSource.USER,
        MaskSource.PROPAGATED,
        MaskSource.PROPAGATED,
    ]
    levels = set(np.unique(document.masks.matte(1, 1)).tolist())
    assert {0, 255} < levels
    assert document.current_frame == 11  # the view followed the run
    assert threading.get_ident() not in engine.threads
    assert open_window.propagate_panel.text == "Done: 11 frames."
    assert open_window.status_engine.text() == "fake · no weights"


def test_a_run_is_one_undo_step(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    document = open_window.document
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert document.undo_stack.count() == 2
    open_window.actions_table["undo"].trigger()
    assert document.masks.frames() == [0]
    assert document.references == frozenset()
    open_window.actions_table["redo"].trigger()
    assert document.masks.frames() == list(range(12))


def test_backward_and_both(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    document = open_window.document
    show_frame(5)
    mouse.stroke((18, 18))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_B, SHIFT)
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(6))
    open_window.actions_table["undo"].trigger()
    show_frame(5)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_P, SHIFT)
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(12))


def test_a_correction_becomes_a_reference_and_earlier_ones_stay(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None], engine: FakeEngine
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(8)
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    show_frame(6)
    mouse.stroke((50, 40))
    assert document.masks.source(6) is MaskSource.USER
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert document.references == {0, 6}
    assert len(engine.sessions[-1].references) == 2
    assert engine.sessions[-1].references[-1][40, 50] == 1
    assert document.masks.index_mask(5)[40, 50] == 0
    assert document.masks.index_mask(7)[40, 50] == 1
    # dropping a reference leaves it out of the next run
    open_window.reference_panel.row(0).drop.click()
    show_frame(6)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert len(engine.sessions[-1].references) == 1


def test_the_users_frames_are_kept_and_the_run_goes_on_from_them(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(8)
    show_frame(4)
    mouse.stroke((50, 40))
    show_frame(0)
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert document.masks.source(4) is MaskSource.USER
    assert document.masks.index_mask(4)[18, 18] == 0
    assert document.masks.index_mask(5)[40, 50] == 1
    # what the user painted on the way is a reference, and before it both sides have a say
    assert document.references == {0, 4}
    assert document.masks.index_mask(1)[18, 18] == 1
    assert document.masks.index_mask(1)[40, 50] == 0
    assert document.masks.index_mask(3)[18, 18] == 0
    assert document.masks.index_mask(3)[40, 50] == 1
    fact = document.masks.entry(2).facts[1]
    assert fact.disagreement == pytest.approx(1, abs=0.01)
    assert document.masks.entry(6).facts[1].disagreement is None


def test_stop_works_within_a_frame_and_keeps_what_is_done(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Escape)
    gate.set()
    finish(qtbot, open_window)
    assert engine.sessions[0].steps == 1
    assert open_window.propagate_panel.text.startswith("Stopped after 0 frames")
    assert open_window.document.undo_stack.count() == 1
    engine.gate = None
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert open_window.document.masks.frames() == list(range(12))


_IDLE = "Paint on a frame, then carry the masks through the clip."


def test_how_a_run_ended_is_said_only_while_it_is_in_effect(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, clip_path: Path
) -> None:
    document, panel = open_window.document, open_window.propagate_panel
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert panel.text == "Done: 11 frames."
    mouse.stroke((40, 30))
    document.undo()
    assert panel.text == "Done: 11 frames."
    document.undo()
    assert panel.text == _IDLE
    document.redo()
    assert panel.text == "Done: 11 frames."
    document.undo()
    mouse.stroke((40, 30))  # the run is gone for good
    assert panel.text == _IDLE
    document.set_current_frame(0)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert panel.text.startswith("Done: ")
    document.undo_stack.setClean()
    open_clip(qtbot, open_window, clip_path)
    assert panel.text == _IDLE


def test_a_run_that_is_undone_under_way_leaves_no_word(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    open_window.document.undo()
    gate.set()
    finish(qtbot, open_window)
    assert open_window.propagate_panel.text == _IDLE


def test_painting_and_scrubbing_go_on_during_a_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None], engine: FakeEngine
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(8)
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    show_frame(8)
    mouse.stroke((50, 40))
    mouse.press(30, 30)
    gate.set()
    qtbot.waitUntil(lambda: 7 in document.masks, timeout=10000)
    mouse.release(30, 30)
    finish(qtbot, open_window)
    assert document.current_frame == 8  # the user went there, so the view did not follow
    assert document.masks.source(8) is MaskSource.USER
    assert document.masks.index_mask(8)[30, 30] == 1
    assert document.masks.frames() == list(range(12))


def test_undo_during_a_run_ends_it(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    open_window.actions_table["undo"].trigger()
    assert not open_window.propagation.is_running
    gate.set()
    finish(qtbot, open_window)
    assert open_window.document.masks.frames() == [0]
    assert open_window.document.references == frozenset()


def test_an_empty_frame_is_no_start(open_window: MainWindow) -> None:
    open_window.actions_table["propagate_forward"].trigger()
    assert not open_window.propagation.is_running
    assert "Frame 0 has no mask" in open_window.banner.message
    assert open_window.banner.hint
    open_window.banner.dismiss_button.click()
    assert open_window.banner.message == ""


def test_what_could_not_be_done_is_not_said_any_longer_once_the_work_has_changed(
    open_window: MainWindow, mouse: Mouse
) -> None:
    for name, words in (
        ("propagate_forward", "Frame 0 has no mask"),
        ("export", "There is nothing to export yet."),
    ):
        open_window.actions_table[name].trigger()
        assert words in open_window.banner.message
        mouse.stroke((18, 18))
        assert open_window.banner.message == ""
        open_window.document.undo()
    open_window.reporter.inform("The export was stopped.")
    mouse.stroke((18, 18))
    assert open_window.banner.message == "The export was stopped."


def test_no_frame_that_way(open_window: MainWindow, mouse: Mouse) -> None:
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_backward"].trigger()
    assert "no frame in that direction" in open_window.banner.message
    assert open_window.document.undo_stack.count() == 1


def test_missing_weights_are_a_message(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    engine.missing_weights = True
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert open_window.banner.message == "There are no weights named 'nothing'."
    assert open_window.banner.hint == "Import some."
    assert open_window.document.undo_stack.count() == 1
    engine.missing_weights = False
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert open_window.document.masks.frames() == list(range(12))


def test_a_clip_that_was_replaced_by_another_is_told(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, clip_path: Path
) -> None:
    mouse.stroke((18, 18))
    for index in (10, 11):
        (clip_path / f"{index:05d}.png").unlink()
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert "it has 10 frames of 64x48 instead of 12 of 64x48" in open_window.banner.message
    assert open_window.banner.hint.startswith("Put the former file back.")
    assert open_window.document.masks.frames() == [0]


@pytest.mark.allow_logs
def test_an_error_in_mid_run_keeps_what_is_done_and_the_next_run_works(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: Callable[[int], None]
) -> None:
    engine.fails_at = 3
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert "broken on purpose" in open_window.banner.message
    assert "Traceback" not in open_window.banner.message + open_window.banner.hint
    assert open_window.document.masks.frames() == [0, 1, 2, 3]
    engine.fails_at = None
    show_frame(3)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert open_window.document.masks.frames() == list(range(12))
    assert open_window.document.references == {0}  # frame 3 was propagated, not painted


def test_opening_another_clip_in_mid_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, tmp_path, monkeypatch
) -> None:
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    monkeypatch.setattr(open_window.projects, "ask_to_save", lambda name: Answer.DISCARD)
    other = write_clip(tmp_path / "other", count=5, width=40, height=30)
    open_window.files.open(other)
    gate.set()
    qtbot.waitUntil(lambda: open_window.document.path == other, timeout=10000)
    finish(qtbot, open_window)
    assert open_window.document.masks.frames() == []
    assert open_window.document.frame_count == 5


def test_the_start_may_be_a_propagated_frame(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: Callable[[int], None]
) -> None:
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    show_frame(5)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert open_window.document.references == {0}
    assert engine.sessions[-1].steps == 6


def test_two_clips_one_after_the_other(qtbot: QtBot, open_window: MainWindow, clip_path) -> None:
    open_clip(qtbot, open_window, clip_path)
    assert open_window.document.frame_count == 12


def test_removing_an_object_of_a_run_ends_it(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(8)
    mouse.stroke((18, 18))
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((40, 30))
    gate = start_held(qtbot, open_window, engine)
    open_window.object_panel.row(2).removed.emit(2)
    assert not open_window.propagation.is_running
    gate.set()
    finish(qtbot, open_window)
    for index in document.masks.frames():
        assert 2 not in np.unique(document.masks.index_mask(index))


def test_the_view_stays_where_the_user_paints(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    mouse.stroke((30, 30))
    gate.set()
    finish(qtbot, open_window)
    assert open_window.document.current_frame == 0
    assert open_window.document.masks.index_mask(0)[30, 30] == 1


def test_undoing_a_stroke_of_a_run_shows_what_the_network_found(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: Callable[[int], None]
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(8)
    mouse.stroke((18, 18))
    gate = start_held(qtbot, open_window, engine)
    show_frame(8)
    mouse.stroke((50, 40))
    gate.set()
    finish(qtbot, open_window)
    document.undo()
    assert document.masks.source(8) is MaskSource.PROPAGATED
    assert document.masks.index_mask(8)[18, 18] == 1
    assert document.masks.index_mask(8)[40, 50] == 0


def test_an_object_that_only_a_kept_frame_shows_is_learnt_there(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: Callable[[int], None]
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(8)
    mouse.stroke((18, 18))
    open_window.actions_table["add_object"].trigger()
    show_frame(4)
    mouse.stroke((50, 40))
    show_frame(0)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert document.references == {0, 4}
    open_window.reference_panel.row(4)
    assert len(engine.sessions[-1].references) == 2
    assert document.masks.index_mask(6)[40, 50] == 2
    document.undo()
    assert document.references == frozenset()


def test_one_frame_at_a_time(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    document = open_window.document
    show_frame(5)
    mouse.stroke((18, 18))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Period, SHIFT)
    finish(qtbot, open_window)
    assert document.masks.frames() == [5, 6]
    assert document.current_frame == 6
    show_frame(5)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Comma, SHIFT)
    finish(qtbot, open_window)
    assert document.masks.frames() == [4, 5, 6]
