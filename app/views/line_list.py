"""A long list of lines whose texts are made only where they are seen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QListView, QWidget

_Index = QModelIndex | QPersistentModelIndex


class LineList(QListView):
    """Lines to choose from. Showing others costs the same however many there are.

    Args:
        parent: Owner.

    Signals:
        chosen: A line was clicked, or chosen with the keyboard (row).
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines = _Lines()
        self.setModel(self._lines)
        self.setUniformItemSizes(True)
        self.clicked.connect(self._on_index)
        self.activated.connect(self._on_index)

    @property
    def count(self) -> int:
        """Number of lines."""
        return self._lines.rowCount()

    @property
    def current_row(self) -> int:
        """The marked line, -1 for none."""
        return self.currentIndex().row()

    def set_lines(self, count: int, told: Callable[[int], str]) -> None:
        """Show other lines.

        Args:
            count: How many.
            told: Row to text; asked for when a line is drawn.
        """
        self._lines.put(count, told)

    def set_current_row(self, row: int) -> None:
        """Mark a line; -1 for none."""
        self.setCurrentIndex(self._lines.index(row, 0))

    def text(self, row: int) -> str:
        """What a line says."""
        return str(self._lines.index(row, 0).data())

    def _on_index(self, index: QModelIndex) -> None:
        self.chosen.emit(index.row())


class _Lines(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._told: Callable[[int], str] = str

    def put(self, count: int, told: Callable[[int], str]) -> None:
        self.beginResetModel()
        self._count, self._told = count, told
        self.endResetModel()

    # ---- Qt overrides ----

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        if role != Qt.ItemDataRole.DisplayRole or not 0 <= index.row() < self._count:
            return None
        return self._told(index.row())
