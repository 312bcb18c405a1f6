"""A smart selection in hand: what it outlives, whose it is, and which keys end it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, ChangeObjectCommand
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow
from app.tools.pixels.select import SelectRequest
from tests.gui.conftest import Mouse


@pytest.fixture
def selecting(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> MainWindow:
    """Three objects, 3 has pixels; the square of the clip is selected for object 1."""
    window, document = open_window, open_window.document
    for object_id in (2, 3):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    mask = np.zeros((48, 64), np.uint8)
    mask[12:16, 12:40] = 3
    document.put_mask(0, pack(mask, MaskSource.USER))
    document.set_current_object(1)
    window.actions_table["smart"].trigger()
    mouse.stroke((5, 5), (32, 32))
    qtbot.waitUntil(lambda: selected(window, 1) > 0, timeout=10000)
    return window


def selected(window: MainWindow, object_id: int) -> int:
    """How many pixels of an object are shown in the square of the clip."""
    return int((window.document.shown_mask(0)[10:26, 10:26] == object_id).sum())


WHOLE, BELOW = 16 * 16, 16 * 16 - 4 * 14  # 3 lies above 1 and 2, and covers a part


def test_the_object_above_keeps_its_pixels(selecting: MainWindow) -> None:
    assert selected(selecting, 1) == BELOW


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("rename", BELOW),
        ("recolour", BELOW),
        ("finish", BELOW),
        ("hide", BELOW),
        ("solo", BELOW),
        ("lock another", BELOW),
        ("remove another", WHOLE),
        ("to the top", WHOLE),
    ],
)
def test_it_outlives_changes_of_the_objects(
    qtbot: QtBot, selecting: MainWindow, change: str, expected: int
) -> None:
    window, document = selecting, selecting.document
    if change == "rename":
        document.undo_stack.push(ChangeObjectCommand(document, 1, name="Ball"))
    elif change == "recolour":
        document.undo_stack.push(ChangeObjectCommand(document, 2, color=(1, 2, 3)))
    elif change == "finish":
        document.undo_stack.push(ChangeObjectCommand(document, 1, finish=MatteFinish(grow_px=2)))
    elif change == "hide":
        document.set_visible(2, False)
    elif change == "solo":
        window.objects.toggle_solo(1)
    elif change == "lock another":
        window.objects.toggle_lock(2)
    elif change == "remove another":
        window.object_panel.menu(3).actions()[-1].trigger()
    elif change == "to the top":
        window.objects.move(1, 2)
    assert window.tools.smart.is_active
    assert selected(window, 1) == expected
    assert window.journal.folder is not None
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    assert (document.masks.index_mask(0)[10:26, 10:26] == 1).sum() == expected


def test_it_goes_to_the_object_that_is_chosen(selecting: MainWindow) -> None:
    window, document = selecting, selecting.document
    document.set_current_object(2)
    assert (selected(window, 1), selected(window, 2)) == (0, BELOW)
    window.actions_table["add_object"].trigger()
    assert (selected(window, 2), selected(window, 4)) == (0, WHOLE)
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    assert (document.masks.index_mask(0) == 4).sum() == WHOLE
    document.undo()
    assert (document.masks.index_mask(0) == 3).sum() == 4 * 28


@pytest.mark.parametrize("way", ["remove", "lock", "choose a locked one"])
def test_it_goes_with_its_object(selecting: MainWindow, way: str) -> None:
    window, document = selecting, selecting.document
    before = document.masks.entries()
    if way == "remove":
        window.object_panel.menu(1).actions()[-1].trigger()
    elif way == "lock":
        window.objects.toggle_lock(1)
    else:
        window.objects.toggle_lock(2)
        document.set_current_object(2)
    assert not window.tools.smart.is_active
    assert document.edit is None
    assert document.masks.entries() == before


def test_what_changes_beneath_it_is_journaled(qtbot: QtBot, selecting: MainWindow) -> None:
    from app.document.storage.journal import read_journal

    window = selecting
    window.object_panel.menu(3).actions()[-1].trigger()
    qtbot.waitUntil(lambda: window.journal.is_idle, timeout=10000)
    assert window.journal.folder is not None
    assert read_journal(window.journal.folder / "journal").masks[0][1] is None
    assert window.tools.smart.is_active


# ---- keys ----


def places(window: MainWindow) -> dict[str, QWidget]:
    """Widgets of the window that may have the focus."""
    return {
        "timeline": window.timeline,
        "a tool": window.findChildren(QToolButton)[0],
        "the opacity": window.options_bar._opacity,
        "the tolerance": window.tool_options.kind,
        "no widget": window,
    }


@pytest.mark.parametrize("where", ["timeline", "a tool", "the opacity", "the tolerance", "no widget"])
@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape])
def test_enter_and_escape_work_wherever_the_focus_is(selecting: MainWindow, where: str, key: Qt.Key) -> None:
    window, document = selecting, selecting.document
    steps = document.undo_stack.count()
    QTest.keyClick(places(window)[where], key)
    assert not window.tools.smart.is_active
    kept = key is not Qt.Key.Key_Escape
    assert document.undo_stack.count() == steps + kept
    assert ((document.masks.index_mask(0) == 1).sum() > 0) == kept


def test_text_fields_keep_their_keys(selecting: MainWindow) -> None:
    window = selecting
    field = window.player_bar.findChildren(QLineEdit)[0]
    window.activateWindow()
    field.setFocus()
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        QTest.keyClick(field, key)
        assert window.tools.smart.is_active
    name = window.object_panel.row(2).name
    name.start()
    QTest.keyClicks(name, "Leaf")
    QTest.keyClick(name, Qt.Key.Key_Return)
    assert window.document.object(2).name == "Leaf"  # type: ignore[union-attr]
    assert window.tools.smart.is_active


def test_a_polygon_is_closed_and_taken_back_from_anywhere(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.actions_table["polygon"].trigger()
    for corner in ((10, 10), (40, 10), (40, 40), (60, 5)):
        mouse.stroke(corner)
    QTest.keyClick(open_window.timeline, Qt.Key.Key_Backspace)
    QTest.keyClick(open_window.timeline, Qt.Key.Key_Return)
    assert abs(int((open_window.document.masks.index_mask(0) == 1).sum()) - 450) < 60


def test_enter_in_the_reach_gives_the_keys_back_to_the_canvas(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.activateWindow()
    reach = open_window.tool_options.reach
    reach.setFocus()
    QTest.keyClicks(reach, "4")
    QTest.keyClick(reach, Qt.Key.Key_Return)
    assert open_window.tool_settings.reach in (4, 40)
    qtbot.waitUntil(open_window.canvas.hasFocus, timeout=10000)


# ---- what is still looked for ----


@pytest.fixture
def asked(selecting: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of requests that nobody has answered: the selection takes its time."""
    numbers: list[int] = []
    monkeypatch.setattr(selecting.tools.smart, "_ask", lambda number, request: numbers.append(number))
    return numbers


