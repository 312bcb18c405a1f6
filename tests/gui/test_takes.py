"""A run as a take: compared, accepted and rejected; and the list of references."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from app.document.commands import LockRegionsCommand
from app.document.locked import locked_region
from app.document.operations import set_in_point, set_out_point
from app.document.references import Reference
from app.main_window import MainWindow
from app.views.take_panel import TakeSpan
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse, open_clip
from tests.gui.test_propagation import finish

SHIFT = Qt.KeyboardModifier.ShiftModifier
ShowFrame = Callable[[int], None]


@pytest.fixture
def two_takes(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine, show_frame: ShowFrame
) -> MainWindow:
    """A clip that was propagated twice; the second run moved the object on all frames by 8 px down."""
    open_window.canvas.set_brush_px(12)
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert lines(open_window) == ["Frames 1 to 11: new"]
    engine.rewrite = lambda step, mask: np.roll(mask, 8, axis=0) if step == 1 else mask
    show_frame(0)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    engine.rewrite = None
    return open_window


def top_of(window: MainWindow, frame_index: int) -> int:
    """Uppermost row of the object on a frame as it is shown."""
    return int(np.flatnonzero(window.document.shown_mask(frame_index).any(axis=1))[0])


def lines(window: MainWindow) -> list[str]:
    """What the list says."""
    panel = window.take_panel
    assert panel.isVisibleTo(window)
    return [panel.list.text(row) for row in range(panel.list.count)]


def choose(window: MainWindow, span: TakeSpan) -> None:
    box = window.take_panel.span
    box.setCurrentIndex(box.findData(span))


def test_the_changed_frames_are_listed(two_takes: MainWindow) -> None:
    panel = two_takes.take_panel
    assert panel.isVisibleTo(two_takes)
    assert panel.list.count == 11
    assert panel.list.text(0).startswith("Frame 1: ")
    assert panel.list.text(0).endswith(" % changed")
    panel.list.chosen.emit(4)
    assert two_takes.document.current_frame == 5
    assert panel.list.current_row == 4


def test_frames_that_an_object_is_new_on_share_a_line(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    open_window.canvas.set_brush_px(12)
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    show_frame(0)
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((44, 34))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert lines(open_window) == ["Frames 1 to 11: 100 % changed"]


def test_the_list_is_no_higher_than_its_lines(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    open_window.resize(1000, 1000)  # on low screens it shrinks
    rows = open_window.take_panel.list
    mouse.stroke((18, 18))
    for count, shift in ((1, 0), (5, 8)):  # the second run changes eleven frames, of which five are seen
        open_window.document.set_current_frame(0)
        engine.rewrite = lambda step, mask, shift=shift: np.roll(mask, shift, axis=0) if step == 1 else mask
        open_window.actions_table["propagate_forward"].trigger()
        finish(qtbot, open_window)
        wanted = count * rows.sizeHintForRow(0) + 2 * rows.frameWidth()
        qtbot.waitUntil(lambda wanted=wanted: rows.height() == wanted)  # type: ignore[misc]


def test_a_and_b_are_compared(two_takes: MainWindow, mouse: Mouse, show_frame: ShowFrame) -> None:
    document = two_takes.document
    show_frame(5)
    top = top_of(two_takes, 5)
    QTest.keyClick(two_takes.canvas, Qt.Key.Key_A, SHIFT)
    assert document.shows_former
    assert two_takes.actions_table["compare"].isChecked()
    assert top_of(two_takes, 5) == top - 8
    assert document.shown_matte(5, 1)[top - 8 + 6, 18] > 0
    former = document.b_mask(5)
    assert former is not None
    assert former != document.masks.entry(5)
    mouse.stroke((50, 40))  # who paints wants to see the present
    assert not document.shows_former
    assert not two_takes.actions_table["compare"].isChecked()
    QTest.keyClick(two_takes.canvas, Qt.Key.Key_A, SHIFT)
    QTest.keyClick(two_takes.canvas, Qt.Key.Key_A, SHIFT)
    assert not document.shows_former


def test_former_masks_are_named_while_they_are_shown(two_takes: MainWindow, mouse: Mouse) -> None:
    def corner() -> int:
        at = mouse.at(0, 0)
        return two_takes.canvas.grab().toImage().pixelColor(at.x() + 13, at.y() + 19).lightness()

    plain = corner()
    two_takes.document.show_former(True)
    assert corner() < plain / 2
    two_takes.actions_table["original"].trigger()  # which shows no masks at all
    assert corner() == plain
    two_takes.actions_table["overlay"].trigger()
    two_takes.document.show_former(False)
    assert corner() == plain


def test_rejecting_a_range_brings_the_former_masks_back(two_takes: MainWindow, show_frame: ShowFrame) -> None:
    document = two_takes.document
    top = top_of(two_takes, 5)
    set_in_point(document, 4)
    set_out_point(document, 6)
    choose(two_takes, TakeSpan.IN_OUT)
    two_takes.take_panel.reject_button.click()
    assert [top - top_of(two_takes, index) for index in (3, 4, 5, 6, 7)] == [0, 8, 8, 8, 0]
    assert document.undo_stack.undoText() == "Reject 3 frames of the take"
    assert two_takes.take_panel.list.count == 8
    assert document.b_mask(5) is None
    two_takes.actions_table["undo"].trigger()
    assert [top - top_of(two_takes, index) for index in (3, 4, 5, 6, 7)] == [0, 0, 0, 0, 0]
    assert two_takes.take_panel.list.count == 11
    two_takes.actions_table["redo"].trigger()
    assert top - top_of(two_takes, 5) == 8


def test_accepting_keeps_the_new_masks_and_ends_the_question(
    two_takes: MainWindow, show_frame: ShowFrame
) -> None:
    document = two_takes.document
    top = top_of(two_takes, 5)
    show_frame(5)
    choose(two_takes, TakeSpan.FRAME)
    two_takes.actions_table["accept_take"].trigger()
    assert document.undo_stack.undoText() == "Accept 1 frame of the take"
    assert two_takes.take_panel.list.count == 10
    two_takes.actions_table["accept_take"].trigger()
    assert two_takes.banner.message == "The last run changed none of these frames."
    choose(two_takes, TakeSpan.ONWARD)
    two_takes.actions_table["reject_take"].trigger()
    assert [top - top_of(two_takes, index) for index in (4, 5, 6)] == [0, 0, 8]
    choose(two_takes, TakeSpan.ALL)
    document.show_former(True)
    two_takes.actions_table["accept_take"].trigger()
    assert not two_takes.take_panel.isVisibleTo(two_takes)
    assert not two_takes.actions_table["compare"].isEnabled()
    assert not document.shows_former
    assert top_of(two_takes, 3) == top


def test_what_was_painted_after_the_run_is_not_rejected(
    two_takes: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = two_takes.document
    show_frame(5)
    mouse.stroke((50, 40))
    painted = document.masks.entry(5)
    choose(two_takes, TakeSpan.ALL)
    two_takes.actions_table["reject_take"].trigger()
    assert document.masks.entry(5) is painted
    assert two_takes.banner.message == (
        "Frame 5 changed after the run, or is locked, and kept what is there now."
    )


def test_what_comes_back_is_worked_out_from_a_snapshot(
    two_takes: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the window a take may be given up at any moment."""
    document = two_takes.document
    take = document.take
    assert take is not None
    frame = take.open_frames[0]
    before, entry = take[frame].before, document.masks.entry(frame)
    region = locked_region(np.ones(document.masks.shape, np.bool_))
    document.undo_stack.push(LockRegionsCommand(document, {frame: region}, "Lock"))
    wanted: list[Callable[[int, object], object]] = []
    monkeypatch.setattr(two_takes.bulk, "start", lambda text, transform, *_: wanted.append(transform))
    choose(two_takes, TakeSpan.ALL)
    two_takes.takes.reject()
    take.forget()
    assert wanted[0](frame, entry) == before


