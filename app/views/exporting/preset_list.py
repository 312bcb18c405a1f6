"""The presets, named for where the files go."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.export.presets import PRESETS, ExportPreset
from app.i18n import tr
from app.views import theme

_NAME = Qt.ItemDataRole.UserRole
_FOR = Qt.ItemDataRole.UserRole + 1
_PAD_PX = 7
_SPARE_PX = 8


class PresetList(QListWidget):
    """One row per preset: its title and, below, the programs that it is for.

    Args:
        parent: Owner.

    Signals:
        chosen: Another preset (``ExportPreset``).
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Presets"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_PresetDelegate(self))
        for preset in PRESETS.values():
            item = QListWidgetItem(tr(preset.title))
            item.setData(_NAME, preset.name)
            item.setData(_FOR, tr(preset.for_app))
            item.setData(
                Qt.ItemDataRole.AccessibleTextRole,
                tr("{title}, for {for_app}", title=tr(preset.title), for_app=tr(preset.for_app)),
            )
            item.setToolTip(f"{tr(preset.title)}: {tr(preset.description)}")
            self.addItem(item)
        self.currentItemChanged.connect(self._on_current)

    @property
    def preset(self) -> ExportPreset:
        """The chosen one."""
        return PRESETS[str(self.currentItem().data(_NAME))]

    def needed_width(self, bounds: tuple[int, int]) -> int:
        """Width in px that shows all names, but at least and at most ``bounds``."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        needed = self.sizeHintForColumn(0) + bar + 2 * self.frameWidth() + _SPARE_PX
        return min(max(needed, bounds[0]), bounds[1])

    def choose(self, name: str) -> None:
        """Choose by name; the first where there is no such preset."""
        names = list(PRESETS)
        self.setCurrentRow(names.index(name) if name in names else 0)

    def _on_current(self) -> None:
        self.chosen.emit(self.preset)


class _PresetDelegate(QStyledItemDelegate):
    """Draws the two lines of a preset."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        self.initStyleOption(option, index)
        title, option.text = option.text, ""
        widget = option.widget
        style = widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        metrics = option.fontMetrics
        area: QRect = option.rect.adjusted(_PAD_PX + 2, _PAD_PX, -_PAD_PX, -_PAD_PX)
        below = str(index.data(_FOR))
        painter.save()
        for line, (text, role) in enumerate(((title, "text"), (below, "muted"))):
            painter.setPen(theme.color("bright" if selected else role))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
            painter.drawText(area.left(), area.top() + metrics.ascent() + line * metrics.lineSpacing(), shown)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        metrics = option.fontMetrics
        texts = (str(index.data()), str(index.data(_FOR)))
        width = max(metrics.horizontalAdvance(text) for text in texts)
        return QSize(width + 2 * _PAD_PX + 2, 2 * metrics.lineSpacing() + 2 * _PAD_PX)
