"""How the matte of the current object is finished."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QPushButton, QSlider, QWidget

from app.document.commands import ChangeObjectCommand
from app.document.document import Document
from app.document.finish import STANDARD_FINISH, MatteFinish, Refine
from app.i18n import mark, number, tr
from app.views.box_name import name_box
from app.views.section import Section
from app.views.value_slider import ValueSlider
from app.views.wheel import WheelGuard


@dataclass(frozen=True)
class _Field:
    """A number of the finish on a slider.

    Attributes:
        name: In `MatteFinish`.
        text: Label.
        low: Smallest value.
        high: Largest value of the slider.
        step: One step of the slider.
        unit: Behind the value.
        tip: More than the label says.
        power: The slider moves in this power of the value, so that small values can be set finely.
    """

    name: str
    text: str
    low: float
    high: float
    step: float
    unit: str
    tip: str
    power: float = 1.0

    def position(self, value: float) -> int:
        share: float = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(1000 * float(share ** (1 / self.power)))

    def value(self, position: int) -> float:
        raw = self.low + (self.high - self.low) * float((position / 1000) ** self.power)
        return round(raw / self.step) * self.step


_FIELDS = (
    _Field(
        "clip_black",
        mark("Clip black"),
        0,
        0.5,
        0.01,
        "",
        mark("Values up to this one are black: takes a faint veil away from the background"),
    ),
    _Field(
        "clip_white",
        mark("Clip white"),
        0.5,
        1,
        0.01,
        "",
        mark("Values from this one on are white: makes the inside solid"),
    ),
    _Field("threshold", mark("Threshold"), 0, 1, 0.01, "", mark("Where the edge lies between out and in")),
    _Field(
        "softness",
        mark("Softness"),
        0,
        1,
        0.01,
        "",
        mark("1 is as soft as the network gave it, 0 is a hard edge"),
    ),
    _Field("grow_px", mark("Grow"), -20, 20, 0.5, "px", mark("Moves the edge outward; below 0 it shrinks")),
    _Field("smooth_px", mark("Smooth"), 0, 20, 0.5, "px", mark("Evens out the contour"), 2),
    _Field("feather_px", mark("Feather"), 0, 60, 0.5, "px", mark("Blurs the edge"), 2),
    _Field("fill_holes_px", mark("Fill holes"), 0, 20000, 1, "px²", mark("Fills holes up to this area"), 3),
    _Field(
        "drop_specks_px",
        mark("Drop specks"),
        0,
        20000,
        1,
        "px²",
        mark("Drops detached parts up to this area"),
        3,
    ),
    _Field(
        "chatter_frames",
        mark("Reduce chatter"),
        0,
        5,
        1,
        mark("frames"),
        mark("Evens out the edge over time"),
    ),
    _Field(
        "motion_blur_degrees",
        mark("Motion blur"),
        0,
        360,
        5,
        "°",
        mark("Blurs along the object's motion as a shutter of this angle does: 180 is what cameras do"),
    ),
)
_BAND = _Field(
    "refine_px", mark("Band"), 1, 40, 1, "px", mark("Half width of the band that follows the picture")
)
_REFINES: tuple[tuple[Refine, str], ...] = (
    ("off", mark("Edge as drawn")),
    ("guided", mark("Follow the picture (fast)")),
    ("closed_form", mark("Follow the picture (closed-form, slow)")),
)


class FinishPanel(Section):
    """Sliders for the current object. They change nothing that is painted, only what is shown and written."""

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(tr("Matte"), parent)
        self._document = document
        self._gestures = count(1)
        self._gesture = 0
        self._wheel = WheelGuard(self)
        self._sliders: dict[str, ValueSlider] = {}
        self._values: dict[str, QLabel] = {}
        self.reset_button = QPushButton(tr("Reset"))
        self.reset_button.setObjectName("flat")
        self.reset_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset_button.clicked.connect(self._reset)
        self.header.addWidget(self.reset_button)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        for row, field in enumerate(_FIELDS):
            self._add_row(grid, row, field)
        self.body.addLayout(grid)
        self.refine = QComboBox()
        self.refine.setToolTip(tr("Lets the edge follow the picture at full resolution, in a band around it"))
        self.refine.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        # the width of the panel is fixed, the texts are not
        self.refine.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.refine.setMinimumContentsLength(12)
        self.refine.installEventFilter(self._wheel)
        for name, text in _REFINES:
            self.refine.addItem(tr(text), name)
        self.refine.currentIndexChanged.connect(self._on_refine)
        self.body.addWidget(self.refine)
        name_box(self.refine, tr("Edge refinement"))
        self.band = QGridLayout()
        self._add_row(self.band, 0, _BAND)
        self.body.addLayout(self.band)
        self.decontaminate = QCheckBox(tr("Clean edge colour of cut-outs"))
        self.decontaminate.setToolTip(tr("Takes the background's colour out of the edge"))
        self.decontaminate.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.decontaminate.clicked.connect(self._on_decontaminate)
        self.body.addWidget(self.decontaminate)
        self.match_edges = QCheckBox(tr("Soft edges where painted"))
        self.match_edges.setToolTip(
            tr("Makes the hard edges of painted masks as soft as those of the network on the frames around")
        )
        self.match_edges.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.match_edges.clicked.connect(self._on_match_edges)
        self.body.addWidget(self.match_edges)
        document.clip_changed.connect(self._show)
        document.objects_changed.connect(self._show)
        document.current_object_changed.connect(self._show)
        self._show()

    def slider(self, name: str) -> QSlider:
        """The slider of a number."""
        return self._sliders[name]

    def value_text(self, name: str) -> str:
        """What stands beside a slider."""
        return self._values[name].text()

    def _add_row(self, grid: QGridLayout, row: int, field: _Field) -> None:
        label = QLabel(tr(field.text))
        label.setObjectName("muted")
        slider = ValueSlider(field.value, field.position, field.step)
        slider.setRange(0, 1000)
        slider.setPageStep(50)
        slider.installEventFilter(self._wheel)
        slider.installEventFilter(self)
        slider.setObjectName(field.name)
        slider.setAccessibleName(tr(field.text))
        tip = tr("{tip}. Backspace, or a double click on the value, sets it back.", tip=tr(field.tip))
        slider.setToolTip(tip)
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        value = _Value(field.name)
        value.reset_wanted.connect(self._reset_one)
        slider.sliderPressed.connect(self._begin)
        slider.sliderReleased.connect(self._end)
        slider.valueChanged.connect(lambda position, which=field: self._on_slider(which, position))
        for column, widget in enumerate((label, slider, value)):
            grid.addWidget(widget, row, column)
        grid.setColumnMinimumWidth(0, 92)
        grid.setColumnMinimumWidth(2, 58)
        grid.setColumnStretch(1, 1)
        self._sliders[field.name], self._values[field.name] = slider, value

    # ---- changing ----

    def _begin(self) -> None:
        self._gesture = next(self._gestures)

    def _end(self) -> None:
        self._gesture = 0

    def _on_slider(self, field: _Field, position: int) -> None:
        finish = self._finish()
        value = field.value(position)
        if isinstance(getattr(finish, field.name), int):
            value = int(value)
        self._put(MatteFinish.from_json({**finish.to_json(), field.name: value}))

    def _on_refine(self) -> None:
        self._put(replace(self._finish(), refine=self.refine.currentData()))

    def _on_decontaminate(self, checked: bool) -> None:
        self._put(replace(self._finish(), decontaminate=checked))

    def _on_match_edges(self, checked: bool) -> None:
        self._put(replace(self._finish(), match_edges=checked))

    def _reset(self) -> None:
        self._put(STANDARD_FINISH)

    def _reset_one(self, name: str) -> None:
        standard = getattr(STANDARD_FINISH, name)
        self._put(MatteFinish.from_json({**self._finish().to_json(), name: standard}))

    def _put(self, finish: MatteFinish) -> None:
        info = self._document.object(self._document.current_object_id)
        if info is not None and finish != info.finish:
            # arrow keys on a slider are a gesture each
            gesture = self._gesture or next(self._gestures)
            command = ChangeObjectCommand(self._document, info.object_id, finish=finish, gesture=gesture)
            self._document.undo_stack.push(command)

    # ---- showing ----

    def _finish(self) -> MatteFinish:
        info = self._document.object(self._document.current_object_id)
        return MatteFinish() if info is None else info.finish

    def _show(self, *_: object) -> None:
        info = self._document.object(self._document.current_object_id)
        finish = self._finish()
        self.setEnabled(info is not None and self._document.info is not None)
        for field in (*_FIELDS, _BAND):
            value = float(getattr(finish, field.name))
            slider = self._sliders[field.name]
            if not slider.isSliderDown():
                slider.blockSignals(True)
                slider.setValue(field.position(value))
                slider.blockSignals(False)
            text = number(value, ".2f" if field.step < 0.1 else "g")
            space = "" if field.unit in ("", "°") else " "
            self._values[field.name].setText(f"{text}{space}{tr(field.unit)}")
            slider.set_told(self._values[field.name].text())
        self.refine.blockSignals(True)
        self.refine.setCurrentIndex(self.refine.findData(finish.refine))
        self.refine.blockSignals(False)
        for column in range(3):
            item = self.band.itemAtPosition(0, column)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.setVisible(finish.refine != "off")
        self.decontaminate.setChecked(finish.decontaminate)
        self.match_edges.setChecked(finish.match_edges)
        self.reset_button.setVisible(finish != STANDARD_FINISH)

    # ---- Qt overrides ----

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: D102 - Qt override
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Backspace
            and watched.objectName() in self._sliders
        ):
            self._reset_one(watched.objectName())
            return True
        return super().eventFilter(watched, event)


class _Value(QLabel):
    """The number beside a slider.

    Signals:
        reset_wanted: It was double clicked (name of the number).
    """

    reset_wanted = Signal(str)

    def __init__(self, name: str) -> None:
        super().__init__("")
        self._name = name
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_wanted.emit(self._name)
