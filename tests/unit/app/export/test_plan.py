from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from app.errors import ExportError
from app.export.options import Alpha, ExportOptions, Layout, Missing, Timing, parse_rate
from app.export.plan import plan_export
from app.export.presets import PRESETS
from tests.unit.app.export.conftest import document

OUT = Path("out")
NOW = datetime(2026, 1, 31, 23, 59, 58)


def plan(name: str = "prores4444", options: ExportOptions = ExportOptions(), **clip: object):  # type: ignore[no-untyped-def]  # noqa: B008
    return plan_export(document(**clip), PRESETS[name], options, OUT, now=NOW)  # type: ignore[arg-type]


def test_a_movie_of_everything() -> None:
    made = plan()
    assert [output.path for output in made.outputs] == [OUT / "shot_combined_straight.mov"]
    assert [frame.frame_index for frame in made.frames] == list(range(12))
    assert made.frames[3].time == Fraction(3003, 24000)
    assert made.end_time == 12 / made.rate
    assert (made.rate, made.variable, made.size) == (Fraction(24000, 1001), False, (96, 64))
    assert (made.alpha, made.bit_depth, made.options.start_timecode) == (Alpha.STRAIGHT, 10, "00:00:00:00")
    assert made.missing == ()
    assert made.warnings == ()
    made.check()


def test_each_object_gets_its_own_file_and_report() -> None:
    made = plan(options=ExportOptions(layout=Layout.EACH))
    assert [(output.label, output.object_ids, output.path.name) for output in made.outputs] == [
        ("Anna", (1,), "shot_Anna_straight.mov"),
        ("Ball", (2,), "shot_Ball_straight.mov"),
    ]
    each = plan("png", ExportOptions(layout=Layout.EACH, template="all/{object}.{frame:04}"))
    assert each.outputs[0].files[11] == OUT / "all/Anna.0011.png"
    assert [output.report.name for output in each.outputs] == [
        "all_Anna.report.json",
        "all_Ball.report.json",
    ]
    assert plan("davis").outputs[0].files[1] == OUT / "shot/00001.png"
    assert plan("davis").outputs[0].report == OUT / "shot.report.json"


def test_the_same_cut_out_in_two_kinds_of_movie_has_two_reports() -> None:
    reports = [plan(name).outputs[0].report.name for name in ("prores4444", "webm", "coco", "youtube_vos")]
    assert reports == [
        "shot_combined_straight.mov.report.json",
        "shot_combined_straight.webm.report.json",
        "shot_coco.json.report.json",
        "shot_youtube_vos.report.json",
    ]


def test_in_out_and_handles_end_with_the_clip() -> None:
    made = plan(options=ExportOptions(in_point=1, out_point=5, handles=2))
    assert [frame.frame_index for frame in made.frames] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert "1 frames are added before" in made.warnings[0]
    assert plan(options=ExportOptions(in_point=3)).options.start_timecode == "00:00:00:03"
    with pytest.raises(ExportError, match="do not lie in"):
        plan(options=ExportOptions(in_point=5, out_point=12))


def test_numbers_start_where_wanted() -> None:
    made = plan("exr", ExportOptions(in_point=4, start_number=1001))
    assert [path.name for path in made.outputs[0].files[:2]] == [
        "shot_combined_premult_01001.exr",
        "shot_combined_premult_01002.exr",
    ]
    assert plan("exr", ExportOptions(in_point=4)).frames[0].number == 4


def test_missing_frames_are_named_before_and_need_a_choice() -> None:
    masked = [0, 1, 4, 5, 6, 7, 8, 9, 10]
    made = plan(masked=masked)
    assert made.missing == (2, 3, 11)
    assert "3 frames have no matte (2-3, 11)" in made.warnings[0]
    with pytest.raises(ExportError, match=r"3 of the frames .* no matte: 2-3, 11"):
        made.check()
    black = plan(options=ExportOptions(missing=Missing.BLACK), masked=masked)
    assert [frame.matte_index for frame in black.frames][1:5] == [1, None, None, 4]
    hold = plan(options=ExportOptions(missing=Missing.HOLD), masked=masked[1:])
    assert [frame.matte_index for frame in hold.frames] == [1, 1, 1, 1, 4, 5, 6, 7, 8, 9, 10, 10]
    skip = plan("png", ExportOptions(missing=Missing.SKIP), masked=masked)
    assert [frame.number for frame in skip.frames] == masked
    with pytest.raises(ExportError, match="would be shorter"):
        plan(options=ExportOptions(missing=Missing.SKIP), masked=masked)
    with pytest.raises(ExportError, match="nothing to export"):
        plan(masked=[])


