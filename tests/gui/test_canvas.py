from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource
from app.main_window import MainWindow
from app.tools.tool import ToolMode
from app.views.view_mode import ViewMode
from tests.fakes import write_clip
from tests.gui.conftest import Mouse, open_clip


def wheel(
    window: MainWindow, at: QPoint, steps: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    canvas = window.canvas
    event = QWheelEvent(
        QPointF(at),
        QPointF(canvas.mapToGlobal(at)),
        QPoint(0, 0),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def test_a_drag_paints_one_undoable_stroke(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.canvas.set_brush_px(6)
    mouse.stroke((10, 20), (20, 20), (30, 20))
    document = open_window.document
    mask = document.masks.index_mask(0)
    assert document.undo_stack.count() == 1
    assert mask[20, 8:32].all()
    assert mask[17:23, 20].all()
    assert not mask[15, :].any()
    assert not mask[25, :].any()
    assert document.masks.source(0) is MaskSource.USER
    open_window.actions_table["undo"].trigger()
    assert not document.masks.index_mask(0).any()
    open_window.actions_table["redo"].trigger()
    assert np.array_equal(document.masks.index_mask(0), mask)


def test_the_stroke_is_seen_before_it_ends(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.canvas.set_brush_px(10)
    before = open_window.canvas.grab().toImage().pixelColor(mouse.at(40, 30))
    mouse.press(40, 30)
    during = open_window.canvas.grab().toImage().pixelColor(mouse.at(41, 28))
    assert during.red() > before.red() + 40
    assert open_window.document.undo_stack.count() == 0
    mouse.release(40, 30)
    assert open_window.document.undo_stack.count() == 1


def test_eraser_alt_and_right_button_take_away(open_window: MainWindow, mouse: Mouse) -> None:
    canvas, document = open_window.canvas, open_window.document
    canvas.set_brush_px(12)
    for erase in ("eraser", "alt", "right"):
        open_window.actions_table["brush"].trigger()
        mouse.stroke((20, 20), (40, 20))
        assert document.masks.index_mask(0)[20, 30] == 1
        if erase == "eraser":
            open_window.actions_table["eraser"].trigger()
            assert canvas.tool_mode is ToolMode.ERASER
            mouse.stroke((30, 20))
        elif erase == "alt":
            mouse.stroke((30, 20), held=Qt.KeyboardModifier.AltModifier)
        else:
            mouse.stroke((30, 20), button=Qt.MouseButton.RightButton)
        assert document.masks.index_mask(0)[20, 30] == 0
        assert document.masks.index_mask(0)[20, 20] == 1


def test_shift_joins_by_a_straight_line(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.canvas.set_brush_px(4)
    mouse.stroke((10, 10))
    mouse.stroke((50, 40), held=Qt.KeyboardModifier.ShiftModifier)
    assert open_window.document.masks.index_mask(0)[25, 30] == 1
    assert open_window.document.undo_stack.count() == 2


def test_painting_outside_the_picture_is_harmless(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.canvas.set_brush_px(8)
    mouse.stroke((-10, -5), (2, 2), (80, 60))
    assert open_window.document.masks.index_mask(0)[2, 2] == 1
    mouse.stroke((-40, -40))
    assert open_window.document.undo_stack.count() == 1


def test_the_wheel_zooms_at_the_pointer(open_window: MainWindow, mouse: Mouse) -> None:
    canvas = open_window.canvas
    at = mouse.at(50, 10)
    before, zoom = canvas.viewport.to_image(QPointF(at)), canvas.zoom
    wheel(open_window, at, 3)
    after = canvas.viewport.to_image(QPointF(at))
    assert canvas.zoom == pytest.approx(zoom * 1.25**3)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    wheel(open_window, at, -3)
    assert canvas.zoom == pytest.approx(zoom)


def test_zoom_survives_a_change_of_frame_and_fit_and_actual_work(
    open_window: MainWindow, mouse: Mouse, show_frame: Callable[[int], None]
) -> None:
    canvas = open_window.canvas
    fitted = canvas.zoom
    wheel(open_window, mouse.at(30, 30), 2)
    zoom, offset = canvas.zoom, canvas.viewport.offset
    show_frame(3)
    assert (canvas.zoom, canvas.viewport.offset) == (zoom, offset)
    open_window.actions_table["actual"].trigger()
    assert canvas.zoom == pytest.approx(1.0)
    open_window.actions_table["fit"].trigger()
    assert canvas.zoom == pytest.approx(fitted)


def test_middle_drag_and_the_pan_tool_move_the_picture(open_window: MainWindow, mouse: Mouse) -> None:
    canvas = open_window.canvas
    start = canvas.viewport.offset
    QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(230, 190))
    QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, QPoint(230, 190))
    assert canvas.viewport.offset - start == QPointF(30, -10)
    open_window.actions_table["pan"].trigger()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(170, 210))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(170, 210))
    assert canvas.viewport.offset == start
    assert open_window.document.undo_stack.count() == 0


def test_space_plays_when_tapped_and_pans_when_held(qtbot: QtBot, open_window: MainWindow) -> None:
    canvas, playback = open_window.canvas, open_window.clip.playback
    canvas.setFocus()
    QTest.keyPress(canvas, Qt.Key.Key_Space)
    start = canvas.viewport.offset
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(200, 200))
    QTest.mouseMove(canvas, QPoint(215, 205))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(215, 205))
    QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert canvas.viewport.offset - start == QPointF(15, 5)
    assert not playback.is_playing
    assert not open_window.propagation.is_running
    with qtbot.waitSignal(playback.playing_changed):
        QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert playback.is_playing
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    assert not playback.is_playing


