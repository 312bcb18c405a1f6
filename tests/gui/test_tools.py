from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, LockFramesCommand
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow
from app.tools.tool import ToolMode
from app.views.view_mode import ViewMode

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT, SHIFT, CTRL = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


class Hand:
    """Takes tools by their actions and uses them with real mouse events, in image px."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.canvas, self.document = window, window.canvas, window.document

    def take(self, name: str) -> None:
        self.window.actions_table[name].trigger()

    def at(self, x: float, y: float) -> QPoint:
        point = self.canvas.viewport.to_widget(QPointF(x, y))
        return QPoint(round(point.x()), round(point.y()))

    def drag(self, *points: tuple[float, float], held: Qt.KeyboardModifier = NONE) -> None:
        QTest.mousePress(self.canvas, LEFT, held, self.at(*points[0]))
        for point in points[1:]:
            self._move(point, held)  # QTest.mouseMove knows no modifiers
        QTest.mouseRelease(self.canvas, LEFT, held, self.at(*points[-1]))

    def _move(self, point: tuple[float, float], held: Qt.KeyboardModifier) -> None:
        place = QPointF(self.at(*point))
        event = QMouseEvent(
            QEvent.Type.MouseMove, place, self.canvas.mapToGlobal(place), Qt.MouseButton.NoButton, LEFT, held
        )
        QApplication.sendEvent(self.canvas, event)

    def click(self, x: float, y: float, held: Qt.KeyboardModifier = NONE) -> None:
        QTest.mouseClick(self.canvas, LEFT, held, self.at(x, y))

    @property
    def mask(self) -> np.ndarray:
        return self.document.shown_mask(self.document.current_frame)

    def paint(self, *boxes: tuple[int, int, int, int, int]) -> None:
        """Put (left, top, right, bottom, object id) on the current frame."""
        mask = self.mask.copy()
        for left, top, right, bottom, object_id in boxes:
            mask[top:bottom, left:right] = object_id
        self.document.put_mask(self.document.current_frame, pack(mask, MaskSource.USER))

    def add_object(self, object_id: int) -> None:
        self.document.undo_stack.push(AddObjectCommand(self.document, new_object(object_id)))


@pytest.fixture
def hand(open_window: MainWindow) -> Hand:
    return Hand(open_window)


def one_step(hand: Hand, before: int) -> None:
    """Exactly one step was added, and undoing it brings the mask back."""
    stack = hand.document.undo_stack
    assert stack.count() == before + 1
    after = hand.mask.copy()
    hand.document.undo()
    assert not np.array_equal(hand.mask, after)
    hand.document.redo()
    assert np.array_equal(hand.mask, after)


def test_rectangle_square_and_subtraction(hand: Hand) -> None:
    hand.take("rectangle")
    hand.drag((10, 8), (20, 20), (30, 24))
    assert abs(int((hand.mask == 1).sum()) - 20 * 16) <= 40
    assert hand.mask[16, 20] == 1
    one_step(hand, 0)
    hand.drag((12, 10), (18, 14), (28, 16), held=ALT)
    assert hand.mask[13, 20] == 0
    assert hand.mask[22, 20] == 1
    hand.document.undo()
    hand.document.undo()
    hand.drag((10, 8), (20, 12), (30, 14), held=SHIFT)
    rows, columns = np.flatnonzero((hand.mask == 1).any(1)), np.flatnonzero((hand.mask == 1).any(0))
    assert abs(len(rows) - len(columns)) <= 1


def test_ellipse_fills_its_box(hand: Hand) -> None:
    hand.take("ellipse")
    hand.drag((10, 10), (20, 20), (40, 30))
    inside = hand.mask == 1
    assert abs(inside.sum() - np.pi * 15 * 10) < 40
    assert not inside[11, 11]
    assert inside[20, 25]
    one_step(hand, 0)


def test_lasso_fills_what_it_goes_round(hand: Hand) -> None:
    hand.take("lasso")
    hand.drag((10, 10), (30, 10), (30, 30), (10, 30))
    assert hand.mask[20, 20] == 1
    assert hand.mask[5, 20] == 0
    assert abs((hand.mask == 1).sum() - 400) < 45
    one_step(hand, 0)


def test_polygon_is_clicked_corner_by_corner(hand: Hand) -> None:
    hand.take("polygon")
    for corner in ((10, 10), (40, 10), (50, 50), (40, 40)):
        hand.click(*corner)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Backspace)
    hand.click(10, 40)
    assert not hand.mask.any()
    assert hand.canvas.tool.sketch().handles[0] == pytest.approx((10, 10), abs=0.5)
    hand.click(10, 10)  # on the first corner
    assert hand.mask[20, 20] == 1
    one_step(hand, 0)
    for corner in ((50, 5), (60, 5), (60, 15)):
        hand.click(*corner)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Return)
    assert hand.mask[8, 58] == 1
    hand.click(1, 1)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
    assert hand.canvas.tool.sketch().handles == ()
    assert hand.document.undo_stack.count() == 2


def test_fill_fills_a_hole_and_takes_a_part_away(hand: Hand) -> None:
    hand.paint((10, 10, 40, 40, 1), (20, 20, 30, 30, 0))
    hand.take("fill")
    hand.click(25, 25)
    assert (hand.mask[10:40, 10:40] == 1).all()
    one_step(hand, 0)
    hand.click(25, 25, held=ALT)
    assert not hand.mask.any()


def test_move_scale_and_turn(hand: Hand) -> None:
    hand.paint((10, 20, 20, 30, 1))
    hand.take("move_mask")
    hand.drag((15, 25), (20, 25), (35, 25))
    columns = np.flatnonzero((hand.mask == 1).any(0))
    assert columns[0] == pytest.approx(30, abs=1)
    assert len(columns) == 10
    one_step(hand, 0)
    left, right = float(columns[0]), float(columns[-1] + 1)
    hand.drag((right, 25), (right + 4, 25), (right + 10, 25))  # the eastern handle
    columns = np.flatnonzero((hand.mask == 1).any(0))
    assert columns[0] == pytest.approx(left, abs=1)
    assert len(columns) == pytest.approx(20, abs=1)
    hand.document.undo()
    hand.drag((right, 30), (right + 5, 35), (right + 5, 35), held=SHIFT)
    rows = np.flatnonzero((hand.mask == 1).any(1))
    assert len(rows) == pytest.approx(15, abs=1)


def test_pick_chooses_and_ctrl_click_picks_with_any_tool(hand: Hand) -> None:
    hand.add_object(2)
    hand.paint((5, 5, 20, 20, 1), (30, 5, 50, 20, 2))
    hand.take("pick")
    hand.click(10, 10)
    assert hand.document.current_object_id == 1
    hand.take("brush")
    hand.click(40, 10, held=CTRL)
    assert hand.document.current_object_id == 2
    assert hand.document.undo_stack.index() == 1


def test_locked_objects_and_those_above_keep_their_pixels(hand: Hand) -> None:
    hand.add_object(2)
    hand.paint((5, 5, 20, 20, 1), (30, 5, 50, 20, 2))
    hand.document.set_current_object(1)
    hand.take("rectangle")
    hand.drag((2, 2), (30, 10), (60, 40))
    assert (hand.mask[5:20, 30:50] == 2).all()  # 2 lies above
    assert hand.mask[30, 40] == 1
    hand.document.set_current_object(2)
    hand.drag((2, 2), (6, 10), (10, 40))
    assert hand.mask[10, 7] == 2  # 1 lies below
    hand.window.objects.toggle_lock(1)
    hand.drag((12, 2), (14, 10), (18, 40))
    assert hand.mask[10, 15] == 1
    hand.window.objects.toggle_lock(2)
    steps = hand.document.undo_stack.count()
    hand.drag((2, 2), (6, 10), (10, 40))
    assert hand.document.undo_stack.count() == steps
    assert hand.window.status_text.text() == "Object 2 is locked."


def test_a_locked_frame_cannot_be_painted(hand: Hand) -> None:
    hand.document.undo_stack.push(LockFramesCommand(hand.document, {0}, True))
    hand.drag((5, 5), (20, 20))
    assert not hand.mask.any()
    assert hand.window.status_text.text() == "Frame 0 is locked."


def test_a_soft_brush_leaves_a_soft_matte(hand: Hand) -> None:
    hand.canvas.set_brush_px(20)
    hand.canvas.set_hardness(0)
    hand.drag((30, 24), (30, 24))
    matte = hand.document.masks.matte(0, 1)
    assert matte[24, 30] >= 250
    assert 60 < matte[24, 35] < 200
    assert matte[24, 42] == 0
    QTest.keyClick(hand.canvas, Qt.Key.Key_BraceRight, SHIFT)
    assert hand.window.tool_settings.hardness in (0.0, 0.25)
    hand.take("harder")
    assert hand.window.tool_options.hardness.value() >= 25


def test_a_pens_pressure_changes_the_size(hand: Hand) -> None:
    hand.canvas.set_brush_px(20)
    pen = QPointingDevice(
        "pen",
        1,
        QInputDevice.DeviceType.Stylus,
        QPointingDevice.PointerType.Pen,
        QInputDevice.Capability.Pressure,
        1,
        1,
    )
    widths = []
    for pressure, y in ((0.3, 12), (1.0, 35)):
        place = QPointF(hand.at(30, y))
        event = QTabletEvent(
            QEvent.Type.TabletPress, pen, place, place, pressure, 0, 0, 0, 0, 0, NONE, LEFT, LEFT
        )
        QApplication.sendEvent(hand.canvas, event)
        hand.drag((30, y), (30, y))
        widths.append(int((hand.mask[y] == 1).sum()))
    assert widths[0] == pytest.approx(6, abs=1)
    assert widths[1] == pytest.approx(20, abs=1)


def test_grow_shrink_holes_invert_and_copies(hand: Hand) -> None:
    hand.paint((20, 20, 30, 30, 1))
    hand.take("grow")
    assert hand.mask[25, 19] == 1
    hand.take("shrink")
    assert hand.mask[25, 19] == 0
    hand.paint((22, 22, 26, 26, 0))
    hand.take("fill_holes")
    assert hand.mask[24, 24] == 1
    hand.take("copy_next")
    assert hand.document.current_frame == 1
    assert hand.mask[25, 25] == 1
    hand.take("invert")
    assert hand.mask[25, 25] == 0
    assert hand.mask[5, 5] == 1
    hand.document.undo()
    hand.document.undo()
    assert hand.document.masks.entry(1) is None


def wait_for_selection(qtbot: QtBot, hand: Hand) -> None:
    qtbot.waitUntil(lambda: hand.document.edit is not None and (hand.mask == 1).any(), timeout=20000)


def test_smart_select_by_colour_is_live_and_enter_keeps_it(qtbot: QtBot, hand: Hand) -> None:
    hand.window.tool_settings.by_colour = True
    hand.take("smart")
    hand.click(3, 3)  # the grey background of the clip
    wait_for_selection(qtbot, hand)
    assert hand.document.undo_stack.count() == 0
    QTest.keyClick(hand.canvas, Qt.Key.Key_Escape)
    assert not hand.mask.any()
    assert hand.document.edit is None
    hand.click(3, 3)
    wait_for_selection(qtbot, hand)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Return)
    one_step(hand, 0)
    assert hand.document.undo_stack.undoText() == "Select on frame 0"


def test_smart_select_finds_the_square_in_a_box(qtbot: QtBot, hand: Hand) -> None:
    document = hand.document
    picture = hand.window.clip.lane.cached(0)
    assert picture is not None
    orange = np.abs(picture.astype(int) - (230, 120, 60)).max(-1) < 30
    rows, columns = np.flatnonzero(orange.any(1)), np.flatnonzero(orange.any(0))
    hand.take("smart")
    hand.drag((columns[0] - 5, rows[0] - 5), (columns[0], rows[0]), (columns[-1] + 6, rows[-1] + 6))
    wait_for_selection(qtbot, hand)
    QTest.keyClick(hand.canvas, Qt.Key.Key_Return)
    found = document.masks.index_mask(0) == 1
    assert (found & orange).sum() / (found | orange).sum() > 0.9


def test_a_stroke_reaches_over_time_as_one_step(qtbot: QtBot, hand: Hand) -> None:
    document = hand.document
    for index in range(12):
        mask = np.zeros((48, 64), np.uint8)
        mask[15:35, 10 + index : 30 + index] = 1
        document.put_mask(index, pack(mask, MaskSource.PROPAGATED))
    document.set_current_frame(4)
    qtbot.waitUntil(lambda: hand.canvas.shown_frame == 4, timeout=10000)
    hand.window.tool_options.reach.setValue(3)
    hand.canvas.set_brush_px(12)
    before = {index: document.masks.index_mask(index).copy() for index in range(12)}
    with qtbot.waitSignal(hand.window.bulk.finished, timeout=20000):
        hand.drag((24, 12), (24, 12))
    changed = [i for i in range(12) if not np.array_equal(document.masks.index_mask(i), before[i])]
    assert changed == [1, 2, 3, 4, 5, 6, 7]
    middle = np.argwhere((document.masks.index_mask(6) == 1) & (before[6] == 0)).mean(0)
    assert middle[1] == pytest.approx(26, abs=1)  # two frames on, the object is two px further
    assert document.undo_stack.count() == 1
    document.undo()
    for index in range(12):
        assert np.array_equal(document.masks.index_mask(index), before[index])
    document.redo()
    assert (document.masks.index_mask(3) != before[3]).any()


# ---- views ----


def pixel(hand: Hand, x: float, y: float) -> tuple[int, int, int]:
    image = hand.canvas.grab().toImage()
    place = hand.at(x, y)
    ratio = image.devicePixelRatio()
    color = image.pixelColor(round(place.x() * ratio), round(place.y() * ratio))
    return color.red(), color.green(), color.blue()


def test_every_view_shows_what_it_says(hand: Hand) -> None:
    hand.paint((10, 10, 50, 40, 1))
    picture = hand.window.clip.lane.cached(0)
    assert picture is not None
    plain = tuple(picture[36, 45].tolist())
    hand.take("original")
    assert pixel(hand, 45.5, 36.5) == pytest.approx(plain, abs=3)
    hand.take("overlay")
    assert pixel(hand, 45.5, 36.5)[0] > plain[0] + 40  # red over grey
    hand.take("matte")
    assert pixel(hand, 45.5, 36.5) == (255, 255, 255)
    assert pixel(hand, 3, 3) == (0, 0, 0)
    hand.take("cutout")
    assert pixel(hand, 45.5, 36.5) == pytest.approx(plain, abs=3)
    checker = pixel(hand, 3, 3)
    assert checker in {(96, 96, 96), (150, 150, 150)}
    hand.take("outline")
    assert pixel(hand, 30.5, 25.5) == pytest.approx(tuple(picture[25, 30].tolist()), abs=3)
    assert hand.canvas.mode is ViewMode.OUTLINE


def test_the_confidence_view_shows_where_the_network_was_not_sure(hand: Hand) -> None:
    mask, soft = np.zeros((48, 64), np.uint8), np.zeros((48, 64), np.uint8)
    mask[8:40, 8:56], soft[8:40, 8:56] = 1, 255
    soft[20:30, 20:30] = 130  # nearly a toss-up with the background
    hand.document.put_mask(0, pack(mask, MaskSource.PROPAGATED, {1: soft}))
    QTest.keyClick(hand.canvas, Qt.Key.Key_F3, SHIFT)
    assert hand.canvas.mode is ViewMode.CONFIDENCE
    unsure, sure = pixel(hand, 25.5, 25.5), pixel(hand, 45.5, 25.5)
    assert unsure[0] > 190
    assert max(unsure[1:]) < 90
    assert len(set(sure)) == 1  # grey
    hand.take("brush")
    hand.canvas.set_brush_px(12)
    hand.drag((20, 25), (30, 25))
    assert len(set(pixel(hand, 25.5, 25.5))) == 1  # what was painted is sure
    hand.document.undo()
    assert pixel(hand, 25.5, 25.5) == unsure
    hand.document.set_visible(1, False)
    assert len(set(pixel(hand, 25.5, 25.5))) == 1  # a hidden object leaves no trace


def test_the_wipe_shows_former_masks_right_of_the_divider(hand: Hand) -> None:
    hand.paint((0, 0, 64, 48, 1))
    empty = pack(np.zeros((48, 64), np.uint8), MaskSource.PROPAGATED)
    hand.canvas.set_former_mask(lambda index: empty)
    left, right = pixel(hand, 10, 40), pixel(hand, 55, 40)
    assert left[0] > right[0] + 30
    hand.drag((32, 24), (20, 24), (5, 24))
    assert hand.canvas.wipe.share == pytest.approx(5 / 64, abs=0.03)
    assert pixel(hand, 10, 40)[0] < left[0] - 30
    assert hand.document.undo_stack.count() == 0
    hand.canvas.set_former_mask(None)


def label_places(hand: Hand) -> dict[str, QRectF]:
    """What stands beside the divider, and where; it is seen there as bright text on dark."""
    view, image = hand.canvas.viewport, hand.canvas.grab().toImage()
    metrics = QFontMetricsF(hand.canvas.font())
    found = dict(hand.canvas.wipe.labels(view.image_rect(), QRectF(hand.canvas.rect()), metrics))
    for text, rect in found.items():
        pixels = [image.pixelColor(x, round(rect.center().y())) for x in range(*plate_span(rect))]
        assert min(color.lightness() for color in pixels) < 110, text
        assert max(color.lightness() for color in pixels) > 180, text
    return found


def plate_span(rect: QRectF) -> tuple[int, int]:
    return round(rect.left()) + 3, round(rect.right()) - 3


def test_the_sides_of_the_wipe_say_what_they_are(hand: Hand) -> None:
    hand.canvas.set_former_mask(lambda index: None)
    both = ["A  Now", "B  Before the run"]
    divider = hand.at(32, 24).x()
    places = label_places(hand)
    assert list(places) == both
    assert places[both[0]].right() < divider < places[both[1]].left()
    for _ in range(6):  # the upper edge of the picture is not seen any more
        hand.window.actions_table["zoom_in"].trigger()
    assert hand.at(32, 0).y() < 0
    assert list(label_places(hand)) == both
    hand.window.actions_table["fit"].trigger()
    hand.drag((32, 24), (20, 24), (1, 24))
    assert both[1] in label_places(hand)


def test_the_tools_have_their_keys(hand: Hand) -> None:
    keys = {
        Qt.Key.Key_E: ToolMode.ERASER,
        Qt.Key.Key_P: ToolMode.POLYGON,
        Qt.Key.Key_Q: ToolMode.LASSO,
        Qt.Key.Key_G: ToolMode.FILL,
        Qt.Key.Key_W: ToolMode.SMART,
        Qt.Key.Key_T: ToolMode.MOVE,
        Qt.Key.Key_V: ToolMode.PICK,
        Qt.Key.Key_H: ToolMode.PAN,
        Qt.Key.Key_B: ToolMode.BRUSH,
    }
    for key, mode in keys.items():
        QTest.keyClick(hand.canvas, key)
        assert hand.canvas.tool_mode is mode
        assert hand.window.actions_table[mode.value].isChecked()
