"""The name of a box that has no label beside it, for screen readers."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QLabel


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