def scribble_beside(mouse: Mouse) -> None:
    mouse.stroke((18.5, 22.5), (22.5, 22.5), button=Qt.MouseButton.RightButton)


def scribble_and_keep(window: MainWindow, mouse: Mouse) -> None:
    """Enter comes before the scribble's selection is found."""
    scribble_beside(mouse)
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)


def found() -> np.ndarray:
    area = np.zeros((48, 64), np.bool_)
    area[18:26, 10:26] = True
    return area


def test_a_scribble_is_seen_at_once(selecting: MainWindow, asked: list[int], mouse: Mouse) -> None:
    scribble_beside(mouse)
    assert len(asked) == 1
    shown = selecting.document.shown_mask(0)
    assert shown[22, 20] == 0
    assert shown[19, 20] == 1
    mouse.stroke((40.5, 40.5), (44.5, 40.5))
    assert selecting.document.shown_mask(0)[40, 42] == 1


def test_enter_waits_for_what_is_still_looked_for(
    selecting: MainWindow, asked: list[int], mouse: Mouse
) -> None:
    window, document = selecting, selecting.document
    steps = document.undo_stack.count()
    scribble_and_keep(window, mouse)
    assert document.undo_stack.count() == steps
    assert window.status_text.text() == "The selection is kept as soon as it is found."
    window.tools.smart.show(asked[0], found())
    assert document.undo_stack.count() == steps + 1
    assert np.array_equal(document.masks.index_mask(0) == 1, found())
    assert not window.tools.smart.is_active
    assert window.status_text.text() == ""


