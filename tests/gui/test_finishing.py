from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, ChangeObjectCommand
from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.presets import PRESETS
from app.export.render import Renderer
from app.main_window import MainWindow
from app.matte.finishing import to_bytes
from app.views.view_mode import ViewMode
from tests.gui.conftest import seen
from tests.unit.app.document.documents import step_to

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def box_mask(left: int, right: int) -> np.ndarray:
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, left:right] = 1
    return mask


def matte_at(window: MainWindow, x: int, y: int) -> int:
    return int(seen(window)[y, x, 0])


def ready(qtbot: QtBot, window: MainWindow) -> None:
    document = window.document
    document.put_mask(0, pack(box_mask(20, 40), MaskSource.USER))
    window.actions_table["matte"].trigger()
    window.finish_panel.set_unfolded(True)
    QApplication.sendPostedEvents()  # the sliders get their places


def test_a_slider_changes_what_the_canvas_shows_and_nothing_that_is_stored(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    ready(qtbot, open_window)
    document, panel = open_window.document, open_window.finish_panel
    assert matte_at(open_window, 17, 20) == 0
    stored = document.masks.entry(0)
    with qtbot.waitSignal(open_window.finishing.changed, timeout=10000):
        panel.slider("grow_px").setValue(panel.slider("grow_px").value() + 100)  # 4 px
    assert document.objects[0].finish == replace(STANDARD_FINISH, grow_px=4)
    assert panel.value_text("grow_px") == "4 px"
    assert matte_at(open_window, 17, 20) == 255
    assert document.masks.entry(0) is stored
    document.undo()
    assert document.objects[0].finish == STANDARD_FINISH
    qtbot.waitUntil(lambda: matte_at(open_window, 17, 20) == 0, timeout=10000)


def test_a_drag_of_a_slider_is_one_step(qtbot: QtBot, open_window: MainWindow) -> None:
    ready(qtbot, open_window)
    document, slider = open_window.document, open_window.finish_panel.slider("feather_px")
    steps = document.undo_stack.count()
    middle = slider.height() // 2
    QTest.mousePress(slider, LEFT, NONE, QPoint(7, middle))
    for x in range(10, 60, 10):
        QTest.mouseMove(slider, QPoint(x, middle))
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(60, middle))
    assert document.objects[0].finish.feather_px > 0
    assert document.undo_stack.count() == steps + 1
    document.undo()
    assert document.objects[0].finish == STANDARD_FINISH
    assert slider.value() == 0


def test_the_finish_follows_the_frame(qtbot: QtBot, open_window: MainWindow) -> None:
    ready(qtbot, open_window)
    document = open_window.document
    document.put_mask(1, pack(box_mask(30, 50), MaskSource.PROPAGATED))
    open_window.finish_panel.slider("grow_px").setValue(600)
    qtbot.waitUntil(lambda: matte_at(open_window, 17, 20) == 255, timeout=10000)
    document.set_current_frame(1)
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 1, timeout=10000)
    qtbot.waitUntil(lambda: matte_at(open_window, 52, 20) == 255, timeout=10000)
    assert matte_at(open_window, 17, 20) == 0


def test_values_reset_one_by_one_and_together(qtbot: QtBot, open_window: MainWindow) -> None:
    ready(qtbot, open_window)
    document, panel = open_window.document, open_window.finish_panel
    panel.slider("grow_px").setValue(600)
    panel.slider("softness").setValue(300)
    assert not document.objects[0].finish.is_plain
    QTest.mouseDClick(panel._values["grow_px"], LEFT)
    assert document.objects[0].finish == replace(STANDARD_FINISH, softness=0.3)
    QTest.mouseClick(panel.reset_button, LEFT)
    assert document.objects[0].finish == STANDARD_FINISH
    assert not panel.reset_button.isVisible()


