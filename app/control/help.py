"""Help: the log, reports of errors, and what this program is."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from app.document.document import Document
from app.i18n import tr
from app.recent_log import RecentLog, report_text

_PACKAGES = ("cfbi-studio", "PySide6", "torch", "numpy", "opencv-python", "imageio-ffmpeg")


class Help(QObject):
    """What the Help menu does.

    Args:
        document: Named in reports by its size, never by its name.
        recent: The last lines of the log.
        log_path: The log file; empty if there is none.
        window: Parent of the dialogs.
    """

    def __init__(self, document: Document, recent: RecentLog, log_path: str, window: QWidget) -> None:
        super().__init__(window)
        self._document = document
        self._recent = recent
        self._log_path = log_path
        self._window = window
        self._log_window: QWidget | None = None

    def show_log(self) -> None:
        """The window with the last lines of the log."""
        from app.views.log_window import LogWindow

        if self._log_window is None:
            self._log_window = LogWindow(self._recent, self._log_path, self._window)
        self._log_window.show()
        self._log_window.raise_()

    def copy_report(self, message: str = "") -> None:
        """Put a report for whoever is to find an error on the clipboard; it is in English, as the log."""
        text = report_text(message or "Report of CFBI Studio", self.facts(), self._recent.lines())
        QGuiApplication.clipboard().setText(text)

    def facts(self) -> dict[str, str]:
        """Versions and sizes."""
        found = {"Python": platform.python_version(), "Platform": platform.platform()}
        for name in _PACKAGES:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = "not installed"
        info = self._document.info
        if info is not None:
            found["Clip"] = f"{info.width} x {info.height}, {info.frame_count} frames, {info.fps} fps"
            found["Masks"] = f"{len(self._document.masks)}, {self._document.masks.nbytes} bytes"
            found["Objects"] = str(len(self._document.objects))
        return found

    def about(self) -> None:
        """What this program is."""
        QMessageBox.about(
            self._window,
            tr("About CFBI Studio"),
            tr(
                "<b>CFBI Studio</b>"
                "<p>Paint an object on one frame; the network carries its mask through the clip.</p>"
                "<p>Collaborative Video Object Segmentation by Foreground-Background Integration, "
                "Z. Yang, Y. Wei, Y. Yang, ECCV 2020.</p>"
                "<p>Apache License 2.0</p>"
            ),
        )
