from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from app.errors import MediaError
from app.media import open_source
from app.media.decoder_run import DecoderRun
from app.media.ffmpeg import Ffmpeg, run_ffmpeg
from app.media.video import FfmpegSource
from tests.barcode import H264, barcode_frame, convert, encode, read_barcode


def numbers(path: Path) -> list[int]:
    with open_source(path) as source:
        return [read_barcode(frame) for frame in source.frames(0, source.info.frame_count)]


def assert_random_access_equals_sequential(path: Path, count: int) -> None:
    with open_source(path) as source:
        assert source.info.frame_count == count
        sequential = list(source.frames(0, count))
    with open_source(path) as source:
        for index in np.random.default_rng(1).permutation(count)[:14].tolist():
            np.testing.assert_array_equal(source.frame(index), sequential[index])
        np.testing.assert_array_equal(source.frame(count - 1), sequential[-1])
        np.testing.assert_array_equal(source.frame(0), sequential[0])


def test_info_of_a_clip_with_b_frames(b_frame_clip: Path) -> None:
    with open_source(b_frame_clip) as source:
        info = source.info
    assert (info.width, info.height, info.frame_count, info.fps) == (96, 64, 60, Fraction(25))
    assert info.name == "b frames.mp4"


def test_frames_come_in_order_and_close_to_what_was_encoded(b_frame_clip: Path) -> None:
    with open_source(b_frame_clip) as source:
        for index, frame in enumerate(source.frames(0, 60)):
            assert frame.shape == (64, 96, 3)
            assert frame.dtype == np.uint8
            assert not frame.flags.writeable
            assert read_barcode(frame) == index
            # channels in order: the gradients differ strongly between red, green and blue
            error = np.abs(frame[24:48].astype(int) - barcode_frame(index)[24:48]).mean(axis=(0, 1))
            assert error.max() < 20


def test_random_access_equals_sequential_decoding(b_frame_clip: Path) -> None:
    assert_random_access_equals_sequential(b_frame_clip, 60)


def test_a_jump_starts_at_the_key_frame_before(b_frame_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[int, int]] = []
    start = FfmpegSource._start
    monkeypatch.setattr(
        FfmpegSource,
        "_start",
        lambda self, key, index: (started.append((key, index)), start(self, key, index))[1],
    )
    with open_source(b_frame_clip) as source:
        assert read_barcode(source.frame(50)) == 50
        assert read_barcode(source.frame(51)) == 51
        assert read_barcode(source.frame(51)) == 51
        assert read_barcode(source.frame(40)) == 40
    assert started == [(48, 50), (36, 40)]


def test_backward(b_frame_clip: Path) -> None:
    with open_source(b_frame_clip) as source:
        assert [read_barcode(frame) for frame in source.frames(59, -1, -1)] == list(range(59, -1, -1))
        assert [read_barcode(frame) for frame in source.frames(20, 17, -1)] == [20, 19, 18]
        assert list(source.frames(5, 5, -1)) == []
        with pytest.raises(ValueError, match="step"):
            next(source.frames(0, 10, 2))


def test_frames_outside_the_clip_are_refused(b_frame_clip: Path) -> None:
    with open_source(b_frame_clip) as source:
        for index in (-1, 60):
            with pytest.raises(IndexError, match=r"0\.\.59"):
                source.frame(index)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("open_gop.mp4", [*H264, "-x264-params", "open-gop=1:scenecut=0"]),
        ("clip.mkv", [*H264]),
        ("stream.ts", [*H264]),
        ("packed.avi", ["-c:v", "mpeg4", "-bf", "2", "-q:v", "3", "-g", "12"]),
        (
            "hidden.webm",
            ["-c:v", "libvpx", "-auto-alt-ref", "1", "-lag-in-frames", "16", "-b:v", "1M", "-g", "12"],
        ),
        ("intra.mov", ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"]),
        ("raw.h264", [*H264]),
    ],
)
def test_every_frame_of_other_kinds_of_file_once(tmp_path: Path, name: str, arguments: list[str]) -> None:
    path = encode(tmp_path / name, [barcode_frame(i) for i in range(40)], arguments)
    assert numbers(path) == list(range(40))
    assert_random_access_equals_sequential(path, 40)


