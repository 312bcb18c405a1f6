"""How far runs go, for which objects, what stops them, and what they leave alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.document.commands import LockFramesCommand
from app.document.mask_store import MaskSource
from app.document.operations import set_in_point, set_out_point
from app.document.run_plan import Reach
from app.document.unfinished import UnfinishedRun, Walk
from app.main_window import MainWindow
from app.worker import propagate_worker
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse, open_clip
from tests.gui.test_propagation import finish

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
ShowFrame = Callable[[int], None]


@pytest.fixture(autouse=True)
def small_brush(request: pytest.FixtureRequest) -> None:
    if "open_window" in request.fixturenames:
        request.getfixturevalue("open_window").canvas.set_brush_px(12)


def run(qtbot: QtBot, window: MainWindow, name: str = "propagate_forward") -> None:
    window.actions_table[name].trigger()
    finish(qtbot, window)


def choose(window: MainWindow, reach: Reach, count: int = 1) -> None:
    panel = window.propagate_panel
    panel.reach.setCurrentIndex(panel.reach.findData(reach))
    panel.count.setValue(count)


def button(window: MainWindow, text: str) -> QToolButton:
    found = window.propagate_panel.findChildren(QToolButton, "direction")
    return next(item for item in found if item.text() == text)


def test_a_number_of_frames_each_way(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    panel = open_window.propagate_panel
    assert not panel.count.isVisible()
    choose(open_window, Reach.COUNT, 2)
    assert panel.count.isVisible()
    show_frame(5)
    mouse.stroke((18, 18))
    run(qtbot, open_window, "propagate_both")
    assert open_window.document.masks.frames() == [3, 4, 5, 6, 7]


def test_in_and_out_points_bound_a_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = open_window.document
    set_in_point(document, 3)
    set_out_point(document, 7)
    show_frame(5)
    mouse.stroke((18, 18))
    run(qtbot, open_window, "propagate_both")
    assert document.masks.frames() == [3, 4, 5, 6, 7]


def test_to_the_next_reference(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = open_window.document
    for frame in (2, 8):
        show_frame(frame)
        mouse.stroke((18, 18))
        open_window.actions_table["set_reference"].trigger()
    show_frame(2)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_F, CTRL | SHIFT)
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(2, 9))
    show_frame(8)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_B, CTRL | SHIFT)
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(2, 9))
    assert document.masks.entry(5).facts[1].disagreement == pytest.approx(0, abs=0.01)


def test_from_a_frame_without_a_mask_the_nearest_one_starts(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    show_frame(2)
    mouse.stroke((18, 18))
    show_frame(6)
    run(qtbot, open_window)
    assert open_window.document.masks.frames() == list(range(2, 12))


def two_objects(open_window: MainWindow, mouse: Mouse) -> None:
    mouse.stroke((16, 16))
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((44, 34))


def test_one_object_only_leaves_the_others_exactly(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    document = open_window.document
    two_objects(open_window, mouse)
    run(qtbot, open_window)
    before = document.masks.entries()
    panel = open_window.propagate_panel
    assert panel.who.itemText(1) == "Object 2 only"
    panel.who.setCurrentIndex(1)
    engine.rewrite = lambda step, mask: np.roll(mask, 8, axis=0)  # everything jumps
    show_frame(0)
    run(qtbot, open_window)
    assert document.undo_stack.undoText() == "Propagate Object 2 forward from frame 0"
    for index in range(1, 12):
        entry = document.masks.entry(index)
        assert entry.mattes[1] == before[index].mattes[1]
        np.testing.assert_array_equal(entry.index_mask() == 1, before[index].index_mask() == 1)
        assert entry.mattes[2] != before[index].mattes[2]
    # the network was taught both objects all the same
    assert set(np.unique(engine.sessions[-1].references[0])) == {0, 1, 2}


def test_locked_objects_and_frames_are_not_changed(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    document = open_window.document
    two_objects(open_window, mouse)
    run(qtbot, open_window)
    before = document.masks.entries()
    document.undo_stack.push(LockFramesCommand(document, {4, 5}, True))
    lock(open_window, 2)
    engine.rewrite = lambda step, mask: np.roll(mask, 8, axis=0)
    show_frame(0)
    run(qtbot, open_window)
    for index in (4, 5):
        assert document.masks.entry(index) is before[index]
    for index in (3, 6):
        after = document.masks.entry(index)
        assert after.mattes[2] == before[index].mattes[2]
        assert after.mattes[1] != before[index].mattes[1]
    lock(open_window, 1)
    show_frame(0)
    open_window.actions_table["propagate_forward"].trigger()
    assert not open_window.propagation.is_running
    assert open_window.banner.message == "Object 1, Object 2 are locked."


def lock(window: MainWindow, object_id: int) -> None:
    document = window.document
    document.put_objects(
        tuple(
            replace(info, locked=True) if info.object_id == object_id else info for info in document.objects
        )
    )


def test_an_object_painted_later_does_not_end_the_others(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    document = open_window.document
    mouse.stroke((16, 16))
    open_window.actions_table["add_object"].trigger()
    show_frame(5)
    mouse.stroke((44, 34))
    painted = document.masks.entry(5)
    show_frame(0)
    run(qtbot, open_window)
    entry = document.masks.entry(5)
    assert entry.source is MaskSource.USER
    np.testing.assert_array_equal(entry.index_mask() == 2, painted.index_mask() == 2)
    for index in (5, 8, 11):
        mask = document.masks.index_mask(index)
        assert (mask[16, 16], mask[34, 44]) == (1, 2)
    # where object 1 is on frame 5 was not told, so that frame teaches no background
    assert set(np.unique(engine.sessions[-1].references[-1])) == {2, 255}
    document.undo()
    assert document.masks.entry(5) == painted


def shots(folder: Path) -> Path:
    """Eight frames of one scene, then eight of another."""
    folder.mkdir()
    for index in range(16):
        rng = np.random.default_rng(int(index >= 8))
        frame = cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (64, 48))
        assert cv2.imwrite(str(folder / f"{index:05d}.png"), frame)
    return folder


def run_up_to_the_cut(qtbot: QtBot, window: MainWindow, mouse: Mouse, tmp_path: Path) -> None:
    open_clip(qtbot, window, shots(tmp_path / "shots"))
    window.canvas.set_brush_px(12)
    mouse.stroke((18, 18))
    run(qtbot, window)


def test_a_cut_stops_a_run_which_may_go_on_across_it(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    document = open_window.document
    run_up_to_the_cut(qtbot, open_window, mouse, tmp_path)
    assert document.masks.frames() == list(range(8))
    banner = open_window.banner
    assert banner.message == "There is a cut between frames 7 and 8: the run ended there."
    assert banner.action_button.text() == "Go to frame 8"
    banner.second_button.click()
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(16))
    assert banner.message == ""


def test_a_resumed_run_still_goes_on_across_the_cut(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    document = open_window.document
    run_up_to_the_cut(qtbot, open_window, mouse, tmp_path)
    rests: list[UnfinishedRun | None] = []
    document.unfinished_run_changed.connect(lambda: rests.append(document.unfinished_run))
    open_window.banner.second_button.click()
    open_window.propagation.stop()  # before its first frame, as a crash might end it
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(8))
    rest = rests[0]
    assert rest is not None
    assert rest == UnfinishedRun((Walk(7, range(8, 16)),), ignored_cuts=frozenset({(7, 8)}))
    rests.clear()
    open_window.propagation.resume(UnfinishedRun.from_json(rest.to_json()))
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(16))
    assert open_window.banner.message == ""
    assert rests[0] == rest


def lose_at(step: int) -> Callable[[int, np.ndarray], np.ndarray]:
    return lambda number, mask: np.zeros_like(mask) if number == step else mask


def start_and_wait_for_pause(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_table["propagate_forward"].trigger()
    qtbot.waitUntil(lambda: window.propagation.is_paused, timeout=10000)


def test_a_lost_object_pauses_the_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: ShowFrame
) -> None:
    mouse.stroke((24, 24))
    engine.rewrite = lose_at(4)
    start_and_wait_for_pause(qtbot, open_window)
    window, banner = open_window, open_window.banner
    assert banner.message == "Object 1 is lost at frame 4: the run waits."
    assert window.propagate_panel.pause_box.isVisible()
    assert window.actions_table["continue_run"].isEnabled()
    show_frame(1)  # scrubbing goes on
    banner.second_button.click()
    assert window.document.current_frame == 4
    assert banner.message == "Object 1 is lost at frame 4: the run waits."
    QTest.keyClick(window.canvas, Qt.Key.Key_Return, CTRL)
    finish(qtbot, window)
    assert banner.message == ""
    assert not window.propagate_panel.pause_box.isVisible()
    assert window.propagate_panel.text == "Done: 11 frames."


def test_an_object_that_was_back_for_a_while_and_is_lost_again_pauses_the_run_again(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(propagate_worker, "_BACK_FRAMES", 3)
    mouse.stroke((24, 24))
    shown: list[np.ndarray] = []

    def rewrite(step: int, mask: np.ndarray) -> np.ndarray:
        shown.append(mask)
        return np.zeros_like(mask) if step in (2, 4, 8) else shown[0]

    engine.rewrite = rewrite
    start_and_wait_for_pause(qtbot, open_window)
    banner = open_window.banner
    assert banner.message == "Object 1 is lost at frame 2: the run waits."
    open_window.propagation.go_on()
    # it flickers at frame 4, which was answered for
    qtbot.waitUntil(lambda: open_window.propagation.is_paused, timeout=10000)
    assert banner.message == "Object 1 is lost at frame 8: the run waits."
    open_window.propagation.go_on()
    finish(qtbot, open_window)


def test_what_one_side_found_beyond_a_cut_is_no_loss_of_what_the_other_side_carries(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, tmp_path: Path
) -> None:
    """An object of either shot: the second pass ends at the cut, and the first one's masks lie beyond."""
    document = open_window.document
    run_up_to_the_cut(qtbot, open_window, mouse, tmp_path)
    show_frame(13)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_N, CTRL | SHIFT)
    mouse.stroke((40, 30))
    paused: list[bool] = []
    open_window.propagation.running_changed.connect(
        lambda _: paused.append(open_window.propagation.is_paused)
    )
    open_window.actions_table["propagate_both"].trigger()
    finish(qtbot, open_window)
    assert not any(paused)
    assert document.masks.frames() == list(range(16))
    for index, shown in ((7, (1,)), (8, (2,)), (9, (2,)), (15, (2,))):
        entry = document.masks.entry(index)
        assert entry is not None
        assert entry.object_ids == shown
    beyond = document.masks.entry(8)
    assert beyond is not None
    assert beyond.facts[2].chatter_px is None  # the frame before it belongs to the other shot


