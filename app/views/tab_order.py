"""Where Tab goes: along the layout, whenever the widgets were made."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLayout, QScrollArea, QStackedWidget, QWidget


def in_layout_order(root: QWidget) -> list[QWidget]:
    """What takes the focus by Tab, as it is laid out from the top left on; what is hidden is left out."""
    found = [root] if _takes_tab(root) else []
    for child in _children(root):
        found += in_layout_order(child)
    return found


def go_on(regions: list[QWidget], forward: bool) -> bool:
    """Give the focus to the next widget, or the one before; from the last one on to the first.

    Args:
        regions: Parts of a window, in the order in which they are read.
        forward: The way.

    Returns:
        Whether there was one.
    """
    order = [widget for region in regions if region.isVisible() for widget in in_layout_order(region)]
    if not order:
        return False
    now = QApplication.focusWidget()
    place = order.index(now) + (1 if forward else -1) if now in order else 0 if forward else -1
    widget = order[place % len(order)]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    widget.setFocus(reason)
    _scroll_to(widget)
    return True


def _takes_tab(widget: QWidget) -> bool:
    wants = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return wants and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def _children(widget: QWidget) -> list[QWidget]:
    """The visible children in the order of the layout; those without one by their place."""
    if isinstance(widget, QScrollArea):
        inner = widget.widget()
        return [inner] if inner is not None else []
    if isinstance(widget, QStackedWidget):
        page = widget.currentWidget()
        return [page] if page is not None else []
    direct = [child for child in widget.children() if isinstance(child, QWidget) and not child.isWindow()]
    visible = [child for child in direct if child.isVisible()]
    layout = widget.layout()
    laid_out = [] if layout is None else [child for child in _items(layout) if child in visible]
    rest = [child for child in visible if child not in laid_out]
    return laid_out + sorted(rest, key=lambda child: (child.y(), child.x()))


def _items(layout: QLayout) -> list[QWidget]:
    found: list[QWidget] = []
    for place in range(layout.count()):
        item = layout.itemAt(place)
        assert item is not None
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            found += _items(inner)
        elif widget is not None:
            found.append(widget)
    return found


def _scroll_to(widget: QWidget) -> None:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            parent.ensureWidgetVisible(widget)
        parent = parent.parentWidget()
