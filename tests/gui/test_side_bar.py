"""The side bar on small screens: nothing that is needed all the time lies below its fold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.document.objects import new_object
from app.main_window import MainWindow
from app.settings import Settings
from app.views.one_line import OneLine
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish


def is_whole(widget: QWidget) -> bool:
    """Whether all of a widget is seen, not cut by a scroll area or by the edge of the window."""
    return widget.isVisible() and widget.visibleRegion().boundingRect() == widget.rect()


def rows_seen(window: MainWindow) -> int:
    """How many rows of objects are seen whole."""
    panel = window.object_panel
    return sum(is_whole(panel.row(info.object_id)) for info in window.document.objects)


def add_objects(window: MainWindow, count: int) -> None:
    window.document.put_objects(tuple(new_object(object_id) for object_id in range(1, count + 1)))


def test_five_objects_are_seen_on_a_small_screen(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.resize(1280, 720)
    add_objects(open_window, 6)
    qtbot.waitUntil(lambda: rows_seen(open_window) >= 5)
    panel = open_window.propagate_panel
    assert is_whole(panel)
    corner = panel.mapTo(open_window, panel.rect().bottomRight())
    assert open_window.rect().contains(corner)


@pytest.mark.parametrize(("width", "height", "rows"), [(1280, 720, 5), (1100, 700, 4)])
def test_what_a_run_wrote_is_decided_without_scrolling(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, width: int, height: int, rows: int
) -> None:
    open_window.resize(width, height)
    add_objects(open_window, 6)
    mouse.stroke((20, 20))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    panel = open_window.take_panel
    for part in (panel.accept_button, panel.reject_button, panel.span, open_window.propagate_panel):
        qtbot.waitUntil(lambda part=part: is_whole(part))  # type: ignore[misc]
    qtbot.waitUntil(lambda: is_whole(panel.list) and rows_seen(open_window) >= rows)
    # one line at least of the list, which scrolls itself
    assert panel.list.viewport().height() >= panel.list.sizeHintForRow(0)
    assert open_window.height() == height


def test_the_list_of_changed_frames_shrinks_before_the_objects_do(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    mouse.stroke((20, 20))
    for down in (0, 8):
        engine.rewrite = lambda _, mask, down=down: np.roll(mask, down, axis=0)  # type: ignore[misc]
        open_window.document.set_current_frame(0)
        open_window.actions_table["propagate_forward"].trigger()
        finish(qtbot, open_window)
    changed = open_window.take_panel.list
    assert changed.count == 10
    open_window.resize(1000, 1000)
    line = changed.sizeHintForRow(0)
    qtbot.waitUntil(lambda: changed.viewport().height() == 5 * line)
    add_objects(open_window, 6)
    open_window.resize(1000, 700)
    qtbot.waitUntil(lambda: line <= changed.viewport().height() < 5 * line)


def test_no_gaps_open_in_what_a_run_wrote_on_a_high_screen(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    open_window.resize(1280, 1400)
    mouse.stroke((20, 20))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    panel = open_window.take_panel
    qtbot.waitUntil(panel.isVisible)
    qtbot.waitUntil(lambda: panel.height() == panel.sizeHint().height())
    summary = panel.findChild(OneLine)
    assert summary is not None
    assert summary.height() == summary.sizeHint().height()


def test_the_chosen_object_is_scrolled_to(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.resize(1280, 720)
    add_objects(open_window, 20)
    window = open_window
    window.document.set_current_object(20)
    qtbot.waitUntil(lambda: window.object_panel.row(1).y() > 600)  # laid out
    assert is_whole(window.object_panel.row(20))
    assert not is_whole(window.object_panel.row(1))
    window.document.set_current_object(1)
    qtbot.waitUntil(lambda: is_whole(window.object_panel.row(1)))


def test_a_long_name_ends_in_an_ellipsis_until_it_is_edited(open_window: MainWindow) -> None:
    info = replace(new_object(1), name="Torso in the orange knitted sweater")
    open_window.document.put_objects((info,))
    name = open_window.object_panel.row(1).name
    assert name.shown_text.startswith("Torso in")
    assert name.shown_text.endswith("…")
    name.start()
    assert name.shown_text == info.name
    QTest.keyClick(name, Qt.Key.Key_Escape)
    assert name.shown_text.endswith("…")


def test_the_side_bar_stands_beside_the_timeline(open_window: MainWindow) -> None:
    side, timeline = open_window.side, open_window.timeline
    place = QRect(side.mapTo(open_window, QPoint()), side.size())
    assert place.bottom() == open_window.statusBar().y() - 1
    assert timeline.mapTo(open_window, QPoint(timeline.width(), 0)).x() <= place.left()


def test_what_is_folded_is_so_at_the_next_start(
    qtbot: QtBot, open_window: MainWindow, engine: FakeEngine
) -> None:
    window = open_window
    assert not window.finish_panel.is_unfolded
    assert window.reference_panel.is_unfolded
    QTest.mouseClick(window.reference_panel.heading, Qt.MouseButton.LeftButton)
    window.finish_panel.heading.setFocus()
    QTest.keyClick(window.finish_panel.heading, Qt.Key.Key_Space)
    assert window.finish_panel.is_unfolded
    second = MainWindow(Settings(), engine)
    try:
        assert second.finish_panel.is_unfolded
        assert not second.reference_panel.is_unfolded
        assert second.object_panel.is_unfolded
    finally:
        second.shut_down()
        second.deleteLater()
