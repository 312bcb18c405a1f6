"""Damaged media: a file is shown as far as it goes, or refused with a message that names it."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.errors import MediaError
from app.media import open_source
from app.media.ffmpeg import Ffmpeg
from tests.barcode import barcode_frame, convert, make_clip

CODECS = {
    "a.mp4": "h264",
    "b.mp4": "hevc10",
    "c.mov": "prores",
    "d.avi": "mpeg4",
    "e.mkv": "h264",
    "f.gif": "gif",
    "g.webm": "vp9",
    "h.ts": "h264",
    "i.mpg": "mpeg2",
}
PICTURES = ("p.png", "q.jpg", "r.tif", "s.webp", "t.exr", "u.dpx", "v.bmp")
FAST = 18
SLOW = 300


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One good file of each kind."""
    folder = tmp_path_factory.mktemp("sound")
    made = [make_clip(folder / name, codec, 16) for name, codec in CODECS.items()]
    for name in PICTURES:
        path = folder / name
        if path.suffix in (".exr", ".dpx"):
            convert(made[0], path, ["-frames:v", "1", "-update", "1"])
        else:
            Image.fromarray(barcode_frame(3)).save(path)
        made.append(path)
    return made


def mutate(data: bytes, kind: str, random: np.random.Generator, other: bytes) -> bytes:
    """A damaged copy: bytes changed, an end cut off, another file's head, or a hole of zeros."""
    copy = bytearray(data)
    if kind == "flip":
        for _ in range(int(random.integers(1, 60))):
            copy[int(random.integers(len(copy)))] = int(random.integers(256))
    elif kind == "head":
        for _ in range(int(random.integers(1, 12))):
            copy[int(random.integers(min(600, len(copy))))] ^= 1 << int(random.integers(8))
    elif kind == "cut":
        del copy[int(random.integers(1, len(copy))) :]
    elif kind == "swap":
        size = int(random.integers(8, 400))
        copy[:size] = other[:size]
    else:
        start = int(random.integers(len(copy)))
        copy[start : start + int(random.integers(1, 4000))] = bytes(min(4000, len(copy) - start))
    return bytes(copy)


def mutants(sound: list[Path], count: int, folder: Path) -> Iterator[Path]:
    random = np.random.default_rng(20)
    kinds = ("flip", "head", "cut", "swap", "hole")
    for number in range(count):
        path = sound[number % len(sound)]
        other = sound[int(random.integers(len(sound)))].read_bytes()
        # whole rounds over the files, so that each file meets each kind
        kind = kinds[(number // len(sound) + number) % len(kinds)]
        made = folder / f"{number}_{kind}" / path.name
        made.parent.mkdir()
        made.write_bytes(mutate(path.read_bytes(), kind, random, other))
        yield made


def survive(path: Path) -> tuple[str, list[MediaError]]:
    """Open and read a damaged file; returns how far it went, and what was said."""
    try:
        source = open_source(path)
    except MediaError as error:
        return "refused", [error]
    told: list[MediaError] = []
    with source:
        info = source.info
        assert info.frame_count >= 1
        for index in [*range(min(info.frame_count, 20)), info.frame_count - 1, info.frame_count // 2]:
            try:
                frame = source.frame(index)
            except MediaError as error:
                told.append(error)
            else:
                assert frame.shape == (info.height, info.width, 3)
                assert frame.dtype == np.uint8
    return ("partly read" if told else "read"), told


@pytest.fixture
def no_long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder may take three seconds for its next word instead of thirty."""
    for module in ("stream_facts", "listing", "decoder_run", "stills"):
        monkeypatch.setattr(f"app.media.{module}.STALL_S", 3.0)


@pytest.mark.usefixtures("no_long_waits")
@pytest.mark.parametrize("count", [FAST, pytest.param(SLOW, marks=pytest.mark.slow)])
def test_no_damaged_file_does_any_harm(sound: list[Path], tmp_path: Path, count: int) -> None:
    outcomes = []
    for path in mutants(sound, count, tmp_path):
        outcome, told = survive(path)
        outcomes.append(outcome)
        for error in told:
            assert str(path) in error.message
            assert error.hint
    assert len(outcomes) == count
    # damage of all degrees: some files are of no use any more, some hardly suffer
    assert {"refused", "read"} <= set(outcomes)


def test_a_decoder_that_says_nothing_is_ended() -> None:
    # it waits for input that never comes
    program = Ffmpeg(
        ["-f", "rawvideo", "-s", "16x16", "-i", "pipe:0", "-f", "null", "-"],
        write=True,
        read=True,
        stall_s=0.2,
    )
    assert list(program.lines()) == []
    assert program.stalled
    assert program.last_message() == "ffmpeg did nothing for 0 seconds and was ended"
    program.close()


def test_the_error_of_a_file_that_stalls_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_clip(tmp_path / "clip.mkv", "ffv1", 3)
    monkeypatch.setattr("app.media.stream_facts.STALL_S", 0.0)
    with pytest.raises(MediaError, match=r"clip\.mkv cannot be read: ffmpeg did nothing for 0 seconds"):
        open_source(path)


ENDLESS = """
import os, signal, sys
from app.media.ffmpeg import Ffmpeg
program = Ffmpeg(["-re", "-f", "lavfi", "-i", "nullsrc=s=64x64:r=100", "-f", "rawvideo", "pipe:1"], read=True)
program.read_into(memoryview(bytearray(64)))
print(program._process.pid, flush=True)
sys.stdin.readline()
{ending}
"""


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
@pytest.mark.parametrize("ending", ["os.kill(os.getpid(), signal.SIGKILL)", "raise SystemExit(3)"])
def test_no_decoder_outlives_the_program(ending: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ENDLESS.format(ending=ending)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[4],
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        decoder = os.pidfd_open(int(program.stdout.readline()))
        try:
            assert select.select([decoder], [], [], 0) == ([], [], [])  # at work
            program.stdin.write("\n")
            program.stdin.flush()
            assert select.select([decoder], [], [], 20)[0] == [decoder]
        finally:
            os.close(decoder)
