from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.settings import Settings
from app.views.theme import apply_theme
from tests.fakes import FakeEngine, write_clip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            # what the offscreen platform says of every window
            item.add_marker(pytest.mark.qt_log_ignore("does not support propagateSizeHints"))


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def clip_path(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip")


@pytest.fixture
def window(qtbot: QtBot, engine: FakeEngine) -> Iterator[MainWindow]:
    """A window without a clip; its threads are ended afterwards."""
    from PySide6.QtWidgets import QApplication

    application = QApplication.instance()
    assert isinstance(application, QApplication)
    apply_theme(application)
    made = MainWindow(Settings(), engine)
    made.resize(1000, 700)
    made.show()
    qtbot.waitExposed(made)
    yield made
    if engine.gate is not None:
        engine.gate.set()
    made.shut_down()
    made.hide()
    made.deleteLater()


@pytest.fixture
def open_window(qtbot: QtBot, window: MainWindow, clip_path: Path) -> MainWindow:
    """A window with the clip of twelve 64x48 frames."""
    open_clip(qtbot, window, clip_path)
    return window


def open_clip(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.clip.opened, timeout=10000):
        window.files.open(path)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 0, timeout=10000)


def seen(window: MainWindow) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB: what the canvas shows at the middle of each px of the clip, without the brush."""
    window.canvas._pointer = None
    info, view = window.document.info, window.canvas.viewport
    assert info is not None
    image = window.canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    shown = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    shown = shown[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
    x = view.offset.x() + (np.arange(info.width) + 0.5) * view.scale_x
    y = view.offset.y() + (np.arange(info.height) + 0.5) * view.scale_y
    return shown[y.astype(int)][:, x.astype(int)]


class Mouse:
    """Real mouse events on the canvas, in image px."""

    def __init__(self, window: MainWindow) -> None:
        self._canvas = window.canvas

    def at(self, x: float, y: float) -> QPoint:
        point = self._canvas.viewport.to_widget(QPointF(x, y))
        return QPoint(round(point.x()), round(point.y()))

    def press(
        self,
        x: float,
        y: float,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        QTest.mousePress(self._canvas, button, held, self.at(x, y))

    def move(self, x: float, y: float) -> None:
        QTest.mouseMove(self._canvas, self.at(x, y))

    def release(self, x: float, y: float, button: Qt.MouseButton = Qt.MouseButton.LeftButton) -> None:
        QTest.mouseRelease(self._canvas, button, Qt.KeyboardModifier.NoModifier, self.at(x, y))

    def stroke(
        self,
        *points: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    ) -> None:
        self.press(*points[0], button, held)
        for point in points[1:]:
            self.move(*point)
        self.release(*points[-1], button)


@pytest.fixture
def mouse(open_window: MainWindow) -> Mouse:
    return Mouse(open_window)


@pytest.fixture
def show_frame(qtbot: QtBot, open_window: MainWindow) -> Callable[[int], None]:
    """Goes to a frame and waits until it is on screen."""

    def go(frame_index: int) -> None:
        open_window.document.set_current_frame(frame_index)
        qtbot.waitUntil(lambda: open_window.canvas.shown_frame == frame_index, timeout=10000)

    return go
