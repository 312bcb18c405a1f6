"""A soft matte, compressed: what 8 bits say of every pixel, and what finer steps say of its soft ones.

The two are kept apart. Whoever draws reads the 8 bits alone, and what is wholly out or in, which is most of a
matte, costs nothing more. The rest of a soft pixel, the distance to its 8-bit value, is noise to a compressor
and is kept as it is: in sixteenths of an 8-bit step, or in quarters within 0.05 of 0 and 1, where a network's
faint veil lies, which is most of its soft pixels.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Fine = NDArray[np.uint16]

WHITE = 65535
"""A fine matte's value inside."""
STEP = 257
"""Of a fine matte in one 8-bit step."""
BELOW_NEXT = 112
"""The most by which a value lies above that of its 8-bit step."""

_LEVEL = 3  # measured on 1080p masks: quicker than level 1 and smaller
_VEIL = 13  # 8-bit values below this, and as near to white, are faint


@dataclass(frozen=True)
class PackedMatte:
    """One matte, immutable, so that frames and undo steps can share it.

    Attributes:
        coarse: Compressed (H, W) uint8, 0 = outside, 255 = inside.
        rest: Of the pixels whose 8 bits are neither 0 nor 255, how far they are from those: the faint ones
            first, in order of the rows, four in a byte, then the others, two in a byte. Empty for a matte
            that has 8 bits only.
    """

    coarse: bytes
    rest: bytes = b""

    @property
    def nbytes(self) -> int:
        """Size of the compressed data in bytes."""
        return len(self.coarse) + len(self.rest)

    def bytes_of(self, shape: tuple[int, int]) -> Bytes:
        """(H, W) uint8, 0..255, read-only."""
        # frombuffer over bytes is read-only
        return np.frombuffer(zlib.decompress(self.coarse), np.uint8).reshape(shape)

    def fine(self, shape: tuple[int, int]) -> Fine:
        """(H, W) uint16, 0..65535, read-only.

        Raises:
            ValueError: The data are damaged.
        """
        coarse = self.bytes_of(shape)
        found: Fine = coarse.astype(np.uint16)
        found *= np.uint16(STEP)
        if self.rest:
            places, values = self.soft_pixels(coarse)
            found.reshape(-1)[places] = values
        found.setflags(write=False)
        return found

    def soft_pixels(self, coarse: Bytes) -> tuple[NDArray[np.intp], Fine]:
        """The pixels whose 8 bits are neither 0 nor 255.

        Args:
            coarse: The matte's own 8 bits.

        Returns:
            Their places in order of the rows, (N,), and their values, (N,) uint16.

        Raises:
            ValueError: The data are damaged.
        """
        places = _soft(coarse)
        steps = coarse.reshape(-1)[places]
        values: Fine = steps.astype(np.uint16)
        values *= np.uint16(STEP)
        if self.rest:
            values += _unpacked(self.rest, steps).view(np.uint16)  # modulo 65536
        return places, values


def pack_matte(matte: Bytes | Fine, level: int = _LEVEL) -> PackedMatte:
    """Compress a matte.

    What comes back of a fine one is within 1/32 of an 8-bit step, 1/8 within 0.05 of 0 and 1, and twice that
    for the uppermost values of a step. What lies within half an 8-bit step of 0 or 1 becomes that. Values
    that came back once come back the same.

    Args:
        matte: (H, W) uint8, 0..255, or uint16, 0..65535.
        level: Of the compression, 1..9.
    """
    if matte.dtype == np.uint8:
        return PackedMatte(_compressed(np.asarray(matte, np.uint8), level))
    coarse = in_bytes(np.asarray(matte, np.uint16))
    places = _soft(coarse)
    steps = coarse.reshape(-1)[places]
    offsets = matte.reshape(-1)[places].astype(np.int32) - np.int32(STEP) * steps
    return PackedMatte(_compressed(coarse, level), _packed(offsets.astype(np.int16), steps))


