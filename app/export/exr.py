"""Writes OpenEXR pictures: half float, scan lines, ZIP compression (OpenEXR file layout, version 2).

Each block of 16 lines is written channel by channel and line by line, its bytes reordered and differenced
(low and high bytes apart, each less its neighbour), then deflated.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_MAGIC = 20000630
_LONG_NAMES = 0x400
_LINES = 16
_ZIP = 3
_HALF = 1
_LEVEL = 4


def exr_bytes(
    channels: Mapping[str, NDArray[np.float32]],
    *,
    pixel_aspect: float = 1.0,
    rate: Fraction | None = None,
    text: Mapping[str, str] | None = None,
) -> bytes:
    """An EXR file.

    Args:
        channels: (H, W) float32 planes of one size by channel name ("R", "A", "Anna.A").
        pixel_aspect: Width of a pixel divided by its height.
        rate: Frames per second, noted in the file.
        text: Further attributes.

    Returns:
        The file's content.

    Raises:
        ValueError: Names or planes that EXR cannot hold.
    """
    names = sorted(channels)  # the order that the format asks for
    planes = [np.asarray(channels[name]).astype("<f2") for name in names]
    height, width = planes[0].shape
    if any(plane.shape != (height, width) for plane in planes):
        raise ValueError("all channels must be of one size")
    if any(not name or len(name.encode()) > 255 for name in names):
        raise ValueError("a channel's name has 1 to 255 bytes")
    long_names = any(len(name.encode()) > 31 for name in names)
    listed = b"".join(_name(name) + struct.pack("<iiii", _HALF, 0, 1, 1) for name in names) + b"\0"
    window = struct.pack("<iiii", 0, 0, width - 1, height - 1)
    header = [
        _attribute("channels", "chlist", listed),
        _attribute("compression", "compression", bytes([_ZIP])),
        _attribute("dataWindow", "box2i", window),
        _attribute("displayWindow", "box2i", window),
        _attribute("lineOrder", "lineOrder", b"\0"),
        _attribute("pixelAspectRatio", "float", struct.pack("<f", pixel_aspect)),
        _attribute("screenWindowCenter", "v2f", struct.pack("<ff", 0, 0)),
        _attribute("screenWindowWidth", "float", struct.pack("<f", 1)),
    ]
    if rate is not None:
        packed = struct.pack("<iI", rate.numerator, rate.denominator)
        header.append(_attribute("framesPerSecond", "rational", packed))
    header += [_attribute(name, "string", value.encode()) for name, value in (text or {}).items()]
    head = struct.pack("<ii", _MAGIC, 2 | (_LONG_NAMES if long_names else 0)) + b"".join(header) + b"\0"
    blocks = []
    lines = np.stack(planes, axis=1)  # (H, C, W): the order of the bytes in a block
    for top in range(0, height, _LINES):
        raw = lines[top : top + _LINES].tobytes()
        packed = zlib.compress(_reordered(raw), _LEVEL)
        data = packed if len(packed) < len(raw) else raw
        blocks.append(struct.pack("<ii", top, len(data)) + data)
    start = len(head) + 8 * len(blocks)
    offsets = start + np.cumsum([0, *(len(block) for block in blocks[:-1])], dtype=np.uint64)
    return head + offsets.astype("<u8").tobytes() + b"".join(blocks)


def _reordered(raw: bytes) -> bytes:
    values = np.frombuffer(raw, np.uint8)
    apart = np.concatenate([values[0::2], values[1::2]])
    differences = apart.copy()
    # modulo 256, as the format wants it
    differences[1:] = apart[1:] - apart[:-1] + np.uint8(128)
    data: bytes = differences.tobytes()
    return data


def _attribute(name: str, kind: str, value: bytes) -> bytes:
    return _name(name) + _name(kind) + struct.pack("<i", len(value)) + value


def _name(text: str) -> bytes:
    return text.encode() + b"\0"
