"""How long operations on all frames of a clip, and views of it, hold up the window's thread.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.whole_clip [--frames 1000] [--objects 5]
        [--parts masks view project run] [--size 1280x720] [--times 3] [--profile]

A clip is made, with masks of round objects with soft edges on every frame, as a run writes them. Then

* masks: objects are merged, removed, reordered and split, a run is written, undone, done again, accepted and
  rejected;
* view: the timeline is zoomed and scrolled, objects are hidden and shown alone, the theme changes, a slider
  of the matte's finish moves;
* project: the work is saved and opened again;
* run: a stand-in for the network, which costs nothing, runs over the clip while the window shows it.

For each operation the longest turns of the event loop until the window is idle again are printed: in
processor time of the window's thread, which other programs do not stretch as much, and on the clock. Of a run
also how many of its frames a second were painted, and what one frame took of the thread's processor time.
With ``--times`` each part is gone through that often, and of every operation the best time is told: other
programs, which take caches and cores away, make turns longer and never shorter.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QFileDialog

from app.__main__ import main as studio
from app.document.commands import AddObjectCommand, PropagateCommand
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.packed_matte import PackedMatte, fine_from
from app.main_window import MainWindow
from app.worker.quiet_loading import leave_alone
from benchmarks.stalls import Watch
from tests.fakes import FakeEngine, FakeResult, FakeSession
from tests.robot import Robot

_DISTINCT = 25
_QUIET_MS = 400
_PROFILE_LINES = 40
_PARTS = ("masks", "view", "project", "run")


def main() -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=int, default=1000)
    parser.add_argument("--objects", type=int, default=5)
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=_PARTS, metavar="PART")
    parser.add_argument("--size", default="1280x720", help="of the clip, px")
    parser.add_argument("--times", type=int, default=1, help="go through each part so often, tell the best")
    parser.add_argument("--profile", action="store_true", help="tell what the longest turn went to")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        clip = Path(name) / "clip"
        clip.mkdir()
        width, height = map(int, args.size.split("x"))
        rng = np.random.default_rng(0)
        picture = cv2.resize(rng.integers(40, 200, (45, 80, 3), np.uint8), (width, height))
        first = clip / "frame_0000.jpg"
        cv2.imwrite(str(first), picture)
        for index in range(1, args.frames):
            (clip / f"frame_{index:04d}.jpg").hardlink_to(first)
        args.clip = str(clip)
        return studio([args.clip], drive=lambda window: _Bench(window, args).run(), engine=_Engine())


class _Session(FakeSession):
    """Says the same of every frame, and so costs nothing."""

    _said: FakeResult | None = None

    def step(self, frame: np.ndarray) -> FakeResult:
        if self._said is None:
            self._said = super().step(frame)
        return self._said


class _Engine(FakeEngine):
    def open_session(self, share: float = 1.0) -> FakeSession:
        super().open_session(share)
        self.sessions[-1] = _Session(self)
        return self.sessions[-1]


class _Bench:
    """The window, and what is done with it."""

    def __init__(self, window: MainWindow, args: argparse.Namespace) -> None:
        self.window, self.document, self.args = window, window.document, args
        self.robot = Robot(window)
        self.kinds: list[StoredMask] = []
        self.rows: dict[tuple[str, int], tuple[list[float], str]] = {}
        self.counts: Counter[str] = Counter()

    def run(self) -> int:
        """Do all that was asked for."""
        args, window, document = self.args, self.window, self.document
        window.settings.tour_seen = True
        window.resize(1920, 1200)
        self.robot.wait(
            lambda: document.frame_count == args.frames and window.canvas.shown_frame == 0, 600_000
        )
        for object_id in range(len(document.objects) + 1, args.objects + 1):
            document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
        assert document.info is not None
        size = document.info.height, document.info.width
        self.kinds = [_masks(size, index, args.objects) for index in range(_DISTINCT)]
        document.put_masks({index: self._made(index) for index in range(args.frames)})
        leave_alone()
        print(f"{args.frames} frames of {args.size}, {args.objects} objects")  # noqa: T201
        self.robot.wait(self._is_idle, 600_000)
        parts = {"masks": self._masks, "view": self._view, "project": self._project, "run": self._run}
        for part in args.parts:
            self.rows.clear()
            for _ in range(args.times):
                self.counts.clear()
                self._measure("nothing", lambda: None)
                parts[part]()
            print(f" {part}")  # noqa: T201
            for _, row in self.rows.values():
                print(row, end="", flush=True)  # noqa: T201
        return 0

    def _made(self, index: int) -> StoredMask:
        kind = self.kinds[index % _DISTINCT]
        return _copy(kind) if "masks" in self.args.parts else replace(kind, serial=index + 1)

    def _is_idle(self) -> bool:
        window = self.window
        busy = window.bulk.is_busy or window.propagation.is_running or not window.projects.runner.is_idle
        return not busy and window.journal.is_idle and window.trust.is_idle

    def _masks(self) -> None:
        document, objects, measure = self.document, self.window.objects, self._measure
        measure("merge 2 into 1", lambda: objects.merge(2, 1))
        self._back_and_forth()
        measure("remove object", lambda: objects.remove(3))
        self._back_and_forth()
        measure("reorder", lambda: objects.move(1, len(document.objects) - 1))
        measure("  undo", document.undo)
        measure("split", lambda: objects.split(1))
        measure("clear on one frame", self.window.actions_table["clear_object"].trigger)
        measure("  undo", document.undo)
        measure("add object", self.window.actions_table["add_object"].trigger)
        measure("  undo", document.undo)
        command = PropagateCommand(document, 1, frozenset({0}), "Propagate")
        document.undo_stack.push(command)
        for index in range(self.args.frames):
            entry = document.masks.entry(index)
            command.record(index, self._made(index + 7), entry, 0.5, written=frozenset({1}))
        command.close()
        self.robot.wait(self._is_idle, 600_000)
        measure("undo of a run", document.undo)
        measure("  redo", document.redo)
        measure("reject all of the take", self.window.takes.reject)
        measure("  undo", document.undo)
        measure("accept all of the take", self.window.takes.accept)
        measure("  undo", document.undo)

    def _back_and_forth(self) -> None:
        for name in ("undo", "redo", "undo"):
            self._measure(f"  {name}", getattr(self.document, name))

    def _view(self) -> None:
        window, document, actions = self.window, self.document, self.window.actions_table
        timeline, measure = window.timeline, self._measure

        def scroll() -> None:
            timeline.scale.scroll(300)
            timeline.redraw()

        for _ in range(3):
            measure("timeline: zoom in", lambda: timeline.zoom(1.25))
        for _ in range(3):
            measure("timeline: scroll", scroll)
        measure("timeline: whole clip", timeline.fit)
        measure("go to the middle", lambda: document.set_current_frame(self.args.frames // 2))
        measure("hide object", lambda: document.set_visible(2, False))
        measure("  show", lambda: document.set_visible(2, True))
        measure("object alone", lambda: window.objects.toggle_solo(2))
        measure("  all", lambda: window.objects.toggle_solo(2))
        measure("choose object", lambda: document.set_current_object(1))
        measure("lock object", lambda: window.objects.toggle_lock(2))
        measure("  undo", document.undo)
        measure("light theme", actions["theme_light"].trigger)
        measure("dark theme", actions["theme_dark"].trigger)
        window.finish_panel.set_unfolded(True)
        slider = window.finish_panel.slider("feather_px")
        for view in ("overlay", "matte"):
            actions[view].trigger()
            for position in (300, 320):
                measure(f"finish, {view}", lambda position=position: slider.setValue(position))
        actions["overlay"].trigger()
        measure("make a frame a reference", actions["set_reference"].trigger)
        measure("  undo", document.undo)

    def _project(self) -> None:
        window, path = self.window, Path(self.args.clip).parent / "work.cfbiproj"
        QFileDialog.getSaveFileName = staticmethod(lambda *_: (str(path), ""))  # type: ignore[method-assign,assignment]
        self._measure("save project", window.actions_table["save"].trigger)
        opened: list[int] = []
        window.projects.opened.connect(lambda: opened.append(1))
        self._measure("open project", lambda: window.projects.open(path), lambda: bool(opened))

    def _run(self) -> None:
        window, document, canvas = self.window, self.document, self.window.canvas
        painted: set[int] = set()

        class Looker(QObject):
            def eventFilter(self, watched: QObject, event: QEvent) -> bool:
                if event.type() == QEvent.Type.Paint:
                    painted.add(canvas.shown_frame)
                return False

        looker = Looker()
        canvas.installEventFilter(looker)
        document.set_current_frame(0)
        window.actions_table["set_reference"].trigger()
        document.put_masks(dict.fromkeys(range(1, self.args.frames)))
        self.robot.wait(self._is_idle, 600_000)
        begun = [0.0, 0.0, 0.0]

        def start() -> None:
            begun[:] = _clocks()
            window.actions_table["propagate_forward"].trigger()

        took: list[float] = []

        def ended(running: bool) -> None:
            if not running:
                took[:] = [now - then for now, then in zip(_clocks(), begun, strict=True)]

        window.propagation.running_changed.connect(ended)
        self._measure("run", start)
        canvas.removeEventFilter(looker)
        wall, cpu, in_all = took
        count = len(document.masks)
        row = (
            f"  {count} frames in {wall:.1f} s, {len(painted) / wall:.1f} painted a second; "
            f"{1000 * cpu / count:.1f} ms of processor a frame, "
            f"{1000 * in_all / count:.1f} with all threads\n"
        )
        self._keep("frames", [cpu / count], row)

    def _measure(
        self, what: str, action: Callable[[], object], condition: Callable[[], bool] = lambda: True
    ) -> None:
        loop = QEventLoop()
        watch = Watch(profiles=self.args.profile)
        watch.action = what
        QTimer.singleShot(100, watch, action)
        QTimer.singleShot(_QUIET_MS, watch, loop.quit)
        loop.exec()
        self.robot.wait(lambda: condition() and self._is_idle(), 600_000)
        QTimer.singleShot(_QUIET_MS, watch, loop.quit)
        loop.exec()
        watch.stop()
        cpus = [1000 * stall.cpu for stall in watch.worst["cpu"][:4]]
        cpu = " ".join(f"{took:6.1f}" for took in cpus)
        wall = f"{1000 * watch.worst['wall'][0].wall:6.1f}"
        row = f"  {what:28} processor {cpu}   clock {wall} ms\n{watch.profile(_PROFILE_LINES)}"
        self._keep(what, cpus, row)

    def _keep(self, what: str, took: list[float], row: str) -> None:
        """Remember what to tell of an operation, unless it was quicker before."""
        key = what, self.counts[what]
        self.counts[what] += 1
        if key not in self.rows or took < self.rows[key][0]:
            self.rows[key] = took, row


def _clocks() -> tuple[float, float, float]:
    return time.perf_counter(), time.thread_time(), time.process_time()


def _masks(size: tuple[int, int], index: int, count: int) -> StoredMask:
    scale = size[0] / 720
    mask = np.zeros(size, np.uint8)
    mattes = {}
    for object_id in range(1, count + 1):
        x, y = 170 + 220 * (object_id - 1) + 3 * index, 360 + 40 * (object_id % 3)
        one = np.zeros(size, np.float32)
        cv2.circle(one, (round(scale * x), round(scale * y)), round(scale * 120), 1, -1)
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


if __name__ == "__main__":
    sys.exit(main())