def test_new_objects_have_solid_black_and_white(qtbot: QtBot, open_window: MainWindow) -> None:
    ready(qtbot, open_window)
    document, panel = open_window.document, open_window.finish_panel
    soft = np.full((48, 64), 2, np.uint8)  # the network's veil
    soft[10:30, 20:40] = 252
    soft[10:30, 19] = soft[10:30, 40] = 128
    document.put_mask(0, pack(box_mask(20, 40), MaskSource.PROPAGATED, {1: soft}))
    assert (panel.value_text("clip_black"), panel.value_text("clip_white")) == ("0.05", "0.95")
    assert not panel.reset_button.isVisible()
    assert [matte_at(open_window, x, 20) for x in (5, 19, 25)] == [0, 128, 255]
    panel.slider("clip_black").setValue(0)
    panel.slider("clip_white").setValue(1000)
    QTest.mouseClick(panel.match_edges, LEFT, pos=QPoint(8, 8))
    assert document.objects[0].finish.is_neutral
    assert [matte_at(open_window, x, 20) for x in (5, 19, 25)] == [2, 128, 252]
    QTest.mouseDClick(panel._values["clip_white"], LEFT)
    assert [matte_at(open_window, x, 20) for x in (5, 25)] == [2, 255]
    QTest.mouseClick(panel.reset_button, LEFT)
    assert matte_at(open_window, 5, 20) == 0
    # the object's finish holds while it is painted, too
    document.begin_edit()
    assert [matte_at(open_window, x, 20) for x in (5, 25)] == [0, 255]
    document.cancel_edit()


def test_every_object_has_its_own_finish(open_window: MainWindow) -> None:
    document, panel = open_window.document, open_window.finish_panel
    open_window.actions_table["add_object"].trigger()
    panel.set_unfolded(True)
    panel.slider("threshold").setValue(800)
    assert [info.finish.threshold for info in document.objects] == [0.5, 0.8]
    document.set_current_object(1)
    assert panel.slider("threshold").value() == 500


def test_a_missing_package_is_named_once(qtbot: QtBot, open_window: MainWindow, monkeypatch) -> None:
    import app.matte.refine as refine

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(refine, "import_module", missing)
    ready(qtbot, open_window)
    open_window.finish_panel.refine.setCurrentIndex(2)
    qtbot.waitUntil(lambda: "pymatting" in open_window.banner.message, timeout=10000)
    open_window.banner.dismiss()
    open_window.finishing.refresh()
    qtbot.wait(50)
    assert open_window.banner.message == ""
    assert open_window.canvas.mode is ViewMode.MATTE


def test_sections_fold(open_window: MainWindow) -> None:
    panel = open_window.object_panel
    row = panel.row(1)
    assert row.isVisible()
    QTest.mouseClick(panel.heading, LEFT)
    assert not row.isVisible()
    QTest.mouseClick(panel.heading, LEFT)
    assert row.isVisible()