def test_brush_keys_and_alt_wheel(open_window: MainWindow, mouse: Mouse) -> None:
    canvas = open_window.canvas
    canvas.set_brush_px(20)
    QTest.keyClick(canvas, Qt.Key.Key_BracketRight)
    assert open_window.tool_settings.brush_px == 23
    QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert open_window.tool_settings.brush_px == 20
    wheel(open_window, mouse.at(30, 30), 1, Qt.KeyboardModifier.AltModifier)
    assert open_window.tool_settings.brush_px == 23
    for _ in range(60):
        QTest.keyClick(canvas, Qt.Key.Key_BracketLeft)
    assert open_window.tool_settings.brush_px == 1


def test_views(open_window: MainWindow, mouse: Mouse) -> None:
    canvas = open_window.canvas
    canvas.set_brush_px(16)
    original = canvas.grab().toImage().pixelColor(mouse.at(50, 36))
    mouse.stroke((50, 36))
    mouse.move(5, 5)
    overlay = canvas.grab().toImage().pixelColor(mouse.at(50, 36))
    assert overlay.red() > original.red() + 40
    QTest.keyClick(canvas, Qt.Key.Key_F3)
    assert canvas.mode is ViewMode.MATTE
    matte = canvas.grab().toImage()
    assert matte.pixelColor(mouse.at(50, 36)).getRgb()[:3] == (255, 255, 255)
    assert matte.pixelColor(mouse.at(20, 40)).getRgb()[:3] == (0, 0, 0)
    QTest.keyClick(canvas, Qt.Key.Key_F5)
    assert canvas.grab().toImage().pixelColor(mouse.at(50, 36)) == original
    QTest.keyClick(canvas, Qt.Key.Key_Backslash)
    assert canvas.mode is ViewMode.OVERLAY
    open_window.document.set_visible(1, False)
    assert canvas.grab().toImage().pixelColor(mouse.at(50, 36)) == original


def test_pixels_stay_crisp_at_high_zoom(open_window: MainWindow, mouse: Mouse) -> None:
    canvas = open_window.canvas
    open_window.document.set_visible(1, False)
    canvas.zoom_to(32.0, QPointF(canvas.viewport.to_widget(QPointF(10, 10))))
    picture = canvas.grab().toImage()
    for point, expected in (((9.9, 15.9), 40), ((10.1, 15.9), 230)):
        assert picture.pixelColor(mouse.at(*point)).red() == expected


def test_a_frame_that_is_not_on_screen_yet_cannot_be_painted(open_window: MainWindow, mouse: Mouse) -> None:
    open_window.canvas._frame_index = 7
    mouse.stroke((20, 20))
    assert open_window.document.undo_stack.count() == 0


def test_undo_during_a_stroke_leaves_no_pixels_without_an_object(
    open_window: MainWindow, mouse: Mouse
) -> None:
    document = open_window.document
    open_window.actions_table["add_object"].trigger()
    mouse.press(20, 20)
    open_window.actions_table["undo"].trigger()
    mouse.move(30, 20)
    mouse.release(30, 20)
    assert [info.object_id for info in document.objects] == [1]
    assert document.masks.frames() == []
    assert document.undo_stack.canRedo()


