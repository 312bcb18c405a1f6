"""The list of objects."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFrame, QMenu, QToolButton, QVBoxLayout, QWidget

from app.document.commands import AddObjectCommand, ChangeObjectCommand
from app.document.document import Document
from app.document.objects import MAX_OBJECTS, ObjectInfo, new_object
from app.i18n import tr
from app.views.objects.row import ObjectRow
from app.views.section import Section


class ObjectPanel(Section):
    """Add, choose, rename, recolour, hide, lock, reorder and remove objects. The top of the stack is on top.

    Signals:
        merge_wanted: One object shall become part of another (object id, object id).
        split_wanted: The parts of an object shall be objects (object id).
        move_wanted: An object shall go elsewhere in the stack (object id, place from the bottom).
        lock_wanted: An object shall be locked or unlocked (object id).
        solo_wanted: An object shall be drawn alone, or with the others again (object id).
        remove_wanted: An object shall go (object id).
    """

    merge_wanted = Signal(int, int)
    split_wanted = Signal(int)
    move_wanted = Signal(int, int)
    lock_wanted = Signal(int)
    solo_wanted = Signal(int)
    remove_wanted = Signal(int)

    def __init__(self, document: Document, add_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__(tr("Objects"), parent)
        self._document = document
        self._rows: dict[int, ObjectRow] = {}
        self._list = QVBoxLayout()
        self._list.setSpacing(1)
        self.body.addLayout(self._list)
        self._add = add_action
        button = QToolButton()
        button.setDefaultAction(add_action)
        button.setObjectName("row")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.addWidget(button)
        self._mark = QFrame(self)
        self._mark.setObjectName("drop_mark")
        self._mark.setFixedHeight(2)
        self._mark.hide()
        self._place: int | None = None
        document.clip_changed.connect(self._rebuild)
        document.objects_changed.connect(self._rebuild)
        document.current_object_changed.connect(self._on_current_changed)
        self._rebuild()

    def row(self, object_id: int) -> ObjectRow:
        """The row of an object."""
        return self._rows[object_id]

    def add_object(self) -> None:
        """Add one with the next free id and make it the current one."""
        self._document.offer_edit()
        object_id = self._document.next_object_id()
        if object_id is not None and self._document.info is not None:
            self._document.undo_stack.push(AddObjectCommand(self._document, new_object(object_id)))

    def menu(self, object_id: int) -> QMenu:
        """What can be done with an object."""
        info = self._document.object(object_id)
        assert info is not None
        menu = QMenu(self)
        menu.addAction(tr("Rename"), self._rows[object_id].name.start)
        menu.addAction(tr("Colour…"), self._rows[object_id].choose_color)
        menu.addSeparator()
        menu.addAction(
            tr("Show all objects") if info.solo else tr("Show this object alone")
        ).triggered.connect(lambda: self.solo_wanted.emit(object_id))
        menu.addAction(tr("Unlock") if info.locked else tr("Lock")).triggered.connect(
            lambda: self.lock_wanted.emit(object_id)
        )
        menu.addSeparator()
        order = [item.object_id for item in self._document.objects]
        place = order.index(object_id)
        for text, goal, able in (
            (tr("Move up"), place + 1, place + 1 < len(order)),
            (tr("Move down"), place - 1, place > 0),
        ):
            action = menu.addAction(text)
            action.setEnabled(able)
            action.triggered.connect(lambda _=False, to=goal: self.move_wanted.emit(object_id, to))
        menu.addSeparator()
        self._add_merge_menu(menu, info)
        menu.addAction(tr("Split into its parts on this frame")).triggered.connect(
            lambda: self.split_wanted.emit(object_id)
        )
        menu.addSeparator()
        menu.addAction(tr("Remove")).triggered.connect(lambda: self.remove_wanted.emit(object_id))
        return menu

    def _add_merge_menu(self, menu: QMenu, info: ObjectInfo) -> None:
        merge = menu.addMenu(tr("Merge into"))
        others = [item for item in self._document.objects if item.object_id != info.object_id]
        merge.setEnabled(bool(others))
        for other in others:
            merge.addAction(other.name).triggered.connect(
                lambda _=False, target=other.object_id: self.merge_wanted.emit(info.object_id, target)
            )

    # ---- rows ----

    def _rebuild(self) -> None:
        wanted = {info.object_id for info in self._document.objects}
        for object_id in [key for key in self._rows if key not in wanted]:
            row = self._rows.pop(object_id)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for position, info in enumerate(reversed(self._document.objects)):
            if info.object_id not in self._rows:
                self._rows[info.object_id] = self._make_row(info)
            if self._list.indexOf(self._rows[info.object_id]) != position:
                self._list.insertWidget(position, self._rows[info.object_id])
            self._rows[info.object_id].show_info(info, len(self._document.objects) - position)
        enabled = self._document.info is not None and self._document.next_object_id() is not None
        self._add.setEnabled(enabled)
        key = self._add.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        full = self._document.info is not None and not enabled
        text = tr("Up to {most} objects in a clip", most=MAX_OBJECTS) if full else tr("Add an object")
        self._add.setToolTip(f"{text} ({key})" if key else text)
        self._on_current_changed(self._document.current_object_id)

    def _make_row(self, info: ObjectInfo) -> ObjectRow:
        row = ObjectRow(info)
        row.chosen.connect(self._document.set_current_object)
        row.renamed.connect(self._rename)
        row.recolored.connect(self._recolor)
        row.shown.connect(self._document.set_visible)
        row.solo_wanted.connect(self.solo_wanted)
        row.lock_wanted.connect(self.lock_wanted)
        row.removed.connect(self.remove_wanted)
        row.dragged.connect(self._on_dragged)
        row.dropped.connect(self._on_dropped)
        row.menu_wanted.connect(self._show_menu)
        row.step_wanted.connect(self._go_on)
        return row

    def _go_on(self, object_id: int, step: int) -> None:
        """Focus the row below or above; at the ends it stays."""
        order = [info.object_id for info in reversed(self._document.objects)]
        place = order.index(object_id) + step
        if 0 <= place < len(order):
            self._rows[order[place]].setFocus(Qt.FocusReason.TabFocusReason)

    def _show_menu(self, object_id: int, place: QPoint) -> None:
        menu = self.menu(object_id)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    # ---- dragging ----

    def _on_dragged(self, object_id: int, place: QPoint) -> None:
        shown = [self._rows[info.object_id] for info in reversed(self._document.objects)]
        rows = shown[0].parentWidget()
        assert rows is not None
        y = rows.mapFromGlobal(place).y()
        above = sum(1 for row in shown if row.geometry().center().y() < y)
        edge = shown[0].y() - 2 if above == 0 else shown[above - 1].geometry().bottom() + 1
        corner = rows.mapTo(self, QPoint(shown[0].x(), edge))
        self._mark.setGeometry(corner.x(), corner.y(), shown[0].width(), 2)
        self._mark.raise_()
        self._mark.show()
        own = shown.index(self._rows[object_id])
        # the place counts without the row that moves
        below = len(shown) - above - (1 if own >= above else 0)
        self._place = below

    def _on_dropped(self, object_id: int) -> None:
        self._mark.hide()
        place, self._place = self._place, None
        if place is not None:
            self.move_wanted.emit(object_id, place)

    # ---- changes ----

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
