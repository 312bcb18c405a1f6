"""Remembers what was handed to an encoder, in little room, to compare it with what comes back."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from app.export.pixels import PixelFormat, full_scale

Components = Mapping[str, NDArray[Any]]
"""A picture as an encoder takes it: arrays by component."""

_GRID = (8, 6)
_SAMPLE_BYTES = 256 << 20
_SAMPLES = 9


def checksum(components: Components) -> int:
    """A number that tells two pictures apart, bit for bit."""
    total = 0
    for name in sorted(components):
        total = zlib.crc32(name.encode(), total)
        total = zlib.crc32(np.ascontiguousarray(components[name]).data, total)
    return total


def signature(components: Components, form: PixelFormat, full_range: bool) -> NDArray[np.float16]:
    """A picture in a few numbers: the means of 8x6 fields of each component.

    Args:
        components: Code values by component.
        form: Their pixel format.
        full_range: Of YUV and grey.

    Returns:
        (C, 6, 8) float16 in 8-bit steps, components in alphabetical order.
    """
    fields = [
        cv2.resize(components[name].astype(np.float32), _GRID, interpolation=cv2.INTER_AREA)
        / full_scale(name, form, full_range)
        for name in sorted(components)
    ]
    return np.stack(fields).astype(np.float16)


@dataclass
class Expectation:
    """What an export should read back as.

    Attributes:
        frame_count: How many pictures are to come.
        form: Pixel format of movies, None for files of pictures.
        full_range: Of movies in YUV or grey.
        checksums: Of each picture.
        signatures: Of each picture of a movie.
        samples: Whole pictures by place.
    """

    frame_count: int
    form: PixelFormat | None = None
    full_range: bool = True
    checksums: list[int] = field(default_factory=list)
    signatures: list[NDArray[np.float16]] = field(default_factory=list)
    samples: dict[int, dict[str, NDArray[Any]]] = field(default_factory=dict)

    def add(self, components: Components) -> None:
        """Remember the next picture."""
        place = len(self.checksums)
        self.checksums.append(checksum(components))
        if self.form is None:
            return
        self.signatures.append(signature(components, self.form, self.full_range))
        if place in self._places(sum(plane.nbytes for plane in components.values())):
            self.samples[place] = {name: plane.copy() for name, plane in components.items()}

    def _places(self, nbytes: int) -> set[int]:
        """Which pictures are kept whole: the first, the last, and some between."""
        count = max(3, min(_SAMPLES, _SAMPLE_BYTES // max(1, nbytes)))
        return {int(place) for place in np.linspace(0, self.frame_count - 1, count).round()}
