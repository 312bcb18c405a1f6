"""What need not happen at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid


class Later(QObject):
    """Waits for a later turn of the event loop, once for all that ask till then, and has it for itself.

    A command that changes a whole clip, the canvas and the timeline each take some milliseconds: in turns of
    their own, none of them makes the window late for mouse and keys.

    Args:
        rank: Who comes first of those that wait at the same time: the smallest.
        parent: Owner.

    Signals:
        due: The turn has come.
    """

    due = Signal()

    def __init__(self, rank: int, parent: QObject) -> None:
        super().__init__(parent)
        self.rank = rank
        self._turns: _Turns | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has asked."""
        return self._turns is not None and self in self._turns.waiting

    @Slot()
    def ask(self, *_: object) -> None:
        """Wait, if it does not already."""
        if not self.is_waiting:
            owner = self.parent()
            assert owner is not None
            self._turns = _turns_of(owner)
            self._turns.give(self)

    def stop(self) -> None:
        """What was asked for is done."""
        if self._turns is not None:
            self._turns.waiting.pop(self, None)


class _Turns(QObject):
    """Lets one after the other have a turn.

    Attributes:
        waiting: Who waits, and the rank of each, less one for every time that another was first: so nobody
            waits for ever.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.waiting: dict[Later, int] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    def give(self, later: Later) -> None:
        self.waiting.setdefault(later, later.rank)
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _on_turn(self) -> None:
        # without those of widgets that are gone
        self.waiting = {later: rank - 1 for later, rank in self.waiting.items() if isValid(later)}
        if not self.waiting:
            return
        first = min(self.waiting, key=self.waiting.__getitem__)
        del self.waiting[first]
        if self.waiting:
            self._timer.start()
        first.due.emit()


def _turns_of(owner: QObject) -> _Turns:
    """Those of a window: all in it wait in one row."""
    home = owner.window() if isinstance(owner, QWidget) else owner
    return home.findChild(_Turns, options=Qt.FindChildOption.FindDirectChildrenOnly) or _Turns(home)
