from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand
from app.document.mask_store import MaskSource, pack
from app.document.objects import drawn, new_object
from app.main_window import MainWindow
from tests.gui.conftest import Mouse

NONE, LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton


def with_objects(window: MainWindow, count: int) -> None:
    for object_id in range(2, count + 1):
        window.document.undo_stack.push(AddObjectCommand(window.document, new_object(object_id)))
    QApplication.sendPostedEvents()  # the rows get their places


def ids(window: MainWindow) -> list[int]:
    return [info.object_id for info in window.document.objects]


def choose(menu: QMenu, *texts: str) -> None:
    for text in texts[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text() == text)
    next(action for action in menu.actions() if action.text() == texts[-1]).trigger()


def drag(window: MainWindow, object_id: int, onto: int, *, above: bool) -> None:
    panel = window.object_panel
    row, goal = panel.row(object_id), panel.row(onto)
    start = QPoint(row.width() - 60, row.height() // 2)
    end = goal.mapTo(panel, QPoint(goal.width() - 60, 2 if above else goal.height() - 2))
    end = row.mapFromGlobal(panel.mapToGlobal(end))
    QTest.mousePress(row, LEFT, NONE, start)
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(row, start + (end - start) * part)
    QTest.mouseRelease(row, LEFT, NONE, end)
    QApplication.sendPostedEvents()


def test_the_top_of_the_stack_is_the_top_row(open_window: MainWindow) -> None:
    with_objects(open_window, 3)
    panel = open_window.object_panel
    assert panel.row(3).y() < panel.row(2).y() < panel.row(1).y()


def test_a_row_is_dragged_to_another_place_as_one_step(open_window: MainWindow) -> None:
    with_objects(open_window, 4)
    drag(open_window, 4, 2, above=False)
    assert ids(open_window) == [1, 4, 2, 3]
    drag(open_window, 1, 3, above=True)
    assert ids(open_window) == [4, 2, 3, 1]
    open_window.document.undo()
    open_window.document.undo()
    assert ids(open_window) == [1, 2, 3, 4]
    drag(open_window, 2, 2, above=True)
    assert ids(open_window) == [1, 2, 3, 4]


def test_the_menu_moves_an_object_in_the_stack(open_window: MainWindow) -> None:
    with_objects(open_window, 3)
    choose(open_window.object_panel.menu(1), "Move up")
    assert ids(open_window) == [2, 1, 3]
    choose(open_window.object_panel.menu(3), "Move down")
    assert ids(open_window) == [2, 3, 1]


def test_two_objects_are_merged_on_all_frames_and_come_apart_again(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    document = open_window.document
    with_objects(open_window, 2)
    both = np.zeros((48, 64), np.uint8)
    both[:, :20], both[:, 30:40] = 1, 2
    for index in range(12):
        document.put_mask(index, pack(both, MaskSource.PROPAGATED))
    with qtbot.waitSignal(open_window.bulk.finished, timeout=10000):
        choose(open_window.object_panel.menu(2), "Merge into", "Object 1")
    assert ids(open_window) == [1]
    for index in range(12):
        assert np.array_equal(document.masks.index_mask(index), (both > 0).astype(np.uint8))
    assert document.undo_stack.undoText() == "Merge Object 2 into Object 1"
    document.undo()
    assert ids(open_window) == [1, 2]
    assert np.array_equal(document.masks.index_mask(7), both)
    document.redo()
    assert ids(open_window) == [1]
    assert document.next_object_id() == 3  # the id of the merged one is not given again


def test_a_frame_painted_while_merging_is_merged_too(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    document = open_window.document
    with_objects(open_window, 2)
    for index in range(1, 12):
        document.put_mask(index, pack(np.full((48, 64), 2, np.uint8), MaskSource.PROPAGATED))
    with qtbot.waitSignal(open_window.bulk.finished, timeout=10000):
        open_window.objects.merge(2, 1)
        mouse.stroke((20, 20))  # with object 2, before the job's result is here
        assert 2 in document.masks.index_mask(0)
    assert 2 not in document.masks.index_mask(0)
    assert 1 in document.masks.index_mask(0)


def test_an_object_is_split_into_its_parts(open_window: MainWindow) -> None:
    document = open_window.document
    mask = np.zeros((48, 64), np.uint8)
    mask[5:25, 5:25] = mask[30:40, 40:50] = mask[2:6, 50:54] = 1
    document.put_mask(0, pack(mask, MaskSource.USER))
    choose(open_window.object_panel.menu(1), "Split into its parts on this frame")
    assert [info.name for info in document.objects] == ["Object 1", "Object 1 part 2", "Object 1 part 3"]
    found = document.masks.index_mask(0)
    assert (found[10, 10], found[35, 45], found[3, 52]) == (1, 2, 3)
    document.undo()
    assert ids(open_window) == [1]
    assert np.array_equal(document.masks.index_mask(0), mask)


def test_one_piece_cannot_be_split_and_that_is_said(open_window: MainWindow) -> None:
    document = open_window.document
    document.put_mask(0, pack(np.full((48, 64), 1, np.uint8), MaskSource.USER))
    open_window.objects.split(1)
    assert "one piece" in open_window.banner.message
    assert document.undo_stack.count() == 0


def test_solo_draws_one_object_alone() -> None:
    one, two = new_object(1), replace(new_object(2), visible=False)
    assert drawn((one, two)) == (one,)
    alone = replace(two, solo=True)
    assert drawn((one, alone)) == (alone,)


def test_locking_is_undoable_and_solo_is_not(open_window: MainWindow) -> None:
    document, row = open_window.document, open_window.object_panel.row(1)
    QTest.mouseClick(row.lock, LEFT)
    assert document.objects[0].locked
    document.undo()
    assert not document.objects[0].locked
    steps = document.undo_stack.index()
    QTest.mouseClick(row.eye, LEFT, Qt.KeyboardModifier.AltModifier)
    assert document.objects[0].solo
    QTest.mouseClick(row.eye, LEFT)
    assert not document.objects[0].solo
    assert document.undo_stack.index() == steps


def test_new_objects_have_colours_of_their_own(open_window: MainWindow) -> None:
    for _ in range(23):
        open_window.actions_table["add_object"].trigger()
    colors = [info.color for info in open_window.document.objects]
    assert len(set(colors)) == 24
    row = open_window.object_panel.row(11)
    shown = row.swatch.icon().pixmap(16).toImage().pixelColor(8, 8)
    assert (shown.red(), shown.green(), shown.blue()) == colors[10] == (120, 120, 0)
