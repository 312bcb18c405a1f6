"""What screen readers see of widgets that Qt does not know, or of which it would tell something else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

_installed: list[bool] = []


def install() -> None:
    """Have Qt ask widgets that have a method ``accessible_face()`` for what readers see of them."""
    if not _installed:
        QAccessible.installFactory(_face_of)
        _installed.append(True)


def _face_of(_: str, found: QObject | None) -> QAccessibleInterface | None:
    make: Callable[[], QAccessibleInterface] | None = getattr(found, "accessible_face", None)
    if make is None:
        return None
    face = make()
    # Qt keeps a bare pointer: without another reference Python would delete what it points to
    found.__dict__["_kept_face"] = face
    return face


def face_as(widget: QWidget, role: QAccessible.Role) -> QAccessibleInterface:
    """A face with the widget's own name and description, and another role.

    A face cannot have values, texts or the like of its own: what `interface_cast` of a Python class returns
    for those that it has not ends the process (PySide 6.11).
    """
    return QAccessibleWidget(widget, role)
