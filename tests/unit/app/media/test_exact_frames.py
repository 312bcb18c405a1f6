"""Frame i is the same picture however it is reached, in every kind of file; what is said about the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.errors import MediaError
from app.media import Timecode, VideoInfo, open_source
from app.media.listing import Lister, Listing
from app.media.stream_facts import read_stream_facts
from app.media.video import FfmpegSource
from tests.barcode import COLOURS, H264, barcode_frame, convert, make_clip, read_barcode, read_colours


def check_clip(path: Path, numbers: Sequence[int]) -> VideoInfo:
    """In order and at random, the clip shows these numbers; returns its facts."""
    with open_source(path) as source:
        info = source.info
        ordered = list(source.frames(0, info.frame_count))
    assert [read_barcode(frame) for frame in ordered] == list(numbers)
    assert info.complete
    assert info.frame_map is not None
    assert len(info.frame_map) == len(numbers)
    with open_source(path) as source:
        for index in [len(numbers) - 1, *np.random.default_rng(2).permutation(len(numbers))[:5].tolist(), 0]:
            np.testing.assert_array_equal(source.frame(index), ordered[index])
            assert source.stand_in(index) is None
    return info


def test_hevc_of_10_bits(tmp_path: Path) -> None:
    info = check_clip(make_clip(tmp_path / "phone.mp4", "hevc10", 40, rate="30000/1001"), range(40))
    assert (info.picture.codec, info.picture.bit_depth, info.fps) == ("hevc", 10, Fraction(30000, 1001))
    assert not info.is_vfr


def test_first_time_stamp_that_is_not_zero(b_frame_clip: Path, tmp_path: Path) -> None:
    path = convert(b_frame_clip, tmp_path / "late.mkv", ["-c", "copy", "-output_ts_offset", "7.3"])
    info = check_clip(path, range(60))
    assert info.frame_map is not None
    assert info.frame_map.pts(0) * info.frame_map.time_base == Fraction(73, 10)
    assert info.frame_map.seconds(10) == Fraction(2, 5)


def test_lost_packets(b_frame_clip: Path, tmp_path: Path) -> None:
    # every seventeenth packet is gone; of the others, some lean on pictures that are not there
    path = convert(
        b_frame_clip, tmp_path / "holes.mkv", ["-c", "copy", "-bsf:v", "noise=drop='eq(mod(n,17),16)'"]
    )
    with open_source(path) as source:
        info = source.info
        ordered = list(source.frames(0, info.frame_count))
        seen = [source.stand_in(index) for index in range(info.frame_count)]
    assert info.frame_count == 57
    assert info.is_vfr
    assert info.nominal_fps == 25
    with open_source(path) as source:
        for index in (56, 20, 40, 16, 3, 33):
            np.testing.assert_array_equal(source.frame(index), ordered[index])
            assert source.stand_in(index) == seen[index]


def test_mkv_without_duration(b_frame_clip: Path, tmp_path: Path) -> None:
    path = convert(b_frame_clip, tmp_path / "live.mkv", ["-c", "copy", "-f", "matroska", "-live", "1"])
    assert check_clip(path, range(60)).fps == 25


def test_variable_rate(b_frame_clip: Path, tmp_path: Path) -> None:
    uneven = ["-vf", "setpts='(N+floor(N/7)*3)/25/TB'", "-fps_mode", "passthrough", *H264]
    info = check_clip(convert(b_frame_clip, tmp_path / "vfr.mp4", uneven), range(60))
    assert info.is_vfr
    assert info.nominal_fps == 25
    assert info.frame_map is not None
    assert [info.frame_map.seconds(index) for index in (6, 7, 59)] == [
        Fraction(6, 25),
        Fraction(10, 25),
        Fraction(59 + 8 * 3, 25),
    ]
    assert any("varies" in note for note in info.notes)


def test_gif(tmp_path: Path) -> None:
    info = check_clip(make_clip(tmp_path / "small.gif", "gif", 12, rate="10"), range(12))
    assert info.fps == 10


def test_mpeg4_avi_and_mpeg2_program_stream(tmp_path: Path) -> None:
    assert check_clip(make_clip(tmp_path / "old.avi", "mpeg4", 40), range(40)).picture.codec == "mpeg4"
    info = check_clip(make_clip(tmp_path / "disc.mpg", "mpeg2", 40), range(40))
    assert (info.picture.codec, info.fps) == ("mpeg2video", 25)


def test_phone_clip_is_upright(b_frame_clip: Path, tmp_path: Path) -> None:
    # stored lying, as phones do: the picture is turned counterclockwise, the flag says clockwise
    lying = [np.ascontiguousarray(np.rot90(barcode_frame(index))) for index in range(30)]
    stored = make_clip(tmp_path / "stored.mp4", "h264", lying)
    path = convert(stored, tmp_path / "phone.mp4", ["-c", "copy"], before=["-display_rotation", "-90"])
    info = check_clip(path, range(30))
    assert (info.width, info.height, info.rotation) == (96, 64, 90)


@pytest.mark.parametrize(
    ("name", "codec", "extra", "bound"),
    [
        # BT.601 and BT.709, limited and full range, 8 and 10 bits, 4:2:0 and 4:2:2 and 4:4:4: the same
        # colours
        ("a.mov", "prores", ("bt709", "tv"), 3),
        ("b.mov", "prores4444", ("bt709", "tv"), 3),
        ("c.mp4", "hevc10", ("bt2020nc", "pc"), 4),
        ("d.mp4", "hevc10", ("bt709", "tv"), 4),
        ("e.mkv", "h264", ("smpte170m", "tv"), 6),
        ("f.mkv", "mjpeg", ("bt470bg", "pc"), 6),
    ],
)
def test_colours(tmp_path: Path, name: str, codec: str, extra: tuple[str, str], bound: int) -> None:
    matrix, spread = extra
    tags = f"scale=out_color_matrix={matrix}:out_range={spread}:flags=accurate_rnd+full_chroma_int"
    tags += f",setparams=colorspace={matrix}:range={spread}"
    path = make_clip(tmp_path / name, codec, 3, extra=["-vf", tags])
    with open_source(path) as source:
        colours = read_colours(source.frame(1))
        picture = source.info.picture
    assert not picture.matrix_guessed
    assert (picture.space, picture.full_range) == (matrix, spread == "pc")
    assert np.abs(colours - np.array(COLOURS)).max() <= bound
    # black, white and grey have no colour at all, whatever the matrix
    np.testing.assert_allclose(colours[[0, 1]], np.array(COLOURS)[[0, 1]], atol=0 if codec == "prores" else 1)


@pytest.mark.parametrize(
    ("size", "matrix"), [((96, 64), "bt601"), ((1280, 64), "bt709"), ((96, 720), "bt709")]
)
def test_unknown_matrix_follows_the_size(tmp_path: Path, size: tuple[int, int], matrix: str) -> None:
    name = {"bt601": "smpte170m", "bt709": "bt709"}[matrix]
    conversion = ["-vf", f"scale=out_color_matrix={name}:flags=accurate_rnd,setparams=colorspace=unknown"]
    path = make_clip(
        tmp_path / "untagged.mkv", ["-c:v", "ffv1", "-pix_fmt", "yuv444p"], 2, size=size, extra=conversion
    )
    with open_source(path) as source:
        info = source.info
        colours = read_colours(source.frame(1))
    assert (info.picture.matrix, info.picture.matrix_guessed) == (matrix, True)
    assert "does not name its colour matrix" in info.notes[0]
    assert np.abs(colours - np.array(COLOURS)).max() <= 3


def test_timecode_sound_aspect_and_fields(tmp_path: Path) -> None:
    sound = ["-f", "lavfi", "-i", "sine=duration=1", "-map", "0:v", "-map", "1:a", "-c:a", "pcm_s16le"]
    stored = make_clip(
        tmp_path / "plain.mov", "prores", 5, extra=["-vf", "setsar=64/45,setfield=tff", "-flags", "+ildct"]
    )
    path = convert(
        stored, tmp_path / "card.mov", [*sound, "-c:v", "copy", "-timecode", "10:00:00:20", "-shortest"]
    )
    info = check_clip(path, range(5))
    assert info.start_timecode == Timecode.parse("10:00:00:20", Fraction(25))
    assert str(info.timecode(4)) == "10:00:00:24"
    assert (info.has_audio, info.audio_codec) == (True, "pcm_s16le")
    assert info.sample_aspect == Fraction(64, 45)
    assert (info.width, info.height, info.display_size) == (96, 64, (137, 64))
    assert info.picture.interlaced == "top"
    assert "Interlaced, top field first" in info.notes[1]
    assert "not square (64:45)" in info.notes[2]


def damage(path: Path, numbers: Sequence[int]) -> None:
    """Destroy the heads of some ProRes pictures."""
    data = bytearray(path.read_bytes())
    heads = [match.start() for match in re.finditer(b"icpf", data)]
    for number in numbers:
        data[heads[number] : heads[number] + 64] = b"\xff" * 64
    path.write_bytes(data)


def test_damaged_picture_is_held_and_told(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mov", "prores", 12)
    damage(path, (5, 6, 11))
    for order in (range(12), range(11, -1, -1), (6, 11, 5)):
        with open_source(path) as source:
            for index in order:
                shown = {5: 4, 6: 4, 11: 10}.get(index, index)
                assert read_barcode(source.frame(index)) == shown
                assert source.stand_in(index) == (None if shown == index else shown)


def test_more_damage_than_can_be_held(tmp_path: Path) -> None:
    path = make_clip(tmp_path / "clip.mov", "prores", 20)
    damage(path, range(3, 18))
    with open_source(path) as source:
        assert read_barcode(source.frame(14)) == 2
        with pytest.raises(MediaError, match=r"frame 15 cannot be decoded"):
            source.frame(15)
        assert read_barcode(source.frame(19)) == 19


@pytest.mark.parametrize(("name", "codec"), [("clip.mp4", "h264"), ("clip.avi", "mpeg4")])
def test_lists_only_grow(tmp_path: Path, name: str, codec: str) -> None:
    path = make_clip(tmp_path / name, codec, 60)
    facts = read_stream_facts(path)
    lists = list(Lister(path, facts, every_s=0))
    assert len(lists) > 10
    assert [listing.frames.complete for listing in lists] == [False] * (len(lists) - 1) + [True]
    whole = lists[-1].frames.stamps
    assert len(whole) == 60
    for listing in lists:
        known = listing.frames.stamps
        np.testing.assert_array_equal(known, whole[: len(known)])
    # a source can be used with the first of them, and goes on when more is known
    with FfmpegSource(path, facts, lists[2]) as source:
        count = source.info.frame_count
        assert not source.info.complete
        assert read_barcode(source.frame(count - 1)) == count - 1
        with pytest.raises(IndexError):
            source.frame(count)
        assert source.extend(lists[-1]).frame_count == 60
        assert read_barcode(source.frame(count)) == count
        assert read_barcode(source.frame(59)) == 59


def test_packets_are_trusted_up_to_the_first_doubt(tmp_path: Path) -> None:
    # an edit list that ends early marks the last packets as not to be shown
    stored = make_clip(tmp_path / "all.mp4", "h264", 60)
    path = convert(stored, tmp_path / "cut.mp4", ["-c", "copy", "-t", "1.5"], before=["-ss", "0.1"])
    lists = list(Lister(path, read_stream_facts(path), every_s=0))
    assert lists[-1].checks
    check_clip(path, [read_barcode(frame) for frame in frames_of(path, lists[-1])])


def frames_of(path: Path, listing: Listing) -> list[np.ndarray]:
    with FfmpegSource(path, read_stream_facts(path), listing) as source:
        return list(source.frames(0, len(listing.frames)))


def test_listing_can_be_stopped(b_frame_clip: Path) -> None:
    lister = Lister(b_frame_clip, read_stream_facts(b_frame_clip), every_s=0)
    seen = []
    for listing in lister:
        seen.append(listing)
        lister.stop()
    assert len(seen) == 1


def test_interrupted_decoding_can_go_on(b_frame_clip: Path) -> None:
    with open_source(b_frame_clip) as source:
        asked: list[int] = []

        def enough() -> bool:
            asked.append(1)
            return len(asked) > 3

        assert source.frame_unless(47, enough) is None
        assert len(asked) == 4
        assert read_barcode(source.frame(47)) == 47
