"""Where the parts of the window stand."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QToolBar, QToolButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.views.section import rule

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


def side_bar(lists: list[QWidget], fixed: QWidget) -> QWidget:
    """The column on the right: lists that scroll, and a part at the bottom that is always seen."""
    scrolled = QWidget()
    column = _column(scrolled)
    for widget in lists:
        if column.count():
            column.addWidget(rule())
        column.addWidget(widget)
    column.addStretch(1)
    scroll = QScrollArea()
    scroll.setWidget(scrolled)
    scroll.setWidgetResizable(True)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to what is in it and has the focus
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    side = QWidget()
    side.setObjectName("side")
    side.setFixedWidth(_SIDE_WIDTH_PX)
    whole = _column(side)
    whole.setContentsMargins(1, 0, 0, 0)
    whole.addWidget(scroll, 1)
    whole.addWidget(rule())
    whole.addWidget(fixed)
    return side


def central_widget(banner: QWidget, page: QWidget, side: QWidget, bottom_parts: list[QWidget]) -> QWidget:
    """The message above the page, the side bar beside it, player and timeline below."""
    middle = QVBoxLayout()
    middle.setContentsMargins(0, 0, 0, 0)
    middle.setSpacing(0)
    holder = QVBoxLayout()
    holder.setContentsMargins(10, 0, 10, 0)
    holder.addWidget(banner)
    middle.addLayout(holder)
    middle.addWidget(page, 1)
    upper = QHBoxLayout()
    upper.setContentsMargins(0, 0, 0, 0)
    upper.setSpacing(0)
    upper.addLayout(middle, 1)
    upper.addWidget(side)
    bottom = QWidget()
    bottom.setObjectName("bottom")
    lower = QVBoxLayout(bottom)
    lower.setContentsMargins(0, 0, 0, 2)
    lower.setSpacing(2)
    for widget in bottom_parts:
        lower.addWidget(widget)
    central = QWidget()
    outer = _column(central)
    outer.addLayout(upper, 1)
    outer.addWidget(bottom)
    return central


def _column(widget: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(widget)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column
