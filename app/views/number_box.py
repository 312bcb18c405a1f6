"""A field for a whole number."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox, QWidget

_MARGIN_PX = 5


class NumberBox(QSpinBox):
    """A spin box whose number keeps off the border.

    The style sheet cannot do that: where the arrows have no width, Qt gives the whole box to the text.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(_MARGIN_PX, 0, _MARGIN_PX, 0)
