"""A progress bar that does not hurry."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar, QWidget


class ProgressBar(QProgressBar):
    """Is painted with the rest of the window.

    Qt's own paints itself at once when its value changes, and with it all else that waits to be painted: a
    run that tells of its frames would have the whole window painted twice for each.

    Args:
        name: What screen readers call it.
        parent: Owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedHeight(8)
        self.setAccessibleName(name)

    def show_progress(self, done: int, total: int) -> None:
        """So much of ``total`` is done; a ``total`` of 0 for what has no known end."""
        if (done, total) == (self.value(), self.maximum()):
            return
        self.setUpdatesEnabled(False)
        self.setRange(0, total)
        self.setValue(done)
        self.setUpdatesEnabled(True)  # asks for a painting
