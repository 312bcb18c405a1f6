"""The list of reference frames."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from app.document.commands import SetReferenceCommand
from app.document.document import Document
from app.views import theme
from app.views.objects.swatch import swatch_icon
from app.views.section import Section, row_button


class ReferencePanel(Section):
    """Jump to references and drop them.

    Signals:
        frame_chosen: The user went to a reference (frame index).
    """

    frame_chosen = Signal(int)

    def __init__(self, document: Document, set_action: QAction, parent: QWidget | None = None) -> None:
        super().__init__("References", parent)
        self._document = document
        self._rows: dict[int, _ReferenceRow] = {}
        button = QToolButton()
        button.setDefaultAction(set_action)
        button.setObjectName("row")
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.header.addWidget(button)
        self._list = QVBoxLayout()
        self._list.setSpacing(2)
        self.body.addLayout(self._list)
        self._empty = QLabel("None yet. Paint the objects on a frame, then propagate from it.")
        self._empty.setObjectName("hint")
        self._empty.setWordWrap(True)
        self.body.addWidget(self._empty)
        document.clip_changed.connect(self._rebuild)
        document.references_changed.connect(self._rebuild)
        document.objects_changed.connect(self._rebuild)
        document.mask_changed.connect(self._on_mask_changed)
        document.current_frame_changed.connect(self._mark_current)
        self._rebuild()

    def row(self, frame_index: int) -> _ReferenceRow:
        """The row of a reference."""
        return self._rows[frame_index]

    def _rebuild(self) -> None:
        references = sorted(self._document.references)
        for index in [key for key in self._rows if key not in references]:
            row = self._rows.pop(index)
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        for position, index in enumerate(references):
            if index not in self._rows:
                row = _ReferenceRow(index)
                row.chosen.connect(self.frame_chosen)
                row.dropped.connect(self._drop)
                self._rows[index] = row
                self._list.insertWidget(position, row)
            self._show_objects(index)
        self._empty.setVisible(not references)
        self._mark_current(self._document.current_frame)

    def _show_objects(self, frame_index: int) -> None:
        entry = self._document.masks.entry(frame_index)
        present = () if entry is None else entry.object_ids
        self._rows[frame_index].show_objects(
            [(info.name, info.color) for info in self._document.objects if info.object_id in present]
        )

    def _on_mask_changed(self, frame_index: int, rect: QRect) -> None:
        if frame_index in self._rows and self._document.edit is None:
            self._show_objects(frame_index)

    def _mark_current(self, frame_index: int) -> None:
        for key, row in self._rows.items():
            row.set_current(key == frame_index)

    def _drop(self, frame_index: int) -> None:
        if frame_index in self._document.references:
            self._document.undo_stack.push(SetReferenceCommand(self._document, frame_index, False))


class _ReferenceRow(QFrame):
    """One reference frame.

    Signals:
        chosen: It was clicked (frame index).
        dropped: Its drop button was pressed (frame index).
    """

    chosen = Signal(int)
    dropped = Signal(int)

    def __init__(self, frame_index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("row")
        self.setToolTip("Go to this frame")
        self._frame_index = frame_index
        line = QHBoxLayout(self)
        line.setContentsMargins(8, 3, 4, 3)
        line.setSpacing(6)
        mark = QLabel()
        mark.setPixmap(theme.icon("reference", "reference").pixmap(QSize(16, 16)))
        line.addWidget(mark)
        line.addWidget(QLabel(f"Frame {frame_index}"))
        line.addStretch(1)
        self._dots = QHBoxLayout()
        self._dots.setSpacing(2)
        line.addLayout(self._dots)
        self.drop = row_button("Drop this reference; its mask stays (Shift+R on its frame)")
        self.drop.setAccessibleName(f"Drop reference {frame_index}")
        self.drop.setIcon(theme.icon("remove", "muted"))
        self.drop.clicked.connect(self._on_drop)
        line.addWidget(self.drop)

    def show_objects(self, objects: list[tuple[str, tuple[int, int, int]]]) -> None:
        """Show which objects the reference has."""
        while (item := self._dots.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for name, color in objects:
            dot = QLabel()
            dot.setPixmap(swatch_icon(color).pixmap(QSize(10, 10)))
            dot.setToolTip(name)
            self._dots.addWidget(dot)

    def set_current(self, current: bool) -> None:
        """Whether its frame is shown."""
        self.setProperty("current", current)
        self.style().unpolish(self)
        self.style().polish(self)

    def _on_drop(self) -> None:
        self.dropped.emit(self._frame_index)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self._frame_index)
