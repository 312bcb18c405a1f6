"""What screen readers see of widgets that Qt does not know, or of which it would tell something else."""

from __future__ import annotations

import weakref
from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface, QAccessibleValueInterface
from PySide6.QtWidgets import QAbstractSlider, QAccessibleWidget, QWidget

_installed: list[bool] = []


def install() -> None:
    """Have Qt ask widgets that have a method ``accessible_face()`` for what readers see of them."""
    if not _installed:
        QAccessible.installFactory(_face_of)
        _installed.append(True)


def _face_of(_: str, found: QObject | None) -> QAccessibleInterface | None:
    make: Callable[[], QAccessibleInterface] | None = getattr(found, "accessible_face", None)
    return None if make is None else make()


def face_as(widget: QWidget, role: QAccessible.Role) -> QAccessibleInterface:
    """A face with the widget's own name and description, and another role."""
    return QAccessibleWidget(widget, role)


class SliderFace(QAccessibleWidget):
    """A slider that tells the number it stands for in place of the place of its handle.

    Args:
        slider: The slider.
        to_value: The number at a position.
        to_position: The position of a number.
    """

    def __init__(
        self,
        slider: QAbstractSlider,
        to_value: Callable[[int], float],
        to_position: Callable[[float], int],
    ) -> None:
        super().__init__(slider, QAccessible.Role.Slider)
        self._number = _Number(slider, to_value, to_position)

    def interface_cast(  # type: ignore[override]  # the stubs say int, PySide takes the interface
        self, kind: QAccessible.InterfaceType
    ) -> QAccessibleValueInterface | int:
        """Qt's way to ask what else an interface can do."""
        if kind == QAccessible.InterfaceType.ValueInterface:
            return self._number
        return super().interface_cast(kind)


class _Number(QAccessibleValueInterface):
    def __init__(
        self,
        slider: QAbstractSlider,
        to_value: Callable[[int], float],
        to_position: Callable[[float], int],
    ) -> None:
        super().__init__()
        # Qt owns this by way of the slider: a strong reference would keep the slider's wrapper for ever
        self._slider = weakref.ref(slider)
        self._to_value, self._to_position = to_value, to_position

    def _at(self, position: Callable[[QAbstractSlider], int]) -> float:
        slider = self._slider()
        return 0.0 if slider is None else round(self._to_value(position(slider)), 6)

    def currentValue(self) -> float:
        return self._at(lambda slider: slider.value())

    def minimumValue(self) -> float:
        return self._at(lambda slider: slider.minimum())

    def maximumValue(self) -> float:
        return self._at(lambda slider: slider.maximum())

    def minimumStepSize(self) -> float:
        return 0.0

    def setCurrentValue(self, value: float) -> None:
        slider = self._slider()
        if slider is not None:
            slider.setValue(self._to_position(float(value)))
