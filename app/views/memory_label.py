"""How much memory frames, masks and history take, in the status line."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.i18n import number, tr

_REFRESH_MS = 2000


class MemoryLabel(QLabel):
    """Asks from time to time while it is seen.

    Args:
        uses: By what they are called, callables that tell bytes.
        parent: Owner.
    """

    def __init__(self, uses: dict[str, Callable[[], int]], parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._uses = uses
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self.refresh)

    def refresh(self) -> None:
        """Ask now."""
        sizes = {name: ask() for name, ask in self._uses.items()}
        total = sum(sizes.values())
        self.setText(tr("{size} used", size=in_words(total)) if total else "")
        self.setToolTip("\n".join(f"{name}: {in_words(size)}" for name, size in sizes.items()))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt override
        self.refresh()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - Qt override
        self._timer.stop()
        super().hideEvent(event)


def in_words(size: int) -> str:
    """Bytes as people say them."""
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= step:
            return f"{number(size / step, '.1f' if size < 10 * step else '.0f')} {unit}"
    return f"{size} B"
