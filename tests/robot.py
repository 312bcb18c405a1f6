"""Mouse and keys for tests and for trying real clips: paints, propagates and exports as a person would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.export.options import Layout
from app.main_window import MainWindow
from app.views.export_dialog import ExportDialog

SHIFT = Qt.KeyboardModifier.ShiftModifier


class Robot:
    """Mouse and keys in the window."""

    def __init__(self, window: MainWindow) -> None:
        self.window, self.canvas = window, window.canvas
        self.document = window.document

    def at(self, x: float, y: float) -> QPoint:
        point = self.canvas.viewport.to_widget(QPointF(x, y))
        return QPoint(round(point.x()), round(point.y()))

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas, key, held)

    def wait(self, condition: Callable[[], bool], timeout_ms: int = 20000) -> None:
        """Let the window work until ``condition`` holds.

        Raises:
            TimeoutError: It did not in time.
        """
        loop, poll, limit = QEventLoop(), QTimer(), QTimer()
        poll.timeout.connect(lambda: loop.quit() if condition() else None)
        limit.timeout.connect(lambda: loop.exit(1))
        poll.start(20)
        limit.start(timeout_ms)
        if loop.exec() != 0:
            raise TimeoutError(f"{condition} did not hold within {timeout_ms} ms")

    def go_to(self, frame_index: int) -> None:
        timeline = self.window.timeline
        QTest.mouseClick(
            timeline, Qt.MouseButton.LeftButton, pos=QPoint(round(timeline.x_of(frame_index)), 40)
        )
        self.wait(lambda: self.canvas.shown_frame == frame_index)

    def stroke(self, points: list[tuple[float, float]], *, erase: bool = False) -> None:
        button = Qt.MouseButton.RightButton if erase else Qt.MouseButton.LeftButton
        QTest.mousePress(self.canvas, button, Qt.KeyboardModifier.NoModifier, self.at(*points[0]))
        for point in points[1:]:
            QTest.mouseMove(self.canvas, self.at(*point))
        QTest.mouseRelease(self.canvas, button, Qt.KeyboardModifier.NoModifier, self.at(*points[-1]))

    def fill(self, wanted: np.ndarray, brush_px: int = 5) -> None:
        """Paint an area with the mouse: strokes along every few rows, as a careful hand would."""
        self.canvas.set_brush_px(brush_px)
        half = brush_px / 2
        inner = wanted & ~np.pad(~wanted, 1)[1:-1, 1:-1]
        for row in range(int(half), wanted.shape[0], max(1, int(half))):
            columns = np.flatnonzero(inner[row])
            if not len(columns):
                continue
            for part in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1):
                left, right = float(part[0]) + half, float(part[-1]) + 1 - half
                if left <= right:
                    self.stroke([(left, row + 0.5), (right, row + 0.5)])

    def propagate(self, key: Qt.Key, timeout_ms: int = 240000) -> None:
        self.key(key, SHIFT)
        self.wait(self.has_run, timeout_ms)

    def has_run(self) -> bool:
        """Whether the run has ended; one that waits for an answer is told to go on."""
        self.window.propagation.go_on()
        return not self.window.propagation.is_running

    def export(self, folder: Path, preset: str = "png", *, each: bool = False) -> None:
        """Export with the keyboard's command, and wait until it is verified.

        Args:
            folder: Where to.
            preset: Its name.
            each: A file or sequence for each object.
        """

        def answer() -> None:
            dialog = QApplication.activeModalWidget()
            assert isinstance(dialog, ExportDialog)
            try:
                dialog.presets.choose(preset)
                box = dialog.form.objects.layout_box
                box.setCurrentIndex(max(0, box.findData(Layout.EACH if each else Layout.COMBINED)))
                dialog.folder_edit.setText(str(folder))
                self.wait(dialog.export_button.isEnabled)
                dialog.export_button.click()
            except BaseException:
                dialog.reject()  # a dialog that stays open would hold the test for ever
                raise

        self.window.activateWindow()  # keys go to the active window only
        self.wait(self.window.isActiveWindow)
        ended: list[object] = []
        self.window.export.finished.connect(lambda *outcome: ended.append(outcome))
        QTimer.singleShot(0, answer)
        self.key(Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
        self.wait(lambda: bool(ended), 60000)
