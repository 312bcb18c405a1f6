from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.errors import ExportError
from app.export.options import Alpha, ExportOptions, Layout, Missing, Timing
from app.export.plan import plan_export
from app.export.planned import ExportPlan
from app.export.presets import PRESETS
from app.export.roundtrip.build import check_round_trip, offered_kinds, round_trip_of
from app.media import VideoInfo
from app.media.timecode import Timecode
from tests.unit.app.export.conftest import document

OUT = Path("/out")
HOUR = Timecode(24 * 3600, 24)


def planned(name: str, options: ExportOptions, masked: range | None = None) -> ExportPlan:
    made = document(path=Path("/clips/shot.mov"), masked=masked)
    info = VideoInfo(96, 64, 12, made.info.fps, "shot.mov", start_timecode=HOUR, audio_codec="aac")
    return plan_export(replace(made, info=info), PRESETS[name], options, OUT)


def test_a_movie_per_object_with_handles_keeps_its_place() -> None:
    options = ExportOptions(
        layout=Layout.EACH, in_point=3, out_point=8, handles=2, start_timecode="10:00:00:00"
    )
    trip = round_trip_of(planned("prores4444", options))
    assert (trip.width, trip.height, trip.rate) == (96, 64, Fraction(24000, 1001))
    assert trip.shown == range(3, 9)
    assert (trip.clip.start, trip.clip.frame_count, trip.clip.has_audio) == (24 * 3600, 12, True)
    assert [(matte.name, matte.path.name) for matte in trip.mattes] == [
        ("Anna", "shot_Anna_straight.mov"),
        ("Ball", "shot_Ball_straight.mov"),
    ]
    for matte in trip.mattes:
        assert (matte.first, matte.frame_count, matte.start) == (1, 10, 24 * 36000)
        assert (matte.alpha, matte.is_sequence, matte.has_audio) == (Alpha.STRAIGHT, False, True)


def test_a_sequence_keeps_its_numbers() -> None:
    trip = round_trip_of(planned("exr", ExportOptions(in_point=2, start_number=1001)))
    (matte,) = trip.mattes
    assert matte.path == OUT / "shot_combined_premult" / "shot_combined_premult_01001.exr"
    assert (matte.digits, matte.start, matte.first, matte.frame_count) == (5, 1001, 2, 10)
    assert trip.frame_number == 999


def test_numbers_that_touch_other_digits_are_refused() -> None:
    made = planned("png", ExportOptions(template="take{take}{frame}"))
    with pytest.raises(ExportError, match="do not end in the frame number"):
        round_trip_of(made)


def test_a_clip_of_pictures_is_a_sequence_if_it_has_no_gaps() -> None:
    made = planned("prores4444", ExportOptions())
    pictures = [Path(f"/clips/plate/p.{number:04d}.png") for number in range(98, 110)]
    clip = round_trip_of(made, pictures).clip
    assert (clip.path, clip.digits, clip.start, clip.frame_count) == (pictures[0], 4, 98, 12)
    for wrong in (pictures[:5] + pictures[6:], [Path("/clips/plate/a.png")]):
        with pytest.raises(ExportError, match="not numbered one by one"):
            round_trip_of(made, wrong)


def test_each_preset_goes_with_what_its_programs_open() -> None:
    assert offered_kinds(PRESETS["prores4444"]) == ("otio", "fcpxml", "jsx", "nk")
    assert offered_kinds(PRESETS["exr"]) == ("otio", "jsx", "nk")
    assert offered_kinds(PRESETS["webm"]) == ("otio", "nk")
    assert offered_kinds(PRESETS["davis"]) == offered_kinds(PRESETS["coco"]) == ()


def test_what_does_not_line_up_is_refused_before() -> None:
    made = planned("prores4444", ExportOptions())
    check_round_trip(made, ("otio", "nk"))
    check_round_trip(planned("png", ExportOptions(missing=Missing.SKIP), range(0, 12, 3)), ("nk",))
    check_round_trip(planned("coco", ExportOptions()), ())
    with pytest.raises(ExportError, match="does not go with round-trip files of the kind fcpxml"):
        check_round_trip(planned("exr", ExportOptions()), ("fcpxml", "nk"))
    varying = replace(made, snapshot=replace(made.snapshot, info=replace(made.snapshot.info, is_vfr=True)))  # type: ignore[type-var]
    conformed = ExportOptions(timing=Timing.CONFORM, rate=Fraction(25))
    repeated = ExportOptions(timing=Timing.CONSTANT, rate=Fraction(48000, 1001))
    for wrong in (varying, planned("prores4444", conformed), planned("prores4444", repeated)):
        with pytest.raises(ExportError, match="constant rate, and every frame of it once"):
            check_round_trip(wrong, ("nk",))