def test_undoing_the_run_ends_the_take(two_takes: MainWindow) -> None:
    document = two_takes.document
    second = document.take
    two_takes.actions_table["undo"].trigger()
    assert document.take is not None
    assert document.take is not second
    assert lines(two_takes) == ["Frames 1 to 11: new"]
    two_takes.actions_table["redo"].trigger()
    assert document.take is second
    assert two_takes.take_panel.list.count == 11


def test_a_first_run_is_compared_with_nothing_and_rejected_to_nothing(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(12)
    show_frame(5)
    mouse.stroke((18, 18))
    open_window.actions_table["propagate_both"].trigger()
    finish(qtbot, open_window)
    assert lines(open_window) == ["Frames 0 to 4: new", "Frames 6 to 11: new"]
    open_window.take_panel.list.chosen.emit(1)
    assert document.current_frame == 6
    document.set_current_frame(8)
    assert open_window.take_panel.list.current_row == 1
    document.set_current_frame(5)
    assert open_window.take_panel.list.current_row == -1
    show_frame(8)
    after = document.masks.entries()
    QTest.keyClick(open_window.canvas, Qt.Key.Key_A, SHIFT)
    assert not document.shown_mask(8).any()
    assert not document.shown_matte(8, 1).any()
    assert document.shown_mask(5).any()
    QTest.keyClick(open_window.canvas, Qt.Key.Key_A, SHIFT)
    assert document.shown_mask(8).any()
    set_in_point(document, 3)
    set_out_point(document, 7)
    choose(open_window, TakeSpan.IN_OUT)
    open_window.actions_table["reject_take"].trigger()
    assert document.masks.frames() == [0, 1, 2, 5, 8, 9, 10, 11]
    assert lines(open_window) == ["Frames 0 to 2: new", "Frames 8 to 11: new"]
    open_window.actions_table["undo"].trigger()
    assert document.masks.entries() == after
    choose(open_window, TakeSpan.ALL)
    open_window.actions_table["accept_take"].trigger()
    assert document.masks.entries() == after
    assert not open_window.take_panel.isVisibleTo(open_window)


def test_takes_survive_in_the_project(
    qtbot: QtBot,
    two_takes: MainWindow,
    tmp_path: Path,
    clip_path: Path,
    show_frame: ShowFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window, document = two_takes, two_takes.document
    choose(window, TakeSpan.FRAME)
    show_frame(2)
    window.actions_table["accept_take"].trigger()
    tops = [top_of(window, index) for index in range(12)]
    project = tmp_path / "shot.cfbiproj"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(project), ""))
    window.actions_table["save"].trigger()
    qtbot.waitUntil(lambda: not document.is_dirty and window.projects.runner.is_idle)
    open_clip(qtbot, window, clip_path)
    assert document.take is None
    with qtbot.waitSignal(window.projects.opened):
        window.files.open(project)
    assert [top_of(window, index) for index in range(12)] == tops
    assert len(document.takes) == 2
    assert len(lines(window)) == 10
    assert window.take_panel.span.count() == len(TakeSpan)
    document.show_former(True)
    assert top_of(window, 5) == tops[5] - 8
    document.show_former(False)
    document.set_current_frame(8)
    choose(window, TakeSpan.ONWARD)
    window.actions_table["reject_take"].trigger()
    assert [tops[index] - top_of(window, index) for index in (2, 7, 8, 11)] == [0, 0, 8, 8]
    choose(window, TakeSpan.ALL)
    window.actions_table["accept_take"].trigger()
    assert not window.take_panel.isVisibleTo(window)
    document.undo()
    document.undo()
    assert len(lines(window)) == 10
    # a mask that both takes and the document have lies in the file once
    with zipfile.ZipFile(project) as archive:
        names = archive.namelist()
    assert sum(name.startswith("masks/") for name in names) == 12
    assert sum(name.startswith("takes/") for name in names) == 11


