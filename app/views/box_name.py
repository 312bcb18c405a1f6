"""The name of a box that has no label beside it, for screen readers."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QComboBox, QLabel

from app.views.announce import announce


def name_box(box: QComboBox, name: str) -> None:
    """Have screen readers tell what a box is for.

    On Linux Qt tells what is chosen in place of the name, and leaves the name to a label: here to one that is
    not seen.

    Args:
        box: In its layout already: its label has to have the same parent.
        name: What it is for.
    """
    box.setAccessibleName(name)
    label = QLabel(name, box.parentWidget())
    label.setBuddy(box)
    label.hide()
    tell_choice(box)


def tell_choice(box: QComboBox) -> None:
    """Have what the arrow keys choose in a closed box said: Orca hears of it from Qt, and keeps silent."""

    def tell(text: str) -> None:
        if box.hasFocus() and not box.view().isVisible():
            announce(box, text)

    if sys.platform.startswith("linux"):  # elsewhere Qt tells it
        box.currentTextChanged.connect(tell)
