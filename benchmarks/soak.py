"""Random use of the real window, to find warnings, leaks and frozen frames.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.soak CLIP [CLIP...] --minutes 30 [--seed 1]

A seeded stream of mouse and key events goes into the window: strokes, outlines, selections, views, scrubbing,
playback, runs (of a network that costs nothing), undo and redo, objects, finishing, saving, exports, themes.
Half-way through its time it goes on to the next clip. Events are sent one at a time from the event loop, so
that a stall is the time of one handler, and not of the script.

Printed are: actions done, warnings and errors of the log and of Qt, memory after every tenth of the time, and
how long the window's thread did not come back to its event loop: the longest stalls, on the clock and in
processor time of the thread (a machine that others use stretches only the former), with what was sent before.
The home folder is a temporary one.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QEvent, QEventLoop, QObject, QPointF, Qt, QTimer, qInstallMessageHandler
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox, QWidget

from app.__main__ import main as studio
from app.main_window import MainWindow
from app.tools.tool import ToolMode
from app.views.export_dialog import ExportDialog
from app.views.view_mode import ViewMode
from tests.fakes import FakeEngine
from tests.robot import Robot

_TICK_MS = 5
_KEPT_STALLS = 8
_NONE, _LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
_MOST_OBJECTS = 12
_TOOLS = [mode for mode in ToolMode if mode is not ToolMode.PAN]
_PLAIN_ACTIONS = (
    *(view.value for view in ViewMode),
    *("onion", "wipe", "toggle_overlay", "theme_dark", "theme_light", "fit", "actual", "zoom_in", "zoom_out"),
    *("step_back", "step_forward", "leap_back", "leap_forward", "previous_reference", "next_reference"),
    *("grow", "shrink", "fill_holes", "invert", "copy_next", "clear_object", "clear_frame", "lock_frame"),
    *("set_in", "set_out", "clear_in_out", "set_reference", "drop_reference", "smaller", "larger", "softer"),
    *("compare", "accept_take", "reject_take", "stop", "continue_run", "timeline_zoom_in", "timeline_fit"),
    *("play", "play_forward", "play_back", "pause", "first", "last"),
)
_RUNS = ("propagate_forward", "propagate_backward", "propagate_both", "propagate_forward_1")


@dataclass(frozen=True)
class Stall:
    """The event loop did not turn for a while: seconds on the clock, of processor, and what came before."""

    wall: float
    cpu: float
    action: str


class Watch(QObject):
    """Ticks in the window's thread and remembers the longest pauses between ticks."""

    def __init__(self) -> None:
        super().__init__()
        self.action = "start"
        self.walls = array("f")  # of every turn, small: the script must not look like a leak
        self.worst: dict[str, list[Stall]] = {"wall": [], "cpu": []}
        self._last = time.perf_counter(), time.thread_time()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        wall = now[0] - self._last[0] - _TICK_MS / 1000
        stall = Stall(max(0.0, wall), now[1] - self._last[1], self.action)
        self.walls.append(stall.wall)
        for key, worst in self.worst.items():
            worst.append(stall)
            worst.sort(key=lambda one: -getattr(one, key))
            del worst[_KEPT_STALLS:]
        self._last = now


