"""Screen readers and the keyboard: names, roles and states; Tab reaches everything and shows where it is."""

from __future__ import annotations

import re
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDialogButtonBox, QLabel, QMenu, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.action_specs import SPECS
from app.document.run_plan import Reach
from app.main_window import MainWindow
from app.views import project_dialogs
from app.views.action_words import what_is_new
from app.views.announce import announcer_of
from app.views.export_dialog import may_replace
from tests.fakes import FakeEngine
from tests.gui import exporting
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish
from tests.walk import during_dialog, widgets

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


def focusable(root: QWidget) -> list[QWidget]:
    """What Tab can come to in a window."""
    return [
        widget
        for widget in widgets(root)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusProxy() is None
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]


def name_of(widget: QWidget) -> str:
    """What a screen reader calls it."""
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def look(root: QWidget) -> None:
    """Every control of a window has a name of its own and a role."""
    found = focusable(root)
    assert found
    names = [(name_of(widget), widget) for widget in found]
    assert [widget for name, widget in names if not name.strip()] == []
    counts = Counter(name for name, _ in names)
    assert {name: count for name, count in counts.items() if count > 1} == {}
    roles = [QAccessible.queryAccessibleInterface(widget).role() for widget in found]
    assert QAccessible.Role.NoRole not in roles


def go_round(root: QWidget) -> list[QWidget]:
    """Where Tab goes, until it is back; asserts that it comes back, and goes the same way backward."""
    wanted = focusable(root)
    if QApplication.focusWidget() not in wanted:
        wanted[0].setFocus(Qt.FocusReason.TabFocusReason)
    start = QApplication.focusWidget()
    assert start is not None
    seen = [start]
    for _ in range(2 * len(wanted)):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        assert now is not None
        if now is start:
            break
        seen.append(now)
    assert QApplication.focusWidget() is start, "Tab does not come back"
    QTest.keyClick(start, Qt.Key.Key_Backtab, SHIFT)
    assert QApplication.focusWidget() is seen[-1]
    QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
    return seen


def activate(qtbot: QtBot, window: QWidget) -> None:
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=10000)


@pytest.fixture
def busy_window(qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine) -> MainWindow:
    """Two objects, references, changes of a run to look at, all panels unfolded."""
    window, document = open_window, open_window.document
    window.resize(1500, 1100)
    window.canvas.set_brush_px(12)
    mouse.stroke((18, 18))
    window.object_panel.add_object()
    mouse.stroke((40, 30), (48, 30))
    for shift in (0, 8):
        document.set_current_frame(0)
        engine.rewrite = lambda step, mask, shift=shift: np.roll(mask, shift, axis=0) if step == 1 else mask
        window.actions_table["propagate_forward"].trigger()
        finish(qtbot, window)
    window.finish_panel.set_unfolded(True)
    activate(qtbot, window)
    return window


# ---- names ----


def test_every_control_of_the_window_has_a_name_of_its_own(busy_window: MainWindow) -> None:
    look(busy_window)
    assert busy_window.take_panel.list in focusable(busy_window)


