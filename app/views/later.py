"""What need not happen at once."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot


class Later(QObject):
    """Waits for a later turn of the event loop, once for all that ask till then.

    A command that changes a whole clip, the canvas and the timeline each take some milliseconds: in turns of
    their own, none of them makes the window late for mouse and keys.

    Args:
        turns: How many turns to wait.
        parent: Owner.

    Signals:
        due: The turn has come.
    """

    due = Signal()

    def __init__(self, turns: int, parent: QObject) -> None:
        super().__init__(parent)
        self._turns, self._left = turns, 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._on_turn)

    @property
    def is_waiting(self) -> bool:
        """Whether somebody has asked."""
        return self._timer.isActive()

    @Slot()
    def ask(self, *_: object) -> None:
        """Wait, if it does not already."""
        if not self._timer.isActive():
            self._left = self._turns
            self._timer.start()

    def stop(self) -> None:
        """What was asked for is done."""
        self._timer.stop()

    @Slot()
    def _on_turn(self) -> None:
        self._left -= 1
        if self._left:
            self._timer.start()
        else:
            self.due.emit()