class Loud(logging.Handler):
    """Counts what the log says from warnings up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        self.lines[self.format(record)[-1500:]] += 1


class Monkey:
    """Chooses what to do next and does it, one event at a time."""

    def __init__(self, window: MainWindow, seed: int, folder: Path) -> None:
        self.window, self.document = window, window.document
        self.robot = Robot(window)
        self.chance = random.Random(seed)
        self.folder = folder
        self.done: Counter[str] = Counter()
        self.patience = 0

    def events(self, clip: Path) -> Iterator[str]:
        """Endless actions on a clip; every ``next`` sends about one event. Yields what was done."""
        yield from self._open(clip)
        choices: list[tuple[Callable[[], Iterator[str]], int]] = [
            (self._stroke, 30),
            (self._plain, 40),
            (self._scrub, 12),
            (self._run, 5),
            (self._history, 14),
            (self._objects, 6),
            (self._finish, 6),
            (self._wheel, 4),
            (self._save, 1),
            (self._export, 1),
        ]
        ways, weights = zip(*choices, strict=True)
        while True:
            way = self.chance.choices(ways, weights)[0]
            self.done[way.__name__.strip("_")] += 1
            yield from way()

    def _open(self, clip: Path) -> Iterator[str]:
        yield from self._wait(lambda: not self.window.propagation.is_running)
        self.window.files.open(clip)
        yield "open"
        yield from self._wait(lambda: self.document.path == clip and self.window.canvas.shown_frame >= 0)

    def _wait(self, condition: Callable[[], bool]) -> Iterator[str]:
        for _ in range(4000):
            self.window.propagation.go_on()
            if condition():
                return
            yield "wait"

    def _point(self) -> tuple[float, float]:
        info = self.document.info
        assert info is not None
        return self.chance.uniform(-20, info.width + 20), self.chance.uniform(-20, info.height + 20)

    def _stroke(self) -> Iterator[str]:
        mode = self.chance.choice(_TOOLS)
        self.window.actions_table[mode.value].trigger()
        yield mode.value
        if self.chance.random() < 0.1:
            self.window.tool_options.reach.setValue(self.chance.choice((0, 0, 3)))
        held = self.chance.choice((_NONE, _NONE, Qt.KeyboardModifier.AltModifier))
        canvas, at = self.window.canvas, self._point()
        QTest.mousePress(canvas, _LEFT, held, self.robot.at(*at))
        yield f"{mode.value}: press"
        for _ in range(self.chance.randrange(1, 12)):
            at = at[0] + self.chance.uniform(-60, 60), at[1] + self.chance.uniform(-60, 60)
            place = QPointF(self.robot.at(*at))
            event = QMouseEvent(
                QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), Qt.MouseButton.NoButton, _LEFT, held
            )
            QApplication.sendEvent(canvas, event)
            yield f"{mode.value}: move"
            if self.chance.random() < 0.02:
                self.window.actions_table[self.chance.choice(("step_forward", "undo", "grow"))].trigger()
                yield f"{mode.value}: something else in between"
        QTest.mouseRelease(canvas, _LEFT, held, self.robot.at(*at))
        yield f"{mode.value}: release"
        if mode in (ToolMode.POLYGON, ToolMode.SMART) and self.chance.random() < 0.4:
            self.robot.key(Qt.Key.Key_Return)
            yield f"{mode.value}: Enter"

    def _plain(self) -> Iterator[str]:
        name = self.chance.choice(_PLAIN_ACTIONS)
        self.window.actions_table[name].trigger()
        yield name

    def _scrub(self) -> Iterator[str]:
        frame = self.document.current_frame
        for _ in range(self.chance.randrange(3, 25)):
            frame += self.chance.randrange(-4, 6)
            self.document.set_current_frame(frame)
            yield "scrub"

    def _run(self) -> Iterator[str]:
        name = self.chance.choice(_RUNS)
        self.window.actions_table[name].trigger()
        yield name
        if self.chance.random() < 0.3:
            yield from self._wait(lambda: not self.window.propagation.is_running)
        else:
            self.window.propagation.go_on()

    def _history(self) -> Iterator[str]:
        for _ in range(self.chance.randrange(1, 6)):
            name = self.chance.choice(("undo", "undo", "redo"))
            self.window.actions_table[name].trigger()
            yield name

    def _objects(self) -> Iterator[str]:
        window, ids = self.window, [info.object_id for info in self.document.objects]
        kind = self.chance.randrange(7)
        if not ids or (kind == 0 and len(ids) < _MOST_OBJECTS):
            window.object_panel.add_object()
        else:
            one, other = self.chance.choice(ids), self.chance.choice(ids)
            todo: list[Callable[[], object]] = [
                lambda: self.document.set_current_object(one),
                lambda: window.objects.merge(one, other),
                lambda: window.objects.split(one),
                lambda: window.objects.toggle_lock(one),
                lambda: window.objects.toggle_solo(one),
                lambda: window.objects.raise_by(one, self.chance.choice((-1, 1))),
                lambda: window.objects.remove(one) if len(ids) > 4 else None,
            ]
            todo[kind]()
        yield "objects"

    def _finish(self) -> Iterator[str]:
        panel = self.window.finish_panel
        name = self.chance.choice(("threshold", "softness", "grow_px", "feather_px", "chatter_frames"))
        panel.slider(name).setValue(self.chance.randrange(0, 1000))
        yield f"finish {name}"
        if self.chance.random() < 0.3:
            panel.reset_button.click()
            yield "finish reset"

    def _wheel(self) -> Iterator[str]:
        for _ in range(self.chance.randrange(1, 5)):
            self.window.canvas.zoom_to(self.chance.uniform(0.2, 16), QPointF(self.chance.randrange(600), 200))
            yield "zoom"

    def _save(self) -> Iterator[str]:
        self.window.actions_table["save"].trigger()
        yield "save"

    def _export(self) -> Iterator[str]:
        document = self.document
        if self.window.export.is_running or not document.masks.entries():
            return
        first = min(document.current_frame, document.frame_count - 4)
        document.put_points(max(0, first), max(0, first) + 3)
        self.window.actions_table["export"].trigger()  # the dialog is answered by a timer
        yield "export"


def main() -> int:
    """Run from the command line; returns 1 if there was a warning."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    loud = Loud()
    logging.getLogger().addHandler(loud)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", *(f"XDG_{kind}_HOME" for kind in ("CONFIG", "CACHE", "DATA", "STATE"))):
            os.environ[name] = folder
        qInstallMessageHandler(lambda kind, context, text: _qt_message(loud, text))
        status = studio([], drive=lambda window: _drive(window, args, Path(folder)), engine=FakeEngine())
    for text, count in loud.lines.most_common():
        print(f"{count} x {text}")  # noqa: T201
    print(f"{sum(loud.lines.values())} warnings")  # noqa: T201
    return status or int(bool(loud.lines))


