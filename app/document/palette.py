"""Colours of new objects, told apart by eye on pictures and on both themes. Free of Qt.

The first ten are chosen by hand. Each further one lies as far as possible from all before it and from the
grounds of the themes, in Oklab, a space in which equal distances look about equally large (Björn Ottosson,
2020, https://bottosson.github.io/posts/oklab). Lightness is kept to a middle range and greys are left out, so
that they read on dark and bright ground and stand out from pictures.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Color = tuple[int, int, int]
"""Red, green, blue, 0..255."""

COUNT = 254
"""As many as there can be objects."""

_CHOSEN: tuple[Color, ...] = (
    (255, 92, 92),
    (74, 214, 130),
    (86, 156, 255),
    (255, 196, 61),
    (199, 120, 255),
    (54, 211, 222),
    (255, 138, 61),
    (255, 122, 190),
    (170, 222, 72),
    (154, 164, 255),
)
"""The order of the DAVIS palette (red, green, blue, ...), lighter, to read on video."""

_GROUNDS: tuple[Color, ...] = ((19, 21, 24), (211, 216, 222), (255, 255, 255))
_STEP = 15
_LIGHTNESS = (0.55, 0.86)
_LEAST_CHROMA = 0.1
_DIGITS = 6  # compared to so many, so that no rounding of a machine decides

_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(colors: NDArray[np.generic]) -> NDArray[np.float64]:
    """Colours in Oklab.

    Args:
        colors: (..., 3) sRGB, 0..255.

    Returns:
        (..., 3) float64: lightness 0..1, then from green to red and from blue to yellow.
    """
    share = np.asarray(colors, np.float64) / 255
    light = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    found: NDArray[np.float64] = np.cbrt(light @ _TO_CONES.T) @ _TO_LAB.T
    return found


@cache
def object_colors() -> tuple[Color, ...]:
    """A colour for each object id from 1 on; the earlier ones differ most."""
    levels = np.arange(0, 256, _STEP)
    colors = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(-1, 3)
    places = oklab(colors)
    chroma = np.hypot(places[:, 1], places[:, 2])
    fits = (places[:, 0] >= _LIGHTNESS[0]) & (places[:, 0] <= _LIGHTNESS[1]) & (chroma >= _LEAST_CHROMA)
    colors, places = colors[fits], places[fits]
    taken = oklab(np.array((*_CHOSEN, *_GROUNDS)))
    nearest = np.linalg.norm(places[:, None] - taken, axis=-1).min(axis=1)  # (candidates,)
    found = list(_CHOSEN)
    while len(found) < COUNT:
        best = int(np.argmax(nearest.round(_DIGITS)))
        red, green, blue = colors[best].tolist()
        found.append((red, green, blue))
        nearest = np.minimum(nearest, np.linalg.norm(places - places[best], axis=-1))
    return tuple(found)