def test_a_run_to_the_end_waits_until_the_end_is_known(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    """It would stop at the last frame that happens to be listed, and say that it is done."""
    mouse.stroke((24, 24))
    document = open_window.document
    assert document.info is not None
    assert document.path is not None
    document.open_clip(document.path, replace(document.info, complete=False), document.snapshot())
    open_window.actions_table["propagate_forward"].trigger()
    assert not open_window.propagation.is_running
    assert "still being listed" in open_window.banner.message
    open_window.actions_table["propagate_forward_1"].trigger()
    finish(qtbot, open_window)
    assert document.masks.frames() == [0, 1]
    set_out_point(document, 4)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert document.masks.frames() == [0, 1, 2, 3, 4]


def test_a_paused_run_can_be_stopped_or_undone(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: ShowFrame
) -> None:
    mouse.stroke((24, 24))
    engine.rewrite = lose_at(3)
    start_and_wait_for_pause(qtbot, open_window)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Escape)
    finish(qtbot, open_window)
    assert open_window.propagate_panel.text == "Stopped after 3 frames."
    assert open_window.banner.message == ""
    show_frame(0)
    start_and_wait_for_pause(qtbot, open_window)
    open_window.actions_table["undo"].trigger()
    finish(qtbot, open_window)
    assert not open_window.propagation.is_paused
    assert open_window.document.masks.frames() == [0, 1, 2, 3]  # those of the stopped run