def _qt_message(loud: Loud, text: str) -> None:
    if "propagateSizeHints" not in text:  # what the offscreen platform says of every window
        loud.lines[f"Qt: {text}"] += 1


def _drive(window: MainWindow, args: argparse.Namespace, folder: Path) -> int:
    window.settings.tour_seen = True
    window.resize(1440, 900)
    project = folder / "soak.cfbiproj"
    QFileDialog.getSaveFileName = staticmethod(lambda *_: (str(project), ""))  # type: ignore[method-assign,assignment]
    monkey, watch, memory = Monkey(window, args.seed, folder), Watch(), [_resident_mib()]
    share_ms = round(args.minutes * 60_000 / len(args.clips))
    tenth, answers = QTimer(), QTimer()
    tenth.timeout.connect(lambda: memory.append(_resident_mib()))
    answers.timeout.connect(lambda: _answer(QApplication.activeModalWidget(), monkey))
    tenth.start(round(args.minutes * 6000))
    answers.start(200)
    for clip in args.clips:
        _use(monkey.events(clip.resolve()), watch, share_ms)
    for timer in (tenth, answers):
        timer.stop()
    watch.stop()
    _report(monkey, watch, memory)
    return 0


def _use(events: Iterator[str], watch: Watch, length_ms: int) -> None:
    """Send events from the event loop for a while."""
    loop, stepper = QEventLoop(), QTimer()

    def step() -> None:
        stepper.stop()  # a dialog's own loop must not send more
        watch.action = next(events)
        stepper.start()

    stepper.timeout.connect(step)
    QTimer.singleShot(length_ms, loop.quit)
    stepper.start(1)
    loop.exec()
    stepper.stop()


def _answer(dialog: QWidget | None, monkey: Monkey) -> None:
    """Questions are answered with the button that gives work up; exports go to a folder of their own."""
    if isinstance(dialog, ExportDialog):
        folder = str(monkey.folder / f"mattes {monkey.done['export']}")
        if dialog.folder_edit.text() != folder:
            dialog.presets.choose("png")
            dialog.folder_edit.setText(folder)
            monkey.patience = 20
        elif dialog.export_button.isEnabled():
            dialog.export_button.click()
        else:
            monkey.patience -= 1  # nothing to export on these frames
            if not monkey.patience:
                dialog.reject()
    elif isinstance(dialog, QMessageBox):
        buttons = dialog.buttons()
        roles = [dialog.buttonRole(button) for button in buttons]
        giving_up = QMessageBox.ButtonRole.DestructiveRole
        buttons[roles.index(giving_up) if giving_up in roles else 0].click()
    elif isinstance(dialog, QDialog):
        dialog.reject()


def _resident_mib() -> float:
    """Memory of the process; where the system does not tell, the most it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
            2**20 if sys.platform == "darwin" else 2**10
        )


def _report(monkey: Monkey, watch: Watch, memory: list[float]) -> None:
    total = sum(monkey.done.values())
    lines = [f"{total} actions: " + ", ".join(f"{name} {count}" for name, count in monkey.done.most_common())]
    lines.append("memory in MiB: " + ", ".join(f"{value:.0f}" for value in memory))
    walls = sorted(watch.walls)
    lines.append(
        f"{len(walls)} turns of the event loop; "
        f"99th percentile {1000 * walls[int(0.99 * len(walls))]:.0f} ms, longest {1000 * walls[-1]:.0f} ms"
    )
    for title, key in (("on the clock", "wall"), ("of processor", "cpu")):
        lines.append(f"longest {title}:")
        for gap in watch.worst[key]:
            lines.append(f"  {1000 * gap.wall:.0f} ms, {1000 * gap.cpu:.0f} ms of processor: {gap.action}")
    document = monkey.document
    window = monkey.window
    held = (
        window.clip.lane.bytes_used,
        window.drawn.bytes_used,
        document.masks.nbytes,
        document.undo_stack.nbytes,
    )
    lines.append(
        "MiB of decoded frames, drawn frames, masks, history: "
        + ", ".join(f"{value / 2**20:.1f}" for value in held)
    )
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
