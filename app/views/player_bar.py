"""Buttons to play and step, with the frame number and the time."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app.document.document import Document
from app.i18n import tr
from app.views.number_box import NumberBox


class PlayerBar(QWidget):
    """Play and step buttons.

    Signals:
        frame_chosen: A frame number was typed (frame index).
        entered: The user is done with typing a frame number.
    """

    frame_chosen = Signal(int)
    entered = Signal()

    def __init__(self, document: Document, actions: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 0)
        row.setSpacing(2)
        self._time = QLabel("00:00.00")
        self._time.setObjectName("number")
        self._time.setMinimumWidth(150)
        row.addWidget(self._time)
        row.addStretch(1)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setFixedSize(34, 30)
            row.addWidget(button)
        row.addStretch(1)
        self._note = QLabel("")
        self._note.setObjectName("muted")
        row.addWidget(self._note)
        row.addSpacing(10)
        self._spin = NumberBox()
        self._spin.setAccessibleName(tr("Frame number"))
        self._spin.setToolTip(tr("Frame number, counted from 0. Type one to go there."))
        self._spin.setKeyboardTracking(False)
        self._spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._spin.setFixedWidth(64)
        self._spin.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._spin.valueChanged.connect(self._on_typed)
        self._spin.lineEdit().returnPressed.connect(self.entered)
        row.addWidget(self._spin)
        self._total = QLabel("")
        self._total.setObjectName("muted")
        row.addWidget(self._total)
        document.clip_changed.connect(self._on_clip_changed)
        document.clip_extended.connect(self._on_clip_extended)
        document.current_frame_changed.connect(self._on_current_frame_changed)
        self._on_clip_changed()

    def set_note(self, text: str) -> None:
        """A short remark, such as the number of dropped frames."""
        self._note.setText(text)

    def _on_clip_changed(self) -> None:
        self.set_note("")
        self._on_clip_extended()

    def _on_clip_extended(self) -> None:
        count = self._document.frame_count
        self._spin.setEnabled(count > 0)
        self._spin.blockSignals(True)
        self._spin.setRange(0, max(0, count - 1))
        self._spin.blockSignals(False)
        self._total.setText(f"/ {count - 1}" if count else "")
        self._on_current_frame_changed(self._document.current_frame)

    def _on_current_frame_changed(self, frame_index: int) -> None:
        self._spin.blockSignals(True)
        self._spin.setValue(frame_index)
        self._spin.blockSignals(False)
        info = self._document.info
        if info is None:
            self._time.setText("")
        else:
            number = f"#{info.number(frame_index)}  ·  " if info.numbers else ""
            end = info.timecode(info.frame_count - 1)
            self._time.setText(f"{number}{info.timecode(frame_index)}  /  {end}")

    def _on_typed(self, value: int) -> None:
        self.frame_chosen.emit(value)
