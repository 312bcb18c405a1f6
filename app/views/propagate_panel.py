"""Starts and stops propagation and shows how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from app.views.section import Section


class PropagatePanel(Section):
    """Buttons for the three directions, Stop, and the progress of the run.

    Args:
        backward: Propagate from here to the start.
        both: Propagate from here both ways.
        forward: Propagate from here to the end.
        stop: End the run.
        parent: Owner.
    """

    def __init__(
        self, backward: QAction, both: QAction, forward: QAction, stop: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__("Propagate from here", parent)
        row = QHBoxLayout()
        row.setSpacing(6)
        for action in (backward, both, forward):
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setObjectName("direction")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        self.body.addLayout(row)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(8)
        self._bar.setAccessibleName("Progress of the propagation")
        self.body.addWidget(self._bar)
        line = QHBoxLayout()
        self._text = QLabel("")
        self._text.setObjectName("hint")
        self._text.setWordWrap(True)
        line.addWidget(self._text, 1)
        self._stop = QPushButton("Stop")
        self._stop.setObjectName("stop")
        self._stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._stop.setToolTip("Stop the run, or the export; what is finished stays (Esc)")
        self._stop.clicked.connect(stop.trigger)
        self._stop.setEnabled(False)
        self._stop_action = stop
        stop.changed.connect(self._on_stop_changed)
        line.addWidget(self._stop)
        self.body.addLayout(line)
        self.set_idle("")

    @property
    def text(self) -> str:
        """What it says about the run."""
        return self._text.text()

    def set_busy(self, text: str) -> None:
        """A run has started and is not at its first frame yet."""
        self._bar.setRange(0, 0)
        self._text.setText(text)

    def set_progress(self, done: int, total: int, text: str) -> None:
        """A run is at frame ``done`` of ``total``."""
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(done)
        self._text.setText(text)

    def set_idle(self, text: str) -> None:
        """No run is under way; ``text`` says how the last one ended."""
        self._bar.setRange(0, 1)
        self._bar.setValue(0)
        self._text.setText(text or "Paint on a frame, then carry the masks through the clip.")

    def _on_stop_changed(self) -> None:
        self._stop.setEnabled(self._stop_action.isEnabled())
