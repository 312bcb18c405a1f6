"""The list of reference frames."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

import cv2
import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAction, QImage, QKeyEvent, QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.document.commands import ChangeReferenceCommand, SetReferenceCommand
from app.document.document import Document
from app.document.mask_store import StoredMask
from app.document.objects import ObjectInfo
from app.document.references import Reference
from app.i18n import tr
from app.media import Frame
from app.views import theme
from app.views.action_words import key_or_name
from app.views.faces import face_as
from app.views.objects.swatch import swatch_icon
from app.views.section import Section, row_button

THUMBNAIL_PX = QSize(64, 40)
_TINT = 0.55
_DOTS_A_LINE = 6


class ReferencePanel(Section):
    """Shows references with what they teach; jumps to them, switches them on and off, and drops them.

    Signals:
        frame_chosen: The user went to a reference (frame index).
    """

    frame_chosen = Signal(int)

    def __init__(
        self,
        document: Document,
        set_action: QAction,
        drop_action: QAction,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("References"), parent)
        self._document = document
        self._rows: dict[int, _ReferenceRow] = {}
        self._drop_action = drop_action
        drop_action.changed.connect(self._name_key)
        button = QToolButton()
        button.setDefaultAction(set_action)
        button.setObjectName("row")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.addWidget(button)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.body.addLayout(self._list)
        self._empty = QLabel(tr("None yet. Paint the objects on a frame, then propagate from it."))
        self._empty.setObjectName("hint")
        self._empty.setWordWrap(True)
        self.body.addWidget(self._empty)
        document.clip_changed.connect(self._on_clip_changed)
        document.references_changed.connect(self._rebuild)
        document.objects_changed.connect(self._rebuild)
        document.mask_changed.connect(self._on_mask_changed)
        document.masks_changed.connect(self._on_masks_changed)
        document.current_frame_changed.connect(self._mark_current)
        self._rebuild()

    def row(self, frame_index: int) -> _ReferenceRow:
        """The row of a reference."""
        return self._rows[frame_index]

    @property
    def lacking(self) -> list[int]:
        """References without a picture."""
        return [index for index, row in self._rows.items() if not row.has_picture]

    def put_frame(self, frame_index: int, frame: Frame) -> None:
        """A picture of the clip: it makes the thumbnail of its reference, if it is one of a reference.

        Args:
            frame_index: 0-based.
            frame: (H, W, 3) uint8 RGB.
        """
        row = self._rows.get(frame_index)
        if row is not None and not row.has_picture:
            row.set_picture(frame)
            self._show(frame_index)

    def _name_key(self) -> None:
        for row in self._rows.values():
            row.name_key(key_or_name(self._drop_action))

    def _on_clip_changed(self) -> None:
        for index in list(self._rows):
            self._remove(index)
        self._rebuild()

    def _remove(self, frame_index: int) -> None:
        row = self._rows.pop(frame_index)
        self._list.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _rebuild(self) -> None:
        table = self._document.reference_table
        for index in [key for key in self._rows if key not in table]:
            self._remove(index)
        for position, index in enumerate(table):
            if index not in self._rows:
                row = _ReferenceRow(index)
                row.name_key(key_or_name(self._drop_action))
                row.chosen.connect(self.frame_chosen)
                row.dropped.connect(self._drop)
                row.switched.connect(self._switch)
                row.object_toggled.connect(self._toggle_object)
                self._rows[index] = row
                self._list.insertWidget(position, row)
            self._show(index)
        self._empty.setVisible(not table)
        self._mark_current(self._document.current_frame)

    def _show(self, frame_index: int) -> None:
        entry = self._document.masks.entry(frame_index)
        present = () if entry is None else entry.object_ids
        objects = [info for info in self._document.objects if info.object_id in present]
        row, reference = self._rows[frame_index], self._document.reference_table[frame_index]
        told = [info.object_id for info in objects if entry is not None and entry.tells_of(info.object_id)]
        row.show_reference(reference, objects, frozenset(told))
        if row.has_picture:
            row.show_mask(entry, objects)

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        edit = self._document.edit
        if frame_index in self._rows and (edit is None or edit.frame_index != frame_index):
            self._show(frame_index)

    def _on_masks_changed(self, frames: frozenset[int]) -> None:
        for frame_index in self._rows.keys() & frames:
            self._show(frame_index)

    def _mark_current(self, frame_index: int) -> None:
        for key, row in self._rows.items():
            row.set_current(key == frame_index)

    def _drop(self, frame_index: int) -> None:
        if frame_index in self._document.reference_table:
            self._document.undo_stack.push(SetReferenceCommand(self._document, frame_index, False))

    def _switch(self, frame_index: int, enabled: bool) -> None:
        reference = self._document.reference_table.get(frame_index)
        if reference is not None and reference.enabled != enabled:
            self._change(replace(reference, enabled=enabled))

    def _toggle_object(self, frame_index: int, object_id: int) -> None:
        reference = self._document.reference_table.get(frame_index)
        entry = self._document.masks.entry(frame_index)
        if reference is not None and entry is not None:
            self._change(_next(reference, object_id, is_told=entry.tells_of(object_id)))

    def _change(self, reference: Reference) -> None:
        self._document.undo_stack.push(ChangeReferenceCommand(self._document, reference))


class _ReferenceRow(QFrame):
    """One reference frame.

    Signals:
        chosen: It was clicked (frame index).
        dropped: Its drop button was pressed (frame index).
        switched: Its check box was clicked (frame index, whether it is on).
        object_toggled: The dot of an object was clicked (frame index, object id).
    """

    chosen = Signal(int)
    dropped = Signal(int)
    switched = Signal(int, bool)
    object_toggled = Signal(int, int)

    def __init__(self, frame_index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self.setToolTip(tr("Go to this frame"))
        self.setAccessibleName(tr("Reference {frame_index}", frame_index=frame_index))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._frame_index = frame_index
        self._small: Frame | None = None
        # what dots and thumbnail show: every change of the list of objects comes by all references
        self._dotted: Hashable = None
        self._drawn: Hashable = None
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 3, 4, 3)
        line.setSpacing(6)
        self.enabled = QCheckBox()
        self.enabled.setAccessibleName(tr("Use reference {frame_index}", frame_index=frame_index))
        self.enabled.setToolTip(tr("Whether runs use this reference"))
        self.enabled.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.enabled.clicked.connect(self._on_enabled)
        line.addWidget(self.enabled)
        self.thumbnail = QLabel()
        self.thumbnail.setPixmap(theme.icon("reference", "reference").pixmap(QSize(16, 16)))
        line.addWidget(self.thumbnail)
        told = QVBoxLayout()
        told.setSpacing(0)
        line.addLayout(told, 1)
        self._title = QLabel(tr("Frame {frame_index}", frame_index=frame_index))
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        told.addLayout(top)
        # side by side they would make the whole side bar wider than it is
        self._dots = QGridLayout()
        self._dots.setSpacing(0)
        self._dots.setColumnStretch(_DOTS_A_LINE, 1)
        told.addLayout(self._dots)
        self.drop = row_button("")
        self.drop.setAccessibleName(tr("Drop reference {frame_index}", frame_index=frame_index))
        self.drop.setIcon(theme.icon("remove", "muted"))
        self.drop.clicked.connect(self._on_drop)
        top.addWidget(self.drop)
        self.dots: dict[int, QToolButton] = {}

    def name_key(self, key: str) -> None:
        """Say what drops the reference of the frame on screen."""
        self.drop.setToolTip(tr("Drop this reference; its mask stays ({key} on its frame)", key=key))

    def accessible_face(self) -> QAccessibleInterface:
        """What screen readers see."""
        return face_as(self, QAccessible.Role.ListItem)

    @property
    def has_picture(self) -> bool:
        """Whether its frame was seen."""
        return self._small is not None

    def set_picture(self, frame: Frame) -> None:
        """The picture of its frame, (H, W, 3) uint8 RGB."""
        height, width = frame.shape[:2]
        scale = min(THUMBNAIL_PX.width() / width, THUMBNAIL_PX.height() / height)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        self._small = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        self._drawn = None

    def show_mask(self, entry: StoredMask | None, objects: list[ObjectInfo]) -> None:
        """Draw the thumbnail with the objects in their colours.

        Args:
            entry: Masks of the frame.
            objects: Those of them to draw.
        """
        assert self._small is not None
        wanted = entry and entry.index_key, tuple((info.object_id, info.color) for info in objects)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        picture = self._small.astype(np.float32)
        height, width = picture.shape[:2]
        if entry is not None:
            mask = cv2.resize(entry.index_mask(), (width, height), interpolation=cv2.INTER_NEAREST)
            for info in objects:
                inside = mask == info.object_id
                picture[inside] += _TINT * (np.array(info.color, np.float32) - picture[inside])
        data = np.ascontiguousarray(np.rint(picture).astype(np.uint8))
        image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.thumbnail.setPixmap(QPixmap.fromImage(image.copy()))

    def show_reference(self, reference: Reference, objects: list[ObjectInfo], told: frozenset[int]) -> None:
        """Show whether it is on and which of its objects it teaches.

        Args:
            reference: What it is.
            objects: Those that its mask shows.
            told: Of these, what the user drew there.
        """
        self.enabled.setChecked(reference.enabled)
        self._title.setEnabled(reference.enabled)
        wanted = reference, told, tuple((info.object_id, info.color, info.name) for info in objects)
        if wanted == self._dotted:
            return
        self._dotted = wanted
        while (item := self._dots.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.dots.clear()
        on = replace(reference, enabled=True)
        for place, info in enumerate(objects):
            key, is_told = info.object_id, info.object_id in told
            teaches = on.teaches(key, is_told=is_told)
            dot = row_button(_told_of_dot(info.name, on, key, is_told=is_told))
            color = info.color if on.shows(key) else _faded(info.color)
            dot.setIcon(swatch_icon(color, hollow=on.shows(key) and not teaches))
            dot.setIconSize(QSize(10, 10))
            dot.setEnabled(reference.enabled)
            dot.clicked.connect(self._on_dot)
            dot.setProperty("object_id", key)
            self.dots[key] = dot
            self._dots.addWidget(dot, *divmod(place, _DOTS_A_LINE))

    def set_current(self, current: bool) -> None:
        """Whether its frame is shown."""
        if bool(self.property("current")) == current:
            return  # styling a row anew takes a millisecond
        self.setProperty("current", current)
        self.style().unpolish(self)
        self.style().polish(self)

    def _on_drop(self) -> None:
        self.dropped.emit(self._frame_index)

    def _on_enabled(self, checked: bool) -> None:
        self.switched.emit(self._frame_index, checked)

    def _on_dot(self) -> None:
        dot = self.sender()
        assert isinstance(dot, QToolButton)
        self.object_toggled.emit(self._frame_index, dot.property("object_id"))

    # ---- Qt overrides ----

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self._frame_index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.chosen.emit(self._frame_index)
        else:
            super().keyPressEvent(event)


def _faded(color: tuple[int, int, int]) -> tuple[int, int, int]:
    red, green, blue = (value // 4 + 40 for value in color)
    return red, green, blue


def _next(reference: Reference, object_id: int, *, is_told: bool) -> Reference:
    """What a click on the dot of an object makes of a reference: it is confirmed, left out, or neither."""
    own = {object_id}
    if object_id in reference.left_out:
        return replace(reference, left_out=reference.left_out - own)
    if is_told or object_id in reference.confirmed:
        return replace(reference, confirmed=reference.confirmed - own, left_out=reference.left_out | own)
    return replace(reference, confirmed=reference.confirmed | own)


def _told_of_dot(name: str, reference: Reference, object_id: int, *, is_told: bool) -> str:
    """What the dot of an object says, and what a click on it does."""
    if not reference.shows(object_id) and is_told:
        return tr("{name}: left out, so runs do not learn it here; click to learn it again", name=name)
    if not reference.shows(object_id):
        return tr(
            "{name}: left out, so runs do not learn it here; click to see it as the network drew it again",
            name=name,
        )
    if reference.teaches(object_id, is_told=is_told):
        return tr("{name}: runs learn it here; click to leave it out", name=name)
    return tr("{name}: drawn by the network; click to confirm it, so that runs learn it here", name=name)
