"""Where the parts of the window stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QToolBar, QToolButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.views.section import Section

_SIDE_WIDTH_PX = 284


def tool_bar(tools: list[QAction], modes: list[QAction], parent: QWidget) -> QToolBar:
    """The column on the left: the tools, and below them what changes what they do."""
    bar = QToolBar(tr("Tools"), parent)
    bar.setObjectName("tools")
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    bar.setIconSize(QSize(22, 22))
    bar.addActions(tools)
    bar.addSeparator()
    bar.addActions(modes)
    for button in bar.findChildren(QToolButton):
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return bar


class SideBar(QWidget):
    """The column on the right: lists that scroll, and parts at the bottom that are always seen.

    It is as high as the window: beside the timeline there is room for what would else be below the fold.

    Args:
        lists: From the top on.
        fixed: Below them.
    """

    def __init__(self, lists: Sequence[Section], fixed: Sequence[Section]) -> None:
        super().__init__()
        scrolled = QWidget()
        column = _column(scrolled)
        for widget in lists:
            column.addWidget(widget)
        lists[0].line.hide()  # what is above the side bar has one
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(scrolled)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to what is in it and has the focus
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("side")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)  # as any widget that is not a plain one
        self.setFixedWidth(_SIDE_WIDTH_PX)
        whole = _column(self)
        whole.setContentsMargins(1, 0, 0, 0)
        whole.addWidget(self._scroll)  # no stretch: with one, it would shrink before all others
        for widget in fixed:
            whole.addWidget(widget)

    def scroll_to(self, widget: QWidget) -> None:
        """Make sure that something in the lists is seen."""
        self._scroll.ensureWidgetVisible(widget, 0, 0)


def central_widget(banner: QWidget, page: QWidget, side: QWidget, bottom_parts: list[QWidget]) -> QWidget:
    """The message above the page, player and timeline below, the side bar beside all of it."""
    holder = QVBoxLayout()
    holder.setContentsMargins(10, 0, 10, 0)
    holder.addWidget(banner)
    bottom = QWidget()
    bottom.setObjectName("bottom")
    lower = QVBoxLayout(bottom)
    lower.setContentsMargins(0, 0, 0, 2)
    lower.setSpacing(2)
    for widget in bottom_parts:
        lower.addWidget(widget)
    left = QVBoxLayout()
    left.setContentsMargins(0, 0, 0, 0)
    left.setSpacing(0)
    left.addLayout(holder)
    left.addWidget(page, 1)
    left.addWidget(bottom)
    central = QWidget()
    outer = QHBoxLayout(central)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.setSpacing(0)
    outer.addLayout(left, 1)
    outer.addWidget(side)
    return central


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
