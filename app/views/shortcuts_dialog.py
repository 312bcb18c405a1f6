"""The sheet of keys."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import mark, tr

_MOST_COLUMNS = 3
_SCREEN_SHARE = 0.92
"""The most of the screen that the sheet takes; what does not fit is scrolled to."""
_SHEET_MARGIN_PX = 18
_GAP_PX = 32
_KEY_GAP_PX = 20
_NARROWEST_PX = 310
"""Of a column whose texts are broken into lines; at least so wide, or there are fewer."""
_KEYS_SHARE = 0.42
"""Of such a column."""
_MOUSE = (
    (mark("Paint"), mark("drag")),
    (mark("Straight line from the last stroke"), mark("Shift + click")),
    (mark("Subtract"), mark("Alt + drag, or right button")),
    (mark("Zoom at the pointer"), mark("wheel")),
    (mark("Pan"), mark("middle drag, or Space + drag")),
    (mark("Brush size"), mark("Ctrl + drag, or Alt + wheel")),
    (mark("Choose the object under the pointer"), mark("Ctrl + click")),
)
_KEY_CURSOR = (
    (mark("Move the cursor by a pixel"), mark("arrow keys")),
    (mark("Move it by ten pixels"), mark("Shift + arrow keys")),
    (mark("Click"), mark("Space")),
    (mark("Hold the button down, and let it go"), mark("Shift + Space")),
    (mark("Click with the right button"), mark("Ctrl + Space")),
)


class ShortcutsDialog(QDialog):
    """All keys by section, in up to three columns.

    Args:
        sections: Heading, then pairs of command and key.
        parent: Window.
    """

    def __init__(self, sections: dict[str, list[tuple[str, str]]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 18)
        by_hand = {tr("Mouse"): _MOUSE, tr("Drawing with the keyboard"): _KEY_CURSOR}
        table = {
            **sections,
            **{title: [(tr(text), tr(way)) for text, way in rows] for title, rows in by_hand.items()},
        }
        self.sheet_area = QScrollArea()
        self.sheet_area.setWidgetResizable(True)
        self.sheet_area.setAccessibleName(tr("Keyboard shortcuts"))
        whole.addWidget(self.sheet_area, 1)
        self.edit_button = QPushButton(tr("Edit…"))
        self.edit_button.setToolTip(tr("Other keys, or those of another editor"))
        self.edit_button.setAutoDefault(False)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(self.edit_button)
        whole.addLayout(bottom)
        self._fit(table)

    def _fit(self, table: dict[str, list[tuple[str, str]]]) -> None:
        """As many columns as the screen is wide enough for, and as high as the screen allows."""
        room = self.screen().availableSize() * _SCREEN_SHARE
        frame = QSize(self.sheet_area.verticalScrollBar().sizeHint().width() + 52, 90)
        for columns in range(_MOST_COLUMNS, 0, -1):
            width = (room.width() - frame.width() - _SHEET_MARGIN_PX - _GAP_PX * (columns - 1)) // columns
            for aligned, wrap_px in ((True, 0), (False, 0), (True, width)):
                is_last = columns == 1 and wrap_px > 0
                if 0 < wrap_px < _NARROWEST_PX and not is_last:
                    continue
                sheet = self._sheet(table, columns, aligned, wrap_px)
                if sheet.sizeHint().width() + frame.width() <= room.width() or is_last:
                    self.sheet_area.setWidget(sheet)
                    self.resize((sheet.sizeHint() + frame).boundedTo(room))
                    return
                sheet.deleteLater()

    def _sheet(
        self, table: dict[str, list[tuple[str, str]]], count: int, aligned: bool, wrap_px: int
    ) -> QWidget:
        """All sections in so many columns of about equal height; of this width if it is not 0."""
        sheet = QWidget()
        columns = QHBoxLayout(sheet)
        columns.setContentsMargins(10, 8, _SHEET_MARGIN_PX - 10, 0)
        columns.setSpacing(_GAP_PX)
        total = sum(len(rows) + 2 for rows in table.values())
        column, used = _column(), 0
        blocks: list[QGridLayout] = []
        for heading, rows in table.items():
            if used and used + len(rows) / 2 > total / count:
                column.addStretch(1)
                columns.addLayout(column)
                if aligned:
                    _align(blocks)
                column, used, blocks = _column(), 0, []
            block = self._block(heading, rows, wrap_px)
            blocks.append(block)
            column.addLayout(block)
            column.addSpacing(16)
            used += len(rows) + 2
        column.addStretch(1)
        columns.addLayout(column)
        if aligned:
            _align(blocks)
        return sheet

    @staticmethod
    def _block(heading: str, rows: list[tuple[str, str]], wrap_px: int) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(_KEY_GAP_PX)
        grid.setColumnMinimumWidth(1, 100)
        grid.setVerticalSpacing(4)
        grid.addWidget(_fixed(heading, "heading"), 0, 0, 1, 2)
        keys_px = round(wrap_px * _KEYS_SHARE)
        for number, (text, key) in enumerate(rows, 1):
            command, keys = _fixed(text, ""), _fixed(key, "muted")
            if wrap_px:
                _wrap(command, wrap_px - _KEY_GAP_PX - keys_px)
                _wrap(keys, keys_px)
            command.setAccessibleName(tr("{command}: {keys}", command=text, keys=key))
            grid.addWidget(command, number, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(keys, number, 1, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(0, 1)
        return grid


def _wrap(label: QLabel, width_px: int) -> None:
    """Break a text into lines of a width, or of its longest word."""
    metrics = label.fontMetrics()
    width_px = max(width_px, *(metrics.horizontalAdvance(word) for word in label.text().split()))
    label.setWordWrap(True)
    label.setFixedSize(width_px, label.heightForWidth(width_px))


def _align(blocks: list[QGridLayout]) -> None:
    """Keys begin at the same place in all sections that stand below each other."""
    widest = 0
    for block in blocks:
        for row in range(1, block.rowCount()):
            item = block.itemAtPosition(row, 1)
            assert item is not None
            widest = max(widest, item.sizeHint().width())
    for block in blocks:
        block.setColumnMinimumWidth(1, widest)


def _fixed(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label


def _column() -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(0)  # the space between sections is added by hand
    return column
