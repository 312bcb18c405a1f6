"""How long the window's thread did not come back to its event loop, and what it did meanwhile."""

from __future__ import annotations

import cProfile
import faulthandler
import gc
import io
import pstats
import re
import tempfile
import threading
import time
from array import array
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractEventDispatcher, QObject, Qt, QTimer

_TICK_MS = 5
_KEPT_STALLS = 8
_LOOKED_AFTER_S = 0.08
_LOOKED_EVERY_S = 0.03
_LINES = 3
_LINE = re.compile(r'File "(.*)", line (\d+) in ')


@dataclass(frozen=True)
class Stall:
    """The event loop did not turn for a while.

    Attributes:
        wall: Seconds on the clock.
        cpu: Seconds of the thread's processor time in the longest turn of it.
        action: What was sent before.
        where: The innermost lines of Python that were seen in it, for one that was long enough to look.
    """

    wall: float
    cpu: float
    action: str
    where: str = ""


class Watch(QObject):
    """Ticks in the window's thread and remembers the longest pauses between ticks.

    Args:
        profiles: Keep what Python did in the turn that took most processor time; that makes turns longer.
    """

    def __init__(self, *, profiles: bool = False) -> None:
        super().__init__()
        self.action = "start"
        self._profiler = cProfile.Profile() if profiles else None
        self._of_worst: cProfile.Profile | None = None
        self._of_all = 0.0
        self.walls = array("f")  # of every turn, small: the script must not look like a leak
        self.worst: dict[str, list[Stall]] = {"wall": [], "cpu": []}
        self._last = time.perf_counter()
        self._turn, self._longest = time.thread_time(), 0.0
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        self._dispatcher = dispatcher
        # between two ticks there may be several turns, all but the last one shorter than a tick
        dispatcher.awake.connect(self._on_turn)
        self._where = ""
        self._looker = threading.Thread(target=self._look, args=(threading.get_ident(),), daemon=True)
        self._is_over = threading.Event()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(_TICK_MS)
        self._looker.start()
        if self._profiler is not None:
            self._profiler.enable()

    def stop(self) -> None:
        """No more ticks."""
        self._timer.stop()
        self._dispatcher.awake.disconnect(self._on_turn)
        if self._profiler is not None:
            self._profiler.disable()
            self._profiler = None
        self._is_over.set()
        self._looker.join()

    def forgive(self) -> None:
        """What was done since the last tick was the script's own."""
        self._last, self._where = time.perf_counter(), ""
        self._turn, self._longest = time.thread_time(), 0.0

    def profile(self, lines: int) -> str:
        """What Python did in the turn that took most processor time, as a table; empty if not looked at."""
        if self._of_worst is None:
            return ""
        text = io.StringIO()
        pstats.Stats(self._of_worst, stream=text).sort_stats("cumulative").print_stats(lines)
        return text.getvalue()

    def _on_turn(self) -> None:
        took = time.thread_time() - self._turn
        self._longest = max(self._longest, took)
        if self._profiler is not None:
            self._profiler.disable()
            if took > self._of_all:
                self._of_all, self._of_worst = took, self._profiler
            self._profiler = cProfile.Profile()
            self._profiler.enable()
        self._turn = time.thread_time()

    def _tick(self) -> None:
        now = time.perf_counter()
        self._on_turn()
        stall = Stall(max(0.0, now - self._last - _TICK_MS / 1000), self._longest, self.action, self._where)
        self.walls.append(stall.wall)
        for key, worst in self.worst.items():
            worst.append(stall)
            worst.sort(key=lambda one: -getattr(one, key))
            del worst[_KEPT_STALLS:]
        self._last, self._where = now, ""
        self._turn, self._longest = time.thread_time(), 0.0

    def _look(self, thread_id: int) -> None:
        """Runs in a thread of its own: an event loop that is stuck cannot say where."""
        while not self._is_over.wait(_LOOKED_EVERY_S):
            if time.perf_counter() - self._last < _LOOKED_AFTER_S or self._where:
                continue
            self._where = " < ".join(_stack(thread_id)[:_LINES])


def _stack(thread_id: int) -> list[str]:
    """The lines of Python that a thread is in, the innermost first.

    Frames are not held for a moment, as ``sys._current_frames`` would: what they hold would be deleted by
    the thread that looks, which is fatal for a QTimer of the window's thread.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as file:
        faulthandler.dump_traceback(file)
        file.seek(0)
        text = file.read()
    part = re.search(rf"hread 0x{thread_id:016x}.*\n((?:  .*\n)*)", text)
    lines = [] if part is None else _LINE.findall(part[1])
    return [f"{Path(name).name}:{number}" for name, number in lines]


class Collections:
    """How long Python's collector of garbage holds up all threads, in seconds by generation."""

    def __init__(self) -> None:
        self.longest = [0.0, 0.0, 0.0]
        self.counts = [0, 0, 0]
        self._begun = 0.0
        gc.callbacks.append(self._note)

    def close(self) -> None:
        """Look no more."""
        gc.callbacks.remove(self._note)

    def _note(self, phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            self._begun = time.perf_counter()
            return
        generation = info["generation"]
        self.counts[generation] += 1
        self.longest[generation] = max(self.longest[generation], time.perf_counter() - self._begun)