def fine_from(probability: NDArray[np.float32]) -> Fine:
    """(H, W) uint16, 0..65535, of probabilities, (H, W) float32 in 0..1."""
    scaled = np.multiply(probability, np.float32(WHITE), dtype=np.float32)
    fine: Fine = np.rint(scaled, out=scaled).astype(np.uint16)
    return fine


def in_bytes(fine: Fine) -> Bytes:
    """(H, W) uint8, 0..255, of a fine matte, (H, W) uint16, 0..65535; rounded."""
    return np.asarray(cv2.convertScaleAbs(fine, alpha=1 / STEP), np.uint8)


def _soft(coarse: Bytes) -> NDArray[np.intp]:
    """Places of the pixels that are neither 0 nor 255."""
    left, top, width, height = cv2.boundingRect(coarse)
    shifted = coarse[top : top + height, left : left + width] - np.uint8(1)  # 0 becomes 255
    places = np.flatnonzero(np.less(shifted, 254, out=shifted.view(np.bool_)))
    beside = coarse.shape[1] - width
    if beside:
        places += places // width * beside
    places += top * coarse.shape[1] + left
    return places


def _faint(steps: Bytes) -> NDArray[np.bool_]:
    faint: NDArray[np.bool_] = (steps - np.uint8(_VEIL)) > 255 - 2 * _VEIL
    return faint


def _packed(offsets: NDArray[np.int16], steps: Bytes) -> bytes:
    """The rest of soft pixels from their offsets, -128..128; empty if all are 0."""
    faint = _faint(steps)
    quarters = np.minimum(np.rint(offsets[faint] * np.float32(4 / STEP)), 1).astype(np.int8)
    sixteenths = np.minimum(np.rint(offsets[~faint] * np.float32(16 / STEP)), 7).astype(np.int8)
    if not quarters.any() and not sixteenths.any():
        return b""
    first = np.zeros(-(-quarters.size // 4) * 4, np.uint8)
    first[: quarters.size] = (quarters + 2).view(np.uint8)
    second = np.zeros(-(-sixteenths.size // 2) * 2, np.uint8)
    second[: sixteenths.size] = (sixteenths + 8).view(np.uint8)
    four, two = first.reshape(-1, 4), second.reshape(-1, 2)
    packed = four[:, 0] << 6 | four[:, 1] << 4 | four[:, 2] << 2 | four[:, 3]
    return packed.tobytes() + (two[:, 0] << 4 | two[:, 1]).tobytes()


def _unpacked(rest: bytes, steps: Bytes) -> NDArray[np.int16]:
    """The offsets of soft pixels, -128..112."""
    faint = _faint(steps)
    count = int(np.count_nonzero(faint))
    split, end = -(-count // 4), -(-count // 4) - (-(steps.size - count) // 2)
    if len(rest) != end:
        raise ValueError("a matte is damaged: its fine part has another size")
    packed = np.frombuffer(rest, np.uint8)
    offsets = np.empty(steps.size, np.int16)
    offsets[faint] = _QUARTERS[packed[:split]].reshape(-1)[:count]
    offsets[~faint] = _SIXTEENTHS[packed[split:]].reshape(-1)[: steps.size - count]
    return offsets


def _offsets_of(bits: int) -> NDArray[np.int16]:
    """By byte, the offsets of the pixels that it holds."""
    shifts = np.arange(8 - bits, -1, -bits)
    parts = np.arange(256)[:, None] >> shifts & ((1 << bits) - 1)
    found: NDArray[np.int16] = np.rint((parts - (1 << bits) // 2) * (STEP / (1 << bits))).astype(np.int16)
    return found


_QUARTERS, _SIXTEENTHS = _offsets_of(2), _offsets_of(4)


def _compressed(plane: Bytes, level: int) -> bytes:
    return zlib.compress(np.ascontiguousarray(plane).data, level)
