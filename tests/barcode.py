"""Clips whose frames carry their number as a bar code and known colours. Free of Qt.

A picture has three rows. Above: a white cell, ten cells that spell the number (lowest bit first), and a cell
that makes the count of white bits even. In the middle: a gradient that moves with the number. Below: patches
of the known ``COLOURS``. All of it scales with the size, so a picture can be read after any resizing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.media.ffmpeg import Ffmpeg

Picture = NDArray[np.uint8]

WIDTH, HEIGHT = 96, 64
BITS = 10
COLOURS = ((255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128))
"""RGB of the patches from left to right."""

_CELLS = BITS + 2

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-bf", "3", "-g", "12", "-crf", "18")
CODECS: dict[str, tuple[str, ...]] = {
    # b_strategy 0: B-frames wherever they are allowed, however little the picture moves
    "h264": (*H264, "-b_strategy", "0"),
    "hevc10": (
        *("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-crf", "16"),
        *("-x265-params", "log-level=error:keyint=12:bframes=3:pools=1:frame-threads=1"),
    ),
    "prores": ("-c:v", "prores_ks", "-profile:v", "hq", "-pix_fmt", "yuv422p10le"),
    "prores4444": ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuv444p10le"),
    "mpeg4": ("-c:v", "mpeg4", "-bf", "2", "-q:v", "3", "-g", "12"),
    "mpeg2": ("-c:v", "mpeg2video", "-bf", "2", "-q:v", "3", "-g", "12", "-pix_fmt", "yuv420p"),
    "vp9": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "12"),
    "mjpeg": ("-c:v", "mjpeg", "-q:v", "2", "-pix_fmt", "yuvj422p"),
    "ffv1": ("-c:v", "ffv1", "-pix_fmt", "gbrp"),
    "gif": ("-filter_complex", "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=none"),
}
"""Encoder arguments by name, all of them quick."""


def barcode_frame(number: int, width: int = WIDTH, height: int = HEIGHT) -> Picture:
    """The picture that carries a number.

    Args:
        number: 0..1023.
        width: At least 48 px.
        height: At least 32 px.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    y, x = np.mgrid[0:height, 0:width]
    frame = np.stack([(x * 2 + number * 5) % 256, (y * 3 + number) % 256, (x + y) % 256], axis=2).astype(
        np.uint8
    )
    bits = [number >> bit & 1 for bit in range(BITS)]
    for cell, lit in enumerate([1, *bits, sum(bits) & 1]):
        frame[: height // 4, _edge(cell, width) : _edge(cell + 1, width)] = 255 if lit else 0
    for place, colour in enumerate(COLOURS):
        frame[-(height // 4) :, _edge(2 * place, width) : _edge(2 * place + 2, width)] = colour
    return frame


def read_barcode(picture: NDArray[np.generic]) -> int:
    """The number that a picture carries.

    Args:
        picture: (H, W, 3) or (H, W), of any size and number type; white is the largest value it holds above.

    Returns:
        0..1023.

    Raises:
        ValueError: It holds no bar code, or a damaged one.
    """
    grey = np.asarray(picture, np.float64)
    grey = grey.mean(axis=2) if grey.ndim == 3 else grey
    height, width = grey.shape
    rows = slice(height // 16 + 1, height // 4 - height // 16)
    means = []
    for cell in range(_CELLS):
        left, right = _edge(cell, width), _edge(cell + 1, width)
        inset = max(1, (right - left) // 4)
        means.append(float(grey[rows, left + inset : right - inset].mean()))
    lit = [mean > means[0] / 2 for mean in means]
    if means[0] <= 0 or sum(lit[1:]) % 2:
        raise ValueError(f"no bar code: the cells are {[round(mean, 1) for mean in means]}")
    return sum(1 << bit for bit in range(BITS) if lit[1 + bit])


def read_colours(picture: NDArray[np.generic]) -> NDArray[np.float64]:
    """The mean colours inside the patches.

    Args:
        picture: (H, W, 3) RGB.

    Returns:
        (6, 3), to be compared with ``COLOURS``.
    """
    height, width = picture.shape[:2]
    rows = slice(height - height // 4 + height // 16, height - height // 16)
    means = []
    for place in range(len(COLOURS)):
        left, right = _edge(2 * place, width), _edge(2 * place + 2, width)
        inset = (right - left) // 4
        means.append(np.asarray(picture[rows, left + inset : right - inset], np.float64).mean(axis=(0, 1)))
    return np.stack(means)


def make_clip(
    path: Path,
    codec: str | Sequence[str] = "h264",
    frames: int | Sequence[Picture] = 24,
    *,
    rate: str = "25",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    extra: Sequence[str] = (),
) -> Path:
    """Encode a clip.

    Args:
        path: Where to; its ending chooses the container.
        codec: A name of ``CODECS``, or arguments for ffmpeg.
        frames: How many numbered pictures, or the pictures themselves, (H, W, 3) uint8 RGB.
        rate: Frames per second as ffmpeg takes it, e.g. "24000/1001".
        size: Width and height of the numbered pictures.
        extra: Further arguments before the name of the file, e.g. ("-timecode", "01:00:00:00").

    Returns:
        ``path``.
    """
    pictures = [barcode_frame(index, *size) for index in range(frames)] if isinstance(frames, int) else frames
    arguments = CODECS[codec] if isinstance(codec, str) else codec
    return encode(path, pictures, [*arguments, *extra], rate)


def encode(path: Path, frames: Sequence[Picture], arguments: Sequence[str], rate: str = "25") -> Path:
    """Encode RGB pictures with ffmpeg's arguments; returns ``path``."""
    height, width = frames[0].shape[:2]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "pipe:0"]
    program = Ffmpeg(["-y", *raw, *arguments, str(path)], write=True)
    for frame in frames:
        program.stdin.write(frame.tobytes())
    program.stdin.close()
    assert program.finish() == 0, list(program.messages)
    return path


def convert(source: Path, path: Path, arguments: Sequence[str], before: Sequence[str] = ()) -> Path:
    """Rewrite a clip with ffmpeg; ``before`` are arguments of the input. Returns ``path``."""
    program = Ffmpeg(["-y", *before, "-i", str(source), *arguments, str(path)])
    assert program.finish() == 0, list(program.messages)
    return path


def _edge(cell: int, width: int) -> int:
    return cell * width // _CELLS
