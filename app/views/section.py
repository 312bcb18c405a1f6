"""A titled part of the side bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget


class Section(QWidget):
    """A heading with room for buttons, and a body below.

    Attributes:
        header: Layout to the right of the heading.
        body: Layout of the content.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 10, 12, 12)
        outer.setSpacing(7)
        self.header = QHBoxLayout()
        self.header.setSpacing(4)
        heading = QLabel(title)
        heading.setObjectName("heading")
        self.header.addWidget(heading)
        self.header.addStretch(1)
        outer.addLayout(self.header)
        self.body = QVBoxLayout()
        self.body.setSpacing(6)
        outer.addLayout(self.body)


def rule() -> QFrame:
    """A thin line between sections."""
    line = QFrame()
    line.setObjectName("rule")
    line.setFixedHeight(1)
    return line


def row_button(tip: str) -> QToolButton:
    """A small button inside a row of a list."""
    button = QToolButton()
    button.setObjectName("row")
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
