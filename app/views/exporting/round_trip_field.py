"""Which files for other programs are written beside the mattes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QCheckBox, QWidget

from app.export.roundtrip.write import KINDS
from app.i18n import tr
from app.views.exporting.field import Field


class RoundTripField(Field):
    """A box for each kind.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = self._column()
        self.boxes: dict[str, QCheckBox] = {}
        for key, kind in KINDS.items():
            box = QCheckBox(tr(kind.title))
            box.toggled.connect(self._on_changed)
            self.boxes[key] = box
            column.addWidget(box)

    @property
    def keys(self) -> tuple[str, ...]:
        """What is chosen of what is offered."""
        return tuple(key for key, box in self.boxes.items() if box.isChecked() and not box.isHidden())

    def offer(self, kinds: Sequence[str], chosen: Sequence[str]) -> None:
        """Show these kinds, and tick what was chosen of them before."""
        for key, box in self.boxes.items():
            box.blockSignals(True)
            box.setVisible(key in kinds)
            box.setChecked(key in chosen)
            box.blockSignals(False)

    def _on_changed(self) -> None:
        self.changed.emit()
