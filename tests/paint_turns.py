"""In which turn of the event loop widgets are painted."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QAbstractEventDispatcher, QEvent, QObject, Slot
from PySide6.QtWidgets import QWidget


class PaintTurns(QObject):
    """Notes the turns.

    Args:
        widgets: Those that are watched from now on.

    Attributes:
        turns: For each of them, in their order, the turns in which it was painted.
    """

    def __init__(self, widgets: Iterable[QWidget]) -> None:
        super().__init__()
        self._widgets = list(widgets)
        self.turns: list[list[int]] = [[] for _ in self._widgets]
        self._turn = 0
        dispatcher = QAbstractEventDispatcher.instance()
        assert dispatcher is not None
        dispatcher.awake.connect(self._on_turn)
        for widget in self._widgets:
            widget.installEventFilter(self)

    @Slot()
    def _on_turn(self) -> None:
        self._turn += 1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and isinstance(watched, QWidget):
            self.turns[self._widgets.index(watched)].append(self._turn)
        return False
