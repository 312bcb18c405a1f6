"""How long operations on all frames of a clip hold up the window's thread.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.whole_clip [--frames 1000] [--objects 5] [--profile]

A clip of 720p is made, with masks of round objects with soft edges on every frame, as a run writes them. Then
objects are merged, removed, reordered and split, a run is written, undone, done again, compared and rejected.
For each operation the longest turns of the event loop until the window is idle again are printed: in
processor time of the window's thread, which other programs do not stretch as much, and on the clock.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

from app.__main__ import main as studio
from app.document.commands import AddObjectCommand, PropagateCommand
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.packed_matte import PackedMatte, fine_from
from app.main_window import MainWindow
from app.worker.quiet_loading import leave_alone
from benchmarks.stalls import Watch
from tests.fakes import FakeEngine
from tests.robot import Robot

SIZE = (720, 1280)
_DISTINCT = 25
_QUIET_MS = 400


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--objects", type=int, default=5)
    parser.add_argument("--profile", action="store_true", help="tell what the time went to")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        clip = Path(folder)
        rng = np.random.default_rng(0)
        picture = cv2.resize(rng.integers(40, 200, (45, 80, 3), np.uint8), SIZE[::-1])
        first = clip / "frame_0000.jpg"
        cv2.imwrite(str(first), picture)
        for index in range(1, args.frames):
            (clip / f"frame_{index:04d}.jpg").hardlink_to(first)
        return studio([str(clip)], drive=lambda window: _drive(window, args), engine=FakeEngine())


def _drive(window: MainWindow, args: argparse.Namespace) -> int:
    window.settings.tour_seen = True
    window.resize(1920, 1200)
    robot, document = Robot(window), window.document
    robot.wait(lambda: document.frame_count == args.frames and window.canvas.shown_frame == 0, 60_000)
    for object_id in range(len(document.objects) + 1, args.objects + 1):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    kinds = [_masks(index, args.objects) for index in range(_DISTINCT)]
    for index in range(args.frames):
        document.put_mask(index, _copy(kinds[index % _DISTINCT]))
    leave_alone()
    stack, objects = document.undo_stack, window.objects
    count = args.objects

    def run() -> None:
        command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
        stack.push(command)
        for index in range(args.frames):
            entry = document.masks.entry(index)
            made = _copy(kinds[(index + 7) % _DISTINCT])
            command.record(index, made, entry, 0.5, written=frozenset({1}))
        command.close()

    def is_idle() -> bool:
        return not window.bulk.is_busy and window.journal.is_idle and window.trust.is_idle

    def measure(what: str, action: Callable[[], object]) -> None:
        _measure(what, action, robot, is_idle, profile=args.profile)

    print(f"{args.frames} frames of {SIZE[1]}x{SIZE[0]}, {count} objects")  # noqa: T201
    robot.wait(is_idle, 600_000)
    measure("nothing", lambda: None)
    measure("merge 2 into 1", lambda: objects.merge(2, 1))
    measure("  undo", document.undo)
    measure("  redo", document.redo)
    measure("  undo", document.undo)
    measure("remove object", lambda: objects.remove(3))
    measure("  undo", document.undo)
    measure("  redo", document.redo)
    measure("  undo", document.undo)
    measure("reorder", lambda: objects.move(1, count - 1))
    measure("  undo", document.undo)
    measure("split", lambda: objects.split(1))
    measure("add object", window.actions_table["add_object"].trigger)
    measure("  undo", document.undo)
    run()
    robot.wait(is_idle, 600_000)
    measure("undo of a run", document.undo)
    measure("  redo", document.redo)
    measure("reject all of the take", lambda: window.takes.settle(range(args.frames), accept=False))
    measure("  undo", document.undo)
    measure("accept all of the take", lambda: window.takes.settle(range(args.frames), accept=True))
    measure("  undo", document.undo)
    return 0


def _masks(index: int, count: int) -> StoredMask:
    mask = np.zeros(SIZE, np.uint8)
    mattes = {}
    for object_id in range(1, count + 1):
        center = (170 + 220 * (object_id - 1) + 3 * index, 360 + 40 * (object_id % 3))
        one = np.zeros(SIZE, np.float32)
        cv2.circle(one, center, 120, 1, -1)
        mattes[object_id] = fine_from(cv2.GaussianBlur(one, (0, 0), 2))
        mask[one > 0] = object_id
    return pack(mask, MaskSource.PROPAGATED, mattes)


def _copy(mask: StoredMask) -> StoredMask:
    """Equal masks that share no bytes."""
    mattes = {
        key: PackedMatte(bytes(bytearray(matte.coarse)), bytes(bytearray(matte.rest)))
        for key, matte in mask.mattes.items()
    }
    made = pack(np.zeros((1, 1), np.uint8), MaskSource.PROPAGATED)
    return replace(
        mask, index=bytes(bytearray(mask.index)), mattes=MappingProxyType(mattes), serial=made.serial
    )


def _measure(
    what: str, action: Callable[[], object], robot: Robot, is_idle: Callable[[], bool], *, profile: bool
) -> None:
    loop, profiler = QEventLoop(), cProfile.Profile()
    watch = Watch()
    watch.action = what

    if profile:
        profiler.enable()
    QTimer.singleShot(100, watch, action)
    QTimer.singleShot(_QUIET_MS, watch, loop.quit)
    loop.exec()
    robot.wait(is_idle, 600_000)
    QTimer.singleShot(_QUIET_MS, watch, loop.quit)
    loop.exec()
    profiler.disable()
    watch.stop()
    cpu = " ".join(f"{1000 * stall.cpu:6.1f}" for stall in watch.worst["cpu"][:4])
    wall = f"{1000 * watch.worst['wall'][0].wall:6.1f}"
    print(f"  {what:28} processor {cpu}   clock {wall} ms", flush=True)  # noqa: T201
    if profile:
        pstats.Stats(profiler).sort_stats("cumulative").print_stats(32)


if __name__ == "__main__":
    sys.exit(main())
