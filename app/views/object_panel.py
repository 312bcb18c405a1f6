"""The list of objects."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QKeyEvent, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.document.commands import AddObjectCommand, ChangeObjectCommand, RemoveObjectCommand
from app.document.document import Document
from app.document.objects import MAX_OBJECTS, Color, ObjectInfo, new_object
from app.views import theme
from app.views.section import Section, row_button


class ObjectPanel(Section):
    """Add, choose, rename, recolour, hide and remove objects."""

    def __init__(self, document: Document, add_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__("Objects", parent)
        self._document = document
        self._rows: dict[int, _ObjectRow] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.body.addLayout(self._list)
        self._add = add_action
        button = QToolButton()
        button.setDefaultAction(add_action)
        button.setObjectName("row")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.addWidget(button)
        document.clip_changed.connect(self._rebuild)
        document.objects_changed.connect(self._rebuild)
        document.current_object_changed.connect(self._on_current_changed)
        self._rebuild()

    def row(self, object_id: int) -> _ObjectRow:
        """The row of an object."""
        return self._rows[object_id]

    def add_object(self) -> None:
        """Add one with the next free id and make it the current one."""
        object_id = self._document.next_object_id()
        if object_id is not None and self._document.info is not None:
            self._document.undo_stack.push(AddObjectCommand(self._document, new_object(object_id)))

    def _rebuild(self) -> None:
        wanted = {info.object_id: info for info in self._document.objects}
        for object_id in [key for key in self._rows if key not in wanted]:
            row = self._rows.pop(object_id)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for position, info in enumerate(self._document.objects):
            if info.object_id not in self._rows:
                row = _ObjectRow(info)
                row.chosen.connect(self._document.set_current_object)
                row.renamed.connect(self._rename)
                row.recolored.connect(self._recolor)
                row.shown.connect(self._document.set_visible)
                row.removed.connect(self._remove)
                self._rows[info.object_id] = row
            if self._list.indexOf(self._rows[info.object_id]) != position:
                self._list.insertWidget(position, self._rows[info.object_id])
            self._rows[info.object_id].show_info(info)
        enabled = self._document.info is not None and self._document.next_object_id() is not None
        self._add.setEnabled(enabled)
        self._add.setToolTip(
            "Add an object (Ctrl+Shift+N)" if enabled else f"Up to {MAX_OBJECTS} objects in a clip"
        )
        self._on_current_changed(self._document.current_object_id)

    def _on_current_changed(self, object_id: int) -> None:
        for key, row in self._rows.items():
            row.set_current(key == object_id)

    def _rename(self, object_id: int, name: str) -> None:
        info = self._document.object(object_id)
        if info is not None and name and name != info.name:
            self._document.undo_stack.push(ChangeObjectCommand(self._document, object_id, name=name))

    def _recolor(self, object_id: int, color: object) -> None:
        info = self._document.object(object_id)
        if info is not None and isinstance(color, tuple) and color != info.color:
            self._document.undo_stack.push(ChangeObjectCommand(self._document, object_id, color=color))

    def _remove(self, object_id: int) -> None:
        if self._document.object(object_id) is not None:
            self._document.undo_stack.push(RemoveObjectCommand(self._document, object_id))


class _ObjectRow(QFrame):
    """One object.

    Signals:
        chosen: It was clicked (object id).
        renamed: It got another name (object id, name).
        recolored: It got another colour (object id, (r, g, b)).
        shown: It was shown or hidden (object id, visible).
        removed: Its remove button was pressed (object id).
    """

    chosen = Signal(int)
    renamed = Signal(int, str)
    recolored = Signal(int, object)
    shown = Signal(int, bool)
    removed = Signal(int)

    def __init__(self, info: ObjectInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self._info = info
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 3, 4, 3)
        line.setSpacing(6)
        self.swatch = row_button("Change the colour")
        self.swatch.setIconSize(QSize(18, 18))
        self.swatch.clicked.connect(self._choose_color)
        line.addWidget(self.swatch)
        self.name = _NameEdit()
        self.name.editing_done.connect(self._on_name)
        self.name.pressed.connect(self._on_pressed)
        line.addWidget(self.name, 1)
        self._key = QLabel("")
        self._key.setObjectName("hint")
        line.addWidget(self._key)
        self.eye = row_button("Show or hide the overlay")
        self.eye.clicked.connect(self._toggle)
        line.addWidget(self.eye)
        self.trash = row_button("Remove the object from all frames")
        self.trash.setIcon(theme.icon("trash", "muted"))
        self.trash.clicked.connect(self._on_trash)
        line.addWidget(self.trash)

    def show_info(self, info: ObjectInfo) -> None:
        """Show what is known about the object now."""
        self._info = info
        self.swatch.setIcon(swatch_icon(info.color))
        self.swatch.setAccessibleName(f"Colour of {info.name}")
        self.name.setText(info.name)
        self.eye.setIcon(
            theme.icon("eye" if info.visible else "eye_off", "text" if info.visible else "faint")
        )
        self.eye.setAccessibleName(f"Show {info.name}")
        self.trash.setAccessibleName(f"Remove {info.name}")
        self._key.setText(str(info.object_id) if info.object_id < 10 else "")
        self._key.setToolTip(f"Press {info.object_id} to choose this object")

    def set_current(self, current: bool) -> None:
        """Whether the tools edit this object."""
        self.setProperty("current", current)
        self.style().unpolish(self)
        self.style().polish(self)

    def _on_pressed(self) -> None:
        self.chosen.emit(self._info.object_id)

    def _on_name(self, text: str) -> None:
        if text.strip():
            self.renamed.emit(self._info.object_id, text.strip())
        else:
            self.name.setText(self._info.name)

    def _choose_color(self) -> None:
        chosen = QColorDialog.getColor(QColor(*self._info.color), self, f"Colour of {self._info.name}")
        if chosen.isValid():
            color: Color = (chosen.red(), chosen.green(), chosen.blue())
            self.recolored.emit(self._info.object_id, color)

    def _toggle(self) -> None:
        self.shown.emit(self._info.object_id, not self._info.visible)

    def _on_trash(self) -> None:
        self.removed.emit(self._info.object_id)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._on_pressed()


class _NameEdit(QLineEdit):
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
        self.setToolTip("Double click to rename")
        self.setStyleSheet(
            'QLineEdit[readOnly="true"] { background: transparent; border-color: transparent; }'
        )
        self.returnPressed.connect(self._finish)
        self._rest()

    def _rest(self) -> None:
        self.setReadOnly(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.deselect()
        self.clearFocus()

    def _finish(self) -> None:
        if not self.isReadOnly():
            self._rest()
            self.editing_done.emit(self.text())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.isReadOnly():
            self.pressed.emit()
        else:
            super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.isReadOnly():
            self.setReadOnly(False)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.IBeamCursor)
            self.setFocus()
            self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not self.isReadOnly():
            self._rest()
            self.editing_done.emit("")
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and not self.isReadOnly():
            self._finish()
        if event.type() == QEvent.Type.ShortcutOverride and not self.isReadOnly():
            event.accept()  # letters are the name, not shortcuts
            return True
        return super().event(event)


def swatch_icon(color: Color) -> QIcon:
    """A filled rounded square."""
    pixmap = QPixmap(36, 36)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(*color))
    painter.drawRoundedRect(1, 1, 16, 16, 4, 4)
    painter.end()
    return QIcon(pixmap)
