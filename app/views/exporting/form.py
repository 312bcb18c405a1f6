"""The options of an export: only those that the chosen preset has."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QLabel, QLineEdit, QWidget

from app.document.snapshot import DocumentSnapshot
from app.export.options import Alpha, ExportOptions, Layout
from app.export.presets import Content, ExportPreset, Kind
from app.export.roundtrip.build import offered_kinds
from app.i18n import mark, tr
from app.views.box_name import tell_choice
from app.views.exporting.background_field import BackgroundField
from app.views.exporting.missing_field import MissingField
from app.views.exporting.motion_blur_field import MotionBlurField
from app.views.exporting.names_field import NamesField
from app.views.exporting.objects_field import ObjectsField
from app.views.exporting.range_field import RangeField
from app.views.exporting.round_trip_field import RoundTripField
from app.views.exporting.timing_field import TimingField
from app.views.number_box import NumberBox

_ALPHAS = {
    Alpha.STRAIGHT: mark("Cut-out, straight alpha"),
    Alpha.PREMULT: mark("Cut-out, premultiplied"),
    Alpha.MATTE: mark("Matte only, grey"),
    Alpha.OPAQUE: mark("No transparency"),
}
_FROM_CLIP = -1


class OptionsForm(QWidget):
    """Fields in rows; those that do not apply are hidden.

    Args:
        snapshot: What is exported.
        parent: Owner.

    Signals:
        changed: Another choice.
    """

    changed = Signal()

    def __init__(self, snapshot: DocumentSnapshot, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._snapshot = snapshot
        self._preset: ExportPreset | None = None
        info = snapshot.info
        self.rows = QFormLayout(self)
        self.rows.setContentsMargins(0, 0, 6, 0)
        self.rows.setHorizontalSpacing(14)
        self.rows.setVerticalSpacing(10)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.missing = MissingField()
        self.objects = ObjectsField(snapshot.objects)
        self.range = RangeField(info.frame_count, snapshot.in_point, snapshot.out_point)
        self.alpha = _choice(tr("Kind of transparency"))
        self.bits = _choice(tr("Bits of a channel"))
        self.decontaminate = QCheckBox(tr("Extend colour beyond the edge, so that no old background shows"))
        self.motion_blur = MotionBlurField()
        self.background = BackgroundField()
        self.burn_in = QCheckBox(tr("Frame number and timecode in the picture"))
        self.timing = TimingField(info.constant_fps)
        self.start_number = NumberBox()
        self.start_number.setAccessibleName(tr("Number of the first file"))
        self.start_number.setRange(_FROM_CLIP, 9_999_999)
        self.start_number.setSpecialValueText(tr("as in the clip"))
        self.start_number.setMinimumWidth(118)
        self.timecode = QLineEdit()
        self.timecode.setAccessibleName(tr("Timecode of the first frame"))
        self.timecode.setPlaceholderText(tr("as in the clip"))
        self.audio = QCheckBox(tr("Take the clip's sound along"))
        self.names = NamesField()
        self.round_trips = RoundTripField()
        for label, field in (
            (tr("No matte"), self.missing),
            (tr("Objects"), self.objects),
            (tr("Frames"), self.range),
            (tr("Transparency"), self.alpha),
            (tr("Bit depth"), self.bits),
            (tr("Edges"), self.decontaminate),
            (tr("Motion blur"), self.motion_blur),
            (tr("Background"), self.background),
            (tr("Burn in"), self.burn_in),
            (tr("Timing"), self.timing),
            (tr("First number"), self.start_number),
            (tr("Start timecode"), self.timecode),
            (tr("Sound"), self.audio),
            (tr("File names"), self.names),
            (tr("Also for"), self.round_trips),
        ):
            title = QLabel(label)
            title.setObjectName("muted")
            if not isinstance(field, QCheckBox):  # which has a text of its own
                title.setBuddy(field)
                if not field.accessibleName():
                    field.setAccessibleName(label)
            self.rows.addRow(title, field)
        for part in (self.objects, self.range, self.motion_blur, self.background, self.timing, self.names):
            part.changed.connect(self._on_changed)
        for more in (self.missing, self.round_trips):
            more.changed.connect(self._on_changed)
        for combo in (self.alpha, self.bits):
            combo.currentIndexChanged.connect(self._on_changed)
        for box in (self.decontaminate, self.burn_in, self.audio):
            box.toggled.connect(self._on_changed)
        self.start_number.valueChanged.connect(self._on_changed)
        self.timecode.textChanged.connect(self._on_changed)
        self.set_missing(())

    def set_preset(self, preset: ExportPreset, last: ExportOptions, round_trips: tuple[str, ...]) -> None:
        """Show the options of a preset with what was chosen for it last."""
        self.blockSignals(True)
        self._preset = preset
        self.objects.set_layouts(preset.layouts, last.layout)
        _offer(self.alpha, {item: tr(_ALPHAS[item]) for item in preset.alphas}, last.alpha)
        _offer(self.bits, {bits: tr("{bits} bits", bits=bits) for bits in preset.bit_depths}, last.bit_depth)
        self.range.set_handles(last.handles)
        self.decontaminate.setChecked(last.decontaminate)
        self.motion_blur.set_degrees(last.motion_blur)
        self.background.set_value(last.background)
        self.burn_in.setChecked(last.burn_in)
        self.timing.set_value(last.timing, last.rate)
        self.start_number.setValue(_FROM_CLIP if last.start_number is None else last.start_number)
        self.audio.setChecked(last.audio)
        self.names.set_default(preset.template)
        self.names.set_template(last.template)
        self.missing.set_value(last.missing)
        self.missing.set_can_skip(preset.can_skip)
        offered = offered_kinds(preset)
        self.round_trips.offer(offered, round_trips)
        self._show(self.alpha, len(preset.alphas) > 1)
        self._show(self.bits, len(preset.bit_depths) > 1)
        self._show(self.motion_blur, preset.content is not Content.INDEX)
        self._show(self.background, preset.content is Content.COMPOSITE)
        self._show(self.burn_in, preset.content is Content.OVERLAY)
        self._show(self.timing, preset.kind is Kind.MOVIE)
        self._show(self.start_number, preset.start_number)
        self._show(self.timecode, preset.timecode)
        self._show(self.audio, preset.audio and self._snapshot.info.has_audio)
        self._show(self.round_trips, bool(offered))
        self._show_edges()
        self.blockSignals(False)
        self.changed.emit()

    def set_missing(self, frames: tuple[int, ...]) -> None:
        """Name the frames without a matte; none hides the question."""
        if frames:
            self.missing.set_frames(frames)
        self._show(self.missing, bool(frames))

    @property
    def options(self) -> ExportOptions:
        """What is chosen.

        Raises:
            ValueError: A rate that cannot be read.
        """
        preset = self._preset
        assert preset is not None
        layout: Layout = self.objects.chosen_layout
        number = self.start_number.value()
        movie = preset.kind is Kind.MOVIE
        options = ExportOptions(
            object_ids=self.objects.object_ids,
            layout=layout,
            in_point=self.range.in_point,
            out_point=self.range.out_point,
            handles=self.range.handles,
            alpha=self.alpha.currentData(),
            bit_depth=self.bits.currentData(),
            background=self.background.value,
            template=self.names.template,
            missing=self.missing.value,
            decontaminate=self.decontaminate.isChecked(),
            audio=self.audio.isChecked(),
            burn_in=self.burn_in.isChecked(),
        )
        if preset.content is not Content.INDEX:
            options = replace(options, motion_blur=self.motion_blur.degrees)
        if movie:
            options = replace(options, timing=self.timing.timing, rate=self.timing.rate)
        if preset.start_number and number != _FROM_CLIP:
            options = replace(options, start_number=number)
        if preset.timecode and self.timecode.text().strip():
            options = replace(options, start_timecode=self.timecode.text().strip())
        return options

    def _show(self, field: QWidget, shown: bool) -> None:
        self.rows.setRowVisible(field, shown)

    def _show_edges(self) -> None:
        assert self._preset is not None
        cut = self._preset.content is Content.CUTOUT
        self._show(self.decontaminate, cut and self.alpha.currentData() is Alpha.STRAIGHT)

    def _on_changed(self) -> None:
        if self._preset is not None:
            self._show_edges()
            self.changed.emit()


def _choice(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    tell_choice(box)
    return box


def _offer(box: QComboBox, choices: dict[Alpha, str] | dict[int, str], chosen: Alpha | int | None) -> None:
    box.clear()
    for value, text in choices.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
