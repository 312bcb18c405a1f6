"""Exports of real clips: the right frames, at the right times, with the right sound."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.document.mask_store import MaskSource, StoredMask, pack
from app.export.movie import stamps_expression
from app.export.options import ExportOptions, Timing
from app.export.plan import plan_export
from app.export.planned import ExportPlan
from app.export.presets import PRESETS
from app.export.report import Check
from app.export.run import run_export
from app.export.verify.opened import list_packets, opened_movie
from app.media import open_source
from tests.barcode import H264, convert, make_clip, read_barcode
from tests.unit.app.export.conftest import Snapshot, document


def numbered_entry(index: int) -> StoredMask:
    """A mask whose left part is as many rows high as the frame's index."""
    mask = np.zeros((64, 96), np.uint8)
    mask[: index + 1, :8] = 1
    return pack(mask, MaskSource.USER)


def of_clip(path: Path) -> Snapshot:
    with open_source(path) as source:
        info = source.info
    assert info.complete
    entries = {index: numbered_entry(index) for index in range(info.frame_count)}
    return replace(document(), path=path, info=info, entries=entries)


def export(
    snapshot: Snapshot, name: str, options: ExportOptions, folder: Path
) -> tuple[ExportPlan, dict[str, Check]]:
    plan = plan_export(snapshot, PRESETS[name], options, folder)
    with open_source(snapshot.path) as source:
        report = run_export(plan, source)
    return plan, {check.name: check for check in report.outputs[0].checks}


def frames_and_mattes(path: Path) -> tuple[list[int], list[int]]:
    """The number that each picture carries, and the one that its alpha carries."""
    numbers, rows = [], []
    with opened_movie(path, ()) as movie:
        for codes in movie.frames():
            numbers.append(read_barcode(codes["y"].astype(float) - 256))
            rows.append(int((codes["a"][:, 0] > 0).sum()) - 1)
    return numbers, rows


def test_in_to_out_has_these_frames_their_mattes_and_their_sound(
    clip_with_sound: Path, tmp_path: Path
) -> None:
    snapshot = of_clip(clip_with_sound)
    options = ExportOptions(in_point=7, out_point=18, handles=1, decontaminate=False)
    plan, checks = export(snapshot, "prores4444", options, tmp_path)
    path = plan.outputs[0].path
    numbers, rows = frames_and_mattes(path)
    assert numbers == rows == list(range(6, 20))
    assert checks["sound"].found == "aac"
    assert checks["sound packets"].passed
    assert checks["first timecode"].found == "00:00:00:06"
    sound, source = list_packets(path, "a:0"), list_packets(clip_with_sound, "a:0")
    place = source.checksums.index(sound.checksums[0])
    offset = source.stamps[place] * source.time_base - sound.stamps[0] * sound.time_base
    assert abs(offset - 6 * Fraction(1001, 24000)) < Fraction(1, 500)
    assert 0 <= sound.stamps[0] * sound.time_base < Fraction(1, 40)
    assert abs(sound.end - 14 * Fraction(1001, 24000)) < Fraction(1, 20)


@pytest.mark.parametrize(
    ("name", "codec"), [("webm", "opus"), ("ffv1", "aac"), ("qtrle", "aac"), ("luma_h264", "aac")]
)
def test_sound_is_copied_where_the_container_takes_it(
    name: str, codec: str, clip_with_sound: Path, tmp_path: Path
) -> None:
    options = ExportOptions(in_point=2, out_point=21)
    _, checks = export(of_clip(clip_with_sound), name, options, tmp_path)
    assert checks["sound"].found == codec
    assert ("sound packets" in checks) == (codec == "aac")


def test_sound_that_a_mov_refuses_becomes_pcm_and_can_be_left_out(tmp_path: Path) -> None:
    tone = ("-f", "lavfi", "-i", "aevalsrc=sin(2000*t*(1+t)):s=48000:d=1")
    clip = make_clip(tmp_path / "clip.mkv", (*tone, *H264, "-c:a", "libvorbis"), 12)
    snapshot = of_clip(clip)
    assert snapshot.info.audio_codec == "vorbis"
    plan, checks = export(snapshot, "prores4444", ExportOptions(out_point=8), tmp_path / "a")
    assert checks["sound"].found == "pcm_s16le"
    assert abs(list_packets(plan.outputs[0].path, "a:0").end - Fraction(9, 25)) < Fraction(1, 50)
    plan, checks = export(snapshot, "prores4444", ExportOptions(audio=False), tmp_path / "b")
    assert "sound" not in checks
    assert not list_packets(plan.outputs[0].path, "a:0").stamps


