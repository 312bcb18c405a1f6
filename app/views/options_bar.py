"""The bar above the canvas: brush size, overlay, what is shown, zoom."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QToolBar, QToolButton, QWidget

from app.i18n import tr
from app.tools.tool import MAX_BRUSH_PX, MIN_BRUSH_PX
from app.views.value_slider import ValueSlider

_STEPS = 200
_NARROW = 0.65  # of a slider's width where there is little room
_LEVELS = 3


class OptionsBar(QToolBar):
    """Sliders and buttons for the view.

    Where it is too narrow for everything, texts go first, then the opacity and the zoom, so that the buttons
    of the views are always there.

    Signals:
        brush_changed: Diameter in image px.
        opacity_changed: Of the overlay, 0..1.
    """

    brush_changed = Signal(float)
    opacity_changed = Signal(float)

    def __init__(
        self,
        files: list[QAction],
        edit: list[QAction],
        views: list[QAction],
        zooms: list[QAction],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(tr("Options"), parent)
        self._texts: list[QLabel] = []
        self._sliders: list[tuple[QSlider, int]] = []
        self._file_buttons: list[QToolButton] = []
        self.setObjectName("options")
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for action in files:
            self.addAction(action)
            button = self.widgetForAction(action)
            if isinstance(button, QToolButton):
                self._file_buttons.append(button)
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addSeparator()
        for action in edit:
            self.addAction(action)
        self.addSeparator()
        self._brush = ValueSlider(_diameter, _position, step=1)
        self._brush_label, self._brush_part = self._slider(
            tr("Brush size"),
            tr("Diameter in image pixels ([ and ])"),
            110,
            self._brush,
        )
        self._brush.setRange(0, _STEPS)
        self._brush.valueChanged.connect(self._on_brush)
        self._options_end = self.addSeparator()
        self._options_part: QAction | None = None
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity_label, self._opacity_part = self._slider(
            tr("Opacity of the overlay"),
            tr("Opacity of the masks (\\ hides them)"),
            84,
            self._opacity,
        )
        self._opacity.setRange(0, 100)
        self._opacity.valueChanged.connect(self._on_opacity)
        opacity_end = self.addSeparator()
        self._add_segment(views)
        spacer = QWidget()
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._zoom = QLabel("")
        self._zoom.setObjectName("muted")
        self._zoom.setMinimumWidth(48)
        self._zoom.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._spared = (self._opacity_part, opacity_end, self.addWidget(self._zoom))
        for action in zooms:
            self.addAction(action)
        for button in self.findChildren(QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def add_options(self, options: QWidget) -> None:
        """Put the options of the tool in hand beside the brush size."""
        self._options_part = self.insertWidget(self._options_end, options)

    def set_shown(self, *, brush: bool, options: bool) -> None:
        """Show what belongs to the tool in hand.

        Args:
            brush: It has a size.
            options: It has options of its own.
        """
        self._brush_part.setVisible(brush)
        if self._options_part is not None:
            self._options_part.setVisible(options)
        self._options_end.setVisible(brush or options)  # nothing stands between two lines otherwise
        self.refit()

    def refit(self) -> None:
        """Show as much as there is room for."""
        for level in range(_LEVELS):
            self._apply(level)
            if self.sizeHint().width() <= self.width():
                break

    def _apply(self, level: int) -> None:
        style = Qt.ToolButtonStyle
        for button in self._file_buttons:
            button.setToolButtonStyle(style.ToolButtonIconOnly if level else style.ToolButtonTextBesideIcon)
        for text in self._texts:
            text.setVisible(not level)
        for slider, width in self._sliders:
            slider.setFixedWidth(round(width * _NARROW) if level else width)
        for part in self._spared:
            part.setVisible(level < 2)
        layout = self.layout()
        for action in self.actions():
            inner = self.widgetForAction(action).layout()
            if inner is not None:
                inner.activate()
        if layout is not None:
            layout.invalidate()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt override
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.refit()

    def button(self, action: QAction) -> QWidget:
        """The button of one of the actions on the bar."""
        found = self.widgetForAction(action)
        return self if found is None else found

    def set_brush_px(self, diameter: float) -> None:
        """Show the size of the brush; diameter in image px."""
        self._brush.blockSignals(True)
        if _diameter(self._brush.value()) != round(diameter):  # several positions stand for one diameter
            self._brush.setValue(_position(diameter))
        self._brush.blockSignals(False)
        self._brush_label.setText(f"{diameter:.0f} px")
        self._brush.set_told(self._brush_label.text())

    def set_opacity(self, opacity: float) -> None:
        """Show the opacity of the overlay, 0..1."""
        self._opacity.blockSignals(True)
        self._opacity.setValue(round(100 * opacity))
        self._opacity.blockSignals(False)
        self._opacity_label.setText(f"{round(100 * opacity)} %")

    def set_zoom(self, zoom: float) -> None:
        """Show the zoom, device px per image px."""
        self._zoom.setText(f"{100 * zoom:.0f} %" if zoom > 0 else "")

    def _slider(self, name: str, tip: str, width: int, slider: QSlider) -> tuple[QLabel, QAction]:
        label = QLabel(name)
        label.setObjectName("muted")
        slider.setFixedWidth(width)
        slider.setToolTip(tip)
        slider.setAccessibleName(name)
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        value = QLabel("")
        value.setMinimumWidth(48)
        box = _part()
        row = QHBoxLayout(box)
        row.setContentsMargins(6, 0, 2, 0)
        row.setSpacing(8)
        for widget in (label, slider, value):
            row.addWidget(widget)
        self._texts.append(label)
        self._sliders.append((slider, width))
        return value, self.addWidget(box)

    def _add_segment(self, actions: list[QAction]) -> None:
        box = _part()
        row = QHBoxLayout(box)
        row.setContentsMargins(4, 0, 4, 0)
        row.setSpacing(0)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setObjectName("segment")
            row.addWidget(button)
        self.addWidget(box)

    def _on_brush(self, position: int) -> None:
        self.brush_changed.emit(_diameter(position))

    def _on_opacity(self, percent: int) -> None:
        self._opacity_label.setText(f"{percent} %")
        self.opacity_changed.emit(percent / 100)


def _diameter(position: int) -> float:
    """The brush's diameter at a position of the slider, in whole image px."""
    return float(round(MIN_BRUSH_PX * (MAX_BRUSH_PX / MIN_BRUSH_PX) ** (position / _STEPS)))


def _position(diameter: float) -> int:
    inside = min(max(diameter, MIN_BRUSH_PX), MAX_BRUSH_PX)
    return round(_STEPS * math.log(inside / MIN_BRUSH_PX) / math.log(MAX_BRUSH_PX / MIN_BRUSH_PX))


def _part() -> QWidget:
    """A part of the bar that takes no more room than it needs: what is left lies before the zoom."""
    box = QWidget()
    box.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    return box
