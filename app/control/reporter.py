"""Brings errors to the user as messages."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from app.errors import UserError
from app.i18n import tr
from app.views.banner import Banner
from app.worker.job import ErrorInfo


class ErrorReporter(QObject):
    """Shows errors in the banner, from whichever thread they come.

    Args:
        banner: Where they are shown.
        parent: Owner.

    Signals:
        report_wanted: The user wants a report of an unexpected error (its text).
    """

    report_wanted = Signal(str)
    _unexpected = Signal(str)

    def __init__(self, banner: Banner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._banner = banner
        self._last = ""
        self._unexpected.connect(self._show_unexpected)

    def show(self, error: UserError | ErrorInfo) -> None:
        """An error that has a message for the user."""
        self._banner.show_message(error.message, error.hint)

    def inform(self, message: str, hint: str = "", *, level: str = "info") -> None:
        """Something worth knowing that is no error."""
        self._banner.show_message(message, hint, level=level)

    def refuse(self, message: str, hint: str = "", *, level: str = "info") -> None:
        """Why a command could not be done as the work stands; gone with the next change of the work."""
        self._banner.show_message(message, hint, level=level, refuses=True)

    def unexpected(self, text: str) -> None:
        """An error that nobody foresaw. May be called from any thread."""
        self._unexpected.emit(text)

    @Slot(str)
    def _show_unexpected(self, text: str) -> None:
        self._last = text
        self._banner.show_message(
            tr("Something unexpected went wrong: {text}", text=text),
            tr("Your masks are still here. A report with the log helps whoever is to find the cause."),
            action=tr("Copy report"),
            callback=self._copy_report,
        )

    def _copy_report(self) -> None:
        self.report_wanted.emit(self._last)
