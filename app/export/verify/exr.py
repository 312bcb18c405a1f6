"""Reads the OpenEXR pictures that exports write: scan lines, half float, ZIP; nothing else."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray


def read_exr(data: bytes) -> dict[str, NDArray[np.float16]]:
    """The channels of a picture.

    Args:
        data: The file's content.

    Returns:
        (H, W) float16 by channel name.

    Raises:
        ValueError: It is no such file, or damaged.
    """
    try:
        return _channels(data)
    except (struct.error, zlib.error, KeyError, IndexError) as error:
        raise ValueError(f"the EXR is damaged: {error}") from error


def _channels(data: bytes) -> dict[str, NDArray[np.float16]]:
    magic, version = struct.unpack_from("<II", data)
    if magic != 20000630 or version & 0xFF != 2 or version & 0x1A00:
        raise ValueError("no scan-line EXR")
    header, place = _header(data, 8)
    left, top, right, bottom = struct.unpack("<4i", header["dataWindow"])
    if header["compression"] != b"\3":
        raise ValueError("not compressed by ZIP")
    width, height = right - left + 1, bottom - top + 1
    names = _names(header["channels"])
    picture = np.empty((height, len(names), width), "<f2")
    for block in range(-(-height // 16)):
        (start,) = struct.unpack_from("<Q", data, place + 8 * block)
        line, size = struct.unpack_from("<ii", data, start)
        rows = min(16, height - (line - top))
        length = rows * len(names) * width * 2
        packed = data[start + 8 : start + 8 + size]
        raw = packed if size == length else _restored(zlib.decompress(packed))
        picture[line - top : line - top + rows] = np.frombuffer(raw, "<f2").reshape(rows, len(names), width)
    return {name: np.ascontiguousarray(picture[:, place]) for place, name in enumerate(names)}


def _header(data: bytes, place: int) -> tuple[dict[str, bytes], int]:
    attributes: dict[str, bytes] = {}
    while data[place]:
        name, place = _text(data, place)
        _, place = _text(data, place)
        (size,) = struct.unpack_from("<i", data, place)
        attributes[name] = data[place + 4 : place + 4 + size]
        place += 4 + size
    return attributes, place + 1


def _names(listed: bytes) -> list[str]:
    names, place = [], 0
    while listed[place]:
        name, place = _text(listed, place)
        kind, _, across, down = struct.unpack_from("<iiii", listed, place)
        if (kind, across, down) != (1, 1, 1):
            raise ValueError(f"channel {name} is not of half floats")
        names.append(name)
        place += 16
    return names


def _text(data: bytes, place: int) -> tuple[str, int]:
    end = data.index(b"\0", place)
    return data[place:end].decode(), end + 1


def _restored(packed: bytes) -> bytes:
    steps = np.frombuffer(packed, np.uint8).astype(np.int64)
    steps[1:] -= 128
    values = np.cumsum(steps).astype(np.uint8)
    half = (len(values) + 1) // 2
    raw = np.empty_like(values)
    raw[0::2], raw[1::2] = values[:half], values[half:]
    return raw.tobytes()
