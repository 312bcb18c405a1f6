"""Random use of the real window, to find warnings, leaks and frozen frames.

    QT_QPA_PLATFORM=offscreen python -m benchmarks.soak CLIP... --minutes 30 [--seed 1] [--weights NAME]

A seeded stream of mouse and key events goes into the window: strokes, outlines, selections, views, scrubbing,
playback, runs (of a network that costs nothing, unless weights are named), undo and redo, objects, finishing,
saving, exports, themes. Every clip gets an equal share of the time. Events are sent one at a time from the
event loop, so that a stall is the time of one handler, and not of the script.

Printed are:

- actions done, warnings and errors of the log and of Qt;
- memory after every tenth of the time, by holder: caches, history, masks; and how glibc got it: in use, free
  between pieces in use, mapped; how much each grew a minute in the second half; what kinds of objects became
  more;
- how long the window's thread did not come back to its event loop: the longest stalls, on the clock and in
  processor time of the thread (a machine that others use stretches only the former), with what was sent
  before and the lines of Python that it was seen in; how long collections of garbage held up everything.

The home folder is a temporary one.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox, QWidget

from app.__main__ import main as studio
from app.document.mask_store import StoredMask
from app.main_window import MainWindow
from app.views.export_dialog import ExportDialog
from app.worker.engine import CfbiEngine, Engine, EngineSettings
from benchmarks.memory import Account, trim
from benchmarks.monkey import Monkey
from benchmarks.stalls import Collections, Watch
from tests.fakes import FakeEngine, FakeSession


class _Engine(FakeEngine):
    """A network that costs nothing, and keeps nothing of its sessions."""

    def open_session(self, share: float = 1.0) -> FakeSession:
        """A new session."""
        session = super().open_session(share)
        self.sessions.clear()
        self.shares[:-1] = []
        return session


class Loud(logging.Handler):
    """Counts what the log says from warnings up."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count a record."""
        self.lines[self.format(record)[-1500:]] += 1


def main() -> int:
    """Run from the command line; returns 1 if there was a warning."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights", help="run a real network (default: one that costs nothing)")
    args = parser.parse_args()
    loud = Loud()
    logging.getLogger().addHandler(loud)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", *(f"XDG_{kind}_HOME" for kind in ("CONFIG", "CACHE", "DATA", "STATE"))):
            os.environ[name] = folder
        qInstallMessageHandler(lambda kind, context, text: _qt_message(loud, text))
        weights = args.weights
        engine = _Engine() if weights is None else CfbiEngine(EngineSettings(weights=weights))
        status = studio([], drive=lambda window: _drive(window, args, engine, Path(folder)), engine=engine)
    for text, count in loud.lines.most_common():
        print(f"{count} x {text}")  # noqa: T201
    print(f"{sum(loud.lines.values())} warnings")  # noqa: T201
    return status or int(bool(loud.lines))


def _qt_message(loud: Loud, text: str) -> None:
    if "propagateSizeHints" not in text:  # what the offscreen platform says of every window
        loud.lines[f"Qt: {text}"] += 1


def _drive(window: MainWindow, args: argparse.Namespace, engine: Engine, folder: Path) -> int:
    window.settings.tour_seen = True
    window.resize(1440, 900)
    project = folder / "soak.cfbiproj"
    QFileDialog.getSaveFileName = staticmethod(lambda *_: (str(project), ""))  # type: ignore[method-assign,assignment]
    monkey, watch, account = (
        Monkey(window, args.seed, folder),
        Watch(),
        Account(_holders(window, engine), _counters(window)),
    )
    begun, collections = time.perf_counter(), Collections()
    share_ms = round(args.minutes * 60_000 / len(args.clips))
    tenth, answers = QTimer(), QTimer()

    def note() -> None:
        account.note((time.perf_counter() - begun) / 60)
        watch.forgive()

    note()
    tenth.timeout.connect(note)
    answers.timeout.connect(lambda: _answer(QApplication.activeModalWidget(), monkey))
    tenth.start(round(args.minutes * 6000))
    answers.start(200)
    for clip in args.clips:
        _use(monkey.events(clip.resolve()), watch, share_ms)
    for timer in (tenth, answers):
        timer.stop()
    watch.stop()
    collections.close()
    note()
    trim_s = trim()
    note()
    _report(monkey, watch, account, collections)
    print(f"malloc_trim took {1000 * trim_s:.0f} ms")  # noqa: T201
    return 0


def _holders(window: MainWindow, engine: Engine) -> dict[str, Callable[[], int]]:
    """What keeps much, or could, and how many bytes that is."""
    document = window.document
    return {
        "decoded": lambda: window.clip.lane.bytes_used,
        "drawn": lambda: window.drawn.bytes_used,
        "thumbs": lambda: window.timeline.thumbnails.cache.bytes_used,
        "mattes": lambda: window.finishing.lane.bytes_used,
        "history": lambda: document.undo_stack.nbytes,
        "takes": lambda: sum(take.nbytes for take in document.takes),
        "masks": lambda: document.masks.nbytes,
        "all masks": _mask_bytes,
        "features": lambda: engine.bytes_used,
    }


def _counters(window: MainWindow) -> dict[str, Callable[[], int]]:
    """What should not grow without end."""
    return {
        "widgets": lambda: len(QApplication.allWidgets()),
        "steps": window.document.undo_stack.count,
        "threads": threading.active_count,
    }


def _mask_bytes() -> int:
    """Of all stored masks that are alive, wherever; what several share counts once."""
    alive = [thing for thing in gc.get_objects() if type(thing) is StoredMask]
    parts = {id(data): len(data) for mask in alive for data in _planes(mask)}
    return sum(parts.values())


def _planes(mask: StoredMask) -> Iterator[bytes]:
    yield mask.index
    for matte in mask.mattes.values():
        yield matte.coarse
        yield matte.rest


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


def _report(monkey: Monkey, watch: Watch, account: Account, collections: Collections) -> None:
    total = sum(monkey.done.values())
    lines = [f"{total} actions: " + ", ".join(f"{name} {count}" for name, count in monkey.done.most_common())]
    lines += ["memory in MiB by holder; the last row is after malloc_trim:", account.table()]
    lines.append("objects that became most more in the second half:")
    lines += [f"  {kind}: {then} to {now}" for kind, then, now in account.grown(12)]
    walls = sorted(watch.walls)
    lines.append(
        f"{len(walls)} turns of the event loop; "
        f"99th percentile {1000 * walls[int(0.99 * len(walls))]:.0f} ms, longest {1000 * walls[-1]:.0f} ms"
    )
    for title, key in (("on the clock", "wall"), ("of processor", "cpu")):
        lines.append(f"longest {title}:")
        for gap in watch.worst[key]:
            times = f"{1000 * gap.wall:.0f} ms, {1000 * gap.cpu:.0f} ms of processor"
            lines.append(f"  {times}: {gap.action} ({gap.where})")
    pauses = ", ".join(
        f"{count} of generation {generation} up to {1000 * longest:.0f} ms"
        for generation, (count, longest) in enumerate(
            zip(collections.counts, collections.longest, strict=True)
        )
    )
    lines.append(f"collections of garbage: {pauses}")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
