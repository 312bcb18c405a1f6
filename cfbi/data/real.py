"""Training clips from real ones: crop, camera, pasted objects and look-alikes."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.casts import with_casts
from cfbi.data.clip import VOID
from cfbi.data.compose import MAX_BASE_OBJECTS, Base, Layer, class_planes, compose
from cfbi.data.cutout_source import CutoutSource
from cfbi.data.cutouts import Cutout, lift
from cfbi.data.geometry import Floats, Pace, drift, shifted, similarity
from cfbi.data.pasting import paste, places, sides
from cfbi.data.rivals import rival
from cfbi.data.sequences import RealFrames, SequenceFolder, large_ids
from cfbi.errors import DataError

Bytes = NDArray[np.uint8]
PASTED = MAX_BASE_OBJECTS + 1
STANDING = Pace("near")


@dataclass(frozen=True)
class RealClips:
    """Draws clips from real sequences.

    Attributes:
        sequences: The sequences.
        cutouts: Further objects to paste.
        size: Side of the clip, px.
        length: Number of frames.
        max_gap: Largest distance between previous and current frames.
        paste_share: Share of clips with a pasted object.
        balanced: Choose crops that show an object; if not, any place will do.
        cast_share: Share of the pasted objects that throw a shadow or a reflection.
        rival_share: Share of clips in which a second copy of an object crosses it, as an object of its own.
    """

    sequences: SequenceFolder
    cutouts: CutoutSource
    size: int
    length: int
    max_gap: int
    paste_share: float = 0.4
    balanced: bool = True
    cast_share: float = 0.0
    rival_share: float = 0.0

    def draw(self, rng: np.random.Generator) -> tuple[Bytes, Bytes, str]:
        """One clip: frames (T, S, S, 3) RGB, masks (T, S, S) with labels not yet consecutive, source.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        for _ in range(30):
            clip = self.sequences.draw(rng, self.length, max_gap=self.max_gap)
            ids = large_ids(clip.masks[0])
            chosen = rng.permutation(ids)[:MAX_BASE_OBJECTS]
            matrices = self._crop(clip.masks, chosen, rng)
            contested = self.rival_share > 0 and rng.random() < self.rival_share
            pictures = self.sequences.pictures(clip, shrink=1 if contested else _shrink(matrices))
            if pictures is None:
                continue
            base = Base(pictures, [class_planes(mask, chosen.tolist()) for mask in clip.masks], matrices)
            layers = []
            if contested:
                cutout = _lifted(base, clip, chosen, rng)
                layers = [] if cutout is None else [rival(base, cutout, rng, size=self.size, label=PASTED)]
            elif rng.random() < self.paste_share:
                layers = self._layers(base, clip, chosen, rng)
            frames, masks = compose(base, with_casts(layers, rng, self.cast_share), self.size)
            return frames, masks, clip.name
        raise DataError("No real clip could be read.", "See the warnings in the log.")

    def _crop(self, masks: Sequence[Bytes], ids: NDArray[np.intp], rng: np.random.Generator) -> Floats:
        """(T, 3, 3) matrices of the best of up to five random crops; of one anywhere, if not balanced."""
        wanted = np.isin(masks[0], ids)
        points = np.argwhere(wanted)[:, ::-1]
        side = float(np.sqrt(len(points)))
        if not self.balanced:
            return self._window(masks, rng.integers(0, wanted.shape[::-1], (1, 2)), side, rng)
        last = np.append(_centres(masks)[-1], 1.0)
        best: tuple[float, Floats] | None = None
        for _ in range(5):
            matrices = self._window(masks, points, side, rng)
            visible = cv2.warpPerspective(
                wanted.astype(np.uint8), matrices[0], (self.size, self.size), flags=cv2.INTER_NEAREST
            )
            area = float(visible.sum())
            seen = area / max(1.0, len(points) * abs(np.linalg.det(matrices[0][:2, :2])))
            # enough of the crop, not a scrap of the object, and still there in the end
            score = min(area / (0.02 * self.size**2), 1.0) * min(seen / 0.5, 1.0)
            score *= 1.0 if _inside(matrices[-1] @ last, self.size) else 0.4
            if best is None or score > best[0]:
                best = (score, matrices)
            if score >= 1.0:
                break
        assert best is not None
        return best[1]

    def _window(
        self, masks: Sequence[Bytes], points: NDArray[np.intp], side: float, rng: np.random.Generator
    ) -> Floats:
        size, length = self.size, len(masks)
        height, width = masks[0].shape
        smallest = size / min(height, width)  # the crop as high as the frame
        scale = smallest * float(np.exp(rng.uniform(0.0, np.log(1.75))))
        if side * scale < 0.12 * size:  # look closer at small things
            scale = min(scale * rng.uniform(1.0, 2.0), max(scale, 2.2 * smallest))
        stretch = float(np.exp(rng.normal(0, 0.06)))
        scales = np.array([scale * stretch, scale / stretch])
        focus = points[int(rng.integers(len(points)))].astype(float)
        target = rng.uniform(0.15, 0.85, 2) * size
        low, high = size - (np.array([width, height]) - focus) * scales, focus * scales
        target = np.where(low < high, np.clip(target, low, high), (low + high) / 2)
        if rng.random() < 0.5:
            scales, target = scales * [-1, 1], np.array([size - target[0], target[1]])
        angle = float(rng.normal(0, 0.09)) if rng.random() < 0.6 else 0.0
        start = similarity(focus, target, scale=scales, angle=angle)
        follow = rng.uniform(0.3, 1.0) if rng.random() < 0.6 else 0.0
        centres = _centres(masks)
        shakes = drift(rng, length, 2, pace=STANDING, far=0.0, step=0.006 * size)
        zooms = np.exp(drift(rng, length, 1, pace=STANDING, far=0.0, step=0.01)[:, 0])
        matrices = []
        for centre, shake, zoom in zip(centres, shakes, zooms, strict=True):
            move = np.eye(3)
            move[:2, :2] *= zoom
            pan = -follow * (start[:2, :2] @ (centre - centres[0]))
            move[:2, 2] = (1 - zoom) * size / 2 + pan + shake
            matrices.append(move @ start)
        return np.stack(matrices)

    def _layers(
        self, base: Base, clip: RealFrames, ids: NDArray[np.intp], rng: np.random.Generator
    ) -> list[Layer]:
        """A pasted object: of a still, of another real clip, or a second copy of an object of this clip."""
        if rng.random() < 0.3:
            return self._copy(base, clip, ids, rng, label=0 if rng.random() < 0.75 else PASTED)
        return [
            paste(
                self.cutouts.draw(rng),
                rng,
                size=self.size,
                length=self.length,
                pace=Pace.draw(rng),
                label=PASTED if rng.random() < 0.55 else 0,
                side=sides(rng, 2, self.size)[0],
                centre=places(rng, 1, self.size)[0],
                surroundings=base.pictures[0],
                behind=bool(rng.random() < 0.5),
            )
        ]

    def _copy(
        self, base: Base, clip: RealFrames, ids: NDArray[np.intp], rng: np.random.Generator, *, label: int
    ) -> list[Layer]:
        """The clip's own object again, moving with its own frames but elsewhere."""
        cutout = _lifted(base, clip, ids, rng)
        if cutout is None:
            return []
        matrix = base.matrices[0]
        place = (matrix @ np.append(cutout.middles()[0] + cutout.origin, 1.0))[:2]
        extent = cutout.side * float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        goal = rng.uniform(0.1, 0.9, 2) * self.size
        distance = float(np.hypot(*(goal - place)))
        if distance < 0.7 * extent:  # beside the original, not on top of it
            goal = place + (goal - place) / max(distance, 1e-6) * extent
        mirror = -1.0 if rng.random() < 0.5 else 1.0
        zoom = float(np.exp(rng.normal(0, 0.15)))
        move = similarity(place, goal, scale=np.array([mirror * zoom, zoom]), angle=float(rng.normal(0, 0.1)))
        steps = drift(rng, self.length, 2, pace=Pace.draw(rng), far=0.15 * extent, step=0.03 * extent)
        origin = shifted(np.array(cutout.origin, float))
        matrices = np.stack(
            [
                shifted(step) @ move @ matrix @ origin
                for matrix, step in zip(base.matrices, steps, strict=True)
            ]
        )
        behind = bool(rng.random() < 0.7)
        rest = np.zeros((self.length, 2))
        return [Layer(cutout.pictures, cutout.alphas, matrices, label, None, behind, rest)]