def test_the_wheel_scrolls_the_panel_and_changes_no_finish(qtbot: QtBot, open_window: MainWindow) -> None:
    ready(qtbot, open_window)
    slider = open_window.finish_panel.slider("threshold")
    for target in (slider, open_window.finish_panel.refine):
        place = QPointF(target.rect().center())
        event = QWheelEvent(
            place,
            target.mapToGlobal(place),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(target, event)
    assert open_window.document.objects[0].finish == STANDARD_FINISH


def test_a_merged_object_is_finished_anew(qtbot: QtBot, open_window: MainWindow) -> None:
    open_window.drawing.close()
    ready(qtbot, open_window)
    document = open_window.document
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    mask = box_mask(20, 40)
    mask[34:44, 20:40] = 2
    document.put_mask(0, pack(mask, MaskSource.USER))
    with qtbot.waitSignal(open_window.finishing.changed, timeout=10000):
        document.undo_stack.push(ChangeObjectCommand(document, 1, finish=MatteFinish(grow_px=2)))
    assert matte_at(open_window, 18, 20) == 255
    assert matte_at(open_window, 18, 40) == 0
    open_window.objects.merge(2, 1)
    qtbot.waitUntil(lambda: len(document.objects) == 1, timeout=10000)
    qtbot.waitUntil(lambda: matte_at(open_window, 18, 40) == 255, timeout=3000)


def test_a_painted_frame_has_edges_like_those_around(qtbot: QtBot, open_window: MainWindow) -> None:
    document, panel = open_window.document, open_window.finish_panel
    ramp = cv2.GaussianBlur(box_mask(20, 40) * np.float32(255), (0, 0), 2).astype(np.uint8)
    ready(qtbot, open_window)
    assert matte_at(open_window, 19, 20) == 0  # nothing is known of the network's edges yet
    document.put_mask(1, pack(box_mask(20, 40), MaskSource.PROPAGATED, {1: ramp}))
    qtbot.waitUntil(lambda: 60 < matte_at(open_window, 19, 20) < 128, timeout=10000)
    assert 127 < matte_at(open_window, 20, 20) < 190
    assert matte_at(open_window, 30, 20) == 255
    assert panel.match_edges.isChecked()
    assert not panel.reset_button.isVisible()
    QTest.mouseClick(panel.match_edges, LEFT, pos=QPoint(8, 8))
    qtbot.waitUntil(lambda: matte_at(open_window, 19, 20) == 0, timeout=10000)
    document.undo()
    assert panel.match_edges.isChecked()
    qtbot.waitUntil(lambda: matte_at(open_window, 19, 20) > 60, timeout=10000)


def test_masks_around_that_do_not_count_have_no_matte_made_anew(
    open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, wishes = open_window.document, []
    monkeypatch.setattr(open_window.finishing.lane, "request", wishes.append)
    for frame in range(3):
        document.put_mask(frame, pack(box_mask(20, 40), MaskSource.PROPAGATED))
    # of new objects painted edges are matched to those of three frames around: this frame is not painted
    feathered = replace(STANDARD_FINISH, feather_px=2)
    document.put_objects((replace(document.objects[0], finish=feathered),))
    assert wishes[-1].finishes == {1: replace(feathered, match_edges=False)}
    assert wishes[-1].neighbours == {1: ()}
    document.put_objects((replace(document.objects[0], finish=replace(feathered, chatter_frames=2)),))
    around = [document.masks.entry(index) for index in (-1, 1, -2, 2)]
    assert wishes[-1].neighbours == {1: tuple(around)}


def test_motion_blur_by_its_slider_on_canvas_and_in_the_export(
    qtbot: QtBot, open_window: MainWindow, tmp_path: Path
) -> None:
    ready(qtbot, open_window)
    document, panel = open_window.document, open_window.finish_panel
    for frame, left in enumerate((8, 20, 32)):
        document.put_mask(frame, pack(box_mask(left, left + 16), MaskSource.USER))
    document.set_current_frame(1)
    qtbot.waitUntil(lambda: open_window.canvas.shown_frame == 1, timeout=10000)
    assert [matte_at(open_window, x, 20) for x in (17, 19, 20, 22)] == [0, 0, 255, 255]
    slider = panel.slider("motion_blur_degrees")
    assert (slider.value(), panel.value_text("motion_blur_degrees")) == (0, "0°")
    steps = document.undo_stack.count()
    y, end = slider.height() // 2, slider.width() // 2
    QTest.mousePress(slider, LEFT, NONE, QPoint(7, y))
    for x in (*range(10, end, 10), end):
        QTest.mouseMove(slider, QPoint(x, y))
    QTest.mouseRelease(slider, LEFT, NONE, QPoint(end, y))
    assert document.undo_stack.count() == steps + 1
    assert document.objects[0].finish.motion_blur_degrees == pytest.approx(180, abs=15)
    panel.slider("motion_blur_degrees").setValue(500)
    assert document.objects[0].finish == replace(STANDARD_FINISH, motion_blur_degrees=180)
    assert panel.value_text("motion_blur_degrees") == "180°"

    # 12 px a frame are 6 while the shutter is open
    ramp = [round(255 * (step + 0.5) / 6) for step in range(6)]
    expected = [*ramp, 255, *ramp[::-1]]
    places = [*range(17, 23), 28, *range(33, 39)]
    qtbot.waitUntil(lambda: matte_at(open_window, 18, 20) > 0, timeout=10000)
    assert [matte_at(open_window, x, 20) for x in places] == pytest.approx(expected, abs=1)
    assert [matte_at(open_window, 28, y) for y in (9, 10, 29, 30)] == [0, 255, 255, 0]
    plan = plan_export(document.snapshot(), PRESETS["png"], ExportOptions(out_point=2), tmp_path)
    alpha = Renderer(plan, plan.outputs[0], None).render(plan.frames[1], 1).alpha
    assert alpha is not None
    assert np.array_equal(to_bytes(alpha), seen(open_window)[..., 0])

    # a neighbour that changes is followed
    document.put_mask(2, pack(box_mask(20, 36), MaskSource.USER))
    qtbot.waitUntil(lambda: matte_at(open_window, 38, 20) == 0, timeout=10000)
    step_to(document.undo_stack, steps)
    assert document.objects[0].finish == STANDARD_FINISH
    assert slider.value() == 0
    qtbot.waitUntil(lambda: matte_at(open_window, 18, 20) == 0, timeout=10000)
