from __future__ import annotations

from fractions import Fraction

from app.media import PictureFormat, Timecode, VideoInfo
from app.media.describe import long_description, short_description


def test_facts_of_a_video() -> None:
    info = VideoInfo(
        720,
        576,
        100,
        Fraction(24000, 1001),
        "clip.mov",
        start_timecode=Timecode.parse("10:00:00:00", Fraction(24000, 1001)),
        rotation=90,
        sample_aspect=Fraction(64, 45),
        picture=PictureFormat("prores", "yuv422p10le", 10, False, False, "bt601", True),
        audio_codec="aac",
        notes=("Something to know.",),
    )
    assert short_description(info) == "720 × 576 (shown 1024 × 576) · 23.976 fps"
    assert long_description(info).splitlines() == [
        "prores yuv422p10le: 10-bit, BT.601 (assumed), limited range",
        "100 frames, 24000/1001 fps",
        "first timecode 10:00:00:00",
        "turned 90° clockwise",
        "sound: aac",
        "Something to know.",
    ]


def test_facts_of_a_sequence() -> None:
    exr = PictureFormat("exr", bit_depth=16, is_float=True)
    info = VideoInfo(64, 48, 3, Fraction(25), "shot", is_vfr=True, picture=exr, numbers=(8, 9, 12))
    assert short_description(info) == "64 × 48 · 25 fps"
    assert long_description(info).splitlines() == [
        "exr: 16-bit float, RGB",
        "3 frames, 25/1 fps",
        "numbers 8 to 12",
    ]


def test_facts_of_a_clip_that_is_still_listed() -> None:
    info = VideoInfo(64, 48, 3, Fraction(10), "clip", is_vfr=True, complete=False)
    assert short_description(info) == "64 × 48 · 10 fps on average · still listing frames"
