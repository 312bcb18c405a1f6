"""Another theme for a window that is open."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.views import theme


class ThemeChange(QTimer):
    """Styles a window anew, and has its parts painted one after the other, each in a turn of its own.

    Args:
        window: The window; it owns this.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._veiled: list[QWidget] = []
        self.setInterval(0)
        self.timeout.connect(self._unveil)

    def apply(self, name: str) -> None:
        """Give the application and the window the look of a theme."""
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        parts = self._parts()
        for part in parts:
            part.setUpdatesEnabled(False)
        self._veiled += [part for part in parts if part not in self._veiled]
        theme.apply_theme(application, name)
        theme.dress(self._window)
        self.start()

    def _parts(self) -> list[QWidget]:
        center = self._window.centralWidget()
        found = [*self._window.children(), *([] if center is None else center.children())]
        return [
            part
            for part in found
            if isinstance(part, QWidget) and part is not center and not part.isWindow() and part.isVisible()
        ]

    @Slot()
    def _unveil(self) -> None:
        if self._veiled:
            self._veiled.pop().setUpdatesEnabled(True)
        else:
            self.stop()
