"""The last lines of the log, kept in memory for the log window and for reports. Free of Qt."""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
_KEPT = 1000


class RecentLog(logging.Handler):
    """Keeps the last records as lines of text.

    Args:
        kept: How many.
        level: The least that is kept.
    """

    def __init__(self, kept: int = _KEPT, level: int = logging.INFO) -> None:
        super().__init__(level)
        self._lines: deque[str] = deque(maxlen=kept)
        self.count = 0
        self.setFormatter(logging.Formatter(FORMAT))

    def lines(self) -> list[str]:
        """Oldest first; a record with a traceback is several lines in one text."""
        self.acquire()
        try:
            return list(self._lines)
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record. The lock of the handler is held by whoever calls this."""
        self._lines.append(self.format(record))
        self.count += 1


def report_text(message: str, facts: dict[str, str], lines: list[str], newest: int = 200) -> str:
    """What a user sends to whoever is to find an error.

    Args:
        message: What went wrong.
        facts: Versions, platform, sizes.
        lines: Of the log, oldest first.
        newest: How many of them go into the report.

    Returns:
        Plain text. Home folders in paths are shortened to "~", so that it names no user.
    """
    parts = [
        message,
        "",
        *(f"{name}: {value}" for name, value in facts.items()),
        "",
        "Log:",
        *lines[-newest:],
    ]
    return _without_home("\n".join(parts))


def _without_home(text: str) -> str:
    folder = str(Path.home())
    return text.replace(folder, "~") if len(folder) > 1 else text