def _lifted(base: Base, clip: RealFrames, ids: NDArray[np.intp], rng: np.random.Generator) -> Cutout | None:
    """One of the clip's objects, from frames of the size of their masks."""
    chosen = ids[int(rng.integers(len(ids)))]
    if base.pictures[0].shape[:2] != clip.masks[0].shape:
        return None
    return lift(base.pictures, [(mask == chosen).astype(np.uint8) for mask in clip.masks], clip.name)


def _shrink(matrices: Floats) -> int:
    """Fraction at which the frames may be decoded without losing sharpness."""
    scale = float(np.sqrt(abs(np.linalg.det(matrices[0][:2, :2]))))
    return 4 if scale < 0.22 else 2 if scale < 0.45 else 1


def _inside(point: Floats, size: int) -> bool:
    return bool(np.all((point[:2] > 0) & (point[:2] < size)))


def _centres(masks: Sequence[Bytes]) -> list[Floats]:
    """Middle of all objects in each frame; where there are none, that of the frame before."""
    centres: list[Floats] = []
    for mask in masks:
        moments = cv2.moments(((mask > 0) & (mask < VOID)).astype(np.uint8), binaryImage=True)
        if moments["m00"] > 0:
            centres.append(np.array([moments["m10"], moments["m01"]]) / moments["m00"])
        else:
            centres.append(centres[-1] if centres else np.zeros(2))
    return centres
