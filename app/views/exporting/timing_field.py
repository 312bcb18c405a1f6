"""When the frames of an export are shown."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtWidgets import QComboBox, QLabel, QWidget

from app.export.options import Timing, parse_rate
from app.i18n import mark, tr
from app.views.box_name import name_box
from app.views.exporting.field import Field

_TIMINGS = {
    Timing.SOURCE: mark("As in the clip"),
    Timing.CONSTANT: mark("Same length, constant rate"),
    Timing.CONFORM: mark("Every frame once, at the rate"),
}
_RATES = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")


class TimingField(Field):
    """A combo, and a rate where one is needed.

    Args:
        fps: Rate that is offered first.
        parent: Owner.
    """

    def __init__(self, fps: Fraction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = self._row()
        self.timing_box = QComboBox()
        for timing, text in _TIMINGS.items():
            self.timing_box.addItem(tr(text), timing)
        self.rate_box = QComboBox()
        self.rate_box.setEditable(True)
        self.rate_box.addItems(list(dict.fromkeys((str(fps), *_RATES))))
        self.rate_box.setMinimumWidth(118)
        self._unit = QLabel(tr("fps"))
        for widget in (self.timing_box, self.rate_box, self._unit):
            row.addWidget(widget)
        row.addStretch(1)
        name_box(self.timing_box, tr("Timing of the frames"))
        name_box(self.rate_box, tr("Frames per second"))
        self.timing_box.currentIndexChanged.connect(self._on_changed)
        self.rate_box.currentTextChanged.connect(self._on_changed)
        self._show()

    @property
    def timing(self) -> Timing:
        """The choice."""
        chosen: Timing = self.timing_box.currentData()
        return chosen

    @property
    def rate(self) -> Fraction | None:
        """Frames per second; None where the clip's own is kept.

        Raises:
            ValueError: What was typed is no rate.
        """
        return None if self.timing is Timing.SOURCE else parse_rate(self.rate_box.currentText())

    def set_value(self, timing: Timing, rate: Fraction | None) -> None:
        """Put a remembered choice there."""
        self.timing_box.setCurrentIndex(self.timing_box.findData(timing))
        if rate is not None:
            self.rate_box.setCurrentText(str(rate))

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        for widget in (self.rate_box, self._unit):
            widget.setVisible(self.timing is not Timing.SOURCE)
