"""Real clips in the DAVIS layout, and which frames of them make a training clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cfbi.data.reading import PICTURE_SUFFIXES, Complaints, read_picture
from cfbi.errors import DataError
from cfbi.evaluation.annotations import read_index_mask
from cfbi.evaluation.davis import natural_key, split_names

Bytes = NDArray[np.uint8]

LOOK_BACK = 25
"""Furthest distance of the reference before the previous frame, in frames."""


_BENCHMARK_VAL = """
bike-packing blackswan bmx-trees breakdance camel car-roundabout car-shadow cows dance-twirl dog dogs-jump
drift-chicane drift-straight goat gold-fish horsejump-high india judo kite-surf lab-coat libby loading
mbike-trick motocross-jump paragliding-launch parkour pigs scooter-black shooting soapbox
"""
BENCHMARK_VAL = frozenset(_BENCHMARK_VAL.split())
"""Validation sequences of DAVIS 2016 and 2017, on which results are compared: never trained on."""


@dataclass(frozen=True)
class RealSequence:
    """One sequence.

    Attributes:
        name: Folder name.
        frames: Frame files in order.
        masks: Their annotations.
    """

    name: str
    frames: tuple[Path, ...]
    masks: tuple[Path, ...]


@dataclass(frozen=True)
class RealFrames:
    """The files of one clip, and their masks.

    Attributes:
        name: Name of the sequence.
        paths: T frame files: reference, previous, current frames.
        masks: T index masks (H, W) uint8.
    """

    name: str
    paths: tuple[Path, ...]
    masks: tuple[Bytes, ...]


class DavisFolder:
    """Draws frames from the sequences of a split.

    Args:
        root: Folder with ``JPEGImages/480p``, ``Annotations/480p`` and ``ImageSets``.
        split: Name of the list in ``ImageSets/2017`` or ``ImageSets/2016``.

    Raises:
        DataError: The folder or the list cannot be used, or a validation sequence is in the training list.
    """

    def __init__(self, root: Path, split: str = "train") -> None:
        self.complaints = Complaints()
        names = listed_names(root, split)
        if split != "val" and (shared := sorted(_held_out(root) & set(names))):
            raise DataError(
                f"{root}: {', '.join(shared)} is in the list {split!r}, but belongs to the validation set.",
                "Training on sequences that measure the result would make the scores worthless.",
            )
        self.sequences = [found for name in names if (found := self._open(root, name)) is not None]
        if not self.sequences:
            raise DataError(
                f"{root} holds no sequence of the list {split!r}.",
                "It needs JPEGImages/480p/<sequence> and Annotations/480p/<sequence>.",
            )
        # a handful of spaced frames shows less than a whole sequence
        weights = np.array([min(1.0, len(sequence.frames) / 20) for sequence in self.sequences])
        self._weights = weights / weights.sum()

    def draw(self, rng: np.random.Generator, length: int, *, max_gap: int) -> RealFrames:
        """Draw the frames of a clip; its reference shows an object.

        Args:
            rng: Source of randomness.
            length: Number of frames.
            max_gap: Largest distance between previous and current frames.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        for _ in range(60):
            sequence = self.sequences[int(rng.choice(len(self.sequences), p=self._weights))]
            order = choose_frames(rng, len(sequence.frames), length, max_gap=max_gap)
            found = self._read(sequence, order)
            # objects may vanish, but a clip in which nothing is left to follow teaches little
            if found is not None and (_any_object(found.masks[2:]) or rng.random() < 0.1):
                return found
        raise DataError("No real clip could be read.", "See the warnings in the log.")

    def pictures(self, clip: RealFrames, *, shrink: int = 1) -> list[Bytes] | None:
        """Decode the frames of a clip; None, and a warning, if one is broken.

        Args:
            clip: Frames from ``draw``.
            shrink: 1, 2, 4 or 8: decode at this fraction of the size.

        Returns:
            (H, W, 3) uint8 RGB each, of equal size.
        """
        pictures: list[Bytes] = []
        for path in clip.paths:
            try:
                pictures.append(read_picture(path, shrink=shrink))
            except DataError as error:
                self.complaints.add(path, error.message)
                return None
            if pictures[-1].shape != pictures[0].shape:
                self.complaints.add(path, "its size is not that of the other frames")
                return None
        height, width = pictures[0].shape[:2]
        mask_height, mask_width = clip.masks[0].shape
        if abs(height * mask_width - width * mask_height) > 0.02 * height * mask_width:
            self.complaints.add(
                clip.paths[0], f"its annotation has another shape, {mask_height} x {mask_width}"
            )
            return None
        return pictures

    def _read(self, sequence: RealSequence, order: Sequence[int]) -> RealFrames | None:
        masks: list[Bytes] = []
        for index in order:
            path = sequence.masks[index]
            if path in self.complaints:
                return None
            try:
                masks.append(read_index_mask(path))
            except DataError as error:
                self.complaints.add(path, error.message)
                return None
            if masks[-1].shape != masks[0].shape:
                self.complaints.add(path, f"its size {masks[-1].shape} is not that of the other frames")
                return None
            if len(masks) == 1:
                area = np.count_nonzero((masks[0] > 0) & (masks[0] < 255))
                if area < 0.0015 * masks[0].size:
                    return None
        return RealFrames(sequence.name, tuple(sequence.frames[index] for index in order), tuple(masks))

    def _open(self, root: Path, name: str) -> RealSequence | None:
        folder = root / "JPEGImages" / "480p" / name
        annotations = root / "Annotations" / "480p" / name
        if not folder.is_dir() or not annotations.is_dir():
            self.complaints.add(folder, "frames or annotations are missing")
            return None
        masks = {path.stem: path for path in annotations.iterdir() if path.suffix.lower() == ".png"}
        frames = [path for path in folder.iterdir() if path.suffix.lower() in PICTURE_SUFFIXES]
        frames = sorted(
            (path for path in frames if path.stem in masks), key=lambda path: natural_key(path.name)
        )
        if not frames:
            self.complaints.add(folder, "no frame has an annotation")
            return None
        return RealSequence(name, tuple(frames), tuple(masks[path.stem] for path in frames))


