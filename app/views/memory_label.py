"""How much memory frames, masks and history take, in the status line."""

from __future__ import annotations

from collections.abc import Callable, Generator

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from app.document.shared_data import Counting
from app.i18n import number, tr

_REFRESH_MS = 2000
_END = object()


class MemoryLabel(QLabel):
    """Asks from time to time while it is seen.

    Args:
        uses: By what they are called, callables that tell bytes, or that begin to count them in pieces: one
            piece is counted in a turn of the event loop.
        parent: Owner.
    """

    def __init__(self, uses: dict[str, Callable[[], int | Counting]], parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._uses = uses
        self._sizes: dict[str, int] = {}
        self._task: Generator[None, None, None] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_REFRESH_MS)
        self._timer.timeout.connect(self._begin)
        self._pieces = QTimer(self)
        self._pieces.setInterval(0)
        self._pieces.timeout.connect(self._go_on)

    def refresh(self) -> None:
        """Ask now, and count to the end."""
        self._task = self._ask()
        while self._task is not None:
            self._go_on()

    @Slot()
    def _begin(self) -> None:
        if self._task is None:  # else it is still being counted
            self._task = self._ask()
            self._pieces.start()

    @Slot()
    def _go_on(self) -> None:
        if self._task is None or next(self._task, _END) is not _END:
            return
        self._task = None
        self._pieces.stop()
        total = sum(self._sizes.values())
        self.setText(tr("{size} used", size=in_words(total)) if total else "")
        self.setToolTip("\n".join(f"{name}: {in_words(size)}" for name, size in self._sizes.items()))

    def _ask(self) -> Generator[None, None, None]:
        for name, ask in self._uses.items():
            found = ask()
            self._sizes[name] = found if isinstance(found, int) else (yield from found)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt override
        self._begin()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: D102 - Qt override
        self._timer.stop()
        self._pieces.stop()
        self._task = None
        super().hideEvent(event)


def in_words(size: int) -> str:
    """Bytes as people say them."""
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if size >= step:
            return f"{number(size / step, '.1f' if size < 10 * step else '.0f')} {unit}"
    return f"{size} B"
