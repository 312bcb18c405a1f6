"""A name in a list that can be edited."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QLineEdit

from app.i18n import tr
from app.views.painting import painting

_MARGIN_PX = 4


class NameEdit(QLineEdit):
    """A name that is edited after a double click.

    Signals:
        pressed: It was clicked.
        editing_done: The user finished with this text.
    """

    pressed = Signal()
    editing_done = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setFrame(False)
        self.setStyleSheet(
            'QLineEdit[readOnly="true"] { background: transparent; border-color: transparent; }'
        )
        self.returnPressed.connect(self._finish)
        self._rest()

    def show_text(self, text: str) -> None:
        """Show a name from its beginning, and all of it in the tool tip."""
        if text != self.text():
            self.setText(text)
            self.home(False)
        self.setToolTip(tr("{text}: double click to rename", text=text))

    def start(self) -> None:
        """Let the user edit the name."""
        if self.isReadOnly():
            self.setReadOnly(False)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.IBeamCursor)
            self.setFocus()
            self.selectAll()

    def _rest(self) -> None:
        self.setReadOnly(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.deselect()
        self.home(False)  # of a long name the beginning is seen
        self.clearFocus()

    def _finish(self) -> None:
        if not self.isReadOnly():
            self._rest()
            self.editing_done.emit(self.text())

    @property
    def shown_text(self) -> str:
        """The name as it is seen: one that is too long ends in an ellipsis, unless it is being edited."""
        if not self.isReadOnly():
            return self.text()
        room = self.width() - 2 * _MARGIN_PX
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt override
        if not self.isReadOnly():
            super().paintEvent(event)
            return
        with painting(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            room = self.rect().adjusted(_MARGIN_PX, 0, -_MARGIN_PX, 0)
            painter.drawText(
                room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.shown_text
            )

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if self.isReadOnly():
            self.pressed.emit()
            event.ignore()  # the row takes it: it may be dragged
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        self.start()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        if event.key() == Qt.Key.Key_Escape and not self.isReadOnly():
            self._rest()
            self.editing_done.emit("")
            return
        typing = not self.isReadOnly()
        super().keyPressEvent(event)
        if typing:
            event.accept()  # the window would give Enter to the tool

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if event.type() == QEvent.Type.FocusOut and not self.isReadOnly():
            self._finish()
        if event.type() == QEvent.Type.ShortcutOverride and not self.isReadOnly():
            event.accept()  # letters are the name, not shortcuts
            return True
        return super().event(event)
