"""How an object moves from one frame to the next, as far as a shift, a zoom and a turn tell it."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.boxes import EMPTY_BOX, Box, bounds, is_empty, united, widened
from app.matte.shape import stored_px

Matte = NDArray[np.float32]
Matrix = NDArray[np.float64]

_GRID_PX = 160
"""The longer side of the picture in which the motion is looked for."""
_MARGIN_PX = 6
_STEPS = 12
_GOOD_ENOUGH = 1e-3
_TOO_UNLIKE = 0.4  # of two views that share 43 % of their area
_LARGEST_ZOOM = 2.0
_TILE_PX = 32  # of OpenCV's moments


@dataclass(frozen=True)
class Motion:
    """A similarity on screen: an object's middle moves straight on while it turns and zooms about it.

    Attributes:
        centre: (x, y) of the middle at the start, in stored px.
        shift: (x, y) of its way, in stored px.
        zoom: Size at the end divided by that at the start.
        turn: In radians, clockwise on screen.
        aspect: Width of a stored pixel on screen divided by its height.
    """

    centre: tuple[float, float]
    shift: tuple[float, float] = (0.0, 0.0)
    zoom: float = 1.0
    turn: float = 0.0
    aspect: float = 1.0

    def at(self, share: float) -> Matrix:
        """(2, 3) matrix in stored px that moves the object by a share of the motion; less than 0 is back."""
        zoom, turn = self.zoom**share, self.turn * share
        across, down = stored_px(1, self.aspect)
        cosine, sine = zoom * math.cos(turn), zoom * math.sin(turn)
        linear = np.array([[cosine, -sine * across / down], [sine * down / across, cosine]])
        centre = np.array(self.centre)
        offset = centre + share * np.array(self.shift) - linear @ centre
        return np.hstack([linear, offset[:, None]])

    def travel_px(self, share: float, box: Box) -> float:
        """How far any point of a box moves at most within a share of the motion or back, in stored px."""
        left, top, right, bottom = box
        x, y = self.centre
        across, down = stored_px(1, self.aspect)
        reach = math.hypot(max(x - left, right - x) / across, max(y - top, bottom - y) / down)
        growth = max(self.zoom**share, self.zoom**-share) - 1
        return float(abs(share) * (math.hypot(*self.shift) + reach * abs(self.turn)) + reach * growth)


@dataclass(frozen=True, eq=False)
class PlacedMatte:
    """A matte of a frame, of which only the part that is not black is kept.

    Attributes:
        part: (h, w) float32 in 0..1.
        box: Where it lies; empty without an object.
        shape: (height, width) of the frame.
    """

    part: Matte
    box: Box
    shape: tuple[int, int]

    @classmethod
    def of(cls, matte: Matte, box: Box | None = None, shape: tuple[int, int] | None = None) -> PlacedMatte:
        """From a whole matte, (H, W) float32 in 0..1; or from what lies in a box of a frame of a shape."""
        left, top, right, bottom = bounds(matte)
        x, y = (0, 0) if box is None else box[:2]
        height, width = matte.shape if shape is None else shape
        part = matte[top:bottom, left:right]
        inner = (x + left, y + top, x + right, y + bottom)
        return cls(part, inner if part.size else EMPTY_BOX, (height, width))

    def window(self, box: Box) -> Matte:
        """(h, w) float32 of any box of the frame that holds ``self.box``."""
        found: Matte = np.zeros((box[3] - box[1], box[2] - box[0]), np.float32)
        left, top, right, bottom = self.box
        found[top - box[1] : bottom - box[1], left - box[0] : right - box[0]] = self.part
        return found

    def equals(self, other: PlacedMatte) -> bool:
        """Whether both are the same matte."""
        return self.box == other.box and np.array_equal(self.part, other.part)

    @functools.cached_property
    def moments(self) -> tuple[float, float, float] | None:
        """As of ``moments``, of the whole matte."""
        if is_empty(self.box):
            return None
        # sums go tile by tile from the frame's corner: only so are they those of the whole to the last bit
        height, width = (
            min(side, -(-end // _TILE_PX) * _TILE_PX)
            for side, end in zip(self.shape, (self.box[3], self.box[2]), strict=True)
        )
        return moments(self.window((0, 0, width, height)))


def moments(matte: Matte | NDArray[np.uint8]) -> tuple[float, float, float] | None:
    """Area in px and centre (x, y) of a (H, W) matte, float32 or uint8; None without an object."""
    found = cv2.moments(matte)
    if found["m00"] < 1:
        return None
    return found["m00"], found["m10"] / found["m00"], found["m01"] / found["m00"]


def motion_between(here: PlacedMatte, there: PlacedMatte, aspect: float = 1.0) -> Motion | None:
    """The motion that moves an object from one frame's matte to another's.

    It is the similarity with the least squared difference of the two. What lies beyond the edge of the frame
    on one of them does not count, so that an object that comes into the picture moves and does not grow.

    Args:
        here: Of one frame.
        there: Of the other one.
        aspect: Width of a stored pixel on screen divided by its height.

    Returns:
        None when the object is absent from one of them, or the two have too little in common to tell.
    """
    first, second = here.moments, there.moments
    if first is None or second is None:
        return None
    if here.equals(there):
        return Motion((first[1], first[2]), aspect=aspect)
    fit = _Fit(here, there, aspect)
    best, error = fit.best_of(_guesses(fit))
    best, error = fit.refined(best, error)
    if error > _TOO_UNLIKE:
        return None
    return fit.motion(best, (first[1], first[2]))


class _Fit:
    """Two mattes on a small grid of pixels that are square on screen.

    Similarities are (a, b, x, y): a point (u, v) of the grid goes to (a u - b v + x, b u + a v + y).
    """

    def __init__(self, here: PlacedMatte, there: PlacedMatte, aspect: float) -> None:
        self._aspect = aspect
        box = widened(united(here.box, there.box), _MARGIN_PX, here.shape)
        left, top, right, bottom = box
        across, down = stored_px(1, aspect)
        on_screen = (right - left) / across, (bottom - top) / down
        scale = min(1.0, _GRID_PX / max(on_screen))
        width, height = (max(2, round(side * scale)) for side in on_screen)
        self.corner = left, top
        self.step = (right - left) / width, (bottom - top) / height  # stored px in one of the grid
        self.here, self.there = (_small(matte.window(box), (width, height)) for matte in (here, there))
        self.u, self.v = np.meshgrid(
            np.arange(width, dtype=np.float32) + np.float32(0.5),
            np.arange(height, dtype=np.float32) + np.float32(0.5),
        )
        self.frame = (
            -left / self.step[0],
            -top / self.step[1],
            (here.shape[1] - left) / self.step[0],
            (here.shape[0] - top) / self.step[1],
        )

    def best_of(self, guesses: Iterator[Matrix]) -> tuple[Matrix, float]:
        """The guess under which the two differ least, the first of equal ones."""
        rated = [(self._compared(guess)[0], guess) for guess in guesses]
        error, best = min(rated, key=lambda pair: pair[0])
        return best, error

    def refined(self, best: Matrix, error: float) -> tuple[Matrix, float]:
        """Gauss-Newton from a guess; steps that make nothing better are made shorter and then given up."""
        damping = 1e-3
        for _ in range(_STEPS):
            if error < _GOOD_ENOUGH or damping > 1:
                break
            _, moved, counts = self._compared(best)
            slope_u, slope_v = (
                cv2.Sobel(moved, cv2.CV_32F, *order, ksize=3, scale=1 / 8, borderType=cv2.BORDER_REPLICATE)
                for order in ((1, 0), (0, 1))
            )
            # slopes are those of the moved matte, so the step is one before the motion
            slopes = np.stack(
                [slope_u * self.u + slope_v * self.v, slope_v * self.u - slope_u * self.v, slope_u, slope_v]
            )[:, counts].astype(np.float64)
            normal = slopes @ slopes.T
            normal += damping * np.diag(np.diag(normal)) + 1e-9 * np.eye(4)
            rest = (self.here - moved)[counts].astype(np.float64)
            a, b, x, y = np.linalg.solve(normal, slopes @ rest)
            tried = _after(best, np.array([1 + a, b, x, y]))
            found = self._compared(tried)[0]
            if found < error:
                best, error, damping = tried, found, damping / 3
            else:
                damping *= 10
        return best, error

    def motion(self, found: Matrix, centre: tuple[float, float]) -> Motion:
        """A similarity of the grid as a motion about a centre, in stored px."""
        a, b, x, y = found
        u, v = ((centre[k] + 0.5 - self.corner[k]) / self.step[k] for k in (0, 1))
        shift = (a * u - b * v + x - u) * self.step[0], (b * u + a * v + y - v) * self.step[1]
        return Motion(centre, shift, math.hypot(a, b), math.atan2(b, a), self._aspect)

    def _compared(self, guess: Matrix) -> tuple[float, Matte, NDArray[np.bool_]]:
        """How much the two differ, 0..1; the other matte as seen from here; the pixels that count."""
        a, b, x, y = (np.float32(value) for value in guess)
        u, v = a * self.u - b * self.v + x, b * self.u + a * self.v + y
        moved = np.asarray(
            cv2.remap(
                self.there,
                u - np.float32(0.5),
                v - np.float32(0.5),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.float32,
        )
        left, top, right, bottom = self.frame
        counts = (u >= left) & (v >= top) & (u <= right) & (v <= bottom)
        one, other = self.here[counts], moved[counts]
        size = float(one @ one + other @ other)
        return (1.0 if size < 1 else float(((one - other) ** 2).sum()) / size), moved, counts


def _guesses(fit: _Fit) -> Iterator[Matrix]:
    """Where to start: as the moments say, with and without a turn, and as each corner of the boxes does."""
    first, second = (cv2.moments(matte) for matte in (fit.here, fit.there))
    if min(first["m00"], second["m00"]) > 0:
        zoom = math.sqrt(second["m00"] / first["m00"])
        zoom = min(max(zoom, 1 / _LARGEST_ZOOM), _LARGEST_ZOOM)
        turn = (_axis(second) - _axis(first) + math.pi / 2) % math.pi - math.pi / 2
        places = [(m["m10"] / m["m00"] + 0.5, m["m01"] / m["m00"] + 0.5) for m in (first, second)]
        for angle in (0.0, turn):
            yield _about(places[0], places[1], zoom * math.cos(angle), zoom * math.sin(angle))
        yield _about(places[0], places[1], 1, 0)
    here, there = (bounds(matte > 0.5 * float(matte.max())) for matte in (fit.here, fit.there))
    for across in (0, 2):
        for down in (1, 3):
            yield np.array([1, 0, there[across] - here[across], there[down] - here[down]], np.float64)


def _axis(found: dict[str, float]) -> float:
    """The direction of the longer axis, in radians."""
    return 0.5 * math.atan2(2 * found["mu11"], found["mu20"] - found["mu02"])


def _about(here: tuple[float, float], there: tuple[float, float], a: float, b: float) -> Matrix:
    """The similarity that zooms and turns, and moves one point to another."""
    return np.array([a, b, there[0] - a * here[0] + b * here[1], there[1] - b * here[0] - a * here[1]])


def _after(outer: Matrix, inner: Matrix) -> Matrix:
    """One similarity after another one."""
    a, b, x, y = outer
    c, d, p, q = inner
    return np.array([a * c - b * d, a * d + b * c, a * p - b * q + x, b * p + a * q + y])


def _small(matte: Matte, size: tuple[int, int]) -> Matte:
    if size != (matte.shape[1], matte.shape[0]):
        matte = np.asarray(cv2.resize(matte, size, interpolation=cv2.INTER_AREA), np.float32)
    # hard edges have no slope to follow
    return np.asarray(cv2.GaussianBlur(matte, (0, 0), 1, borderType=cv2.BORDER_REPLICATE), np.float32)
