"""How texts name commands: by their keys of now; screen readers hear nothing twice."""

from __future__ import annotations

import re
from functools import partial

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QToolButton, QWidget

_TIP = re.compile(r"(?P<words>.*?)(?: \((?P<key>[^()]+)\))?$", re.DOTALL)


def key_or_name(action: QAction) -> str:
    """What calls a command now: its first key as the platform writes it, or its name in the menu."""
    keys = action.shortcuts()
    if keys:
        return keys[0].toString(QKeySequence.SequenceFormat.NativeText)
    return action.text().partition("\t")[0].replace("&", "").rstrip("…")


def follow_tip(button: QWidget, action: QAction) -> None:
    """Show the tool tip of a command on a button with words of its own, and follow when its key changes."""

    def follow() -> None:
        button.setToolTip(action.toolTip())

    action.changed.connect(follow)
    follow()


def tell_actions(root: QWidget) -> None:
    """Describe all buttons of commands in a part of a window by what their tool tips add to their names."""
    for button in root.findChildren(QToolButton):
        action = button.defaultAction()
        if action is not None:
            action.changed.connect(partial(_tell, button, action))
            _tell(button, action)


def _tell(button: QToolButton, action: QAction) -> None:
    text, _, key = action.text().partition("\t")
    if key:
        button.setAccessibleName(text)  # the key is in the text for the menu only
    description = what_is_new(text, action.toolTip())
    # where there is none, Qt takes the tool tip
    button.setAccessibleDescription(description or " ")


def what_is_new(name: str, tip: str) -> str:
    """What a tool tip says beyond a name, and the key at its end.

    Args:
        name: Such as "Open".
        tip: Such as "Open (Ctrl+O)" or "Brush: paint the current object (B)".
    """
    found = _TIP.match(tip)
    assert found is not None
    words, name = found["words"], name.replace("&", "").rstrip("…")
    if name.casefold().startswith(words.casefold()):
        words = ""
    elif words.casefold().startswith(name.casefold()):
        words = words[len(name) :].lstrip(" :,")
    return ", ".join(part for part in (words, found["key"]) if part)
