"""The wheel scrolls a panel, whatever lies under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class WheelGuard(QObject):
    """Keeps the wheel from values that it passes over: it would change them while the panel is scrolled.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if event.type() == QEvent.Type.Wheel:
            event.ignore()  # the panel gets it
            return True
        return False
