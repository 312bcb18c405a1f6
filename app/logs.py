"""Where messages for developers go, and what happens to errors that nobody expected."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from app.recent_log import FORMAT, RecentLog

log = logging.getLogger(__name__)

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
# the offscreen platform says this of every window
_HARMLESS = ("This plugin does not support propagateSizeHints",)


class LogFile:
    """A rotating log file that takes everything this process logs, and the last lines of it in memory.

    Args:
        folder: Made if it is not there. A folder that cannot be written means no log file.
        level: The least that is kept.

    Attributes:
        path: The file.
        recent: The last lines.
    """

    def __init__(self, folder: Path, level: int = logging.INFO) -> None:
        self.path = folder / "studio.log"
        self.recent = RecentLog(level=level)
        self._handlers: list[logging.Handler] = [self.recent]
        root = logging.getLogger()
        self._former_level = root.level
        if root.level == logging.NOTSET or root.level > level:
            root.setLevel(level)
        root.addHandler(self.recent)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(self.path, maxBytes=2_000_000, backupCount=3, encoding="utf-8")
        except OSError as error:
            log.info("no log file at %s: %s", self.path, error)
            return
        handler.setLevel(level)
        handler.setFormatter(logging.Formatter(FORMAT))
        root.addHandler(handler)
        self._handlers.append(handler)

    def close(self) -> None:
        """Stop writing."""
        root = logging.getLogger()
        if self._handlers:
            root.setLevel(self._former_level)
        for handler in self._handlers:
            root.removeHandler(handler)
            handler.close()
        self._handlers.clear()


class ErrorHooks:
    """Catches what would end in a traceback on a terminal that nobody sees.

    An exception in a slot does not stop Qt: it arrives here. So do those of Python threads, and Qt's own
    messages go to the log.

    Args:
        report: Told about an unexpected error (its text), in whichever thread it happened.
    """

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._former_hook = sys.excepthook
        self._former_thread_hook = threading.excepthook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception
        self._former_qt = qInstallMessageHandler(_on_qt_message)

    def close(self) -> None:
        """Put the former hooks back."""
        sys.excepthook = self._former_hook
        threading.excepthook = self._former_thread_hook
        qInstallMessageHandler(self._former_qt)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._former_hook(kind, error, trace)
            return
        log.critical("unexpected error", exc_info=(kind, error, trace))
        self._report(f"{kind.__name__}: {error}")

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is not None and not issubclass(arguments.exc_type, SystemExit):
            self._on_exception(arguments.exc_type, arguments.exc_value, arguments.exc_traceback)


def _on_qt_message(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    level = _LEVELS.get(kind, logging.INFO)
    if message.startswith(_HARMLESS):
        level = logging.DEBUG
    logging.getLogger("qt").log(level, "%s", message)