@pytest.mark.parametrize(
    "way",
    ["frame", "tool", "run", "another object", "new object", "locked object", "failure", "next selection"],
)
def test_what_enter_was_pressed_for_is_not_lost(
    selecting: MainWindow, asked: list[int], mouse: Mouse, way: str
) -> None:
    window, document = selecting, selecting.document
    steps = document.undo_stack.count()
    scribble_and_keep(window, mouse)
    if way == "frame":
        QTest.keyClick(window.canvas, Qt.Key.Key_Right)
    elif way == "tool":
        QTest.keyClick(window.canvas, Qt.Key.Key_B)
    elif way == "run":
        QTest.keyClick(window.canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    elif way == "another object":
        QTest.keyClick(window.canvas, Qt.Key.Key_2)
        assert document.current_object_id == 2
    elif way == "new object":
        window.actions_table["add_object"].trigger()
        assert document.current_object_id == 4
    elif way == "locked object":
        window.objects.toggle_lock(1)
    elif way == "failure":
        window.tools.smart.give_up(asked[0])
    else:
        mouse.press(40, 30)
        assert window.tools.smart.is_active
    assert document.undo_stack.count() == steps + 1 + (way in ("run", "new object", "locked object"))
    kept = document.masks.index_mask(0)
    assert (kept[19, 20], kept[22, 20]) == (1, 0)  # what was on screen
    window.tools.smart.show(asked[0], found())  # too late
    assert document.masks.index_mask(0)[19, 20] == 1


@pytest.mark.parametrize("way", ["escape", "undo"])
def test_enter_is_taken_back(selecting: MainWindow, asked: list[int], mouse: Mouse, way: str) -> None:
    window, document = selecting, selecting.document
    before = document.masks.entry(0)
    scribble_and_keep(window, mouse)
    if way == "escape":
        QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
    else:
        QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.masks.entry(0) == before
    assert not window.tools.smart.is_active


def test_locking_the_frame_keeps_what_enter_was_pressed_for(
    selecting: MainWindow, asked: list[int], mouse: Mouse
) -> None:
    window, document = selecting, selecting.document
    steps = document.undo_stack.count()
    scribble_and_keep(window, mouse)
    QTest.keyClick(window.canvas, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert document.undo_stack.count() == steps + 2
    assert document.locked_frames == {0}
    assert document.masks.index_mask(0)[19, 20] == 1


@pytest.mark.parametrize("way", ["found", "failure", "escape", "frame", "tool", "object removed"])
def test_a_search_is_seen_until_it_ends(
    qtbot: QtBot, selecting: MainWindow, asked: list[int], mouse: Mouse, way: str
) -> None:
    window, badge = selecting, selecting.searching.badge
    assert not badge.isVisible()
    scribble_beside(mouse)
    assert not badge.isVisible()  # what is found at once makes nothing flash by
    qtbot.waitUntil(badge.isVisible, timeout=10000)
    assert window.status_text.text() == "Looking for what you selected. Esc drops it."
    assert window.canvas.rect().contains(badge.geometry())
    assert badge.y() > mouse.at(20, 26).y()  # below what was drawn
    if way == "found":
        window.tools.smart.show(asked[0], found())
    elif way == "failure":
        window.tools.smart.give_up(asked[0])
    elif way == "escape":
        QTest.keyClick(window.canvas, Qt.Key.Key_Escape)
        assert not window.tools.smart.is_active
    elif way == "frame":
        QTest.keyClick(window.canvas, Qt.Key.Key_Right)
    elif way == "tool":
        QTest.keyClick(window.canvas, Qt.Key.Key_B)
    else:
        window.object_panel.menu(1).actions()[-1].trigger()
    qtbot.waitUntil(lambda: not badge.isVisible(), timeout=10000)
    assert "Looking" not in window.status_text.text()


def test_another_scribble_in_a_search_goes_on_with_it(
    qtbot: QtBot, selecting: MainWindow, asked: list[int], mouse: Mouse
) -> None:
    badge = selecting.searching.badge
    scribble_beside(mouse)
    qtbot.waitUntil(badge.isVisible, timeout=10000)
    scribble_beside(mouse)
    selecting.tools.smart.show(asked[0], found())  # of the first one: outdated
    assert badge.isVisible()
    selecting.tools.smart.show(asked[1], found())
    assert not badge.isVisible()


def test_escape_ends_the_work(
    qtbot: QtBot, selecting: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ended = threading.Event(), threading.Event()

    def search(request: SelectRequest, check: Callable[[], None]) -> np.ndarray:
        began.set()
        try:
            while True:
                time.sleep(0.01)
                check()
        finally:
            ended.set()

    monkeypatch.setattr("app.worker.select_worker.select", search)
    scribble_beside(mouse)
    assert began.wait(10)
    QTest.keyClick(selecting.canvas, Qt.Key.Key_Escape)
    assert ended.wait(10)
    assert not selecting.tools.smart.is_active
