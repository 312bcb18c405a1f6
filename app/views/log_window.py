"""The last lines of the log."""

from __future__ import annotations

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.recent_log import RecentLog
from app.views.box_name import name_box

_REFRESH_MS = 500


class LogWindow(QDialog):
    """Follows the log while it is open; can be filtered, copied, and opened as a file.

    Args:
        recent: The lines.
        path: The log file; empty if there is none.
        parent: Window.
    """

    def __init__(self, recent: RecentLog, path: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Log"))
        self.resize(820, 480)
        self._recent = recent
        self._path = path
        self._seen = -1
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 12)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(tr("Log lines"))
        column.addWidget(self.text, 1)
        row = QHBoxLayout()
        self.level = QComboBox()
        self.level.addItems([tr("All lines"), tr("Warnings and errors"), tr("Errors")])
        self.level.currentIndexChanged.connect(self._show_anew)
        self.copy_button = QPushButton(tr("Copy"))
        self.copy_button.clicked.connect(self._copy)
        self.file_button = QPushButton(tr("Open the file"))
        self.file_button.setEnabled(bool(path))
        self.file_button.clicked.connect(self._open_file)
        for button in (self.copy_button, self.file_button):
            button.setAutoDefault(False)  # Enter is not meant for either
        row.addWidget(self.level)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        row.addWidget(self.file_button)
        column.addLayout(row)
        name_box(self.level, tr("Which lines"))
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._follow)

    def _follow(self) -> None:
        if self._seen != self._recent.count:
            self._seen = self._recent.count
            bar = self.text.verticalScrollBar()
            at_end = bar.value() >= bar.maximum() - 2
            self.text.setPlainText("\n".join(self._wanted()))
            if at_end:
                bar.setValue(bar.maximum())

    def _wanted(self) -> list[str]:
        marks = ((), (" WARNING ", " ERROR ", " CRITICAL "), (" ERROR ", " CRITICAL "))[
            self.level.currentIndex()
        ]
        return [line for line in self._recent.lines() if not marks or any(mark in line for mark in marks)]

    def _show_anew(self) -> None:
        self._seen = -1
        self._follow()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())

    def _open_file(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._path))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt override
        self._show_anew()
        bar = self.text.verticalScrollBar()
        bar.setValue(bar.maximum())
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - Qt override
        self._timer.stop()
        super().hideEvent(event)