def test_takes_beyond_their_budget_are_given_up_the_oldest_first(
    qtbot: QtBot, two_takes: MainWindow, engine: FakeEngine, show_frame: ShowFrame
) -> None:
    document = two_takes.document
    first = document.takes[0]
    present = {id(entry) for entry in document.masks.entries().values()}
    masks = {id(mask): mask for take in document.takes for mask in take.to_record().masks()}
    document.takes_budget_bytes = sum(mask.nbytes for key, mask in masks.items() if key not in present)
    engine.rewrite = lambda step, mask: np.roll(mask, 8, axis=1) if step == 1 else mask
    show_frame(0)
    two_takes.actions_table["propagate_forward"].trigger()
    finish(qtbot, two_takes)
    assert first not in document.takes
    assert len(document.takes) > 0
    assert "can no longer be compared, accepted or rejected" in two_takes.banner.message
    document.takes_budget_bytes = 1
    show_frame(0)
    two_takes.actions_table["propagate_forward"].trigger()
    finish(qtbot, two_takes)
    assert document.takes == ()
    assert "is not kept for comparison" in two_takes.banner.message
    assert not two_takes.take_panel.isVisibleTo(two_takes)
    assert document.can_undo


def test_references_are_switched_off_and_on(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame, engine: FakeEngine
) -> None:
    document, panel = open_window.document, open_window.reference_panel
    open_window.canvas.set_brush_px(8)
    for frame, place in ((0, (16, 16)), (6, (44, 34))):
        show_frame(frame)
        mouse.stroke(place)
        open_window.actions_table["set_reference"].trigger()
    panel.row(6).enabled.click()
    assert document.references == {0}
    assert not document.reference_table[6].enabled
    show_frame(0)
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    assert len(engine.sessions[-1].references) == 1
    assert document.references == {0}
    document.undo()
    document.undo()
    assert document.references == {0, 6}
    assert panel.row(6).enabled.isChecked()


def test_a_reference_teaches_only_the_chosen_objects(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    document, panel = open_window.document, open_window.reference_panel
    open_window.canvas.set_brush_px(8)
    mouse.stroke((16, 16))
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((44, 34))
    open_window.actions_table["set_reference"].trigger()
    panel.row(0).dots[1].click()
    assert document.reference_table[0] == Reference(0, left_out=frozenset({1}))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    taught = engine.sessions[-1].references[0]
    assert (taught[16, 16], taught[34, 44], taught[2, 2]) == (255, 2, 0)
    assert document.masks.entry(5).object_ids == (2,)
    panel.row(0).dots[1].click()
    assert document.reference_table[0] == Reference(0)


def test_a_reference_shows_its_picture_with_its_objects(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.canvas.set_brush_px(20)
    mouse.stroke((44, 34))
    open_window.actions_table["set_reference"].trigger()
    row = open_window.reference_panel.row(0)
    picture = row.thumbnail.pixmap().toImage()
    assert (picture.width(), picture.height()) == (53, 40)  # 64x48 in 64x40
    red = picture.pixelColor(round(44 / 64 * 53), round(34 / 48 * 40))
    assert red.red() > 140 > red.blue()
    empty = picture.pixelColor(2, 37)
    assert (empty.red(), empty.green(), empty.blue()) == (40, 40, 40)
    open_window.document.set_current_frame(3)
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, pos=QPoint(90, 10))
    assert open_window.document.current_frame == 0
    open_window.document.set_current_frame(3)
    QTest.keyClick(row, Qt.Key.Key_Return)
    assert open_window.document.current_frame == 0