def test_the_empty_window_too(qtbot: QtBot, window: MainWindow) -> None:
    look(window)


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_every_control_of_a_dialog_has_a_name_of_its_own(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    from app.document.storage.clip_reference import ClipReference

    window, other = open_window, tmp_path / "clip.mov"
    reference = ClipReference(str(tmp_path / "clip"))
    mouse.stroke((18, 18))
    for opens in (
        window.keys.show_sheet,
        window.keys.edit,
        window.help.about,
        lambda: project_dialogs.ask_to_save("clip", window),
        lambda: project_dialogs.find_clip(reference, tmp_path, window),
        lambda: may_replace(window, (other,)),
    ):
        during_dialog(opens, look)

    def every_preset(dialog: exporting.ExportDialog) -> None:
        for row in range(dialog.presets.count()):
            dialog.presets.setCurrentRow(row)
            exporting.planned(qtbot, dialog)
            look(dialog)
        dialog.queue_button.click()

    exporting.ask(window, every_preset)
    exporting.finish(qtbot, window)
    window.export.show_queue()
    look(window.export.window)
    window.export.window.close()
    window.help.show_log()
    assert window.help._log_window is not None
    look(window.help._log_window)
    window.help._log_window.close()


def test_the_timeline_is_a_slider_that_tells_what_it_shows(qtbot: QtBot, busy_window: MainWindow) -> None:
    timeline, document = busy_window.timeline, busy_window.document
    document.set_current_frame(0)
    told = QAccessible.queryAccessibleInterface(timeline)
    assert told.role() == QAccessible.Role.Slider
    assert told.valueInterface().maximumValue() == 11
    assert told.text(QAccessible.Text.Description) == ("painted, reference; Object 2 painted, trust 100 %")
    document.set_current_frame(5)
    assert told.valueInterface().currentValue() == 5
    description = told.text(QAccessible.Text.Description)
    assert re.fullmatch(r"propagated; Object 2 propagated, trust \d+ %", description)
    told.valueInterface().setCurrentValue(7)
    assert document.current_frame == 7
    busy_window.actions_table["lock_frame"].trigger()
    expected = "propagated, locked; "
    qtbot.waitUntil(lambda: expected in told.text(QAccessible.Text.Description), timeout=5000)


def test_rows_of_objects_tell_their_state(busy_window: MainWindow) -> None:
    panel, document = busy_window.object_panel, busy_window.document
    row = panel.row(1)
    assert (name_of(row), row.accessibleDescription()) == ("Object 1", "number 1")
    document.set_current_object(1)
    busy_window.objects.toggle_lock(1)
    document.set_visible(1, False)
    assert row.accessibleDescription() == "number 1, chosen, locked, hidden"
    assert [name_of(each) for each in (row.lock, row.eye)] == ["Unlock Object 1", "Show Object 1"]
    assert row.swatch.accessibleDescription() == "#ff5c5c"


# ---- Tab ----


def test_tab_reaches_everything_in_the_order_of_the_layout(busy_window: MainWindow) -> None:
    window = busy_window
    window.canvas.setFocus(Qt.FocusReason.TabFocusReason)
    seen = go_round(window)
    assert set(seen) == set(focusable(window))
    regions = (
        window.options_bar,
        window.tool_bar,
        window.banner,
        window.canvas,
        window.side,
        window.player_bar,
        window.timeline,
    )
    places = [
        next(place for place, region in enumerate(regions) if region is each or region.isAncestorOf(each))
        for each in seen
    ]
    turn = places.index(min(places))
    assert places[turn:] + places[:turn] == sorted(places)
    rows = [each for each in seen if window.side.isAncestorOf(each)]
    heights = [each.mapTo(window, QPoint(0, each.height() // 2)).y() for each in rows]
    assert all(low - high < 24 for low, high in pairwise(heights))


def test_a_widget_with_the_focus_looks_different(busy_window: MainWindow) -> None:
    same = []
    for widget in focusable(busy_window):
        other = busy_window.timeline if widget is not busy_window.timeline else busy_window.canvas
        other.setFocus(Qt.FocusReason.TabFocusReason)
        before = widget.grab().toImage()
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if widget.grab().toImage() == before:
            same.append((type(widget).__name__, widget.objectName(), name_of(widget)))
    assert same == []


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_no_dialog_traps_the_focus(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    window = open_window
    mouse.stroke((18, 18))

    def tabs(dialog: QWidget) -> None:
        activate(qtbot, dialog)
        assert set(go_round(dialog)) == set(focusable(dialog))

    during_dialog(window.keys.show_sheet, tabs)
    during_dialog(window.keys.edit, tabs)
    during_dialog(lambda: may_replace(window, (tmp_path / "a.mov",)), tabs)
    window.help.show_log()
    assert window.help._log_window is not None
    tabs(window.help._log_window)
    window.help._log_window.close()

    def in_export(dialog: exporting.ExportDialog) -> None:
        exporting.choose(qtbot, dialog, tmp_path / "out", "png")
        tabs(dialog)
        dialog.queue_button.click()

    exporting.ask(window, in_export)
    exporting.finish(qtbot, window)
    window.export.show_queue()
    tabs(window.export.window)
    window.export.window.close()


def test_every_action_is_in_a_menu(window: MainWindow) -> None:
    def names(menu: QMenu) -> set[str]:
        found = set()
        for action in menu.actions():
            inner = action.menu()
            found |= names(inner) if isinstance(inner, QMenu) else {action.objectName()}
        return found

    menus = [action.menu() for action in window.menuBar().actions()]
    reached = set().union(*(names(menu) for menu in menus if isinstance(menu, QMenu)))
    assert {spec.name for spec in SPECS} - reached == set()


# ---- keys ----


def test_the_arrows_work_on_the_timeline_and_its_menu_opens(busy_window: MainWindow) -> None:
    window = busy_window
    window.document.set_current_frame(3)
    window.timeline.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(window.timeline, Qt.Key.Key_Right)
    assert window.document.current_frame == 4
    QTest.keyClick(window.timeline, Qt.Key.Key_Home)
    assert window.document.current_frame == 0
    wanted: list[int] = []
    window.timeline.menu_wanted.disconnect()
    window.timeline.menu_wanted.connect(lambda frame, place: wanted.append(frame))
    window.document.set_current_frame(6)
    place = window.timeline.rect().center()
    event = QContextMenuEvent(
        QContextMenuEvent.Reason.Keyboard, place, window.timeline.mapToGlobal(place), NONE
    )
    QApplication.sendEvent(window.timeline, event)
    assert wanted == [6]


def test_rows_of_objects_work_with_keys(busy_window: MainWindow) -> None:
    window, panel = busy_window, busy_window.object_panel
    window.document.set_current_frame(2)
    panel.row(2).setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.row(2), Qt.Key.Key_Down)
    assert QApplication.focusWidget() is panel.row(1)
    QTest.keyClick(panel.row(1), Qt.Key.Key_Return)
    assert window.document.current_object_id == 1
    QTest.keyClick(panel.row(1), Qt.Key.Key_Down)
    assert QApplication.focusWidget() is panel.row(1)
    assert window.document.current_frame == 2  # elsewhere Down goes to the next reference


def test_backspace_sets_a_value_of_the_matte_back(busy_window: MainWindow) -> None:
    panel, document = busy_window.finish_panel, busy_window.document
    slider = panel.slider("feather_px")
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(2):
        QTest.keyClick(slider, Qt.Key.Key_PageUp)
    info = document.object(document.current_object_id)
    assert info is not None
    assert info.finish.feather_px > 0
    QTest.keyClick(slider, Qt.Key.Key_Backspace)
    assert panel.value_text("feather_px") == "0 px"
    document.undo()
    assert panel.value_text("feather_px") != "0 px"


def test_keys_draw_what_the_mouse_would(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    window, document = open_window, open_window.document
    activate(qtbot, window)
    window.canvas.setFocus()
    window.canvas.set_brush_px(7)
    mouse.stroke((32.5, 24.5), (42.5, 24.5), (42.5, 29.5))
    wanted = document.shown_mask(0).copy()
    document.undo()
    assert 0 not in document.masks
    steps = document.undo_stack.index()
    canvas = window.canvas
    QTest.keyClick(canvas, Qt.Key.Key_F9)
    assert canvas.key_cursor.is_on
    assert canvas.key_cursor.pixel == (32, 24)  # the middle
    QTest.keyClick(canvas, Qt.Key.Key_Space, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    assert "drawing" in canvas.accessibleDescription()
    for _ in range(5):
        QTest.keyClick(canvas, Qt.Key.Key_Down)
    QTest.keyClick(canvas, Qt.Key.Key_Space, SHIFT)
    assert np.array_equal(document.shown_mask(0), wanted)
    assert document.undo_stack.index() == steps + 1
    assert document.current_frame == 0  # no arrow was a step
    assert not window.clip.playback.is_playing
    assert window.status_pointer.text() == "42, 29"
    assert canvas.accessibleDescription() == ("cursor at 42, 29; Object 1 is there")
    QTest.keyClick(canvas, Qt.Key.Key_Space, CTRL)  # as the right button does: away
    assert document.shown_mask(0)[29, 42] == 0
    QTest.keyClick(canvas, Qt.Key.Key_F9)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert document.current_frame == 1


def test_keys_close_a_polygon(qtbot: QtBot, open_window: MainWindow) -> None:
    window, canvas = open_window, open_window.canvas
    activate(qtbot, window)
    canvas.setFocus()
    for key in (Qt.Key.Key_P, Qt.Key.Key_F9, Qt.Key.Key_Space):
        QTest.keyClick(canvas, key)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(canvas, key, SHIFT)
        QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Return)
    mask = window.document.shown_mask(0)
    assert 40 <= int(np.count_nonzero(mask)) <= 60  # half of 10 x 10
    assert mask[27, 39] == 1
    assert mask[31, 34] == 0


def test_keys_move_the_divider_and_it_is_told_where_it_is(busy_window: MainWindow) -> None:
    window, canvas = busy_window, busy_window.canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_F8)
    assert "compared with before, divider at 50 %" in canvas.accessibleDescription()
    QTest.keyClick(canvas, Qt.Key.Key_F9)
    steps = window.document.undo_stack.index()
    QTest.keyClick(canvas, Qt.Key.Key_Space, SHIFT)  # the cursor is in the middle, on the divider
    QTest.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_Space, SHIFT)
    assert "divider at 66 %" in canvas.accessibleDescription()
    assert window.document.undo_stack.index() == steps


def test_a_message_is_read_out(window: MainWindow) -> None:
    window.reporter.inform("It is done.", "Look at it.")
    told = QAccessible.queryAccessibleInterface(window.banner)
    assert told.text(QAccessible.Text.Name) == "It is done."
    assert told.text(QAccessible.Text.Description) == "Look at it."
    announcer = announcer_of(window)
    assert announcer.last == "It is done. Look at it."
    note = QAccessible.queryAccessibleInterface(announcer)
    assert (note.role(), note.text(QAccessible.Text.Name)) == (QAccessible.Role.Notification, announcer.last)


def test_what_a_key_has_done_is_said(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    window, canvas = open_window, open_window.canvas
    activate(qtbot, window)
    said: list[str] = []
    announcer_of(window).said.connect(said.append)
    canvas.setFocus(Qt.FocusReason.TabFocusReason)
    mouse.stroke((18, 18))
    QTest.keyClick(canvas, Qt.Key.Key_F3)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    QTest.keyClick(canvas, Qt.Key.Key_F7)
    QTest.keyClick(canvas, Qt.Key.Key_Z, CTRL)
    assert said[0] == "Matte"
    assert re.fullmatch(r"Brush size \d+ px", said[1])
    assert said[2] == "Outlines of the neighbours: on"
    assert said[3].startswith("Undo: ")
    assert len(said) == 4
    said.clear()
    QTest.keyClick(canvas, Qt.Key.Key_E)
    assert canvas.accessibleDescription() == "Eraser"  # the canvas has the focus, and tells it
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    assert canvas.accessibleDescription() == "Frame 1 of 12; Object 1 is painted; Eraser"
    qtbot.wait(20)
    assert said == []
    slider = window.propagate_panel.fuse
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(slider, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: said == ["Frame 2 of 12"], timeout=5000)


def test_progress_is_said_from_time_to_time(window: MainWindow) -> None:
    said: list[str] = []
    announcer_of(window).said.connect(said.append)
    now = [100.0]
    window.status_text.clock = lambda: now[0]
    for done in range(1, 40):
        window.status_text.setText(f"Propagating: {done} / 40 · 1.5 fps · {40 - done} s left")
        now[0] += 1
    window.status_text.setText("")
    window.status_text.setText("40 frames done.")
    assert [text.split(" ·")[0] for text in said] == [
        "Propagating: 1 / 40",
        "Propagating: 16 / 40",
        "Propagating: 31 / 40",
        "40 frames done.",
    ]


def test_frames_that_pass_are_not_told_one_by_one(busy_window: MainWindow) -> None:
    window, document = busy_window, busy_window.document
    document.set_current_frame(0)
    before = (window.canvas.accessibleDescription(), window.timeline.accessibleDescription())
    window.clip.playback.playing_changed.emit(True)
    window.canvas.set_quiet(True)
    window.timeline.set_quiet(True)
    document.set_current_frame(5)
    assert (window.canvas.accessibleDescription(), window.timeline.accessibleDescription()) == before
    window.clip.playback.playing_changed.emit(False)
    assert window.canvas.accessibleDescription().startswith("Frame 5 of 12")
    assert "propagated" in window.timeline.accessibleDescription()


def test_the_focus_stays_in_the_panel_when_a_run_ends(busy_window: MainWindow) -> None:
    panel = busy_window.propagate_panel
    panel._stop_action.setEnabled(True)
    panel.set_paused("Object 1 is lost")
    panel.continue_button.setFocus(Qt.FocusReason.TabFocusReason)
    panel.set_busy("Goes on")
    assert QApplication.focusWidget() is panel.stop_button
    panel._stop_action.setEnabled(False)
    assert QApplication.focusWidget() is panel.heading


@pytest.mark.parametrize(
    ("name", "tip", "told"),
    [
        ("Open…", "Open (Ctrl+O)", "Ctrl+O"),
        ("Brush", "Brush: paint the current object (B)", "paint the current object, B"),
        ("Undo: Paint", "Undo (Ctrl+Z)", "Ctrl+Z"),
        ("Fit", "Show all of the picture (Shift+Z)", "Show all of the picture, Shift+Z"),
        ("Loop", "Loop", ""),
    ],
)
def test_a_button_says_nothing_twice(name: str, tip: str, told: str) -> None:
    assert what_is_new(name, tip) == told


def test_buttons_of_commands_are_not_named_by_their_keys(window: MainWindow) -> None:
    play = next(
        each
        for each in window.player_bar.findChildren(QToolButton)
        if each.defaultAction() is window.actions_table["play"]
    )
    assert (name_of(play), play.accessibleDescription()) == ("Play", "Space")


def test_a_box_without_a_label_is_named(busy_window: MainWindow) -> None:
    for box in busy_window.findChildren(QComboBox):
        labels = [each for each in box.parentWidget().findChildren(QLabel) if each.buddy() is box]
        assert [label.text() for label in labels] == [box.accessibleName()]


def test_the_picture_follows_a_cursor_that_leaves_it(qtbot: QtBot, open_window: MainWindow) -> None:
    canvas = open_window.canvas
    activate(qtbot, open_window)
    canvas.zoom_to(40.0)
    QTest.keyClick(canvas, Qt.Key.Key_F9)
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    assert canvas.key_cursor.pixel == (62, 24)
    assert canvas.rect().contains(canvas.key_cursor.place.toPoint())
    for _ in range(2):
        QTest.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    assert canvas.key_cursor.pixel == (63, 24)  # not beyond the picture


def test_the_buttons_of_actions_are_named_after_them(window: MainWindow) -> None:
    for button in window.tool_bar.findChildren(QToolButton):
        action = button.defaultAction()
        if action is not None:
            assert name_of(button) == action.text()


@pytest.mark.parametrize("keys", [(Qt.Key.Key_Right, Qt.Key.Key_Left), (Qt.Key.Key_Up, Qt.Key.Key_Down)])
def test_arrows_change_a_slider_that_has_the_focus(
    busy_window: MainWindow, keys: tuple[Qt.Key, Qt.Key]
) -> None:
    window, panel, document = busy_window, busy_window.finish_panel, busy_window.document
    document.set_current_frame(2)
    more, less = keys
    slider = panel.slider("feather_px")
    slider.setFocus(Qt.FocusReason.TabFocusReason)
    for _ in range(3):
        QTest.keyClick(slider, more)
    assert panel.value_text("feather_px") == "1.5 px"  # half a px with each press
    QTest.keyClick(slider, less)
    assert panel.value_text("feather_px") == "1 px"
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert panel.value_text("feather_px") == "60 px"
    brush = next(each for each in focusable(window.options_bar) if name_of(each) == "Brush size")
    brush.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(brush, more)
    assert window.tool_settings.brush_px == 13
    assert document.current_frame == 2


def test_a_slider_tells_the_number_it_stands_for(busy_window: MainWindow) -> None:
    window, panel = busy_window, busy_window.finish_panel
    brush = next(each for each in focusable(window.options_bar) if name_of(each) == "Brush size")
    assert brush.accessibleDescription() == "12 px. Diameter in image pixels ([ and ])"
    brush.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(brush, Qt.Key.Key_Right)
    assert brush.accessibleDescription() == "13 px"  # which is read out, so the rest is not repeated
    feather = panel.slider("feather_px")
    feather.setFocus(Qt.FocusReason.TabFocusReason)
    assert feather.accessibleDescription().startswith("0 px. Blurs the edge.")
    QTest.keyClick(feather, Qt.Key.Key_Right)
    assert feather.accessibleDescription() == "0.5 px"
    brush.setFocus(Qt.FocusReason.TabFocusReason)
    assert brush.accessibleDescription().startswith("13 px. Diameter")


def test_arrows_change_boxes_and_lists_that_have_the_focus(qtbot: QtBot, busy_window: MainWindow) -> None:
    window, panel, document = busy_window, busy_window.propagate_panel, busy_window.document
    document.set_current_frame(2)
    for reach in (Qt.Key.Key_Down, Qt.Key.Key_End):
        panel.reach.setFocus(Qt.FocusReason.TabFocusReason)
        QTest.keyClick(panel.reach, reach)
    assert panel.reach.currentIndex() == panel.reach.count() - 1
    QTest.keyClick(panel.reach, Qt.Key.Key_Up)
    assert panel.reach.currentIndex() == panel.reach.count() - 2
    panel.reach.setCurrentIndex(panel.reach.findData(Reach.COUNT))
    panel.count.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.count, Qt.Key.Key_Up)
    assert panel.count.value() == 11
    rows = window.take_panel.list
    rows.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(rows, Qt.Key.Key_Home)
    QTest.keyClick(rows, Qt.Key.Key_Down)
    assert rows.current_row == min(1, rows.count - 1)
    assert document.current_frame == 2


def test_a_button_of_a_dialog_needs_no_more_room_as_the_default_one(qtbot: QtBot) -> None:
    box = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    qtbot.addWidget(box)
    box.show()
    button = box.button(QDialogButtonBox.StandardButton.Close)
    button.ensurePolished()
    width = button.sizeHint().width()
    button.setDefault(True)
    assert button.sizeHint().width() == width
    assert not button.icon().availableSizes()


def test_a_sheet_of_keys_reads_command_and_key_together(open_window: MainWindow) -> None:
    def read(dialog: QWidget) -> None:
        names = [name_of(label) for label in dialog.findChildren(QLabel)]
        assert "Save: Ctrl+S" in names

    during_dialog(open_window.keys.show_sheet, read)


def test_the_end_of_a_run_is_said(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    window = open_window
    mouse.stroke((18, 18))
    said: list[str] = []
    announcer_of(window).said.connect(said.append)
    window.actions_table["propagate_forward"].trigger()
    finish(qtbot, window)
    assert window.propagate_panel.text.startswith("Done: ")
    assert said[-1] == window.propagate_panel.text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere Qt tells it")
def test_what_the_arrows_choose_in_a_box_is_said(busy_window: MainWindow) -> None:
    box = busy_window.propagate_panel.reach
    said: list[str] = []
    announcer_of(busy_window).said.connect(said.append)
    box.setCurrentIndex(1)
    assert said == []  # nobody is there
    box.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert said == [box.itemText(2)]
