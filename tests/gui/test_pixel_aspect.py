from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document.commands import ChangeObjectCommand
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.presets import PRESETS
from app.export.render import Renderer
from app.main_window import MainWindow
from app.matte.finishing import to_bytes
from app.scene.placement import Placement
from app.scene.style import MatteUse, Style
from app.tools.tool import ToolEvent, ToolMode
from app.views.scene_source import SceneSource
from app.views.viewport import Viewport
from tests.barcode import encode
from tests.gui.conftest import Mouse, open_clip
from tests.gui.test_tools import Hand

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def wide(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    """A window with a clip of 60x48 stored pixels, each twice as wide as high: white from column 30 on."""
    frame = np.zeros((48, 60, 3), np.uint8)
    frame[:, 30:] = 255
    path = encode(tmp_path / "wide.mkv", [frame] * 3, ["-vf", "setsar=2/1", "-c:v", "ffv1"])
    open_clip(qtbot, window, path)
    return window


def test_wide_pixels_are_shown_wide(wide: MainWindow) -> None:
    canvas = wide.canvas
    shown = canvas.viewport.image_rect()
    assert shown.width() / shown.height() == pytest.approx(120 / 48)
    assert shown.width() <= canvas.width()
    picture = canvas.grab().toImage()
    middle = shown.center()
    for side, expected in ((-6, 0), (6, 255)):
        assert picture.pixelColor(round(middle.x()) + side, round(middle.y())).red() == expected
    assert picture.pixelColor(round(shown.right()) - 4, round(middle.y())).red() == 255


def test_masks_keep_the_stored_size_and_lie_under_the_pointer(wide: MainWindow) -> None:
    mouse, canvas = Mouse(wide), wide.canvas
    canvas.set_brush_px(8)
    mouse.stroke((10, 20), (20, 20))
    mask = wide.document.masks.index_mask(0)
    assert mask.shape == (48, 60)
    assert mask[20, 9:21].all()
    assert not mask[20, 24:].any()
    assert not mask[26:].any()
    picture = canvas.grab().toImage()
    for x, y in ((9, 20), (21, 20), (15, 17.5)):
        assert picture.pixelColor(mouse.at(x, y)).saturation() > 60
    for x, y in ((4, 20), (26, 20), (15, 27)):
        assert picture.pixelColor(mouse.at(x, y)).saturation() < 60


def extent(mask: np.ndarray) -> tuple[int, int]:
    """How many columns and rows an object takes."""
    return int((mask == 1).any(axis=0).sum()), int((mask == 1).any(axis=1).sum())


@pytest.mark.parametrize("name", ["rectangle", "ellipse"])
def test_shift_draws_what_is_square_or_round_on_the_screen(wide: MainWindow, name: str) -> None:
    hand = Hand(wide)
    hand.take(name)
    hand.drag((10, 4), (15, 20), (18, 36), held=SHIFT)
    columns, rows = extent(hand.mask)
    assert abs(rows - 32) <= 1
    assert abs(columns - 16) <= 1  # twice as wide on the screen
    wide.document.undo()
    hand.drag((10, 4), (20, 6), (30, 10), held=SHIFT)
    columns, rows = extent(hand.mask)
    assert abs(columns - 20) <= 1
    assert abs(rows - 40) <= 1


def test_the_brush_is_round_on_the_screen(wide: MainWindow) -> None:
    hand = Hand(wide)
    wide.canvas.set_brush_px(24)
    hand.click(30, 24)
    assert extent(hand.mask) == (12, 24)
    assert abs(int((hand.mask == 1).sum()) - np.pi * 12 * 6) < 12
    wide.document.undo()
    wide.tool_settings.hardness = 0.5
    hand.click(30, 24)
    columns, rows = extent(hand.mask)
    assert abs(rows - 2 * columns) <= 2
    # the ring at the pointer is what it paints
    radii = wide.canvas._brush_radii
    assert radii.x() == radii.y() == pytest.approx(12 * wide.canvas.viewport.scale_y)


def test_turning_keeps_the_form_on_the_screen(wide: MainWindow) -> None:
    hand = Hand(wide)
    mask = np.zeros((48, 60), np.uint8)
    mask[20:28, 20:36] = 1  # 32 by 8 on the screen
    wide.document.put_mask(0, pack(mask, MaskSource.USER))
    hand.take("move_mask")
    QTest.mouseMove(wide.canvas, hand.at(28, 24))
    arm = wide.tools.tools[ToolMode.MOVE].sketch().handles[-1]
    hand.drag(arm, (32, 14), (38, 24), held=SHIFT)
    columns, rows = extent(hand.mask)
    assert abs(columns - 4) <= 1
    assert abs(rows - 32) <= 1


@pytest.mark.parametrize("aspect", [2.0, 0.5])
def test_distances_are_those_of_the_screen(aspect: float) -> None:
    event = ToolEvent(10, 10, scale=3.0, aspect=aspect)
    across, down = (6.0, 3.0) if aspect > 1 else (3.0, 6.0)
    assert event.screen_distance((12, 10)) == pytest.approx(2 * across)
    assert event.screen_distance((10, 14)) == pytest.approx(4 * down)


@pytest.mark.parametrize("aspect", [2.0, 16 / 15, 1.0, 8 / 9, 0.5])
def test_points_lead_there_and_back(aspect: float) -> None:
    view = Viewport()
    view.set_widget(800, 600)
    view.set_image(720, 480, aspect)
    assert view.scale_x / view.scale_y == pytest.approx(aspect)
    assert min(view.scale_x, view.scale_y) == pytest.approx(view.scale)
    rect = view.image_rect()
    assert QRectF(0, 0, 800, 600).contains(rect)
    corner = view.to_widget(QPointF(720, 480))
    assert (corner.x(), corner.y()) == pytest.approx((rect.right(), rect.bottom()))
    anchor = QPointF(300, 250)
    before = view.to_image(anchor)
    view.zoom_to(5.0, anchor)
    after = view.to_image(anchor)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    part = view.rect_to_widget(QRect(100, 50, 10, 20), margin_px=0)
    assert part.width() == pytest.approx(10 * view.scale_x, abs=2)
    assert part.height() == pytest.approx(20 * view.scale_y, abs=2)


def test_a_matte_grows_alike_to_all_sides_in_the_window_and_in_exports(
    qtbot: QtBot, wide: MainWindow, tmp_path: Path
) -> None:
    document = wide.document
    mask = np.zeros((48, 60), np.uint8)
    mask[18:30, 20:40] = 1
    document.put_mask(0, pack(mask, MaskSource.USER))
    finish = MatteFinish(grow_px=6)
    document.undo_stack.push(ChangeObjectCommand(document, 1, finish=finish))
    qtbot.waitUntil(lambda: bool(wide.finishing.mattes(0)))
    shown = wide.finishing.mattes(0)[1]
    assert extent((shown > 127).astype(np.uint8)) == (20 + 2 * 3, 12 + 2 * 6)
    options = ExportOptions(out_point=0)
    plan = plan_export(document.snapshot(), PRESETS["png"], options, tmp_path)
    (rendered,) = Renderer(plan, plan.outputs[0], None).frames()
    assert rendered.alpha is not None
    np.testing.assert_array_equal(to_bytes(rendered.alpha), shown)
    recipe = SceneSource(document).recipe(
        0,
        np.zeros((48, 60, 3), np.uint8),
        Style(MatteUse.ALONE, ((1, (255, 0, 0)),)),
        Placement((48, 60), 0, 0, 60, 48, (48, 60)),
    )
    np.testing.assert_array_equal(recipe.pixels()[..., 0], shown)
    davis = plan_export(document.snapshot(), PRESETS["davis"], options, tmp_path)
    (rendered,) = Renderer(davis, davis.outputs[0], None).frames()
    assert rendered.index is not None
    assert extent(rendered.index) == (20 + 2 * 3, 12 + 2 * 6)
