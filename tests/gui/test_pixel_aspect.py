from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.views.viewport import Viewport
from tests.barcode import encode
from tests.gui.conftest import Mouse, open_clip


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
    assert mask[20, 7:23].all()
    assert not mask[20, 26:].any()
    assert not mask[26:].any()
    picture = canvas.grab().toImage()
    for x, y in ((8, 20), (22, 20), (15, 17.5)):
        assert picture.pixelColor(mouse.at(x, y)).saturation() > 60
    for x, y in ((4, 20), (26, 20), (15, 27)):
        assert picture.pixelColor(mouse.at(x, y)).saturation() < 60


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
