"""Fields that have the focus get the keys that they need, although the window has commands on them."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QAbstractSpinBox, QComboBox, QSlider, QWidget

_ALONG = {Qt.Key.Key_Up, Qt.Key.Key_Down}
_ENDS = {Qt.Key.Key_Home, Qt.Key.Key_End}
_ACROSS = {Qt.Key.Key_Left, Qt.Key.Key_Right}
_NEEDED: tuple[tuple[type[QWidget], set[Qt.Key]], ...] = (
    (QSlider, _ALONG | _ACROSS | _ENDS),
    (QComboBox, _ALONG | _ENDS),
    (QAbstractSpinBox, _ALONG),  # the text in it takes the others
    (QAbstractItemView, _ALONG | _ENDS),
)


class FieldKeys(QObject):
    """Arrows, Home and End change the value of a field that has the focus; elsewhere they go through frames.

    Only Tab brings the focus to a slider, so who works with the mouse keeps the keys of the window.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def watch(self, roots: Iterable[QWidget]) -> None:
        """Do so for all fields in these parts of a window."""
        for root in roots:
            for kind, _ in _NEEDED:
                for field in root.findChildren(kind):
                    field.installEventFilter(self)

    # ---- Qt overrides ----

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = next((keys for kind, keys in _NEEDED if isinstance(watched, kind)), set())
            if event.key() in keys and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        return False