def test_a_sudden_full_frame_pauses_the_run(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((24, 24))
    engine.rewrite = lambda step, mask: np.ones_like(mask) if step == 2 else mask
    start_and_wait_for_pause(qtbot, open_window)
    assert open_window.banner.message == "Object 1 suddenly covers much of frame 2: the run waits."
    open_window.propagate_panel.continue_button.click()
    finish(qtbot, open_window)


def test_memory_that_runs_out_is_said_and_the_run_goes_on(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((18, 18))
    engine.error = RuntimeError("CUDA out of memory. Tried to allocate 9 GiB")
    engine.fails_at, engine.fits_share = 3, 0.5
    run(qtbot, open_window)
    assert engine.shares == [1.0, 0.5]
    assert open_window.document.masks.frames() == list(range(12))
    assert open_window.propagate_panel.text == (
        "Done: 11 frames. Memory ran out: the network now sees pictures of 50% of the usual size."
    )


def test_pointing_at_a_direction_shows_what_would_change(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    panel, timeline = open_window.propagate_panel, open_window.timeline
    mouse.stroke((18, 18))
    run(qtbot, open_window)
    show_frame(6)
    mouse.stroke((40, 30))
    forward = button(open_window, "Forward")
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert panel.text == "Would change 5 frames (7 to 11), 5 replaced."
    assert timeline.model.affected == {1: [7, 8, 9, 10, 11]}
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Leave))
    assert panel.text == "Done: 11 frames."
    assert timeline.model.affected == {}
    QApplication.sendEvent(button(open_window, "Backward"), QEvent(QEvent.Type.Enter))
    assert panel.text == "Would change 5 frames (1 to 5), 5 replaced, 1 kept."
    document = open_window.document
    document.set_current_frame(11)
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert panel.text == "There is no frame in that direction."


def test_how_long_a_run_will_take_is_told_once_one_was_made(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: ShowFrame
) -> None:
    panel, speed = open_window.propagate_panel, open_window.propagation.speed
    mouse.stroke((18, 18))
    forward = button(open_window, "Forward")
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert panel.text == "Would change 11 frames (1 to 11)."
    run(qtbot, open_window)
    show_frame(0)
    key = (open_window.document.path, engine.settings)
    speed.note(key, 0.1)  # ten seconds a frame
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert panel.text == "Would change 11 frames (1 to 11), 11 replaced. Takes about 1:50 min."
    speed.note(key, 2.0)
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert panel.text.endswith("Takes about 6 s.")
    speed.note(("another clip", engine.settings), 0.1)
    QApplication.sendEvent(forward, QEvent(QEvent.Type.Enter))
    assert panel.text == "Would change 11 frames (1 to 11), 11 replaced."


def test_what_a_run_knows_is_kept_with_the_masks(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = open_window.document
    mouse.stroke((18, 18))
    run(qtbot, open_window)
    fact = document.masks.entry(3).facts[1]
    mask = document.masks.index_mask(3) == 1
    assert fact.area == mask.sum()
    y, x = np.argwhere(mask).mean(axis=0)
    assert fact.centroid == pytest.approx((x, y))
    assert fact.chatter_px == 0
    assert fact.disagreement is None
    assert 0 < fact.confidence < 1
    assert 0.5 < fact.certainty <= 1
    show_frame(3)
    mouse.stroke((40, 30))
    assert not document.masks.entry(3).facts  # what the user painted needs no trust
    document.undo()
    assert document.masks.entry(3).facts[1] == fact


def test_a_run_that_was_cut_short_goes_on(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    document = open_window.document
    mouse.stroke((24, 24))
    engine.rewrite = lose_at(5)
    start_and_wait_for_pause(qtbot, open_window)
    rest = document.unfinished_run
    assert rest is not None
    assert [(walk.start, walk.frames) for walk in rest.walks] == [(5, range(6, 12))]
    open_window.propagation.stop()
    finish(qtbot, open_window)
    assert document.unfinished_run is None
    engine.rewrite = None
    open_window.propagation.resume(rest)
    finish(qtbot, open_window)
    assert document.masks.frames() == list(range(12))
    assert document.unfinished_run is None


def test_both_sides_are_fused_even_if_one_was_run_before_a_crash(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = open_window.document
    for frame, place in ((0, (16, 16)), (6, (44, 34))):
        show_frame(frame)
        mouse.stroke(place)
        open_window.actions_table["set_reference"].trigger()
    open_window.propagate_panel.fuse.setChecked(False)
    show_frame(0)
    run(qtbot, open_window)
    assert document.masks.index_mask(3)[34, 44] == 0
    open_window.propagation.resume(UnfinishedRun((Walk(6, range(5, 0, -1), 0),)))
    finish(qtbot, open_window)
    assert document.masks.index_mask(1)[16, 16] == 1
    assert document.masks.index_mask(5)[34, 44] == 1
    assert document.masks.entry(3).facts[1].disagreement == pytest.approx(1, abs=0.02)


def test_a_dropped_reference_stays_dropped(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = open_window.document
    for frame in (0, 6):
        show_frame(frame)
        mouse.stroke((18, 18))
    show_frame(0)
    run(qtbot, open_window)
    assert document.references == {0, 6}
    open_window.reference_panel.row(6).drop.click()
    show_frame(0)
    run(qtbot, open_window)
    assert document.references == {0}
    show_frame(6)
    mouse.stroke((40, 30))
    show_frame(0)
    run(qtbot, open_window)
    assert document.references == {0, 6}  # painted again, so meant again


@pytest.mark.parametrize("painted", [(3,), (0, 9)])
def test_whenever_a_run_is_cut_short_there_are_masks_to_go_on_from(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, painted: tuple[int, ...]
) -> None:
    document = open_window.document
    document.undo_stack.push(LockFramesCommand(document, [5, 6, 11], True))  # which get no masks
    for frame in painted:
        show_frame(frame)
        mouse.stroke((18 + frame, 18))
        open_window.actions_table["set_reference"].trigger()
    lacking: list[int] = []
    rests: list[UnfinishedRun] = []

    def look() -> None:
        rest = document.unfinished_run
        if rest is not None:
            rests.append(rest)
            lacking.extend(w.start for w in rest.walks if w.start not in document.masks)

    document.unfinished_run_changed.connect(look)
    show_frame(painted[0])
    run(qtbot, open_window, "propagate_both")
    assert lacking == []
    assert rests[-1].frame_count < rests[0].frame_count  # it is kept up to date
    assert document.unfinished_run is None