def test_a_clip_that_begins_late_keeps_its_sound_in_step(clip_with_sound: Path, tmp_path: Path) -> None:
    late = convert(
        clip_with_sound, tmp_path / "late.mkv", ["-c", "copy", "-map", "0"], ["-itsoffset", "3.25"]
    )
    snapshot = of_clip(late)
    plan, checks = export(snapshot, "ffv1", ExportOptions(in_point=10, decontaminate=False), tmp_path / "out")
    assert all(check.passed for check in checks.values())
    sound, source = list_packets(plan.outputs[0].path, "a:0"), list_packets(late, "a:0")
    place = source.checksums.index(sound.checksums[0])
    offset = source.stamps[place] * source.time_base - sound.stamps[0] * sound.time_base
    assert abs(offset - Fraction(13, 4) - 10 * Fraction(1001, 24000)) < Fraction(1, 250)


@pytest.fixture(scope="module")
def uneven_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 frames that last 40 ms and 120 ms in turn."""
    path = tmp_path_factory.mktemp("vfr") / "uneven.mp4"
    times = "settb=1/1000,setpts=80*N+40*mod(N\\,2)"
    extra = (
        "-vf",
        times,
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "1/1000",
        "-video_track_timescale",
        "1000",
    )
    return make_clip(path, (*H264, *extra), 20)


@pytest.mark.parametrize("name", ["prores4444", "qtrle", "ffv1", "webm", "luma_h264"])
def test_frames_that_last_differently_stay_so(name: str, uneven_clip: Path, tmp_path: Path) -> None:
    snapshot = of_clip(uneven_clip)
    assert snapshot.info.is_vfr
    plan, checks = export(snapshot, name, ExportOptions(in_point=3, out_point=14), tmp_path)
    assert plan.variable
    assert checks["frame times"].expected == "times of the clip"
    packets = list_packets(plan.outputs[0].path, "V:0")
    times = [round((stamp - packets.stamps[0]) * packets.time_base * 1000) for stamp in packets.stamps]
    wanted = [80 * n + 40 * (n % 2) for n in range(3, 15)]
    assert times == [time - wanted[0] for time in wanted]


def test_frames_that_last_differently_become_constant_by_choice(uneven_clip: Path, tmp_path: Path) -> None:
    snapshot = of_clip(uneven_clip)
    options = ExportOptions(timing=Timing.CONSTANT, rate=Fraction(25), decontaminate=False)
    plan, _ = export(snapshot, "prores4444", options, tmp_path)
    numbers, rows = frames_and_mattes(plan.outputs[0].path)
    assert numbers == rows
    starts = [80 * n + 40 * (n % 2) for n in range(20)]
    shown = [max(n for n in range(20) if starts[n] <= 40 * place + 20) for place in range(len(numbers))]
    assert numbers == shown
    final_cut = plan_export(snapshot, PRESETS["finalcut"], ExportOptions(), tmp_path)
    assert not final_cut.variable
    # the mean is 475/39, which no editing program has
    assert "repeated or dropped to a constant 25/2 frames per second" in final_cut.warnings[0]
    assert final_cut.rate == Fraction(25, 2)
    unsaid = plan_export(snapshot, PRESETS["prores4444"], ExportOptions(timing=Timing.CONSTANT), tmp_path)
    assert unsaid.frames == final_cut.frames


@pytest.mark.parametrize("name", ["prores4444", "finalcut"])
def test_one_late_frame_of_a_clip_that_lost_some(name: str, tmp_path: Path) -> None:
    """Its timecode is counted by the rate of most frames, which the mean rate has no number for."""
    times = ("-vf", "settb=1/30,setpts=N+floor(N/3)", "-fps_mode", "passthrough", "-enc_time_base", "1/30")
    snapshot = of_clip(make_clip(tmp_path / "lost.mp4", (*H264, *times), 22))
    assert (snapshot.info.nominal_fps, snapshot.info.fps) == (30, Fraction(45, 2))
    plan, checks = export(snapshot, name, ExportOptions(in_point=21, out_point=21), tmp_path / "out")
    assert (plan.rate, len(plan.frames)) == (30, 1)
    assert checks["first timecode"].found == "00:00:00:28"


def test_stamps_are_said_exactly_and_briefly() -> None:
    assert stamps_expression([0, 40, 80, 120]) == "if(lt(N\\,3)\\,0+40*(N-0)\\,120+0*(N-3))"
    uneven = stamps_expression([index * 3 + index % 7 for index in range(5000)])
    assert uneven.count("if") < 5000
    depth = most = 0
    for letter in uneven:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        most = max(most, depth)
    assert most < 20
