"""Reads picture files as 8-bit RGB.

* 8 bits: the values as they are stored; palettes and grey become RGB.
* 16 bits: value / 257, rounded to the nearest.
* Floating point (EXR, float TIFF): taken for linear light; clipped to 0..1, then the sRGB curve of
  IEC 61966-2-1, rounded to the nearest. Not a number is black.
* DPX: the code values, scaled to 8 bits. A logarithmic picture stays logarithmic.

Colour profiles are not applied. Transparency is ignored: the colours below it are used as they are stored.
EXR and DPX are decoded by ffmpeg in a child process, the others by Pillow and OpenCV.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import MediaError
from app.media.decoder_run import SCALER
from app.media.deep import DeepPicture, read_deep
from app.media.ffmpeg import MAX_PIXELS, STALL_S, Ffmpeg, input_arguments
from app.media.picture_heads import is_deep, orientation, read_head, unreadable_picture
from app.media.source import Frame


def read_still(path: Path) -> Frame:
    """Read one picture.

    Args:
        path: A file whose name ends as one of ``SUFFIXES``.

    Returns:
        (H, W, 3) uint8 RGB, read-only, upright.

    Raises:
        MediaError: It cannot be read.
    """
    try:
        frame = _read(path)
    except MediaError:
        raise
    except Exception as error:
        # on damaged files the readers raise anything at all
        raise unreadable_picture(path, error) from error
    frame.setflags(write=False)
    return frame


def from_16_bits(values: NDArray[np.uint16]) -> NDArray[np.uint8]:
    """0..65535 to 0..255, rounded to the nearest."""
    return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)


def from_linear(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Linear light, 1 = white, to the sRGB curve of 8 bits; what lies outside 0..1 is clipped."""
    with np.errstate(over="ignore", invalid="ignore"):
        halves = values.astype(np.float16)
    shown: NDArray[np.uint8] = _srgb_of_halves()[halves.view(np.uint16)]
    return shown


@lru_cache(maxsize=1)
def _srgb_of_halves() -> NDArray[np.uint8]:
    """8-bit sRGB of each of the 65536 half precision numbers, which is finer than 8 bits can show."""
    halves = np.arange(65536, dtype=np.uint16).view(np.float16).astype(np.float64)
    light = np.clip(np.nan_to_num(halves, nan=0.0, posinf=1.0, neginf=0.0), 0.0, 1.0)
    curve = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.round(curve * 255).astype(np.uint8)


def _read(path: Path) -> Frame:
    suffix = path.suffix.lower()
    if suffix == ".exr":
        size, planes = _decode(path, "gbrpf32le", 12)
        green, blue, red = from_linear(planes.view(np.float32)).reshape(3, *size)
        return np.stack([red, green, blue], axis=2)
    if suffix == ".dpx":
        size, pixels = _decode(path, "rgb24", 3)
        return pixels.reshape(*size, 3)
    try:
        with Image.open(path) as picture:
            _check_size(picture.size)
            turned = orientation(picture) != 1
            # some versions of Pillow turn a TIFF upright by themselves, and some of them twice
            if not is_deep(picture) and not (turned and picture.format == "TIFF"):
                upright = ImageOps.exif_transpose(picture) if turned else picture
                return np.array(upright.convert("RGB"))
    except UnidentifiedImageError:
        if suffix not in (".tif", ".tiff"):
            raise
    return _shown(read_deep(path))


def _shown(values: DeepPicture) -> Frame:
    if values.dtype == np.uint16:
        return from_16_bits(values.astype(np.uint16))
    if values.dtype == np.uint8:
        return np.ascontiguousarray(values, np.uint8)
    return from_linear(values.astype(np.float32))


def _decode(path: Path, pixel_format: str, bytes_per_pixel: int) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    """Height, width and all bytes of one picture, decoded by ffmpeg."""
    head = read_head(path)
    _check_size((head.width, head.height))
    filters = f"scale={head.width}:{head.height}:out_range=pc:flags={SCALER},format={pixel_format}"
    program = Ffmpeg(
        [
            *input_arguments(path, "image2", "-pattern_type", "none"),
            *("-frames:v", "1", "-vf", filters, "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"),
        ],
        read=True,
        stall_s=STALL_S,
    )
    pixels = np.empty(head.height * head.width * bytes_per_pixel, np.uint8)
    try:
        if not program.read_into(pixels.data):
            program.finish()
            raise ValueError(program.last_message() or "it ends too early")
    finally:
        program.close()
    return (head.height, head.width), pixels


def _check_size(size: tuple[int, int]) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise ValueError(f"it claims to be {size[0]}x{size[1]}")
