"""Walks over all that can be read in a window: texts, tips, menus, lists, names for screen readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QMenu,
    QPlainTextEdit,
    QSpinBox,
    QTextEdit,
    QToolBar,
    QWidget,
)


@dataclass(frozen=True)
class Read:
    """A text and where it was read."""

    place: str
    text: str


def widgets(root: QWidget) -> list[QWidget]:
    """A window and all that is in it, not what is in other windows of its."""
    return [root, *(child for child in root.findChildren(QWidget) if child.window() is root.window())]


def texts(root: QWidget) -> list[Read]:
    """All texts of a window, those that are hidden too; its menus included."""
    found: list[Read] = []
    for widget in [*root.findChildren(QWidget), root]:
        if isinstance(widget, QDialog) and widget is not root:
            continue
        if widget.window() is root.window() or isinstance(widget, QMenu):
            found += _of(widget)
    return [read for read in found if read.text.strip()]


def _of(widget: QWidget) -> Iterator[Read]:
    place = f"{type(widget).__name__} {widget.objectName()}"
    for name in (
        "text",
        "title",
        "windowTitle",
        "toolTip",
        "statusTip",
        "whatsThis",
        "accessibleName",
        "accessibleDescription",
        "placeholderText",
        "specialValueText",
        "informativeText",
    ):
        if not (name == "text" and isinstance(widget, QAbstractSpinBox)):
            yield Read(f"{place}.{name}", str(widget.property(name) or ""))
    if isinstance(widget, QSpinBox):
        yield Read(f"{place}.prefix", widget.prefix() + widget.suffix())
    if isinstance(widget, QTextEdit | QPlainTextEdit):
        yield Read(f"{place}.plain", widget.toPlainText())
    if isinstance(widget, QComboBox | QAbstractItemView):
        model = widget.model()
        if model is not None and not isinstance(widget.parent(), QComboBox):
            yield from _of_model(place, model, QModelIndex())
    if isinstance(widget, QMenu | QToolBar) or widget.isWindow():
        for action in widget.actions():
            yield from _of_action(action)


def _of_action(action: QAction) -> Iterator[Read]:
    place = f"action {action.objectName()}"
    for name in ("text", "iconText", "toolTip", "statusTip"):
        yield Read(f"{place}.{name}", getattr(action, name)())


def _of_model(place: str, model: QAbstractItemModel, parent: QModelIndex) -> Iterator[Read]:
    roles = (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.AccessibleTextRole,
    )
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for column in range(columns):
        head = model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole)
        yield Read(f"{place}.header", str(head or ""))
        for row in range(model.rowCount(parent)):
            index = model.index(row, column, parent)
            for role in roles:
                yield Read(f"{place}[{row}, {column}]", str(model.data(index, role) or ""))
            if column == 0 and not isinstance(model, QAbstractListModel):
                yield from _of_model(place, model, index)


def during_dialog(opens: Callable[[], object], look: Callable[[QWidget], object]) -> None:
    """Open a modal dialog, let ``look`` see it, and close it."""
    seen: list[QWidget] = []

    def respond() -> None:
        dialog = QApplication.activeModalWidget()
        assert dialog is not None
        try:
            look(dialog)
            seen.append(dialog)
        finally:
            if isinstance(dialog, QDialog):
                dialog.reject()
            dialog.close()

    QTimer.singleShot(0, respond)
    opens()
    assert seen
