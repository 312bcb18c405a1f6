from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QScrollArea, QToolButton
from pytestqt.qtbot import QtBot

from app.document.commands import ReorderObjectsCommand
from app.document.finish import MatteFinish
from app.document.objects import new_object
from app.main_window import MainWindow
from tests.gui.conftest import Mouse


def test_objects_are_added_chosen_by_digit_and_painted(open_window: MainWindow, mouse: Mouse) -> None:
    document, canvas = open_window.document, open_window.canvas
    QTest.keyClick(
        canvas, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert document.current_object_id == 2
    canvas.set_brush_px(6)
    mouse.stroke((40, 30))
    QTest.keyClick(canvas, Qt.Key.Key_1)
    assert document.current_object_id == 1
    mouse.stroke((15, 30))
    mask = document.masks.index_mask(0)
    assert (mask[30, 40], mask[30, 15]) == (2, 1)
    assert open_window.object_panel.row(1).property("current") is True
    assert open_window.object_panel.row(2).property("current") is False


def test_no_more_objects_than_ids(open_window: MainWindow) -> None:
    document = open_window.document
    document.put_objects(tuple(new_object(object_id) for object_id in range(1, 254)))
    for _ in range(3):
        open_window.actions_table["add_object"].trigger()
    assert [info.object_id for info in document.objects] == list(range(1, 255))
    assert not open_window.actions_table["add_object"].isEnabled()


def test_a_reference_with_many_objects_does_not_widen_the_side_bar(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    panel = open_window.reference_panel
    open_window.canvas.set_brush_px(2)
    for number in range(20):
        if number:
            open_window.actions_table["add_object"].trigger()
        mouse.stroke((4 + 2.6 * number, 20))
    open_window.actions_table["set_reference"].trigger()
    assert list(panel.row(0).dots) == list(range(1, 21))
    bar = next(area for area in open_window.findChildren(QScrollArea) if area.isAncestorOf(panel))
    qtbot.waitUntil(lambda: all(dot.isVisible() for dot in panel.row(0).dots.values()))
    # wider, and the buttons of the objects' rows would lie beyond its edge, where it does not scroll
    qtbot.waitUntil(lambda: panel.minimumSizeHint().width() <= bar.viewport().width())
    last = open_window.object_panel.row(20).findChildren(QToolButton)[-1]
    qtbot.waitUntil(lambda: last.mapTo(bar.viewport(), QPoint(last.width(), 0)).x() <= bar.viewport().width())
    places = {(dot.x(), dot.y()) for dot in panel.row(0).dots.values()}
    assert len(places) == 20


def test_a_reference_is_drawn_anew_only_where_it_looks_different(
    open_window: MainWindow, mouse: Mouse
) -> None:
    document, panel = open_window.document, open_window.reference_panel
    mouse.stroke((20, 20))
    open_window.actions_table["set_reference"].trigger()
    row = panel.row(0)

    def shown() -> tuple[int, QToolButton]:
        return row.thumbnail.pixmap().cacheKey(), row.dots[1]

    assert row.has_picture
    first = shown()
    info = replace(document.objects[0], finish=MatteFinish(grow_px=3))
    document.put_objects((info,))
    assert shown() == first
    info = replace(info, name="Dog")
    document.put_objects((info,))
    renamed = shown()
    assert renamed[0] == first[0]
    assert renamed[1] is not first[1]
    assert renamed[1].toolTip().startswith("Dog: ")
    document.put_objects((replace(info, color=(1, 2, 3)),))
    recolored = shown()
    assert recolored[0] != first[0]
    assert recolored[1] is not renamed[1]
    mouse.stroke((40, 30))
    painted = shown()
    assert painted[0] != recolored[0]
    assert painted[1] is recolored[1]


def test_rows_follow_the_stacking_order(qtbot: QtBot, open_window: MainWindow) -> None:
    document, panel = open_window.document, open_window.object_panel
    for _ in range(2):
        open_window.actions_table["add_object"].trigger()
    document.undo_stack.push(ReorderObjectsCommand(document, (2, 1, 3)))

    def order() -> list[int]:
        return sorted((3, 1, 2), key=lambda object_id: panel.row(object_id).y())

    qtbot.waitUntil(lambda: order() == [3, 1, 2])


def test_rename_by_double_click(open_window: MainWindow) -> None:
    name = open_window.object_panel.row(1).name
    QTest.mouseDClick(name, Qt.MouseButton.LeftButton)
    QTest.keyClicks(name, "Brown dog")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert open_window.document.objects[0].name == "Brown dog"
    assert open_window.document.undo_stack.undoText() == "Rename Object 1"
    assert open_window.canvas.tool_mode.value == "brush"


def test_hide_and_remove(open_window: MainWindow, mouse: Mouse) -> None:
    mouse.stroke((20, 20))
    row = open_window.object_panel.row(1)
    row.eye.click()
    assert not open_window.document.objects[0].visible
    row.trash.click()
    assert open_window.document.objects == ()
    assert 0 not in open_window.document.masks
    mouse.stroke((20, 20))
    assert 0 not in open_window.document.masks
    open_window.actions_table["undo"].trigger()
    assert open_window.document.objects[0].object_id == 1
    assert 0 in open_window.document.masks


def test_references_are_set_listed_jumped_to_and_dropped(
    open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    document, panel = open_window.document, open_window.reference_panel
    for frame in (2, 9):
        show_frame(frame)
        mouse.stroke((20, 20))
        QTest.keyClick(open_window.canvas, Qt.Key.Key_R)
    assert document.references == {2, 9}
    show_frame(5)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Down)
    assert document.current_frame == 9
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Up)
    assert document.current_frame == 2
    QTest.mouseClick(panel.row(9), Qt.MouseButton.LeftButton, pos=QPoint(60, 10))
    assert document.current_frame == 9
    panel.row(2).drop.click()
    assert document.references == {9}
    assert 2 in document.masks
    QTest.keyClick(open_window.canvas, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert document.references == frozenset()


def test_stepping_and_scrubbing(open_window: MainWindow) -> None:
    document, canvas, timeline = open_window.document, open_window.canvas, open_window.timeline
    for key, held, expected in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 1),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, 11),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 10),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 0),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, 11),
    ):
        QTest.keyClick(canvas, key, held)
        assert document.current_frame == expected
    QTest.mousePress(
        timeline,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(round(timeline.x_of(4)), 30),
    )
    assert document.current_frame == 4
    QTest.mouseMove(timeline, QPoint(round(timeline.x_of(8)), 30))
    assert document.current_frame == 8
    QTest.mouseMove(timeline, QPoint(5000, 30))
    assert document.current_frame == 11
    QTest.mouseRelease(timeline, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5000, 30))


def test_the_timeline_says_what_a_frame_is(open_window: MainWindow, mouse: Mouse) -> None:
    timeline = open_window.timeline
    assert timeline.model.describe(0) == "Frame 0: no mask"
    mouse.stroke((20, 20))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_R)
    assert timeline.model.describe(0) == "Frame 0: painted, reference"
    assert timeline.frame_at(timeline.x_of(7)) == 7


def test_every_tip_names_its_key(open_window: MainWindow) -> None:
    from app.action_specs import SPECS

    for spec in SPECS:
        if open_window.actions_table.shown_key(spec):
            assert open_window.actions_table.shown_key(spec) in open_window.actions_table[spec.name].toolTip()


def test_no_two_commands_share_a_key() -> None:
    from app.action_specs import SPECS

    keys = [key for spec in SPECS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_the_shortcuts_sheet_lists_them(open_window: MainWindow) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication, QLabel

    texts: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        texts.extend(label.text() for label in dialog.findChildren(QLabel))
        dialog.close()

    QTimer.singleShot(0, look)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_F1)
    assert {"Propagate forward", "Shift+F", "Space", "Undo", "wheel"} <= set(texts)