def listed_names(root: Path, split: str) -> list[str]:
    """Sequences of a list, from ``ImageSets/2017`` and, where a name is only there, ``ImageSets/2016``.

    Raises:
        DataError: There is no such list, or it is empty.
    """
    names: dict[str, None] = {}
    failure: DataError | None = None
    for year in (2017, 2016):
        try:
            names.update(dict.fromkeys(split_names(root, split, year)))
        except DataError as error:
            failure = error
    if failure is not None and not names:
        raise failure
    return list(names)


def _held_out(root: Path) -> frozenset[str]:
    """Validation sequences: those of the benchmarks, and those of this folder where it has such a list."""
    try:
        return BENCHMARK_VAL | set(listed_names(root, "val"))
    except DataError:
        return BENCHMARK_VAL


def large_ids(index_mask: Bytes) -> NDArray[np.intp]:
    """Ids that cover a thousandth of the frame, or else the largest; in ascending order."""
    counts = np.bincount(index_mask.ravel(), minlength=256)
    counts[[0, 255]] = 0
    ids = np.flatnonzero(counts >= 0.001 * index_mask.size)
    return ids if len(ids) else np.flatnonzero(counts == counts.max())[:1]


def _any_object(masks: Sequence[Bytes]) -> bool:
    return any(np.count_nonzero((mask > 0) & (mask < 255)) >= 0.0005 * mask.size for mask in masks)


def choose_frames(rng: np.random.Generator, count: int, length: int, *, max_gap: int) -> list[int]:
    """Choose reference, previous and current frames of a sequence, in either direction of time.

    Args:
        rng: Source of randomness.
        count: Frames of the sequence.
        length: Frames wanted; a short sequence shows some of them twice.
        max_gap: Largest distance between previous and current frames.

    Returns:
        ``length`` indices below ``count``.
    """
    longest = max(1, min(max_gap, (count - 1) // max(1, length - 1)))
    base = 1 + int(longest * rng.random() ** 1.7)  # small gaps are the rule in use
    gaps = np.clip(base + rng.integers(-1, 2, length - 2), 1, longest)
    span = int(gaps.sum())
    previous = int(rng.integers(0, max(1, count - span)))
    kind = rng.random()
    if kind < 0.08:
        back = 0
    elif kind < 0.4:
        back = int(rng.integers(1, longest + 1))
    else:
        back = int(rng.integers(1, LOOK_BACK + 1))
    steps = np.concatenate([[previous - back, previous], previous + np.cumsum(gaps)])
    order = np.clip(steps, 0, count - 1)[:length]
    if rng.random() < 0.5:
        order = count - 1 - order
    return [int(index) for index in order]