def test_trimmed_without_reencoding(b_frame_clip: Path, tmp_path: Path) -> None:
    # cut inside a group of pictures: an edit list hides the pictures before the cut
    path = convert(b_frame_clip, tmp_path / "cut.mp4", ["-c", "copy"], before=["-ss", "0.68"])
    seen = numbers(path)
    assert seen[-1] == 59
    assert all(after - before == 1 for before, after in pairwise(seen))
    assert_random_access_equals_sequential(path, len(seen))


def test_variable_rate_keeps_every_frame_once(b_frame_clip: Path, tmp_path: Path) -> None:
    path = convert(
        b_frame_clip,
        tmp_path / "variable.mkv",
        ["-vf", "setpts='(N+floor(N/7)*3)/25/TB'", "-fps_mode", "passthrough", *H264],
    )
    assert numbers(path) == list(range(60))
    assert_random_access_equals_sequential(path, 60)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotation_is_applied(b_frame_clip: Path, tmp_path: Path, turn: int) -> None:
    path = convert(
        b_frame_clip, tmp_path / "turned.mp4", ["-c", "copy"], before=["-display_rotation", str(turn)]
    )
    with open_source(b_frame_clip) as source:
        upright = source.frame(30)
    with open_source(path) as source:
        size = (source.info.height, source.info.width, 3)
        turned = source.frame(30)
    # the flag turns counterclockwise, as numpy does
    expected = np.rot90(upright, turn // 90)
    assert size == turned.shape == expected.shape
    # chroma is interpolated before or after turning: equal but for rounding
    assert np.abs(turned.astype(int) - expected).mean() < 2


def test_odd_sizes(tmp_path: Path) -> None:
    frames = [barcode_frame(i, 97, 53) for i in range(5)]
    path = encode(tmp_path / "odd.mkv", frames, ["-c:v", "ffv1", "-pix_fmt", "gbrp"])
    with open_source(path) as source:
        assert (source.info.width, source.info.height) == (97, 53)
        for index in (3, 0, 4):
            np.testing.assert_array_equal(source.frame(index), frames[index])


def test_white_of_10_bits_is_255(tmp_path: Path) -> None:
    white = [np.full((64, 96, 3), 255, np.uint8)] * 2
    path = encode(tmp_path / "white.mov", white, ["-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"])
    with open_source(path) as source:
        assert int(source.frame(0).min()) == 255


def test_names_that_a_shell_or_ffmpeg_might_misread(b_frame_clip: Path, tmp_path: Path) -> None:
    for name in ("-i $(touch x); 'a' %03d.mp4", "concat:a|b.mp4", "é ü.mp4"):
        path = tmp_path / name
        path.write_bytes(b_frame_clip.read_bytes())
        with open_source(path) as source:
            assert read_barcode(source.frame(33)) == 33
    assert not (tmp_path / "x").exists()


def test_sound_is_no_clip(tmp_path: Path) -> None:
    path = tmp_path / "sound.m4a"
    status, _, _ = run_ffmpeg(["-f", "lavfi", "-i", "sine=duration=0.2", str(path)])
    assert status == 0
    with pytest.raises(MediaError, match=r"sound\.m4a cannot be read: there is no video stream in it"):
        open_source(path)


def test_unreadable_files_are_named_with_the_reason(b_frame_clip: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("this is no video")
    with pytest.raises(MediaError, match=r"text\.mp4 cannot be read: moov atom not found") as caught:
        open_source(text)
    assert "convert" in caught.value.hint
    noise = tmp_path / "noise.bin"
    noise.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(MediaError, match=r"noise\.bin cannot be read: .*Invalid data"):
        open_source(noise)
    empty = tmp_path / "empty.mp4"
    empty.touch()
    with pytest.raises(MediaError, match=r"empty\.mp4 cannot be read"):
        open_source(empty)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(b_frame_clip.read_bytes()[:3000])
    with pytest.raises(MediaError, match=r"cut\.mp4 cannot be read: .*moov atom not found"):
        open_source(cut)
    with pytest.raises(MediaError, match=r"no file or folder .*gone\.mp4"):
        open_source(tmp_path / "gone.mp4")


def test_a_file_without_a_whole_frame_is_refused_for_its_cause(b_frame_clip: Path, tmp_path: Path) -> None:
    # as a download that has just begun: the index is there, the first frame is not
    data = convert(
        b_frame_clip, tmp_path / "whole.mp4", ["-c", "copy", "-movflags", "+faststart"]
    ).read_bytes()
    begun = tmp_path / "begun.mp4"
    begun.write_bytes(data[: data.index(b"mdat") + 100])
    # which of the two comes last is up to the decoder's threads; that they end is no cause
    with pytest.raises(MediaError, match=r"begun\.mp4 cannot be read: .*(partial file|Invalid data)"):
        open_source(begun)


def test_incomplete_file_says_where_it_ends(b_frame_clip: Path, tmp_path: Path) -> None:
    # the index at the front promises 60 frames, the end of the data is missing
    whole = convert(
        b_frame_clip, tmp_path / "whole.mp4", ["-c", "copy", "-movflags", "+faststart"]
    ).read_bytes()
    path = tmp_path / "incomplete.mp4"
    path.write_bytes(whole[: len(whole) * 3 // 4])
    with open_source(path) as source:
        count = source.info.frame_count
        assert 20 < count < 60
        assert read_barcode(source.frame(10)) == 10


def test_decoder_that_is_killed_is_reported(b_frame_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next_stamp = DecoderRun._next_stamp

    def short(run: DecoderRun) -> object:
        if run.position == 9:
            run.program.kill()
            return None
        return next_stamp(run)

    monkeypatch.setattr(DecoderRun, "_next_stamp", short)
    with open_source(b_frame_clip) as source:
        assert read_barcode(source.frame(9)) == 9
        with pytest.raises(MediaError, match=r"lists 60 frames, but frame 11 .* ends at frame 10"):
            source.frame(11)


def test_seek_that_lands_late_starts_earlier(b_frame_clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    start = FfmpegSource._start

    def late(self: FfmpegSource, key: int, index: int) -> DecoderRun:
        started.append(key)
        return start(self, min(48, key + 12) if key else 0, index)  # as some containers do

    monkeypatch.setattr(FfmpegSource, "_start", late)
    with open_source(b_frame_clip) as source:
        assert read_barcode(source.frame(45)) == 45
        assert started == [36, 24]


def test_close_ends_the_decoder(b_frame_clip: Path) -> None:
    source = open_source(b_frame_clip)
    assert isinstance(source, FfmpegSource)
    frame = source.frame(3)
    assert source._run is not None
    program = source._run.program
    assert program._watchdog is not None
    assert program._process.poll() is None  # 60 frames do not fit into the pipe
    source.close()
    source.close()
    assert program._process.poll() is not None
    assert not program._drain.is_alive()
    assert not program._watchdog.is_alive()
    assert read_barcode(frame) == 3
    assert read_barcode(source.frame(4)) == 4  # decodes again when asked
    source.close()


def test_talkative_program_does_not_block() -> None:
    # far more messages than a pipe holds, and nobody reads them
    program = Ffmpeg(
        ["-f", "lavfi", "-i", "nullsrc=s=16x16:d=200:r=25", "-vf", "showinfo", "-f", "null", "-"], read=False
    )
    assert program.finish() == 0
    assert len(program.messages) == 400


def test_missing_program_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.media.ffmpeg.ffmpeg_path", lambda: "/nowhere/ffmpeg")
    with pytest.raises(MediaError, match="ffmpeg cannot be started"):
        Ffmpeg(["-version"])


@pytest.mark.parametrize(
    ("name", "count", "size"),
    [
        ("rollerblade_480p.avi", 35, (854, 480)),
        ("signing_480p.mkv", 87, (640, 480)),
        ("teddy_portrait.mp4", 141, (368, 480)),
    ],
)
def test_real_clips(shared_dir: Path, name: str, count: int, size: tuple[int, int]) -> None:
    path = shared_dir / "clips" / name
    with open_source(path) as source:
        assert (source.info.width, source.info.height) == size
    assert_random_access_equals_sequential(path, count)
