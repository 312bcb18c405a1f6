"""Real sequences of any layout, and which frames of them make a training clip."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import read_index_mask
from cfbi.data.held_out import refuse_held_out
from cfbi.data.layouts import SequenceLayout, open_layout
from cfbi.data.reading import Complaints, read_picture
from cfbi.errors import DataError

Bytes = NDArray[np.uint8]

LOOK_BACK = 25
"""Furthest distance of the reference before the previous frame, in frames."""


@dataclass(frozen=True)
class RealSequence:
    """One sequence, or what is annotated of it.

    Attributes:
        name: Layout and folder name, such as "davis/bear".
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
        name: Name of the sequence, such as "davis/bear".
        paths: T frame files: reference, previous, current frames.
        masks: T index masks (H, W) uint8.
    """

    name: str
    paths: tuple[Path, ...]
    masks: tuple[Bytes, ...]


class ChooseFrames(Protocol):
    """Chooses ``length`` of ``count`` frames, see ``choose_frames``."""

    def __call__(self, rng: np.random.Generator, count: int, length: int, *, max_gap: int) -> list[int]:
        """Indices below ``count``."""


class SequenceFolder:
    """Draws frames from the sequences of one or more folders.

    Args:
        roots: Folders in a layout of ``cfbi.data.layouts``.
        split: Which of their splits.
        davis_repeat: A sequence in the DAVIS layout is drawn this many times as often as another; the paper
            repeats them when it mixes them with YouTube-VOS.

    Raises:
        DataError: A folder or its split cannot be used, or a validation sequence would be trained on.
    """

    def __init__(
        self, roots: Path | Sequence[Path], split: str = "train", *, davis_repeat: float = 1.0
    ) -> None:
        self.complaints = Complaints()
        self.sequences: list[RealSequence] = []
        weights: list[float] = []
        for root in [roots] if isinstance(roots, Path) else roots:
            layout = open_layout(root, split)
            refuse_held_out(layout.names, root, _own_validation(layout))
            found = [entry for name in layout.names if (entry := self._open(layout, name)) is not None]
            if not found:
                raise DataError(
                    f"{root} holds no sequence of the list {split!r}.",
                    f"It needs {layout.pictures.relative_to(root)}/SEQUENCE and "
                    f"{layout.annotations.relative_to(root)}/SEQUENCE.",
                )
            factor = davis_repeat if layout.kind == "davis" else 1.0
            # a handful of spaced frames shows less than a whole sequence
            weights += [factor * min(1.0, len(sequence.frames) / 20) for sequence in found]
            self.sequences += found
        self._weights = np.array(weights) / np.sum(weights)

    def draw(
        self,
        rng: np.random.Generator,
        length: int,
        *,
        max_gap: int,
        choose: ChooseFrames | None = None,
    ) -> RealFrames:
        """Draw the frames of a clip; its reference shows an object.

        Args:
            rng: Source of randomness.
            length: Number of frames.
            max_gap: Largest distance between previous and current frames.
            choose: Chooses the frames of a sequence; None for ``choose_frames``.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        chooser = choose or choose_frames
        for _ in range(60):
            sequence = self.sequences[int(rng.choice(len(self.sequences), p=self._weights))]
            order = chooser(rng, len(sequence.frames), length, max_gap=max_gap)
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

    def _open(self, layout: SequenceLayout, name: str) -> RealSequence | None:
        folder = layout.pictures / name
        if not folder.is_dir() or not (layout.annotations / name).is_dir():
            self.complaints.add(folder, "frames or annotations are missing")
            return None
        try:
            files = layout.open(name)
        except DataError as error:
            self.complaints.add(folder, error.message)
            return None
        for path in files.stray:
            self.complaints.add(path, "it has no frame")
        frames = [path for path in files.frames if path.stem in files.masks]
        if not frames:
            self.complaints.add(folder, "no frame has an annotation")
            return None
        masks = tuple(files.masks[path.stem] for path in frames)
        return RealSequence(f"{layout.kind}/{name}", tuple(frames), masks)


def _own_validation(layout: SequenceLayout) -> tuple[str, ...]:
    """The folder's own validation sequences, if it keeps them apart from those of the split."""
    try:
        own = open_layout(layout.root, "val")
    except DataError:
        return ()
    if layout.split != "val" and own.listed is None and own.pictures == layout.pictures:
        return ()
    return own.names


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
