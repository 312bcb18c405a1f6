"""One object in the list."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleInterface, QColor, QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QColorDialog, QFrame, QHBoxLayout, QLabel, QWidget

from app.document.objects import ObjectInfo
from app.document.palette import Color
from app.i18n import tr
from app.views import theme
from app.views.faces import face_as
from app.views.objects.name_edit import NameEdit
from app.views.objects.swatch import swatch_icon
from app.views.section import row_button

_STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class ObjectRow(QFrame):
    """Colour, name, lock, eye and bin of an object; it can be dragged to another place in the stack.

    Signals:
        chosen: It was clicked (object id).
        renamed: It got another name (object id, name).
        recolored: It got another colour (object id, (r, g, b)).
        shown: It was shown or hidden (object id, visible).
        solo_wanted: The eye was clicked with Alt (object id).
        lock_wanted: The lock was clicked (object id).
        removed: Its remove button was pressed (object id).
        dragged: It is dragged (object id, pointer in global px).
        dropped: The drag ended (object id).
        menu_wanted: Its menu was asked for (object id, global position).
        step_wanted: The focus shall go to a row below or above (object id, 1 or -1).
    """

    chosen = Signal(int)
    renamed = Signal(int, str)
    recolored = Signal(int, object)
    shown = Signal(int, bool)
    solo_wanted = Signal(int)
    lock_wanted = Signal(int)
    removed = Signal(int)
    dragged = Signal(int, QPoint)
    dropped = Signal(int)
    menu_wanted = Signal(int, QPoint)
    step_wanted = Signal(int, int)

    def __init__(self, info: ObjectInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._info, self._number = info, 0
        self._shown: tuple[ObjectInfo, int] | None = None
        self._pressed_at: QPoint | None = None
        self._is_dragging = False
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 1, 4, 1)
        line.setSpacing(4)
        self.swatch = row_button(tr("Change the colour"))
        self.swatch.setIconSize(QSize(18, 18))
        self.swatch.clicked.connect(self.choose_color)
        line.addWidget(self.swatch)
        self.name = NameEdit()
        self.name.editing_done.connect(self._on_name)
        self.name.pressed.connect(self._on_pressed)
        line.addWidget(self.name, 1)
        self._key = QLabel("")
        self._key.setObjectName("hint")
        line.addWidget(self._key)
        self.lock = row_button(tr("Lock: tools and runs leave its pixels alone"))
        self.lock.clicked.connect(self._on_lock)
        line.addWidget(self.lock)
        self.eye = row_button(tr("Show or hide the overlay; with Alt show this object alone"))
        self.eye.clicked.connect(self._on_eye)
        line.addWidget(self.eye)
        self.trash = row_button(tr("Remove the object from all frames"))
        self.trash.setIcon(theme.icon("trash", "muted"))
        self.trash.clicked.connect(self._on_trash)
        line.addWidget(self.trash)

    def accessible_face(self) -> QAccessibleInterface:
        """What screen readers see."""
        return face_as(self, QAccessible.Role.ListItem)

    def show_info(self, info: ObjectInfo, number: int) -> None:
        """Show what is known about the object now, and the number that chooses it."""
        self._info, self._number = info, number
        if self._shown == (info, number):
            return  # every step that changes an object comes by all rows, and icons are dear
        self._shown = info, number
        self.setAccessibleName(info.name)
        self._tell_state()
        self.swatch.setIcon(swatch_icon(info.color))
        self.swatch.setAccessibleDescription("#{:02x}{:02x}{:02x}".format(*info.color))
        self.swatch.setAccessibleName(tr("Colour of {name}", name=info.name))
        self.name.show_text(info.name)
        name = "solo" if info.solo else "eye" if info.visible else "eye_off"
        tint = "accent" if info.solo else "text" if info.visible else "faint"
        self.eye.setIcon(theme.icon(name, tint))
        self.eye.setAccessibleName(
            tr("Hide {name}", name=info.name) if info.visible else tr("Show {name}", name=info.name)
        )
        self.lock.setIcon(theme.icon("lock" if info.locked else "unlock", "text" if info.locked else "faint"))
        self.lock.setAccessibleName(
            tr("Unlock {name}", name=info.name) if info.locked else tr("Lock {name}", name=info.name)
        )
        self.trash.setAccessibleName(tr("Remove {name}", name=info.name))
        self._key.setText(str(number))
        self._key.setToolTip(tr("Type {number} to choose this object", number=number))

    def set_current(self, current: bool) -> None:
        """Whether the tools edit this object."""
        if bool(self.property("current")) == current:
            return  # styling a row anew takes a millisecond
        self.setProperty("current", current)
        self._tell_state()
        self.style().unpolish(self)
        self.style().polish(self)

    def _tell_state(self) -> None:
        info = self._info
        states = (
            (self._number > 0, tr("number {number}", number=self._number)),
            (bool(self.property("current")), tr("chosen")),
            (info.locked, tr("locked")),
            (not info.visible, tr("hidden")),
            (info.solo, tr("shown alone")),
        )
        self.setAccessibleDescription(", ".join(text for holds, text in states if holds))

    def choose_color(self) -> None:
        """Ask for another colour."""
        chosen = QColorDialog.getColor(
            QColor(*self._info.color), self, tr("Colour of {name}", name=self._info.name)
        )
        if chosen.isValid():
            color: Color = (chosen.red(), chosen.green(), chosen.blue())
            self.recolored.emit(self._info.object_id, color)

    def _on_pressed(self) -> None:
        self.chosen.emit(self._info.object_id)

    def _on_name(self, text: str) -> None:
        if text.strip():
            self.renamed.emit(self._info.object_id, text.strip())
        else:
            self.name.show_text(self._info.name)

    def _on_lock(self) -> None:
        self.lock_wanted.emit(self._info.object_id)

    def _on_eye(self) -> None:
        alone = QApplication.keyboardModifiers() & Qt.KeyboardModifier.AltModifier
        if alone or self._info.solo:
            self.solo_wanted.emit(self._info.object_id)
        else:
            self.shown.emit(self._info.object_id, not self._info.visible)

    def _on_trash(self) -> None:
        self.removed.emit(self._info.object_id)

    # ---- Qt overrides ----

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed_at = event.globalPosition().toPoint()
            self._on_pressed()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        if self._pressed_at is None:
            return
        place = event.globalPosition().toPoint()
        if (place - self._pressed_at).manhattanLength() >= QApplication.startDragDistance():
            self._is_dragging = True
        if self._is_dragging:
            self.dragged.emit(self._info.object_id, place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt override
        was_dragging, self._is_dragging, self._pressed_at = self._is_dragging, False, None
        if was_dragging:
            self.dropped.emit(self._info.object_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt override
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._on_pressed()
        elif event.key() in _STEPS:
            self.step_wanted.emit(self._info.object_id, _STEPS[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _STEPS
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            event.accept()  # arrows go from row to row here, not from reference to reference
            return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt override
        self._on_pressed()
        self.menu_wanted.emit(self._info.object_id, event.globalPos())
