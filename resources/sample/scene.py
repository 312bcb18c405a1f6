"""Geometry of the sample clip: where everything is at a time, and which samples of a pixel each thing covers.

Only plain double arithmetic on a fixed sample grid decides the masks, so they come out the same anywhere.
Coordinates are (x, y) in pixels of the 640x360 frame, y down, pixel centres at .5; times are in seconds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, FPS, FRAME_COUNT = 640, 360, 25, 75
BALL, LEAF, POST = 1, 2, 255
HORIZON_PX = 212.0
SAMPLES_PER_SIDE = 2
"""Spatial samples along a pixel's side."""
SHUTTER_STEPS = 4
"""Samples in time within the open shutter (half a frame)."""

Grid = NDArray[np.float64]


@dataclass(frozen=True)
class Ball:
    """A rolling sphere: centre and radius in pixels, roll in radians about an axis tilted by `tilt`."""

    x: float
    y: float
    radius: float
    roll: float
    tilt: float


@dataclass(frozen=True)
class Leaf:
    """A fluttering blade: centre and half length in pixels, rotation, `turn` = foreshortened width."""

    x: float
    y: float
    half_length: float
    angle: float
    turn: float
    bend: float


@dataclass(frozen=True)
class Scene:
    """Everything that moves, at one time."""

    time: float
    camera_px: float
    ball: Ball
    leaf: Leaf
    post_x: float
    post_half_width: float
    light: tuple[float, float, float]


def scene_at(time: float) -> Scene:
    """Return the scene at `time` seconds (0 to 3)."""
    camera = 26.0 * time + 3.0 * math.sin(1.7 * time)
    travel = 96.0 + 128.0 * time + 9.0 * math.sin(2.1 * time)
    hop = abs(math.sin(2.4 * time + 0.5)) * 22.0 * math.exp(-0.5 * time)
    radius = 47.0 + 5.5 * time
    ball = Ball(
        x=travel,
        y=262.0 + 6.0 * time - hop,
        radius=radius,
        roll=(travel - 96.0) / 50.0 + 0.6,
        tilt=0.35 + 0.10 * math.sin(time),
    )
    leaf = Leaf(
        x=538.0 - 74.0 * time + 26.0 * math.sin(2.3 * time),
        y=92.0 + 40.0 * time + 24.0 * math.sin(2.9 * time + 0.4),
        half_length=66.0 + 9.0 * time + 5.0 * math.sin(3.1 * time),
        angle=0.5 - 0.75 * time + 0.35 * math.sin(2.6 * time),
        turn=0.80 + 0.20 * math.cos(2.7 * time),
        bend=0.20 * math.sin(3.3 * time + 0.7),
    )
    sway = 0.9 * math.sin(0.9 * time + 0.3)
    return Scene(
        time=time,
        camera_px=camera,
        ball=ball,
        leaf=leaf,
        post_x=382.0 - 2.1 * camera,
        post_half_width=21.0,
        light=(-0.55 + 0.5 * sway, -0.62, 0.56),
    )


def shutter_times(frame_index: int) -> list[float]:
    """Return the times in seconds at which frame `frame_index` is sampled (a 180 degree shutter)."""
    return [(frame_index + 0.5 * (step + 0.5) / SHUTTER_STEPS) / FPS for step in range(SHUTTER_STEPS)]


def sample_grid() -> tuple[Grid, Grid]:
    """Return x (1, n) and y (m, 1) of all samples, `SAMPLES_PER_SIDE` per pixel and side."""
    xs = (np.arange(WIDTH * SAMPLES_PER_SIDE, dtype=np.float64) + 0.5) / SAMPLES_PER_SIDE
    ys = (np.arange(HEIGHT * SAMPLES_PER_SIDE, dtype=np.float64) + 0.5) / SAMPLES_PER_SIDE
    return xs[None, :], ys[:, None]


def leaf_coordinates(leaf: Leaf, xs: Grid, ys: Grid) -> tuple[Grid, Grid]:
    """Return (along, across) of every sample in the leaf's frame, in half lengths; tip at -1, stem at 1."""
    cos, sin = math.cos(leaf.angle), math.sin(leaf.angle)
    dx, dy = xs - leaf.x, ys - leaf.y
    along = (dx * cos + dy * sin) / leaf.half_length
    across = (dy * cos - dx * sin) / (leaf.half_length * leaf.turn)
    return along, across - leaf.bend * (along * along - 0.4)


def leaf_half_width(along: Grid) -> Grid:
    """Half width of the blade at `along` (-1 to 1), in half lengths; 0 beyond the ends."""
    inside = np.maximum(0.0, 1.0 - along * along)
    return 0.52 * inside * (1.0 + 0.28 * along)


def label_samples(scene: Scene) -> NDArray[np.uint8]:
    """Return what every sample shows, (720, 1280) uint8: 0 background, 1 ball, 2 leaf, 255 post in front."""
    xs, ys = sample_grid()
    ball = scene.ball
    labels = np.zeros((ys.size, xs.size), np.uint8)
    labels[(xs - ball.x) ** 2 + (ys - ball.y) ** 2 < ball.radius**2] = BALL
    along, across = leaf_coordinates(scene.leaf, xs, ys)
    labels[np.abs(across) < leaf_half_width(along)] = LEAF
    labels[:, (np.abs(xs - scene.post_x) < scene.post_half_width)[0]] = POST
    return labels


def mattes(frame_index: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the exact mattes of a frame.

    Args:
        frame_index: 0 to 74.

    Returns:
        index_mask: (360, 640) uint8, 0 background, 1 ball, 2 leaf: what covers the largest part of the pixel.
        coverage: (2, 360, 640) uint8, the covered part of each pixel by ball and leaf, 0..255.
    """
    per_pixel = SAMPLES_PER_SIDE**2 * SHUTTER_STEPS
    counts = np.zeros((3, HEIGHT, WIDTH), np.int64)
    for time in shutter_times(frame_index):
        labels = label_samples(scene_at(time))
        for row, value in enumerate((None, BALL, LEAF)):
            if value is not None:
                hit = (labels == value).reshape(HEIGHT, SAMPLES_PER_SIDE, WIDTH, SAMPLES_PER_SIDE)
                counts[row] += hit.sum(axis=(1, 3))
    counts[0] = per_pixel - counts[1] - counts[2]
    index_mask = counts.argmax(axis=0).astype(np.uint8)
    coverage = (counts[1:] * 255 + per_pixel // 2) // per_pixel
    return index_mask, coverage.astype(np.uint8)
