"""Pictures as planes of code values and as bytes, in the pixel formats that encoders take and decoders give.

Planes are float32 in units of 8-bit code values whatever the depth: 16..235 for limited luma, 0..255 where
the range is full. So planes of 8, 10, 12 and 16 bits can be compared with each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
Planes = dict[str, Plane]
"""By component: y u v, r g b, a."""

LUMA_WEIGHTS: Mapping[str, tuple[float, float]] = {
    "bt709": (0.2126, 0.0722),
    "bt601": (0.299, 0.114),
    "bt2020": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}
"""Weights of red and blue in luma by matrix (ITU-T H.273, table 4)."""

_PACKED = {"bgra": "bgra", "rgba": "rgba", "argb": "argb", "rgb24": "rgb", "bgr0": "bgr0", "rgb0": "rgb0"}
_PLANAR = re.compile(r"(yuva?)(420|422|444)p(\d+)?(le)?|(gbra?)p(\d+)?(le)?|gray(\d+)?(le)?")


@dataclass(frozen=True)
class PixelFormat:
    """Where the components of a picture lie.

    Attributes:
        name: As ffmpeg calls it.
        components: In the order in which they are stored.
        depth: Bits per component.
        across: Luma columns per chroma column.
        down: Luma rows per chroma row.
        packed: Whether components of a pixel lie together, not in planes.
    """

    name: str
    components: str
    depth: int
    across: int = 1
    down: int = 1
    packed: bool = False

    @property
    def has_alpha(self) -> bool:
        """Whether there is transparency."""
        return "a" in self.components

    @property
    def is_yuv(self) -> bool:
        """Whether colour is stored as luma and chroma."""
        return "u" in self.components

    def shape(self, component: str, width: int, height: int) -> tuple[int, int]:
        """(height, width) of a component's plane."""
        if component in "uv":
            return -(-height // self.down), -(-width // self.across)
        return height, width

    def frame_bytes(self, width: int, height: int) -> int:
        """Size of a picture in bytes."""
        sizes = [self.shape(component, width, height) for component in self.components]
        return sum(h * w for h, w in sizes) * (1 if self.depth == 8 else 2)


def pixel_format(name: str) -> PixelFormat:
    """What a pixel format's name says.

    Raises:
        ValueError: It is none of those that exports use.
    """
    if name in _PACKED:
        return PixelFormat(name, _PACKED[name], 8, packed=True)
    match = _PLANAR.fullmatch(name)
    if match is None:
        raise ValueError(f"pixel format {name}")
    if match[1]:
        across, down = {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[match[2]]
        return PixelFormat(name, match[1], int(match[3] or 8), across, down)
    if match[5]:
        return PixelFormat(name, match[5], int(match[6] or 8))
    return PixelFormat(name, "y", int(match[8] or 8))


def ideal_planes(
    rgb: Plane | None, alpha: Plane | None, form: PixelFormat, matrix: str, full_range: bool
) -> Planes:
    """The code values that a picture should have, before rounding.

    Args:
        rgb: (H, W, 3) float32 in 0..1; None for the alpha as a grey picture.
        alpha: (H, W) float32 in 0..1; None for an opaque picture.
        form: Pixel format.
        matrix: Of YUV, a key of ``LUMA_WEIGHTS``.
        full_range: Of YUV and grey.

    Returns:
        float32 planes. Chroma lies left between two columns, and half-way between rows of 4:2:0, as decoders
        assume.
    """
    planes: Planes = {}
    if form.has_alpha and alpha is not None:
        planes["a"] = alpha * np.float32(255)
    if rgb is None:
        assert alpha is not None
        luma, chroma = alpha, None
    elif form.is_yuv or form.components == "y":
        red, blue = LUMA_WEIGHTS[matrix]
        luma = rgb @ np.array([red, 1 - red - blue, blue], np.float32)
        chroma = ((rgb[..., 2] - luma) / (2 * (1 - blue)), (rgb[..., 0] - luma) / (2 * (1 - red)))
    else:
        planes.update({name: rgb[..., place] * np.float32(255) for place, name in enumerate("rgb")})
        return planes
    scale, offset, swing = (255.0, 0.0, 255.0) if full_range else (219.0, 16.0, 224.0)
    planes["y"] = luma * np.float32(scale) + np.float32(offset)
    if form.is_yuv:
        shape = form.shape("u", luma.shape[1], luma.shape[0])
        for place, name in enumerate("uv"):
            if chroma is None:
                planes[name] = np.full(shape, 128, np.float32)
            else:
                planes[name] = _subsampled(chroma[place], form) * np.float32(swing) + np.float32(128)
    return planes


def full_scale(component: str, form: PixelFormat, full_range: bool) -> float:
    """How many steps of the format make one 8-bit step: 4 or 1023/255 for 10 bits."""
    if component in "uv" or (component == "y" and not full_range):
        return float(1 << (form.depth - 8))
    return ((1 << form.depth) - 1) / 255


def to_codes(planes: Planes, form: PixelFormat, full_range: bool) -> dict[str, NDArray[np.uint16]]:
    """Round planes to the code values of a format, as uint16 whatever the depth."""
    top = (1 << form.depth) - 1
    codes = {}
    for name, plane in planes.items():
        scaled = plane * np.float32(full_scale(name, form, full_range))
        codes[name] = np.rint(np.clip(scaled, 0, top)).astype(np.uint16)
    return codes


def from_codes(codes: Mapping[str, NDArray[np.uint16]], form: PixelFormat, full_range: bool) -> Planes:
    """Planes in 8-bit units from code values, the inverse of ``to_codes`` but for rounding."""
    return {
        name: (plane / full_scale(name, form, full_range)).astype(np.float32) for name, plane in codes.items()
    }


def to_bytes(codes: Mapping[str, NDArray[np.uint16]], form: PixelFormat) -> bytes:
    """A picture as ffmpeg reads it as rawvideo; a component ``0`` is filled with zeros."""
    kind = np.uint8 if form.depth == 8 else np.dtype("<u2")
    some = next(iter(codes.values()))
    planes = [codes.get(component, np.zeros_like(some)) for component in form.components]
    if form.packed:
        return np.stack(planes, axis=-1).astype(kind).tobytes()
    return b"".join(np.ascontiguousarray(plane, kind).data.tobytes() for plane in planes)


def from_bytes(
    data: bytes | memoryview, form: PixelFormat, width: int, height: int
) -> dict[str, NDArray[np.uint16]]:
    """Code values of a picture that ffmpeg wrote as rawvideo."""
    kind = np.uint8 if form.depth == 8 else np.dtype("<u2")
    values = np.frombuffer(data, kind)
    if form.packed:
        pixels = values.reshape(height, width, len(form.components))
        return {name: pixels[..., place].astype(np.uint16) for place, name in enumerate(form.components)}
    codes, start = {}, 0
    for name in form.components:
        shape = form.shape(name, width, height)
        count = shape[0] * shape[1]
        codes[name] = values[start : start + count].reshape(shape).astype(np.uint16)
        start += count
    return codes


def padded(plane: Plane, size: tuple[int, int]) -> Plane:
    """Repeat the last column and row up to a size.

    Args:
        plane: (H, W) or (H, W, C).
        size: (width, height) in px, not smaller.
    """
    height, width = plane.shape[:2]
    more = [(0, size[1] - height), (0, size[0] - width), *[(0, 0)] * (plane.ndim - 2)]
    return np.pad(plane, more, mode="edge") if size != (width, height) else plane


def _subsampled(plane: Plane, form: PixelFormat) -> Plane:
    if form.across == 2:
        around = np.pad(plane, ((0, 0), (1, 1)), mode="edge")
        plane = (around[:, :-2:2] + 2 * around[:, 1:-1:2] + around[:, 2::2]) / np.float32(4)
    if form.down == 2:
        around = plane if plane.shape[0] % 2 == 0 else np.pad(plane, ((0, 1), (0, 0)), mode="edge")
        plane = (around[::2] + around[1::2]) / np.float32(2)
    return plane
