"""Reads what the head of a picture file says: size, depth, shape of the pixels."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, UnidentifiedImageError

from app.errors import MediaError
from app.i18n import tr
from app.media.deep import read_deep

_HEAD_BYTES = 1 << 20
_EXR_MAGIC = b"\x76\x2f\x31\x01"
_SWAPPED_SIDES = (5, 6, 7, 8)


@dataclass(frozen=True)
class PictureHead:
    """What a picture file says about itself.

    Attributes:
        width: As shown, in pixels.
        height: As shown, in pixels.
        bit_depth: Bits per sample.
        is_float: Whether samples are floating point numbers.
        has_alpha: Whether there is transparency.
        sample_aspect: Width of a pixel divided by its height.
    """

    width: int
    height: int
    bit_depth: int = 8
    is_float: bool = False
    has_alpha: bool = False
    sample_aspect: Fraction = Fraction(1)


def read_head(path: Path) -> PictureHead:
    """Look into a picture file.

    Args:
        path: A file whose name ends as one of ``SUFFIXES``.

    Returns:
        What its head says.

    Raises:
        MediaError: It is no such picture.
    """
    try:
        if path.suffix.lower() in (".exr", ".dpx"):
            with path.open("rb") as stream:
                return _exr_head(stream) if path.suffix.lower() == ".exr" else _dpx_head(stream)
        try:
            with Image.open(path) as picture:
                return _pillow_head(picture)
        except UnidentifiedImageError:
            if path.suffix.lower() not in (".tif", ".tiff"):
                raise
            return _deep_head(path)
    except Exception as error:
        # on damaged files Pillow's readers raise anything at all
        raise unreadable_picture(path, error) from error


def orientation(picture: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) to 8. Cameras write it; to find it in a PNG, all would be decoded."""
    if picture.format not in ("JPEG", "MPO", "TIFF", "WEBP"):
        return 1
    value = picture.getexif().get(0x0112, 1)
    return value if value in range(1, 9) else 1


def is_deep(picture: Image.Image) -> bool:
    """Whether a picture has more than 8 bits, which Pillow would cut off or cannot convert."""
    return picture.mode.startswith(("I", "F")) or any(
        ";16" in str(tile) for tile in getattr(picture, "tile", ())
    )


def unreadable_picture(path: Path, error: BaseException) -> MediaError:
    """The error for a picture that cannot be read."""
    reason = str(error).removesuffix(".") or type(error).__name__
    return MediaError(
        tr("The picture {path} cannot be read: {reason}.", path=path, reason=reason),
        tr("Replace it, or move it out of the folder."),
    )


def _pillow_head(picture: Image.Image) -> PictureHead:
    width, height = picture.size
    if picture.format == "TIFF":
        # some versions of Pillow swap the sides of a turned TIFF by themselves, others do not
        tags = getattr(picture, "tag_v2", {})
        width, height = tags.get(256, width), tags.get(257, height)
    if orientation(picture) in _SWAPPED_SIDES:
        width, height = height, width
    is_float = picture.mode == "F"
    return PictureHead(
        width,
        height,
        bit_depth=32 if is_float else 16 if is_deep(picture) else 8,
        is_float=is_float,
        has_alpha=picture.mode in ("RGBA", "LA", "PA", "RGBa", "La"),
    )


def _deep_head(path: Path) -> PictureHead:
    values = read_deep(path)
    is_float = bool(np.issubdtype(values.dtype, np.floating))
    return PictureHead(values.shape[1], values.shape[0], values.dtype.itemsize * 8, is_float)


def _exr_head(stream: BinaryIO) -> PictureHead:
    """The attributes of an OpenEXR file: name, type, size in bytes, value, until an empty name."""
    head = stream.read(_HEAD_BYTES)
    if not head.startswith(_EXR_MAGIC):
        raise ValueError("it is no OpenEXR file")
    values: dict[str, bytes] = {}
    place = 8
    while head[place] != 0:
        name, kind_start = _text(head, place)
        _, size_place = _text(head, kind_start)
        (size,) = struct.unpack_from("<i", head, size_place)
        place = size_place + 4
        values[name] = head[place : place + size]
        place += size
    left, top, right, bottom = struct.unpack("<4i", values["displayWindow"])
    (aspect,) = struct.unpack("<f", values.get("pixelAspectRatio", b"\0\0\x80\x3f"))
    names, kinds = _exr_channels(values["channels"])
    if right < left or bottom < top:
        raise ValueError("its window is empty")
    return PictureHead(
        right - left + 1,
        bottom - top + 1,
        bit_depth=16 if 1 in kinds else 32,
        is_float=True,
        has_alpha="A" in names,
        sample_aspect=Fraction(aspect).limit_denominator(1000) if 0.1 < aspect < 10 else Fraction(1),
    )


def _exr_channels(data: bytes) -> tuple[list[str], list[int]]:
    names, kinds, place = [], [], 0
    while data[place] != 0:
        name, place = _text(data, place)
        names.append(name)
        kinds.append(struct.unpack_from("<i", data, place)[0])
        place += 16  # kind, linearity and reserve, two sampling rates
    return names, kinds


def _text(data: bytes, start: int) -> tuple[str, int]:
    end = data.index(b"\0", start)
    return data[start:end].decode("latin-1"), end + 1


def _dpx_head(stream: BinaryIO) -> PictureHead:
    """The fields of SMPTE ST 268 that are needed here, in either byte order."""
    head = stream.read(2048)
    order = {b"SDPX": ">", b"XPDS": "<"}.get(head[:4])
    if order is None:
        raise ValueError("it is no DPX file")
    width, height = struct.unpack_from(f"{order}2I", head, 772)
    descriptor, depth = head[800], head[803]
    if not width or not height:
        raise ValueError("it has no size")
    return PictureHead(width, height, bit_depth=depth, has_alpha=descriptor in (51, 52))
