"""Which objects are exported, and how they become files."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.document.objects import ObjectInfo
from app.export.options import Layout
from app.i18n import mark, tr
from app.views.box_name import name_box
from app.views.objects.swatch import swatch_icon

_LAYOUTS = {Layout.COMBINED: mark("All chosen objects in one"), Layout.EACH: mark("Each object on its own")}
_ROWS_SHOWN = 5


class ObjectsField(QWidget):
    """A combo for the layout and, where there are several objects, a list to tick.

    Args:
        objects: Of the document, the last on top.
        parent: Owner.

    Signals:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(self, objects: Sequence[ObjectInfo], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.layout_box = QComboBox()
        self.layout_box.currentIndexChanged.connect(self._on_changed)
        column.addWidget(self.layout_box)
        name_box(self.layout_box, tr("How objects become files"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Objects to export"))
        for info in reversed(objects):  # the one on top first, as in the panel
            item = QListWidgetItem(swatch_icon(info.color), info.name)
            item.setData(Qt.ItemDataRole.UserRole, info.object_id)
            item.setFlags(
                Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
            )
            item.setCheckState(Qt.CheckState.Checked)
            self.list.addItem(item)
        self.list.itemChanged.connect(self._on_changed)
        self.list.setVisible(len(objects) > 1)
        row = self.list.sizeHintForRow(0)
        self.list.setFixedHeight(row * min(_ROWS_SHOWN, max(1, len(objects))) + 4)
        column.addWidget(self.list)

    def set_layouts(self, layouts: Sequence[Layout], chosen: Layout | None) -> None:
        """Offer these layouts."""
        self.layout_box.blockSignals(True)
        self.layout_box.clear()
        for layout in layouts:
            self.layout_box.addItem(tr(_LAYOUTS[layout]), layout)
        self.layout_box.setCurrentIndex(max(0, self.layout_box.findData(chosen)))
        self.layout_box.setEnabled(len(layouts) > 1)
        self.layout_box.blockSignals(False)

    @property
    def chosen_layout(self) -> Layout:
        """The layout."""
        chosen: Layout = self.layout_box.currentData()
        return chosen

    @property
    def object_ids(self) -> tuple[int, ...] | None:
        """Ids that are ticked, ascending; None for all."""
        items = [self.list.item(row) for row in range(self.list.count())]
        ticked = [item for item in items if item.checkState() is Qt.CheckState.Checked]
        if len(ticked) == len(items):
            return None
        return tuple(sorted(int(item.data(Qt.ItemDataRole.UserRole)) for item in ticked))

    def _on_changed(self) -> None:
        self.changed.emit()
