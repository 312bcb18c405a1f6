"""Has pixels of the frame on screen made beside the window, before it is painted."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from app.scene.recipe import Recipe

_MOST_ANSWERS = 3


class DrawnAside(QObject):
    """Asks for pixels, and says when to paint.

    Args:
        unmade: Tells what is to be shown now if its pixels are not there yet and can be made; else None.
        parent: Owner.

    Attributes:
        is_on: Whether somebody hears of ``wanted``; else everything is to be painted at once.

    Signals:
        wanted: A `Recipe` whose pixels are to be made; then, or if that cannot be, ``answer`` is to follow.
        ready: It is time to paint.
    """

    wanted = Signal(object)
    ready = Signal()

    def __init__(self, unmade: Callable[[], Recipe | None], parent: QObject) -> None:
        super().__init__(parent)
        self.is_on = False
        self._unmade = unmade
        self._left = 0

    @Slot()
    def ask(self) -> None:
        """Something is to be painted, as soon as its pixels are there."""
        recipe = self._unmade() if self.is_on else None
        if recipe is None:
            self.ready.emit()
        elif not self._left:  # else an answer is on the way
            self._left = _MOST_ANSWERS
            self.wanted.emit(recipe)

    @Slot()
    def answer(self) -> None:
        """The pixels that were wanted are there, or could not be made."""
        if not self._left:
            return  # it was painted meanwhile
        self._left -= 1
        recipe = self._unmade() if self.is_on and self._left else None
        if recipe is not None:
            self.wanted.emit(recipe)  # something was changed meanwhile
        else:  # where each answer finds another scene, nothing would ever be seen
            self._left = 0
            self.ready.emit()

    def stop(self) -> None:
        """All was painted."""
        self._left = 0
