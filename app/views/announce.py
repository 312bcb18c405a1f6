"""Has screen readers say something, wherever the focus is."""

from __future__ import annotations

import sys

from PySide6.QtCore import Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
)
from PySide6.QtWidgets import QWidget

from app.views.faces import face_as

_SHOWS_NOTES = sys.platform.startswith("linux")
"""Orca reads a notification that shows up; an announcement reaches it only from version 45 on, then twice."""


class Announcer(QWidget):
    """A part of a window that nobody sees, and that says things.

    Args:
        window: For which.

    Attributes:
        last: What was said last.

    Signals:
        said: Something was said (the text).
    """

    said = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("announcer")
        self.last = ""
        self.hide()

    def accessible_face(self) -> QAccessibleInterface:
        """What readers see."""
        return face_as(self, QAccessible.Role.Notification)

    def say(self, text: str, *, urgent: bool) -> None:
        """Have it read out."""
        self.last = text
        self.setAccessibleName(text)
        if _SHOWS_NOTES:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.ObjectShow))
        else:
            event = QAccessibleAnnouncementEvent(self, text)
            manners = QAccessible.AnnouncementPoliteness
            event.setPoliteness(manners.Assertive if urgent else manners.Polite)
            QAccessible.updateAccessibility(event)
        self.said.emit(text)


def announcer_of(widget: QWidget) -> Announcer:
    """The one of the widget's window; made when it is first needed."""
    window = widget.window()
    found = window.findChild(Announcer, "announcer")
    return found if isinstance(found, Announcer) else Announcer(window)


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Have screen readers say something.

    Args:
        widget: Part of the window that has something to say.
        text: What; nothing happens if it is empty.
        urgent: Whether it may break off what is being said.
    """
    if text:
        announcer_of(widget).say(text, urgent=urgent)
