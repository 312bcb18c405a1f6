"""What the canvas shows follows the document: frames, runs, solo objects."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QToolButton
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, ChangeObjectCommand
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import drawn, new_object
from app.main_window import MainWindow
from tests.gui.conftest import Mouse, seen


def box(left: int, right: int) -> np.ndarray:
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, left:right] = 1
    return mask


def test_a_finished_matte_is_not_shown_on_another_frame(
    qtbot: QtBot, open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, canvas = open_window.document, open_window.canvas
    document.put_mask(0, pack(box(5, 20), MaskSource.USER))
    document.put_mask(1, pack(box(40, 60), MaskSource.USER))
    open_window.actions_table["matte"].trigger()
    with qtbot.waitSignal(open_window.finishing.changed, timeout=10000):
        document.undo_stack.push(ChangeObjectCommand(document, 1, finish=MatteFinish(grow_px=3)))
    monkeypatch.setattr(open_window.finishing.lane, "request", lambda wish: None)  # a slow one
    open_window.drawing.close()
    open_window.drawn.clear()
    document.set_current_frame(1)
    qtbot.waitUntil(lambda: canvas.shown_frame == 1, timeout=10000)
    shown = seen(open_window)[..., 0] > 0
    assert np.array_equal(np.argwhere(shown).tolist(), np.argwhere(box(40, 60)).tolist())


@pytest.mark.parametrize("tool", ["lasso", "rectangle", "move_mask"])
def test_a_drag_ends_with_its_frame(open_window: MainWindow, mouse: Mouse, tool: str) -> None:
    document = open_window.document
    for index in (0, 1):
        document.put_mask(index, pack(box(20, 40), MaskSource.PROPAGATED))
    before = document.masks.entries()
    open_window.actions_table[tool].trigger()
    mouse.press(30, 20)
    mouse.move(40, 25)
    mouse.move(35, 40)
    document.set_current_frame(1)
    assert open_window.canvas.tool.cancel() is False
    mouse.move(20, 40)
    mouse.release(20, 40)
    assert document.masks.entries() == before
    assert document.edit is None


def test_a_selection_is_not_drawn_on_another_frame(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    open_window.actions_table["smart"].trigger()
    mouse.stroke((5, 5), (20, 20), (40, 40))
    assert open_window.canvas.tool.sketch().lines
    open_window.document.set_current_frame(1)
    sketch = open_window.canvas.tool.sketch()
    assert not sketch.lines
    assert not sketch.marks


def test_the_divider_is_held_only_where_it_is_seen(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.actions_table["wipe"].trigger()
    open_window.actions_table["matte"].trigger()
    mouse.stroke((32, 20), (40, 20))
    assert open_window.canvas.wipe.share == 0.5
    assert open_window.document.undo_stack.count() == 1


def test_the_divider_compares_with_the_newest_run(qtbot: QtBot, open_window: MainWindow) -> None:
    document, canvas = open_window.document, open_window.canvas
    document.put_mask(0, pack(box(5, 20), MaskSource.USER))
    document.put_mask(1, pack(box(40, 60), MaskSource.PROPAGATED))
    open_window.actions_table["wipe"].trigger()
    document.set_current_frame(1)
    qtbot.waitUntil(lambda: canvas.shown_frame == 1, timeout=10000)
    document.set_current_frame(0)
    qtbot.waitUntil(lambda: canvas.shown_frame == 0, timeout=10000)
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_F, Qt.KeyboardModifier.ShiftModifier)
    document.set_current_frame(1)
    qtbot.waitUntil(lambda: canvas.shown_frame == 1, timeout=10000)
    qtbot.waitUntil(lambda: document.take is not None, timeout=20000)
    canvas.wipe.share = 0.0
    open_window.actions_table["original"].trigger()
    plain = seen(open_window).astype(int)
    open_window.actions_table["overlay"].trigger()
    tinted = (seen(open_window) - plain)[..., 0] > 20
    assert np.array_equal(tinted[4:], box(40, 60)[4:] > 0)  # the divider's text is above


def test_painting_beside_a_solo_object_is_seen(open_window: MainWindow, mouse: Mouse) -> None:
    document = open_window.document
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    document.set_solo(1, True)
    mouse.stroke((30, 30), (35, 30))
    assert document.object(2) in drawn(document.objects)


def test_every_view_is_in_the_menu(open_window: MainWindow) -> None:
    from app.action_specs import SPECS

    view = next(action.menu() for action in open_window.menuBar().actions() if action.text() == "&View")
    names = {action.objectName() for action in view.actions()}  # type: ignore[union-attr]
    assert {spec.name for spec in SPECS if spec.section == "View"} <= names


def test_of_a_long_name_the_beginning_is_seen(open_window: MainWindow) -> None:
    name = "A very long name of an object that is wider than its row in the panel"
    document = open_window.document
    document.undo_stack.push(ChangeObjectCommand(document, 1, name=name))
    edit = open_window.object_panel.row(1).name
    assert edit.cursorPosition() == 0
    assert name in edit.toolTip()


@pytest.mark.parametrize("width", [1000, 1280])
@pytest.mark.parametrize("tool", ["brush", "lasso", "smart"])
def test_the_views_and_the_options_of_a_tool_fit_into_a_small_window(
    qtbot: QtBot, open_window: MainWindow, tool: str, width: int
) -> None:
    open_window.resize(width, 700)
    open_window.tool_options.kind.setCurrentIndex(1)
    open_window.actions_table["pan"].trigger()
    open_window.actions_table[tool].trigger()
    bar = open_window.options_bar
    qtbot.waitUntil(lambda: bar.width() == width, timeout=5000)
    qtbot.waitUntil(lambda: bar.sizeHint().width() <= width, timeout=5000)
    QApplication.sendPostedEvents()
    assert all(button.isVisible() for button in bar.findChildren(QToolButton, "segment"))
    assert open_window.tool_options.tolerance.isVisible() == (tool == "smart")
    assert open_window.tool_options.hardness.isVisible() == (tool == "brush")


def test_what_is_left_of_the_options_bar_lies_before_the_zoom(qtbot: QtBot, open_window: MainWindow) -> None:
    bar = open_window.options_bar
    open_window.resize(1500, 700)
    qtbot.waitUntil(lambda: bar.width() == 1500, timeout=5000)
    parts = {slider.parentWidget() for slider in bar.findChildren(QSlider)}
    qtbot.waitUntil(lambda: all(part.width() <= part.sizeHint().width() for part in parts), timeout=5000)


@pytest.mark.parametrize("tool", ["brush", "lasso", "smart", "pan"])
def test_no_two_lines_of_the_options_bar_stand_side_by_side(open_window: MainWindow, tool: str) -> None:
    open_window.actions_table["pick"].trigger()
    open_window.actions_table[tool].trigger()
    shown = [action.isSeparator() for action in open_window.options_bar.actions() if action.isVisible()]
    assert not any(before and after for before, after in pairwise(shown))
