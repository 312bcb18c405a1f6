"""Progress of long work on standard error: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

_BAR = 24
_REDRAW_S = 0.1
_LINE_S = 10.0


class Progress:
    """Counts finished pieces of work and says how far it is. Use it as a context manager.

    Args:
        label: What is worked on.
        total: How many pieces there are.
        unit: What a piece is called, in the plural.
        stream: Where to write; standard error by default.
        clock: Seconds; for tests.
    """

    def __init__(
        self,
        label: str,
        total: int,
        *,
        unit: str = "frames",
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._label, self._total, self._unit = label, total, unit
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._terminal = self._stream.isatty()
        self._start = self._shown = clock()
        self.done = 0
        self._skipped = 0

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self._clock() - self._start

    def advance(self) -> None:
        """One more piece is finished."""
        self.done += 1
        self._show()

    def skip(self, pieces: int) -> None:
        """Count pieces as done that took no work, so that they say nothing about speed.

        Args:
            pieces: How many.
        """
        self.done += pieces
        self._skipped += pieces
        self._show()

    def _show(self) -> None:
        now = self._clock()
        # the first piece shows the bar at once; a line in a log can wait
        if now - self._shown >= (_REDRAW_S if self._terminal else _LINE_S) or (
            self._terminal and self.done == 1
        ):
            self._shown = now
            self._write(self._text())

    def _text(self) -> str:
        share = self.done / self._total if self._total else 1.0
        rate = (self.done - self._skipped) / self.seconds if self.seconds > 0 else 0.0
        left = (
            f", {_clock_time((self._total - self.done) / rate)} left"
            if rate and self.done < self._total
            else ""
        )
        filled = round(share * _BAR)
        bar = f"[{'#' * filled}{'.' * (_BAR - filled)}] " if self._terminal else ""
        return f"{self._label} {bar}{self.done}/{self._total} {self._unit}, {rate:.1f}/s{left}"

    def _write(self, text: str) -> None:
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r{text[:width].ljust(width)}")
        else:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal and self.done:
            self._write(self._text())
            self._stream.write("\n")
            self._stream.flush()


def _clock_time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
