from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow
from app.views.timeline import painting
from app.views.timeline.lanes import Kind
from app.views.timeline.rows import BAR_PX, LANE_PX
from tests.gui.conftest import Mouse
from tests.gui.test_runs import run

NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LEFT = Qt.MouseButton.LeftButton


def wheel(window: MainWindow, frame: int, delta: int, held: Qt.KeyboardModifier = NONE) -> None:
    timeline = window.timeline
    place = QPointF(timeline.x_of(frame), 30)
    event = QWheelEvent(
        place,
        timeline.mapToGlobal(place),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(timeline, event)


def lane_color(window: MainWindow, frame: int, lane: int = 0) -> QColor:
    timeline = window.timeline
    image = timeline.grab().toImage()
    ratio = image.devicePixelRatio()
    top = timeline.rows.lane_top(lane) + 3 + BAR_PX // 2
    return image.pixelColor(round(timeline.x_of(frame) * ratio), round(top * ratio))


def test_in_and_out_are_set_shown_and_cleared_with_keys(open_window: MainWindow) -> None:
    document, canvas = open_window.document, open_window.canvas
    document.set_current_frame(3)
    QTest.keyClick(canvas, Qt.Key.Key_I)
    document.set_current_frame(8)
    QTest.keyClick(canvas, Qt.Key.Key_O)
    assert (document.in_point, document.out_point) == (3, 8)
    QTest.keyClick(canvas, Qt.Key.Key_I, SHIFT)
    assert document.current_frame == 3
    QTest.keyClick(canvas, Qt.Key.Key_O, SHIFT)
    assert document.current_frame == 8
    document.undo()
    assert (document.in_point, document.out_point) == (3, None)
    QTest.keyClick(canvas, Qt.Key.Key_X, Qt.KeyboardModifier.AltModifier)
    assert document.in_point is None


def test_brackets_can_be_dragged_as_one_step(open_window: MainWindow) -> None:
    document, timeline = open_window.document, open_window.timeline
    document.set_current_frame(2)
    QTest.keyClick(open_window.canvas, Qt.Key.Key_I)
    steps = document.undo_stack.count()
    start = QPoint(round(timeline.scale.edge_of(2)), 10)
    QTest.mousePress(timeline, LEFT, NONE, start)
    for frame in (3, 4, 5):
        QTest.mouseMove(timeline, QPoint(round(timeline.x_of(frame)), 10))
    QTest.mouseRelease(timeline, LEFT, NONE, QPoint(round(timeline.x_of(5)), 10))
    assert document.in_point == 5
    assert document.current_frame == 2  # a drag of a bracket is no scrub
    assert document.undo_stack.count() == steps + 1


def test_looped_playback_stays_between_in_and_out(qtbot: QtBot, open_window: MainWindow) -> None:
    document = open_window.document
    for frame, key in ((4, Qt.Key.Key_I), (6, Qt.Key.Key_O)):
        document.set_current_frame(frame)
        QTest.keyClick(open_window.canvas, key)
    open_window.actions_table["toggle_loop"].trigger()
    document.set_current_frame(0)
    seen: list[int] = []
    document.current_frame_changed.connect(seen.append)
    open_window.clip.playback.play()
    qtbot.waitUntil(lambda: seen.count(4) >= 2, timeout=20000)
    open_window.clip.playback.stop()
    assert set(seen) <= {4, 5, 6}  # a busy machine drops frames


def test_every_object_has_a_lane_and_its_name_chooses_it(open_window: MainWindow, mouse: Mouse) -> None:
    document, timeline = open_window.document, open_window.timeline
    mouse.stroke((20, 20))
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    assert timeline.lanes[1].kinds[0] == Kind.EDITED
    assert timeline.lanes[2].kinds[0] == Kind.NONE
    document.put_mask(4, pack(np.full((48, 64), 2, np.uint8), MaskSource.PROPAGATED))
    document.set_current_frame(9)  # the playhead out of the way
    red, green = (new_object(index).color for index in (1, 2))
    lane = lane_color(open_window, 4, lane=0)  # the youngest object lies on top
    assert lane.green() > lane.red()
    assert green[1] > green[0]
    edited = lane_color(open_window, 0, lane=1)
    assert edited.red() > edited.green()
    assert red[0] > red[1]
    assert document.current_object_id == 2
    QTest.mouseClick(timeline, LEFT, NONE, QPoint(40, timeline.rows.lane_top(1) + LANE_PX // 2))
    assert document.current_object_id == 1


def test_the_lane_of_the_chosen_object_is_scrolled_to(open_window: MainWindow) -> None:
    document, timeline = open_window.document, open_window.timeline
    document.put_objects(tuple(new_object(object_id) for object_id in range(1, 13)))
    for object_id in (1, 12, 5):
        document.set_current_object(object_id)
        lane = [info.object_id for info in timeline.model.lane_objects].index(object_id)
        assert lane in timeline.rows.shown_lanes
    document.put_objects(document.objects[:3])
    assert timeline.rows.first_lane == 0


def test_ctrl_wheel_zooms_shift_wheel_scrolls_and_the_wheel_steps(open_window: MainWindow) -> None:
    document, timeline = open_window.document, open_window.timeline
    document.set_current_frame(5)
    wheel(open_window, 5, -120)
    assert document.current_frame == 6
    x = timeline.x_of(6)
    for _ in range(12):
        wheel(open_window, 6, 120, Qt.KeyboardModifier.ControlModifier)
    assert not timeline.scale.fits
    assert abs(timeline.x_of(6) - x) < 1
    start = timeline.scale.start
    wheel(open_window, 6, -120, SHIFT)
    assert timeline.scale.start > start
    document.set_current_frame(0)
    assert 0 in timeline.scale.visible  # the strip follows the playhead
    open_window.actions_table["timeline_fit"].trigger()
    assert timeline.scale.fits


def test_a_frame_is_locked_by_key_and_shown(open_window: MainWindow) -> None:
    QTest.keyClick(open_window.canvas, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert open_window.document.locked_frames == {0}
    assert open_window.timeline.model.describe(0) == "Frame 0: no mask, locked"
    open_window.document.undo()
    assert open_window.document.locked_frames == frozenset()


@pytest.mark.qt_log_ignore("This plugin does not support")
def test_the_menu_of_a_frame_works_on_that_frame(qtbot: QtBot, open_window: MainWindow) -> None:
    timeline = open_window.timeline
    place = QPoint(round(timeline.x_of(7)), 40)
    timeline.menu_wanted.emit(7, timeline.mapToGlobal(place))
    assert open_window.document.current_frame == 7
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [action.objectName() for action in menu.actions() if action.objectName()][2:4] == [
        "set_in",
        "set_out",
    ]
    menu.close()
    qtbot.wait(1)


def test_the_tip_of_a_lane_names_trust_and_review(open_window: MainWindow) -> None:
    document, timeline = open_window.document, open_window.timeline
    document.put_mask(4, pack(np.full((48, 64), 1, np.uint8), MaskSource.PROPAGATED))
    trust = np.full(12, np.nan, np.float32)
    trust[4] = 0.25
    timeline.model.set_trust({1: trust})
    assert timeline.model.describe(4, 0) == "Frame 4: Object 1 propagated, trust 25 %"
    document.put_reviewed(frozenset({(4, 1, document.mask_serial(4, 1))}))
    assert timeline.model.describe(4, 0).endswith("reviewed")


def painted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Counts what of the timeline is drawn from now on."""
    counts: Counter[str] = Counter()

    def counted(name: str) -> Callable[..., None]:
        draw = getattr(painting, name)

        def count(*args: object, **named: object) -> None:
            counts[name] += 1
            draw(*args, **named)

        return count

    for name in ("paint_ruler", "paint_thumbnail", "paint_bar"):
        monkeypatch.setattr(painting, name, counted(name))
    return counts


def test_new_masks_have_the_lanes_alone_drawn_once(
    qtbot: QtBot, open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, timeline = open_window.document, open_window.timeline
    qtbot.waitUntil(lambda: open_window.trust.is_idle and not timeline._later.is_waiting, timeout=10000)
    timeline.repaint()
    counts = painted(monkeypatch)
    for index in range(3):
        document.put_mask(index, pack(np.eye(48, 64, dtype=np.uint8), MaskSource.PROPAGATED))
    timeline.repaint()
    assert counts == {"paint_bar": 1}
    timeline.repaint()
    document.set_current_frame(4)
    timeline.repaint()
    assert counts == {"paint_bar": 1}
    document.put_points(2, 5)
    timeline.repaint()
    assert counts["paint_ruler"] == 1


def test_a_run_has_the_timeline_painted_once_a_frame(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    mouse.stroke((10, 10), (20, 20))
    qtbot.waitUntil(lambda: open_window.trust.is_idle, timeout=10000)
    counts = painted(monkeypatch)
    run(qtbot, open_window)
    qtbot.waitUntil(lambda: open_window.trust.is_idle, timeout=10000)
    assert 0 < counts["paint_bar"] <= 11 + 6  # frames; begin, end, and what leads to them
    assert counts["paint_ruler"] <= 3


def test_a_progress_bar_does_not_have_the_window_painted_at_once(open_window: MainWindow) -> None:
    panel = open_window.propagate_panel
    panel.set_progress(1, 9, "one")
    panel._bar.repaint()
    open_window.timeline.redraw()
    panel.set_progress(5, 9, "five")
    assert open_window.timeline._ground is None  # not painted yet
    assert (panel._bar.value(), panel._bar.maximum()) == (5, 9)
