"""How long the window takes from an event to new pixels, at 1080p with five objects.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.interaction [--frames 40] [--mode overlay]

A clip is made, five round objects that overlap a little are put on every frame (propagated, with soft
mattes), and the window is shown at 1920x1200. Then, from a full cache of frames:

* going to another frame: from ``set_current_frame`` until the canvas and the timeline have been painted;
* painting: from a mouse move of a stroke until the canvas has been painted.

The 50th and 95th percentile in ms are printed, with the size of the canvas. Painting is forced to happen
at once, so that what is measured is work, not waiting for a screen.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.__main__ import main as studio
from app.document.commands import AddObjectCommand
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow
from tests.fakes import FakeEngine
from tests.robot import Robot

SIZE = (1080, 1920)
OBJECTS = 5


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--mode", default="overlay", help="view: overlay, matte, cutout, outline or original")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder)
        for index in range(args.frames):
            rng = np.random.default_rng(index)
            small = rng.integers(40, 200, (68, 120, 3), np.uint8)
            picture = cv2.resize(small, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
            cv2.imwrite(str(clip / f"frame_{index:04d}.jpg"), picture)
        return studio([str(clip)], drive=lambda window: _drive(window, args), engine=FakeEngine())


def _drive(window: MainWindow, args: argparse.Namespace) -> int:
    window.settings.tour_seen = True
    window.resize(1920, 1200)
    robot, document = Robot(window), window.document
    robot.wait(lambda: document.info is not None and window.canvas.shown_frame == 0, 60_000)
    for object_id in range(2, OBJECTS + 1):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    for index in range(args.frames):
        document.put_mask(index, _masks(index))
    window.actions_table[args.mode].trigger()
    for index in range(args.frames):  # fill the cache
        document.set_current_frame(index)
        robot.wait(lambda: window.canvas.shown_frame == document.current_frame, 60_000)
    print(f"canvas {window.canvas.width()}x{window.canvas.height()}, view {args.mode}")  # noqa: T201
    _tell("going to a cached frame", _scrub(window, args.frames))
    document.set_current_frame(5)
    robot.wait(lambda: window.canvas.shown_frame == 5, 60_000)
    document.set_current_object(OBJECTS)
    window.canvas.set_brush_px(60)
    _tell("painting with a hard brush", _paint(window, robot))
    window.canvas.set_hardness(0.3)
    _tell("painting with a soft brush", _paint(window, robot))
    return 0


def _masks(index: int):
    mask = np.zeros(SIZE, np.uint8)
    mattes = {}
    for object_id in range(1, OBJECTS + 1):
        center = (260 + 330 * (object_id - 1) + 4 * index, 540 + 60 * (object_id % 3))
        one = np.zeros(SIZE, np.uint8)
        cv2.circle(one, center, 180, 255, -1)
        mattes[object_id] = cv2.GaussianBlur(one, (0, 0), 3)
        mask[one > 0] = object_id
    return pack(mask, MaskSource.PROPAGATED, mattes)


def _scrub(window: MainWindow, count: int) -> list[float]:
    rng, times = np.random.default_rng(0), []
    for index in rng.permutation(count):
        begun = time.perf_counter()
        window.document.set_current_frame(int(index))
        window.canvas.repaint()
        window.timeline.repaint()
        times.append(time.perf_counter() - begun)
        QApplication.processEvents()
    return times


def _paint(window: MainWindow, robot: Robot) -> list[float]:
    canvas, times = window.canvas, []
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, robot.at(400, 300))
    for step in range(120):
        angle = step / 8
        place = QPointF(robot.at(900 + 400 * np.cos(angle), 540 + 300 * np.sin(angle)))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            place,
            canvas.mapToGlobal(place),
            Qt.MouseButton.NoButton,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        begun = time.perf_counter()
        QApplication.sendEvent(canvas, event)
        QApplication.processEvents()  # the canvas paints what changed
        times.append(time.perf_counter() - begun)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, robot.at(900, 540))
    return times


def _tell(what: str, times: list[float]) -> None:
    middle, high = np.percentile(np.array(times) * 1000, (50, 95))
    print(f"{what}: {middle:.1f} ms (50 %), {high:.1f} ms (95 %), {len(times)} times")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
