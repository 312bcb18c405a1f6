"""Whether an export blurs mattes along their motion."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QWidget

from app.i18n import mark, tr
from app.views.box_name import name_box
from app.views.exporting.field import Field
from app.views.number_box import NumberBox

_AS_OBJECTS, _NONE, _SHUTTER = range(3)
_TEXTS = {
    _AS_OBJECTS: mark("As each object says"),
    _NONE: mark("No motion blur"),
    _SHUTTER: mark("Shutter angle"),
}
_USUAL_DEGREES = 180
_MOST_DEGREES = 360


class MotionBlurField(Field):
    """A combo, and an angle where one is needed.

    Args:
        parent: Owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = self._row()
        self.kind_box = QComboBox()
        for kind, text in _TEXTS.items():
            self.kind_box.addItem(tr(text), kind)
        self.angle_box = NumberBox()
        self.angle_box.setRange(1, _MOST_DEGREES)
        self.angle_box.setSingleStep(5)
        self.angle_box.setValue(_USUAL_DEGREES)
        self.angle_box.setSuffix("°")
        self.angle_box.setMinimumWidth(70)
        self.angle_box.setAccessibleName(tr("Shutter angle in degrees"))
        self.angle_box.setToolTip(
            tr("Blurs along the object's motion as a shutter of this angle does: 180 is what cameras do")
        )
        row.addWidget(self.kind_box)
        row.addWidget(self.angle_box)
        row.addStretch(1)
        name_box(self.kind_box, tr("Motion blur of the mattes"))
        self.kind_box.currentIndexChanged.connect(self._on_changed)
        self.angle_box.valueChanged.connect(self._on_changed)
        self._show()

    @property
    def degrees(self) -> float | None:
        """Shutter angle for all objects, 0..360; None for what the finish of each says."""
        kind = self.kind_box.currentData()
        if kind == _AS_OBJECTS:
            return None
        return 0.0 if kind == _NONE else float(self.angle_box.value())

    def set_degrees(self, degrees: float | None) -> None:
        """Put a remembered choice there."""
        kind = _AS_OBJECTS if degrees is None else _SHUTTER if degrees else _NONE
        self.kind_box.setCurrentIndex(self.kind_box.findData(kind))
        self.angle_box.setValue(round(degrees) if degrees else _USUAL_DEGREES)

    def _on_changed(self) -> None:
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.angle_box.setVisible(self.kind_box.currentData() == _SHUTTER)
