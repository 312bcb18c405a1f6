"""The key that pauses: while it is held, those that play go single frames."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from app.views.playback import Playback


class PauseKey(QObject):
    """Pauses for a command, and knows whether a key gave it that is still down.

    Args:
        action: The command, with its keys.
        playback: What it pauses.
        window: Where the keys are pressed; key events that no widget in it wants come by.
    """

    def __init__(self, action: QAction, playback: Playback, window: QWidget) -> None:
        super().__init__(window)
        self._action = action
        self._playback = playback
        self._down: int | None = None
        window.installEventFilter(self)

    def pause(self) -> None:
        """What the command does; the menu gives it without a key."""
        if self._down is None:
            self._playback.stop()
        else:
            self._playback.hold()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt override
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            # the press itself goes to the command alone
            if QKeySequence(event.keyCombination()) in self._action.shortcuts():
                self._down = event.key()
        elif kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent):
            if event.key() == self._down and not event.isAutoRepeat():
                self._let_go()
        elif kind == QEvent.Type.WindowDeactivate:
            self._let_go()
        return False

    def _let_go(self) -> None:
        self._down = None
        self._playback.release()
