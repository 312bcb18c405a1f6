"""Which files for other programs are written beside the mattes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from app.export.roundtrip.write import KINDS
from app.i18n import tr


class RoundTripField(QWidget):
    """A box for each kind.

    Args:
        parent: Owner.

    Signals:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
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
