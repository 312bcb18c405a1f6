"""How cut-outs enter a clip: their size, place, path, and the look-alikes beside them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cfbi.data.compose import Layer
from cfbi.data.cutouts import Cutout, shrink_to, tint
from cfbi.data.geometry import Bend, Floats, Pace, about, drift, shifted, similarity

Bytes = NDArray[np.uint8]


def paste(
    cutout: Cutout,
    rng: np.random.Generator,
    *,
    size: int,
    length: int,
    pace: Pace,
    label: int,
    side: float,
    centre: Floats,
    surroundings: Bytes,
    behind: bool = False,
) -> Layer:
    """Give a cut-out a place and a path of its own.

    Args:
        cutout: What is pasted.
        rng: Source of randomness.
        size: Side of the canvas, px.
        length: Number of frames.
        pace: Distance of the reference.
        label: Its label, 0 for a distractor.
        side: Wanted square root of its area, canvas px.
        centre: (2,) x, y of its middle in the reference, canvas px.
        surroundings: (H, W, 3) uint8 RGB, for matching colours.
        behind: Hide it behind the objects of the base.
    """
    scale = float(np.clip(side / max(cutout.side, 1.0), 0.05, 1.7))
    side = scale * cutout.side
    cutout, scale = shrink_to(cutout, scale)
    cutout = tint(cutout, surroundings, float(rng.uniform(0.1, 0.6)) if rng.random() < 0.6 else 0.0)
    middles = cutout.middles()
    mirror = -1.0 if rng.random() < 0.5 else 1.0
    stretch = float(np.exp(rng.normal(0, 0.07)))
    start = similarity(
        middles[0],
        centre,
        scale=np.array([mirror * scale * stretch, scale / stretch]),
        angle=float(rng.normal(0, 0.15)),
    )
    speed = float(np.exp(rng.normal(0.15, 0.5)))
    shifts = drift(rng, length, 2, pace=pace, far=0.28 * side, step=0.055 * side * speed)
    if len(middles) == length:  # motion of its own clip; a camera would keep most of it in sight
        shifts -= rng.uniform(0.4, 1.0) * (middles - middles[0]) @ start[:2, :2].T
    spin = 3.0 if rng.random() < 0.12 else 1.0
    turns = drift(rng, length, 1, pace=pace, far=0.18 * spin, step=0.035 * spin)[:, 0]
    zooms = np.exp(drift(rng, length, 1, pace=pace, far=0.14, step=0.025)[:, 0])
    if rng.random() < 0.12 and length > 2:  # out of sight for a frame, or for good
        away = rng.normal(0, 1, 2)
        first = int(rng.integers(1, length))
        last = length if rng.random() < 0.5 else first + 1
        shifts[first:last] += away / np.hypot(*away) * (size * 0.6 + side)
    matrices = np.stack(
        [
            about(centre, shift=shift, angle=float(turn), zoom=float(zoom)) @ start
            for shift, turn, zoom in zip(shifts, turns, zooms, strict=True)
        ]
    )
    bend = None
    if len(middles) == 1 and rng.random() < 0.7:
        nodes = int(rng.integers(4, 8))
        bend = Bend.draw(
            rng, length, size, pace=pace, amplitude=float(rng.uniform(0.02, 0.08)) * side, nodes=nodes
        )
    smear = np.zeros((length, 2))
    if rng.random() < 0.35:
        smear = np.gradient(shifts, axis=0) * rng.uniform(0.2, 0.6)
        if length > 2:
            smear[:2] = shifts[2] - shifts[1]  # the jump from the reference is not the speed
        smear *= np.minimum(1.0, 9.0 / np.maximum(np.hypot(*smear.T), 1e-6))[:, None]
    return Layer(cutout.pictures, cutout.alphas, matrices, label, bend, behind, smear)


def look_alike(layer: Layer, rng: np.random.Generator, *, size: int, label: int) -> Layer:
    """A second copy of a layer that goes its own way beside it.

    Args:
        layer: The original.
        rng: Source of randomness.
        size: Side of the canvas, px.
        label: Its label, 0 for a distractor.
    """
    away = rng.normal(0, 1, 2)
    away *= rng.uniform(0.25, 0.55) * size / np.hypot(*away)
    middle = layer.matrices[0] @ np.array([layer.alphas[0].shape[1] / 2, layer.alphas[0].shape[0] / 2, 1.0])
    inward = np.sign(size / 2 - middle[:2])
    away = np.abs(away) * np.where(inward == 0, 1.0, inward)
    length = len(layer.matrices)
    speed = rng.normal(0, 0.012 * size, 2)
    times = np.concatenate([[0.0], np.arange(length - 1) + rng.uniform(-6, 6)])
    moved = []
    for matrix, time in zip(layer.matrices, times, strict=True):
        moved.append(shifted(away + speed * time) @ matrix)
    return replace(layer, matrices=np.stack(moved), label=label, behind=bool(rng.random() < 0.5))


def places(rng: np.random.Generator, count: int, size: int) -> list[Floats]:
    """Centres for ``count`` cut-outs that are not all on top of each other, (2,) px each."""
    best: list[Floats] = []
    best_distance = -1.0
    for _ in range(4 if count > 1 else 1):
        spots: list[Floats] = [rng.uniform(0.18, 0.82, 2) * size for _ in range(count)]
        distance = min(
            (float(np.hypot(*(a - b))) for i, a in enumerate(spots) for b in spots[:i]), default=1e9
        )
        if distance > best_distance:
            best, best_distance = spots, distance
    return best


def sides(rng: np.random.Generator, count: int, size: int) -> Sequence[float]:
    """Sizes (square root of the area, px) for ``count`` cut-outs: large ones alone, smaller ones together."""
    top = {1: 0.55, 2: 0.42}.get(count, 0.34)
    return [float(np.exp(rng.uniform(np.log(0.16), np.log(top))) * size) for _ in range(count)]
