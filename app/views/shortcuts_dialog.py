"""The sheet of keys."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.i18n import mark, tr

_MOUSE = (
    (mark("Paint"), mark("drag")),
    (mark("Straight line from the last stroke"), mark("Shift + click")),
    (mark("Subtract"), mark("Alt + drag, or right button")),
    (mark("Zoom at the pointer"), mark("wheel")),
    (mark("Pan"), mark("middle drag, or Space + drag")),
    (mark("Brush size"), mark("Alt + wheel")),
)


class ShortcutsDialog(QDialog):
    """All keys by section, in three columns.

    Args:
        sections: Heading, then pairs of command and key.
        parent: Window.
    """

    def __init__(self, sections: dict[str, list[tuple[str, str]]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 18)
        columns = QHBoxLayout()
        columns.setSpacing(44)
        whole.addLayout(columns)
        table = {**sections, tr("Mouse"): [(tr(text), tr(way)) for text, way in _MOUSE]}
        total = sum(len(rows) + 2 for rows in table.values())
        column, used = QVBoxLayout(), 0
        for heading, rows in table.items():
            if used and used + len(rows) / 2 > total / 3:
                column.addStretch(1)
                columns.addLayout(column)
                column, used = QVBoxLayout(), 0
            column.addLayout(self._block(heading, rows))
            column.addSpacing(18)
            used += len(rows) + 2
        column.addStretch(1)
        columns.addLayout(column)
        self.edit_button = QPushButton(tr("Edit…"))
        self.edit_button.setToolTip(tr("Other keys, or those of another editor"))
        self.edit_button.setAutoDefault(False)
        bottom = QHBoxLayout()
        bottom.addStretch(1)
        bottom.addWidget(self.edit_button)
        whole.addLayout(bottom)

    @staticmethod
    def _block(heading: str, rows: list[tuple[str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setColumnMinimumWidth(1, 100)
        grid.setVerticalSpacing(6)
        grid.addWidget(_fixed(heading, "heading"), 0, 0, 1, 2)
        for number, (text, key) in enumerate(rows, 1):
            grid.addWidget(_fixed(text, ""), number, 0)
            grid.addWidget(_fixed(key, "muted"), number, 1)
        grid.setColumnStretch(0, 1)
        return grid


def _fixed(text: str, name: str) -> QLabel:
    label = QLabel(text)
    label.setObjectName(name)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label
