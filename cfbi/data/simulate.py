"""Clips simulated from still pictures."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cfbi.data.casts import with_casts
from cfbi.data.compose import MAX_BASE_OBJECTS, Base, Layer, class_planes, compose
from cfbi.data.cutout_source import CutoutSource
from cfbi.data.geometry import Bend, Floats, Pace, about, drift, similarity
from cfbi.data.pasting import look_alike, paste, places, sides
from cfbi.data.stills import StillFolder, object_ids

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Simulator:
    """Draws simulated clips.

    Attributes:
        stills: Where pictures come from.
        cutouts: Where objects come from.
        size: Side of the clip, px.
        length: Number of frames.
        whole_share: Share of clips in which a whole picture with its own objects moves.
        cast_share: Share of the pasted objects that throw a shadow or a reflection.
    """

    stills: StillFolder
    cutouts: CutoutSource
    size: int
    length: int
    whole_share: float = 0.45
    cast_share: float = 0.0

    def draw(self, rng: np.random.Generator) -> tuple[Bytes, Bytes, str]:
        """One clip: frames (T, S, S, 3) RGB, masks (T, S, S) with labels not yet consecutive, source."""
        if rng.random() < self.whole_share:
            return self._whole(rng)
        return self._pasted(rng)

    def _whole(self, rng: np.random.Generator) -> tuple[Bytes, Bytes, str]:
        pace = Pace.draw(rng)
        for _ in range(4):
            still = self.stills.still(rng)
            ids = _followable(still.index_mask)
            if len(ids):
                break
        else:
            ids = np.unique(still.index_mask[(still.index_mask > 0) & (still.index_mask < 255)])
        chosen = rng.permutation(ids)[: int(rng.integers(1, MAX_BASE_OBJECTS + 1))]
        focus = _middle(still.index_mask == chosen[0])
        share = float(np.sqrt(np.mean(still.index_mask == chosen[0])))
        base = Base(
            [still.picture],
            [class_planes(still.index_mask, [int(value) for value in chosen])],
            self._camera(rng, pace, still.picture.shape[:2], focus=focus, share=share),
            self._bend(rng, pace),
        )
        layers: list[Layer] = []
        if rng.random() < 0.35:
            label = MAX_BASE_OBJECTS + 1 if rng.random() < 0.5 else 0
            layers = self._objects(rng, pace, still.picture, [label], behind=rng.random() < 0.4)
        frames, masks = compose(base, with_casts(layers, rng, self.cast_share), self.size)
        return frames, masks, f"stills/{still.source}"

    def _pasted(self, rng: np.random.Generator) -> tuple[Bytes, Bytes, str]:
        pace = Pace.draw(rng)
        picture = self.stills.background(rng)
        base = Base([picture], None, self._camera(rng, pace, picture.shape[:2]), self._bend(rng, pace))
        count = int(rng.choice([1, 2, 3], p=[0.4, 0.35, 0.25]))
        labels = list(range(1, count + 1))
        if rng.random() < 0.2:
            labels.insert(int(rng.integers(count + 1)), 0)
        layers = self._objects(rng, pace, picture, labels)
        frames, masks = compose(base, with_casts(layers, rng, self.cast_share), self.size)
        return frames, masks, "stills/pasted"

    def _objects(
        self, rng: np.random.Generator, pace: Pace, picture: Bytes, labels: list[int], *, behind: bool = False
    ) -> list[Layer]:
        count = len(labels)
        spots, lengths = places(rng, count, self.size), sides(rng, count, self.size)
        layers = [
            paste(
                self.cutouts.draw(rng),
                rng,
                size=self.size,
                length=self.length,
                pace=pace,
                label=label,
                side=side,
                centre=spot,
                surroundings=picture,
                behind=behind,
            )
            for label, spot, side in zip(labels, spots, lengths, strict=True)
        ]
        if rng.random() < 0.2:
            model = layers[int(rng.integers(count))]
            twin = look_alike(model, rng, size=self.size, label=9 if rng.random() < 0.4 else 0)
            layers.insert(int(rng.integers(count + 1)), twin)
        return layers

    def _camera(
        self,
        rng: np.random.Generator,
        pace: Pace,
        shape: tuple[int, ...],
        *,
        focus: Floats | None = None,
        share: float = 0.3,
    ) -> Floats:
        """(T, 3, 3) matrices from picture px to canvas px; the first shows ``focus`` (source px) inside.

        ``share`` is the object's size as a share of the picture's: the camera goes closer to small ones.
        """
        size = self.size
        height, width = shape
        zoom = rng.uniform(1.02, 1.12 if share > 0.4 else 1.35)  # leave something around large objects
        if share < 0.2:
            zoom *= rng.uniform(1.2, 1.8)
        scale = zoom * size / min(height, width)
        stretch = float(np.exp(rng.normal(0, 0.06)))
        scales = np.array([scale * stretch, scale / stretch])
        if focus is None:
            focus = rng.uniform(0.3, 0.7, 2) * np.array([width, height])
        target = rng.uniform(0.3, 0.7, 2) * size
        # keep the picture over the whole canvas
        low, high = size - (np.array([width, height]) - focus) * scales, focus * scales
        target = np.clip(target, np.minimum(low, high), np.maximum(low, high))
        if rng.random() < 0.5:
            scales, target = scales * [-1, 1], np.array([size - target[0], target[1]])
        start = similarity(focus, target, scale=scales, angle=float(rng.normal(0, 0.07)))
        speed = float(np.exp(rng.normal(0, 0.5)))
        shifts = drift(rng, self.length, 2, pace=pace, far=0.09 * size, step=0.018 * size * speed)
        turns = drift(rng, self.length, 1, pace=pace, far=0.10, step=0.015)[:, 0]
        zooms = np.exp(drift(rng, self.length, 1, pace=pace, far=0.12, step=0.018)[:, 0])
        tilts = drift(rng, self.length, 2, pace=pace, far=0.12, step=0.02) / size
        middle = np.array([size / 2, size / 2])
        matrices = []
        for shift, turn, factor, tilt in zip(shifts, turns, zooms, tilts, strict=True):
            perspective = np.eye(3)
            perspective[2, :2] = tilt
            perspective[2, 2] = 1 - tilt @ middle
            moved = about(middle, shift=shift, angle=float(turn), zoom=float(factor))
            matrices.append(moved @ perspective @ start)
        return np.stack(matrices)

    def _bend(self, rng: np.random.Generator, pace: Pace) -> Bend | None:
        if rng.random() < 0.25:
            return None
        amplitude, nodes = float(rng.uniform(0.005, 0.035)) * self.size, int(rng.integers(3, 7))
        return Bend.draw(rng, self.length, self.size, pace=pace, amplitude=amplitude, nodes=nodes)


def _followable(index_mask: Bytes) -> NDArray[np.intp]:
    """Objects that are neither specks nor fill their picture."""
    ids = object_ids(index_mask, share=0.004)
    small = np.bincount(index_mask.ravel(), minlength=256)[ids] < 0.45 * index_mask.size
    return np.asarray(ids[small], np.intp)


def _middle(mask: NDArray[np.bool_]) -> Floats:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return np.array([columns.mean(), rows.mean()])
