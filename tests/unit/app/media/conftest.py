"""Small clips whose frames carry their number as a bar code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.media.ffmpeg import Ffmpeg

WIDTH, HEIGHT, BITS = 96, 64, 8
MakeClip = Callable[..., Path]


def barcode_frame(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """(H, W, 3): a moving gradient; 8 black or white cells in the upper left corner spell the number."""
    y, x = np.mgrid[0:height, 0:width]
    frame = np.stack([(x * 2 + number * 5) % 256, (y * 3 + number) % 256, (x + y) % 256], axis=2).astype(
        np.uint8
    )
    for bit in range(BITS):
        frame[0:16, 8 * bit : 8 * bit + 8] = 255 if number >> bit & 1 else 0
    return frame


def read_barcode(frame: NDArray[np.uint8]) -> int:
    """The number that the frame carries."""
    return sum(1 << bit for bit in range(BITS) if frame[4:12, 8 * bit + 2 : 8 * bit + 6].mean() > 127)


def encode(
    path: Path, frames: Sequence[NDArray[np.uint8]], arguments: Sequence[str], rate: str = "25"
) -> Path:
    """Encode RGB frames with ffmpeg."""
    height, width = frames[0].shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "pipe:0"]
    program = Ffmpeg(["-y", *raw, *arguments, str(path)], write=True)
    for frame in frames:
        program.stdin.write(frame.tobytes())
    program.stdin.close()
    assert program.finish() == 0, list(program.messages)
    return path


def convert(source: Path, path: Path, arguments: Sequence[str], before: Sequence[str] = ()) -> Path:
    """Rewrite a clip with ffmpeg."""
    program = Ffmpeg(["-y", *before, "-i", str(source), *arguments, str(path)])
    assert program.finish() == 0, list(program.messages)
    return path


H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "12", "-crf", "18")


@pytest.fixture(scope="session")
def b_frame_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 frames of H.264 with B-frames and a key frame every 12 frames."""
    path = tmp_path_factory.mktemp("clips") / "b frames.mp4"
    return encode(path, [barcode_frame(i) for i in range(60)], [*H264, "-b_strategy", "0"])
