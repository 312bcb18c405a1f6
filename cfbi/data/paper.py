"""Training clips as the paper draws them (section 4.1): real frames, flip, scale and a balanced crop."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.clip import VOID, TrainingClip, relabel
from cfbi.data.sequences import SequenceFolder
from cfbi.errors import DataError

Bytes = NDArray[np.uint8]

_SHORT_EDGE = 480 / 465  # of the frame, before scaling, to the side of the crop
_LARGEST_SCALE = 1.3
_CROP_TRIES = 5
_ENOUGH = 0.01  # share of the reference's crop that objects should cover


class PaperSampler:
    """Draws clips from real sequences.

    The short edge of the frames becomes 480/465 of the crop's side, times a scale of 1.0 to 1.3; the crop has
    the same place in all frames. Objects that the reference's crop does not show are background.

    Args:
        sequences: Folders of annotated sequences in a layout of ``cfbi.data.layouts``.
        crop: Side of the clips, px.
        length: Frames per clip: reference, previous, and at least one current frame.
        max_gap: Largest distance between neighbouring frames, apart from the reference's.
        balanced_crop: Draw the crop anew, up to five times, until its reference shows enough of the objects,
            or else take the one of the five that shows most; without it, take the first.
        max_objects: Most objects of a clip.
        davis_repeat: See ``SequenceFolder``.
        split: Name of the split to draw from.

    Raises:
        DataError: A folder cannot be used.
    """

    def __init__(
        self,
        sequences: Path | Sequence[Path],
        *,
        crop: int = 465,
        length: int = 5,
        max_gap: int = 3,
        balanced_crop: bool = True,
        max_objects: int = 10,
        davis_repeat: float = 1.0,
        split: str = "train",
    ) -> None:
        if length < 3:
            raise DataError(f"A clip of {length} frames has no current frame.", "Use at least 3.")
        self._folder = SequenceFolder(sequences, split, davis_repeat=davis_repeat)
        self._crop, self._length, self._max_gap = crop, length, max_gap
        self._tries = _CROP_TRIES if balanced_crop else 1
        self._max_objects = max_objects

    @property
    def facts(self) -> dict[str, object]:
        """What clips are drawn from."""
        return {"sequences": [sequence.name for sequence in self._folder.sequences], "stills": {}}

    def sample(self, rng: np.random.Generator) -> TrainingClip:
        """Draw a clip; equal generators give equal clips.

        Args:
            rng: Source of all randomness.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        for _ in range(60):
            found = self._folder.draw(rng, self._length, max_gap=self._max_gap, choose=uniform_frames)
            pictures = self._folder.pictures(found)
            if pictures is None:
                continue
            window = self._window(found.masks[0], rng)
            mirror = bool(rng.random() < 0.5)
            masks = np.stack([self._cut(mask, window, mirror, nearest=True) for mask in found.masks])
            masks = relabel(masks, rng, max_objects=self._max_objects, min_area=1)
            if not _objects(masks[0]):
                continue
            ratio = pictures[0].shape[0] / found.masks[0].shape[0]  # pictures may be finer than annotations
            frames = [self._cut(p, window * ratio, mirror, nearest=False) for p in pictures]
            return TrainingClip(np.stack(frames), masks, found.name)
        raise DataError("No clip with an object in its reference was found.", "See the warnings in the log.")

    def _window(self, reference: Bytes, rng: np.random.Generator) -> NDArray[np.float64]:
        """Left, top and side of the crop in pixels of the annotation."""
        height, width = reference.shape
        best: tuple[float, NDArray[np.float64]] | None = None
        side = min(height, width) / (_SHORT_EDGE * rng.uniform(1.0, _LARGEST_SCALE))
        for _ in range(self._tries):
            left, top = rng.uniform(0, (width - side, height - side))
            window = np.array([left, top, side])
            rows, columns = slice(int(top), round(top + side)), slice(int(left), round(left + side))
            share = _objects(reference[rows, columns]) / side**2
            if best is None or share > best[0]:
                best = (share, window)
            if share >= _ENOUGH:
                break
        assert best is not None
        return best[1]

    def _cut(self, picture: Bytes, window: NDArray[np.float64], mirror: bool, *, nearest: bool) -> Bytes:
        left, top, side = window
        scale = self._crop / side
        # pixel centres stay pixel centres; a reduction without averaging would alias
        if not nearest and scale < 0.75:
            picture = cv2.GaussianBlur(picture, (0, 0), 0.4 / scale).astype(np.uint8)
        shift = 0.5 * scale - 0.5
        matrix = np.array([[scale, 0, shift - left * scale], [0, scale, shift - top * scale]])
        cut = cv2.warpAffine(
            picture,
            matrix,
            (self._crop, self._crop),
            flags=cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.ascontiguousarray(cut[:, ::-1] if mirror else cut, np.uint8)


def uniform_frames(rng: np.random.Generator, count: int, length: int, *, max_gap: int) -> list[int]:
    """Choose a reference anywhere, and neighbouring other frames with random gaps, in either direction.

    Args:
        rng: Source of randomness.
        count: Frames of the sequence.
        length: Frames wanted; a short sequence shows some of them twice.
        max_gap: Largest gap.

    Returns:
        ``length`` indices below ``count``.
    """
    longest = max(1, min(max_gap, (count - 1) // max(1, length - 2)))
    steps = np.concatenate([[0], np.cumsum(rng.integers(1, longest + 1, length - 2))])
    start = int(rng.integers(0, max(1, count - int(steps[-1]))))
    order = np.clip(np.concatenate([[rng.integers(0, count)], start + steps]), 0, count - 1)
    if rng.random() < 0.5:
        order = count - 1 - order
    return [int(index) for index in order]


def _objects(index_mask: Bytes) -> int:
    """Number of pixels of objects."""
    return int(np.count_nonzero((index_mask > 0) & (index_mask < VOID)))