def test_painting_while_playing_pauses_and_keeps_the_stroke(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse
) -> None:
    open_window.clip.playback.play()
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame > 0, timeout=10000)
    mouse.press(20, 20)
    assert not open_window.clip.playback.is_playing
    shown = open_window.canvas.shown_frame
    qtbot.wait(120)
    mouse.release(20, 20)
    assert open_window.document.current_frame == shown
    assert open_window.document.masks.frames() == [shown]


def test_a_lost_release_ends_the_stroke(open_window: MainWindow, mouse: Mouse) -> None:
    canvas, document = open_window.canvas, open_window.document
    canvas.set_brush_px(4)
    mouse.press(20, 20)
    at = QPointF(mouse.at(50, 40))
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        at,
        canvas.mapToGlobal(at),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(canvas, event)
    assert document.edit is None
    assert document.masks.index_mask(0)[20, 20] == 1
    assert document.masks.index_mask(0)[40, 50] == 0
    assert document.undo_stack.count() == 1


def test_another_window_ends_the_stroke(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    open_window.activateWindow()
    qtbot.waitUntil(open_window.isActiveWindow, timeout=5000)
    mouse.press(20, 20)
    other = QWidget()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(lambda: open_window.document.edit is None, timeout=5000)
    assert open_window.document.undo_stack.count() == 1


def test_a_straight_line_does_not_begin_in_another_clip(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    open_window.canvas.set_brush_px(4)
    mouse.stroke((5, 5))
    open_window.document.undo_stack.setClean()
    open_clip(qtbot, open_window, write_clip(tmp_path / "other", count=3))
    mouse.stroke((50, 40), held=Qt.KeyboardModifier.ShiftModifier)
    mask = open_window.document.masks.index_mask(0)
    assert mask[40, 50] == 1
    assert mask[22, 27] == 0


_CTRL = Qt.KeyboardModifier.ControlModifier


def test_ctrl_and_a_drag_resize_the_brush_where_it_stands(open_window: MainWindow, mouse: Mouse) -> None:
    document, canvas = open_window.document, open_window.canvas
    canvas.set_brush_px(10)
    start = mouse.at(30, 24)
    scale = canvas.viewport.scale

    def drag(across: int, down: int) -> float:
        """Ctrl and a drag in screen px, in steps as a hand makes them. Returns the size of the brush."""
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, _CTRL, start)
        size = canvas._settings.brush_px
        steps = 8
        for step in range(1, steps + 1):
            QTest.mouseMove(canvas, start + QPoint(across * step // steps, down * step // steps))
            assert canvas._pointer == QPointF(start)  # its outline stays
        place = start + QPoint(across, down)
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, _CTRL, place)
        assert canvas._settings.brush_px != size
        return canvas._settings.brush_px

    # the way beyond the first few px counts, up and to the right for larger
    first_px = 80 // 8
    assert drag(80, 0) == pytest.approx(10 + (80 - first_px) / scale, abs=1)
    canvas.set_brush_px(10)
    assert drag(0, -80) == pytest.approx(10 + (80 - first_px) / scale, abs=1)
    canvas.set_brush_px(20)
    assert drag(0, 80) == pytest.approx(20 - (80 - first_px) / scale, abs=1)
    canvas.set_brush_px(4)
    assert drag(-300, 0) == 1
    assert document.undo_stack.count() == 0
    assert 0 not in document.masks
    mouse.stroke((30, 24))  # painting goes on as ever
    assert document.undo_stack.count() == 1


def test_ctrl_and_a_shaky_click_pick_the_object(open_window: MainWindow, mouse: Mouse) -> None:
    document, canvas = open_window.document, open_window.canvas
    canvas.set_brush_px(12)
    mouse.stroke((15, 24))
    open_window.actions_table["add_object"].trigger()
    mouse.stroke((45, 24))
    assert document.current_object_id == 2
    place = mouse.at(15, 24)
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, _CTRL, place)
    QTest.mouseMove(canvas, place + QPoint(2, 1))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, _CTRL, place + QPoint(2, 1))
    assert document.current_object_id == 1
    assert canvas._settings.brush_px == 12
    canvas.set_tool(ToolMode.LASSO)  # there is no brush to resize
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, _CTRL, mouse.at(45, 24))
    assert document.current_object_id == 2
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, _CTRL, mouse.at(45, 24))
