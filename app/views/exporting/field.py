"""What the fields of the export dialog have in common that are made of several widgets."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget


class Field(QWidget):
    """Several widgets that are one choice.

    Args:
        parent: Owner.

    Signals:
        changed: Another choice.
    """

    changed = Signal()

    def _row(self) -> QHBoxLayout:
        """The layout of a field whose widgets stand side by side."""
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        return row

    def _column(self, top_px: int = 0) -> QVBoxLayout:
        """The layout of one whose widgets stand one below the other."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, top_px, 0, 0)
        column.setSpacing(4)
        return column
