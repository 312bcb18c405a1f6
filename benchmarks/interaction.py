"""How long the window takes from an event to new pixels, at 1080p.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.interaction [--frames 40] [--mode overlay] [--objects 1 5]

A clip is made, round objects that overlap a little are put on every frame (propagated, with soft mattes),
and the window is shown at 1920x1200. Then, with every frame decoded, for each number of objects:

* going to a frame: from ``set_current_frame`` until canvas and timeline have been painted, for frames that
  nothing was drawn of before ("cold"), for steps to and fro with 40 ms between them ("steps"),
  for steps as fast as they go with the way changing at random ("scrub"), and for frames that were drawn
  before ("warm");
* painting: from a mouse move of a stroke until the canvas has been painted.

For each the 50th and 95th percentile are printed in ms: on the clock, and in processor time of the window's
thread, which other programs do not stretch as much. That of going to a frame is shared out over several turns
of the event loop.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.__main__ import main as studio
from app.document.commands import AddObjectCommand
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.packed_matte import fine_from
from app.main_window import MainWindow
from tests.fakes import FakeEngine
from tests.robot import Robot

SIZE = (1080, 1920)
_TICK_MS = 40
Times = list[tuple[float, float]]


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=40)
    parser.add_argument("--mode", default="overlay", help="view: overlay, matte, cutout, outline or original")
    parser.add_argument("--objects", type=int, nargs="+", default=[1, 5])
    parser.add_argument("--onion", action="store_true", help="with the outlines of the neighbours")
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
    for index in range(args.frames):  # decode all
        document.set_current_frame(index)
        robot.wait(lambda: window.canvas.shown_frame == document.current_frame, 60_000)
    window.actions_table[args.mode].trigger()
    if args.onion:
        window.actions_table["onion"].trigger()
    for count in args.objects:
        for object_id in range(len(document.objects) + 1, count + 1):
            document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
        for index in range(args.frames):
            document.put_mask(index, _masks(index, count))
        robot.wait(lambda: True)
        canvas = window.canvas
        print(f"{count} objects, canvas {canvas.width()}x{canvas.height()}, view {args.mode}")  # noqa: T201
        _measure(window, robot, args.frames, count)
    return 0


def _measure(window: MainWindow, robot: Robot, frames: int, count: int) -> None:
    rng = np.random.default_rng(0)
    everywhere = rng.permutation(frames).tolist()
    window.canvas.scene_changed.disconnect(window.drawing.follow)
    _forget(window)
    _tell("cold, nothing drawn ahead", _go(window, everywhere))
    window.canvas.scene_changed.connect(window.drawing.follow)
    _forget(window)
    to_and_fro = [*range(frames), *reversed(range(frames))] * 2
    _tell("steps, 40 ms apart", _go_at_rate(window, to_and_fro))
    _forget(window)
    ways = np.repeat(rng.choice((-1, 1), 40), rng.integers(1, 9, 40))
    _tell("scrub, as fast as it goes", _go(window, np.abs(np.cumsum(ways) + frames // 2) % frames))
    few = everywhere[:20]  # as many as are kept
    _go(window, few)
    _tell("warm, anywhere", _go(window, few * 3))
    window.document.set_current_frame(5)
    robot.wait(lambda: window.canvas.shown_frame == 5, 60_000)
    window.document.set_current_object(count)
    window.canvas.set_brush_px(60)
    _tell("painting with a hard brush", _paint(window, robot))
    window.canvas.set_hardness(0.3)
    _tell("painting with a soft brush", _paint(window, robot))
    window.canvas.set_hardness(1.0)


def _forget(window: MainWindow) -> None:
    window.drawn.clear()


def _masks(index: int, count: int) -> StoredMask:
    mask = np.zeros(SIZE, np.uint8)
    mattes = {}
    for object_id in range(1, count + 1):
        center = (260 + 330 * (object_id - 1) + 4 * index, 540 + 60 * (object_id % 3))
        one = np.zeros(SIZE, np.float32)
        cv2.circle(one, center, 180, 1, -1)
        mattes[object_id] = fine_from(cv2.GaussianBlur(one, (0, 0), 3))
        mask[one > 0] = object_id
    return pack(mask, MaskSource.PROPAGATED, mattes)


def _timed(action: Callable[[], object], times: Times) -> None:
    begun = time.perf_counter(), time.thread_time()
    action()
    ended = time.perf_counter(), time.thread_time()
    times.append((ended[0] - begun[0], ended[1] - begun[1]))


class _Painted(QObject):
    """Leaves an event loop once canvas and timeline were painted, each in a turn of its own."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._widgets: set[QObject] = {window.canvas, window.timeline}
        self._left = set(self._widgets)
        self.loop = QEventLoop()
        for widget in self._widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._left.discard(watched)
            if not self._left:
                QTimer.singleShot(0, self.loop.quit)  # after it was painted
        return False

    def wait(self) -> None:
        self.loop.exec()
        for widget in self._widgets:
            widget.removeEventFilter(self)


def _show(window: MainWindow, frame_index: int) -> None:
    painted = _Painted(window)
    window.document.set_current_frame(frame_index)
    painted.wait()


def _go(window: MainWindow, frames: Iterable[int]) -> Times:
    times: Times = []
    for index in frames:
        if index != window.document.current_frame:
            _timed(lambda index=index: _show(window, int(index)), times)
            QApplication.processEvents()
    return times


def _go_at_rate(window: MainWindow, frames: list[int]) -> Times:
    times: Times = []
    loop, timer, left = QEventLoop(), QTimer(), iter(frames)

    def step() -> None:
        timer.stop()
        index = next(left, None)
        if index is None:
            loop.quit()
            return
        if index != window.document.current_frame:
            _timed(lambda: _show(window, index), times)
        timer.start(_TICK_MS)

    timer.timeout.connect(step)
    timer.start(_TICK_MS)
    loop.exec()
    timer.stop()
    return times


def _paint(window: MainWindow, robot: Robot) -> Times:
    canvas = window.canvas
    times: Times = []
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

        def move(event: QMouseEvent = event) -> None:
            QApplication.sendEvent(canvas, event)
            QApplication.processEvents()  # the canvas paints what changed

        _timed(move, times)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, robot.at(900, 540))
    return times


def _tell(what: str, times: Times) -> None:
    wall, cpu = (1000 * np.array(times)).T
    on_clock = f"{np.percentile(wall, 50):5.1f} {np.percentile(wall, 95):5.1f}"
    of_processor = f"{np.percentile(cpu, 50):5.1f} {np.percentile(cpu, 95):5.1f}"
    print(f"  {what:28} clock {on_clock}   processor {of_processor}   ({len(times)} times)")  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