def test_a_constant_rate_repeats_and_drops_frames_evenly() -> None:
    double = plan(options=ExportOptions(timing=Timing.CONSTANT, rate=Fraction(48000, 1001)))
    assert [frame.frame_index for frame in double.frames] == [index // 2 for index in range(24)]
    half = plan(options=ExportOptions(timing=Timing.CONSTANT, rate=Fraction(12000, 1001)))
    assert [frame.frame_index for frame in half.frames] == [1, 3, 5, 7, 9, 11]
    same = plan(options=ExportOptions(timing=Timing.CONSTANT))
    assert same.frames == plan().frames
    conform = plan(options=ExportOptions(timing=Timing.CONFORM, rate=Fraction(25)))
    assert len(conform.frames) == 12
    assert conform.rate == 25
    assert conform.frames[1].time == Fraction(1, 25)
    assert not conform.options.audio
    assert "sound is left out" in conform.warnings[0]


def test_odd_sizes_are_padded_where_needed_and_it_is_said() -> None:
    made = plan("webm", width=97, height=65)
    assert made.size == (98, 66)
    assert "padded to 98x66" in made.warnings[0]
    assert plan("prores4444", width=97, height=65).size == (97, 65)


@pytest.mark.parametrize(
    ("name", "options", "reason"),
    [
        ("webm", ExportOptions(alpha=Alpha.PREMULT), "cannot have the alpha premult"),
        ("qtrle", ExportOptions(bit_depth=16), "cannot have the bit depth 16"),
        ("overlay", ExportOptions(layout=Layout.EACH), "cannot have the object layout each"),
        ("png", ExportOptions(object_ids=(3,)), "There is no object 3"),
        ("png", ExportOptions(object_ids=()), "no object is chosen"),
        ("png", ExportOptions(template="{clip}"), "a name of its own"),
        ("png", ExportOptions(template="{frame}/{clip}"), "a name of its own"),
        ("png", ExportOptions(rate=Fraction(25)), "to be shown as in the clip"),
        ("png", ExportOptions(timing=Timing.CONFORM), "rate is needed"),
        ("prores4444", ExportOptions(start_timecode="01:00:00:30"), "timecode cannot be used"),
        ("prores4444", ExportOptions(layout=Layout.EACH, template="x"), "would both be written"),
    ],
)
def test_contradictions_are_refused(name: str, options: ExportOptions, reason: str) -> None:
    with pytest.raises(ExportError, match=reason):
        plan(name, options)


def test_files_in_the_way_are_named(tmp_path: Path) -> None:
    made = plan_export(document(), PRESETS["ffv1"], ExportOptions(), tmp_path)
    made.outputs[0].path.touch()
    assert made.existing() == [made.outputs[0].path]
    with pytest.raises(ExportError, match="would be replaced"):
        made.check()
    plan_export(document(), PRESETS["ffv1"], ExportOptions(overwrite=True), tmp_path).check()


def test_options_survive_json() -> None:
    chosen = ExportOptions(
        object_ids=(2, 1),
        layout=Layout.EACH,
        in_point=3,
        timing=Timing.CONSTANT,
        rate=Fraction(30000, 1001),
        alpha=Alpha.PREMULT,
        background=Path("back.png"),
        missing=Missing.HOLD,
        motion_blur=144.5,
        audio=False,
    )
    assert ExportOptions.from_json(chosen.to_json()) == chosen
    assert ExportOptions().to_json() == {}
    read = ExportOptions.from_json(
        {"rate": "23.976", "background": "#00ff10", "object_ids": [1], "layout": "each"}
    )
    assert read == ExportOptions(
        rate=Fraction(24000, 1001), background=(0, 255, 16), object_ids=(1,), layout=Layout.EACH
    )
    for wrong in (
        {"colour": 1},
        {"rate": "0"},
        {"missing": "maybe"},
        {"audio": 1},
        {"handles": -1},
        {"handles": math.inf},
        {"background": "#-10000"},
        {"background": [math.inf, 0, 0]},
    ):
        with pytest.raises(ExportError):
            ExportOptions.from_json(wrong)


def test_rates_of_broadcast_are_exact() -> None:
    assert parse_rate("29.97") == Fraction(30000, 1001)
    assert parse_rate(59.94) == Fraction(60000, 1001)
    assert parse_rate("12.5") == Fraction(25, 2)
    assert parse_rate(24) == 24
    for wrong in ("1/0", "0", "-25", "", "fast", "1001", "nan"):
        with pytest.raises(ValueError, match=r"rate|Fraction"):
            parse_rate(wrong)


def test_a_guessed_matrix_is_said() -> None:
    snapshot = document()
    picture = replace(snapshot.info.picture, matrix="bt601", matrix_guessed=True)
    guessed = replace(snapshot, info=replace(snapshot.info, picture=picture))
    warnings = plan_export(guessed, PRESETS["prores4444"], ExportOptions(), OUT).warnings
    assert "counts as BT601" in warnings[0]
    assert plan_export(guessed, PRESETS["luma_prores"], ExportOptions(), OUT).warnings == ()
