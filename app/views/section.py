"""A titled part of the side bar."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.views import theme


class Section(QWidget):
    """A heading with room for buttons, and a body below that a click on the heading folds away.

    A thin line above it comes and goes with it.

    Args:
        title: The heading.
        parent: Owner.

    Attributes:
        header: Layout to the right of the heading.
        body: Layout of the content.
        heading: The button with the title.
        line: The one above it.

    Signals:
        folded: It was folded or unfolded.
    """

    folded = Signal()

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("section")
        self.setAccessibleName(title)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self.line = rule()
        whole.addWidget(self.line)
        outer = QVBoxLayout()
        outer.setContentsMargins(12, 5, 12, 7)
        outer.setSpacing(5)
        whole.addLayout(outer)
        self.header = QHBoxLayout()
        self.header.setSpacing(4)
        self.heading = QToolButton()
        self.heading.setText(title)
        self.heading.setAccessibleName(tr("Panel {title}", title=title))
        self.heading.setObjectName("heading")
        self.heading.setCheckable(True)
        self.heading.setChecked(True)
        self.heading.setToolTip(tr("Fold or unfold"))
        self.heading.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setIconSize(QSize(10, 10))
        self.heading.setIcon(theme.icon("unfolded", "muted"))
        self.heading.toggled.connect(self.set_unfolded)
        self.header.addWidget(self.heading)
        self.header.addStretch(1)
        outer.addLayout(self.header)
        self._content = QWidget()
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(6)
        outer.addWidget(self._content)

    @property
    def is_unfolded(self) -> bool:
        """Whether the body is shown."""
        return self.heading.isChecked()

    def set_unfolded(self, unfolded: bool) -> None:
        """Show or hide the body."""
        self.heading.setChecked(unfolded)
        self.heading.setIcon(theme.icon("unfolded" if unfolded else "folded", "muted"))
        self._content.setVisible(unfolded)
        self.folded.emit()


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
