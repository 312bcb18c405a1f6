"""Smart selections and carried strokes have edges like the network's, on the canvas and in exports."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, StoredMask, pack
from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.presets import PRESETS
from app.export.render import Renderer
from app.main_window import MainWindow
from app.matte.finishing import to_bytes
from tests.gui.conftest import Mouse, seen


def network_mask(left: int, right: int) -> StoredMask:
    """A box with a soft edge, as the network draws it."""
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, left:right] = 1
    ramp = cv2.GaussianBlur(mask * np.float32(255), (0, 0), 1.6)
    return pack(mask, MaskSource.PROPAGATED, {1: np.rint(ramp).astype(np.uint8)})


def steepest(matte: np.ndarray) -> float:
    """The largest step from one pixel to the next, 0..1."""
    values = matte.astype(float) / 255
    return max(float(np.abs(np.diff(values, axis=axis)).max()) for axis in (0, 1))


def exported(window: MainWindow, frame: int, folder: Path) -> np.ndarray:
    """(H, W) uint8: what an export writes of a frame."""
    last = window.document.frame_count - 1
    plan = plan_export(window.document.snapshot(), PRESETS["png"], ExportOptions(out_point=last), folder)
    alpha = Renderer(plan, plan.outputs[0], None).render(plan.frames[frame], frame).alpha
    assert alpha is not None
    return to_bytes(alpha)


def test_a_smart_selection(qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path) -> None:
    window, document = open_window, open_window.document
    for frame in range(1, 4):
        document.put_mask(frame, network_mask(10, 30))
    window.actions_table["smart"].trigger()
    mouse.stroke((4, 4), (34, 34))
    qtbot.waitUntil(lambda: (document.shown_mask(0) == 1).any(), timeout=20000)
    QTest.keyClick(window.canvas, Qt.Key.Key_Return)
    entry = document.masks.entry(0)
    assert entry is not None
    assert steepest(entry.matte(1)) == 1  # as it is stored
    window.actions_table["matte"].trigger()
    alike = steepest(network_mask(10, 30).matte(1)) + 0.05
    qtbot.waitUntil(lambda: steepest(seen(window)[..., 0]) < alike, timeout=10000)
    written = exported(window, 0, tmp_path)
    assert np.array_equal(written, seen(window)[..., 0])
    assert written.max() == 255
    assert np.array_equal(written >= 128, document.masks.index_mask(0) == 1)


def carry(qtbot: QtBot, window: MainWindow, mouse: Mouse, hardness: float) -> None:
    """A stroke at the right side of frame 5, carried to all frames; matte view."""
    document = window.document
    for frame in range(12):
        document.put_mask(frame, network_mask(10, 30))
    document.set_current_frame(5)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 5, timeout=10000)
    window.tool_options.reach.setValue(12)
    window.canvas.set_brush_px(14)
    window.tool_settings.hardness = hardness
    with qtbot.waitSignal(window.bulk.finished, timeout=20000):
        mouse.stroke((32.5, 20.5))
    assert all(document.masks.entry(frame).source is MaskSource.USER for frame in range(12))  # type: ignore[union-attr]
    window.actions_table["matte"].trigger()


def test_a_hard_stroke_that_is_carried_far(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    carry(qtbot, open_window, mouse, 1.0)
    entry = open_window.document.masks.entry(5)
    assert entry is not None
    assert steepest(entry.matte(1)) > 0.9
    # no frame around is the network's alone
    qtbot.waitUntil(lambda: steepest(seen(open_window)[..., 0]) < 0.45, timeout=10000)
    for frame in (5, 7, 9):
        written = exported(open_window, frame, tmp_path)
        assert steepest(written) < 0.45
        assert written[20, 33] > 230
        assert 0 < written[20, :].astype(int).sum() < 255 * 32


def test_a_soft_stroke_that_is_carried(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    carry(qtbot, open_window, mouse, 0.3)
    for frame in (5, 6, 8, 10):
        entry = open_window.document.masks.entry(frame)
        assert entry is not None
        matte = entry.matte(1)
        assert steepest(matte) < 0.45
        assert matte[20, 32] > 230
        partly = (matte[20, 30:] > 10) & (matte[20, 30:] < 245)
        assert partly.sum() >= 3
