"""What a command is: its name, text, keys and place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ActionSpec:
    """One command.

    Attributes:
        name: How the code calls it.
        text: How the user calls it.
        keys: Default shortcuts, the first one is shown.
        icon: File name of its icon, or empty.
        group: Commands of one group exclude each other, and are checkable.
        tip: More than the text says; the text if empty.
        icon_text: Short text under an icon.
        section: Heading on the shortcuts sheet.
        checkable: It is on or off by itself.
        shown_key: A key that is handled elsewhere and only shown.
        needs_clip: Only enabled with an open clip.
    """

    name: str
    text: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    group: str = ""
    tip: str = ""
    icon_text: str = ""
    section: str = ""
    checkable: bool = False
    shown_key: str = ""
    needs_clip: bool = True
