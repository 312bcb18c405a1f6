"""Starts studios that work at random until they are killed, for the tests of that.

Run as a program: it reads a seed and a folder per line, forks (so that imports are paid for once), and waits
for the end of what it forked. The studio writes what it did to the pipe ``report`` in the folder:

``pid N``: it is about to begin; ``state D``: the document looks like this now; ``kept D``: so it does, and
every change is in the journal or in the project.
"""

from __future__ import annotations

import os
import random
import sys
import zlib
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QFileDialog

from app.__main__ import main
from app.document.mask_store import StoredMask
from app.document.snapshot import Work
from app.document.storage.mask_codec import encode_mask
from app.main_window import MainWindow
from tests.fakes import FakeEngine, write_clip
from tests.robot import SHIFT, Robot

CTRL = Qt.KeyboardModifier.ControlModifier
_crcs: dict[int, tuple[StoredMask, int]] = {}


def digest(work: Work) -> str:
    """A short name for a state of a document."""
    value = zlib.crc32(repr([(info.object_id, info.name) for info in work.objects]).encode())
    locks = [(index, region.data) for index, region in sorted(work.locked_regions.items())]
    value = zlib.crc32(repr(locks).encode(), value)
    masks = sorted(work.entries.items())
    for take in work.takes:
        value = zlib.crc32(f"{take.text} {sorted(take.settled)}".encode(), value)
        for index, taken in sorted(take.frames.items()):
            masks += [
                (index, taken.after),
                (-1 if taken.before is None else index, taken.before or taken.after),
            ]
    for index, entry in masks:
        kept = _crcs.get(id(entry))
        if kept is None or kept[0] is not entry:
            kept = _crcs[id(entry)] = (entry, zlib.crc32(encode_mask(entry)))
        value = zlib.crc32(f"{index} {kept[1]}".encode(), value)
    return f"{value:08x}"


class Worker:
    """Works at random in a window, and reports."""

    def __init__(self, window: MainWindow, folder: Path, seed: int) -> None:
        self.window, self.folder, self.robot = window, folder, Robot(window)
        self.random = random.Random(seed)
        self.report = os.open(folder / "report", os.O_WRONLY)
        document = window.document
        document.mask_changed.connect(self.tell)
        document.masks_changed.connect(self.tell)
        document.objects_changed.connect(self.tell)
        document.locked_regions_changed.connect(self.tell)
        document.takes_changed.connect(self.tell)
        document.take_grew.connect(self.tell)

    def write(self, line: str) -> None:
        os.write(self.report, f"{line}\n".encode())

    def tell(self, *_: object, word: str = "state") -> None:
        document = self.window.document
        if document.info is not None:
            self.write(f"{word} {digest(document.snapshot())}")

    def wait(self, condition) -> None:
        if not condition():
            loop, timer = QEventLoop(), QTimer()
            timer.timeout.connect(lambda: loop.quit() if condition() else None)
            timer.start(1)
            loop.exec()

    def run(self) -> int:
        window = self.window
        self.wait(lambda: window.canvas.shown_frame == 0)
        window.canvas.set_brush_px(6)
        QFileDialog.getSaveFileName = lambda *_: (str(self.folder / "work.cfbiproj"), "")
        self.write(f"pid {os.getpid()}")
        self.tell(word="kept")
        others = [self.lock, self.undo, self.redo, self.add, self.save, self.save, self.propagate]
        steps = [self.stroke] * 6 + others
        while True:
            self.random.choice(steps)()
            self.wait(lambda: window.journal.is_idle)
            self.tell(word="kept")

    def stroke(self) -> None:
        document, rng = self.window.document, self.random
        document.set_current_frame(rng.randrange(12))
        document.set_current_object(rng.choice(document.objects).object_id)
        self.wait(lambda: self.window.canvas.shown_frame == document.current_frame)
        points = [(rng.uniform(5, 59), rng.uniform(5, 43)) for _ in range(rng.randint(1, 4))]
        self.robot.stroke(points, erase=rng.random() < 0.2)

    def lock(self) -> None:
        self.robot.key(Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
        self.stroke()
        self.robot.key(Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)

    def undo(self) -> None:
        self.robot.key(Qt.Key.Key_Z, CTRL)

    def redo(self) -> None:
        self.robot.key(Qt.Key.Key_Y, CTRL)

    def add(self) -> None:
        if len(self.window.document.objects) < 5:
            self.robot.key(Qt.Key.Key_N, CTRL | SHIFT)

    def save(self) -> None:
        self.robot.key(Qt.Key.Key_S, CTRL)
        if self.random.random() < 0.5:
            self.stroke()
        self.wait(lambda: self.window.projects.runner.is_idle)

    def propagate(self) -> None:
        self.robot.key(self.random.choice((Qt.Key.Key_F, Qt.Key.Key_P)), SHIFT)
        if self.random.random() < 0.5:
            self.stroke()
        self.wait(self.robot.has_run)


def live(seed: int, folder: Path) -> None:
    """Be a studio until somebody kills it."""
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        os.environ[name] = str(folder / "home")
    (folder / "home").mkdir()
    clip = write_clip(folder / "clip")
    main([str(clip)], drive=lambda window: Worker(window, folder, seed).run(), engine=FakeEngine())


if __name__ == "__main__":
    for line in sys.stdin:
        seed, folder = line.rstrip("\n").split(" ", 1)
        child = os.fork()
        if child == 0:
            live(int(seed), Path(folder))
            os._exit(1)
        os.waitpid(child, 0)
        sys.stdout.write("dead\n")
        sys.stdout.flush()
