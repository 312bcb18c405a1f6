"""Which frames are exported."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.views.number_box import NumberBox


class RangeField(QWidget):
    """First and last frame, and handles.

    Args:
        frame_count: Of the clip.
        in_point: Of the document; None for the clip's first frame.
        out_point: Of the document; None for the clip's last frame.
        parent: Owner.

    Signals:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(
        self, frame_count: int, in_point: int | None, out_point: int | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._last = frame_count - 1
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.first_box = _frame_box(tr("First frame to export"), self._last)
        self.last_box = _frame_box(tr("Last frame to export"), self._last)
        self.whole_button = QPushButton(tr("Whole clip"))
        self.whole_button.setAutoDefault(False)
        self.whole_button.clicked.connect(self._on_whole)
        for widget in (self.first_box, QLabel(tr("to")), self.last_box, self.whole_button):
            row.addWidget(widget)
        row.addStretch(1)
        column.addLayout(row)
        more = QHBoxLayout()
        more.setSpacing(6)
        self.handles_box = _frame_box(tr("Handles in frames"), max(0, self._last))
        more.addWidget(QLabel(tr("plus handles of")))
        more.addWidget(self.handles_box)
        more.addWidget(QLabel(tr("frames at both ends")))
        more.addStretch(1)
        column.addLayout(more)
        self.first_box.setValue(0 if in_point is None else in_point)
        self.last_box.setValue(self._last if out_point is None else out_point)
        for box in (self.first_box, self.last_box, self.handles_box):
            box.valueChanged.connect(self._on_changed)

    @property
    def in_point(self) -> int | None:
        """First frame; None for the clip's."""
        return self.first_box.value() or None

    @property
    def out_point(self) -> int | None:
        """Last frame; None for the clip's."""
        return None if self.last_box.value() == self._last else self.last_box.value()

    @property
    def handles(self) -> int:
        """Frames to add at each end."""
        return self.handles_box.value()

    def set_handles(self, frames: int) -> None:
        """Put a remembered value there."""
        self.handles_box.setValue(frames)

    def _on_whole(self) -> None:
        self.first_box.setValue(0)
        self.last_box.setValue(self._last)

    def _on_changed(self) -> None:
        self.changed.emit()


def _frame_box(name: str, last: int) -> NumberBox:
    box = NumberBox()
    box.setRange(0, last)
    box.setAccessibleName(name)
    box.setMinimumWidth(72)
    return box
