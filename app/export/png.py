"""PNG files of masks: index masks with the DAVIS palette, and grey mattes."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.export.files import atomic_target
from app.media.masks import davis_palette

_PALETTE = davis_palette().tobytes()


def write_index_png(path: Path, index_mask: NDArray[np.uint8]) -> None:
    """Write an index mask as palette PNG; reading it back gives the same ids.

    Args:
        path: The file to be; its folder is made. A file that is there is replaced in one step.
        index_mask: (H, W) uint8 object ids, 0 background, 255 void.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    _save(index_png_bytes(index_mask), path)


def write_matte_png(path: Path, matte: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Write a matte as grey PNG of 8 or 16 bits.

    Args:
        path: As for ``write_index_png``.
        matte: (H, W) uint8 or uint16, 0 outside the object, 255 or 65535 inside.

    Raises:
        ExportError: The disk is full, or the folder cannot be written.
    """
    if matte.ndim == 2 and matte.dtype == np.uint16:
        _save(png16_bytes(np.asarray(matte, np.uint16)), path)
    else:
        _save(png_bytes(_checked(np.asarray(matte))), path)


def matte_from_probability(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Soft matte of one object.

    Args:
        probability: (H, W) float32 in 0..1.

    Returns:
        (H, W) uint8, 255 times the probability, rounded.
    """
    matte: NDArray[np.uint8] = np.rint(np.clip(probability, 0, 1) * 255).astype(np.uint8)
    return matte


def index_png_bytes(index_mask: NDArray[np.uint8]) -> bytes:
    """An index mask as palette PNG.

    Args:
        index_mask: (H, W) uint8 object ids, 0 background, 255 void.
    """
    picture = Image.fromarray(_checked(index_mask))
    picture.putpalette(_PALETTE)
    return _bytes_of(picture)


def png_bytes(pixels: NDArray[np.uint8]) -> bytes:
    """A PNG of 8 bits.

    Args:
        pixels: (H, W) uint8 grey, or (H, W, 4) uint8 red, green, blue, alpha.
    """
    return _bytes_of(Image.fromarray(pixels))


def png16_bytes(pixels: NDArray[np.uint16]) -> bytes:
    """A PNG of 16 bits, which Pillow cannot write in colour (PNG specification, third edition).

    Args:
        pixels: (H, W) uint16 grey, or (H, W, 4) uint16 red, green, blue, alpha.
    """
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels, ">u2").view(np.uint8).reshape(height, -1)
    lines = np.empty((height, rows.shape[1] + 1), np.uint8)
    lines[:, 0] = 2  # each line less the one above, modulo 256
    lines[0, 1:] = rows[0]
    lines[1:, 1:] = rows[1:] - rows[:-1]
    header = struct.pack(">IIBBBBB", width, height, 16, 0 if pixels.ndim == 2 else 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 4)), (b"IEND", b""))
    packed = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def _bytes_of(picture: Image.Image) -> bytes:
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=6)
    return data.getvalue()


def _checked(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if plane.ndim != 2 or plane.dtype != np.uint8:
        raise ValueError(f"expected (H, W) uint8, not {plane.shape} {plane.dtype}")
    return plane


def _save(data: bytes, path: Path) -> None:
    with atomic_target(path) as draft:
        draft.write_bytes(data)
