"""What a network is evaluated on: which frames, which masks it is given, which ones are the truth.

* ``davis2016``: the first annotation, all of whose objects are one.
* ``davis2017``: the first annotation.
* ``youtubevos``: every object's mask in the frame where ``meta.json`` has it begin, late ones included.
* ``folder``: any layout of ``cfbi.data.layouts``; every object's mask in the first frame that shows it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cfbi.data.annotations import VOID, read_index_mask
from cfbi.data.categories import unseen_objects
from cfbi.data.davis import Year, open_sequence, split_names
from cfbi.data.layouts import SequenceFiles, SequenceLayout, open_layout
from cfbi.errors import DataError, EvaluationError

Benchmark = Literal["davis2016", "davis2017", "youtubevos", "folder"]
BENCHMARKS: tuple[Benchmark, ...] = get_args(Benchmark)
YEARS: dict[str, Year] = {"davis2016": 2016, "davis2017": 2017}


@dataclass(frozen=True)
class EvaluationSequence:
    """One sequence.

    Attributes:
        name: Name of its folder.
        frames: Pictures in order.
        masks: Frame stem to annotation.
        births: Frame stem to the objects that begin there; None for all that its annotation shows.
        merge: All objects are one, with the id 1.
        unseen: Objects of categories that the training split doesn't have; None where nothing tells.
    """

    name: str
    frames: tuple[Path, ...]
    masks: Mapping[str, Path]
    births: Mapping[str, frozenset[int] | None] = field(default_factory=dict)
    merge: bool = False
    unseen: frozenset[int] | None = None

    @property
    def is_annotated(self) -> bool:
        """Every frame has an annotation, so that results can be scored."""
        return len(self.masks) == len(self.frames)

    def given(self, stem: str) -> NDArray[np.uint8] | None:
        """The mask that the network is given in a frame.

        Args:
            stem: Of the frame.

        Returns:
            (H, W) uint8: the objects that begin there, 255 = void; None if none does.

        Raises:
            DataError: It cannot be read.
        """
        if stem not in self.births:
            return None
        mask: NDArray[np.uint8] = read_index_mask(self.masks[stem])
        ids = self.births[stem]
        if ids is not None:
            mask[~np.isin(mask, [*ids, VOID])] = 0
        return merged(mask) if self.merge else mask

    def truth(self, stem: str) -> NDArray[np.uint8]:
        """The annotation of a frame, (H, W) uint8, 255 = void; all objects are 1 with ``merge``.

        Raises:
            DataError: It cannot be read.
        """
        mask = read_index_mask(self.masks[stem])
        return merged(mask) if self.merge else mask


def merged(index_mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """All objects as object 1; void stays. (H, W) uint8, new array."""
    mask: NDArray[np.uint8] = index_mask.copy()
    mask[(mask != 0) & (mask != VOID)] = 1
    return mask


def open_sequences(
    root: Path, benchmark: Benchmark, split: str, *, only: Sequence[str] | None = None
) -> list[EvaluationSequence]:
    """Find the sequences of a split, and make sure that each can be evaluated.

    Args:
        root: Folder of the data set.
        benchmark: Whose rules apply.
        split: Name of the split.
        only: Names to keep; None for all.

    Raises:
        DataError: No such split, missing files, a sequence without its first mask, or unequal sizes.
        EvaluationError: A first mask without an object.
    """
    if benchmark in YEARS:
        year = YEARS[benchmark]
        names = _kept(split_names(root, split, year), only)
        found = [_davis(root, name, merge=year == 2016) for name in names]
    else:
        layout = open_layout(root, split)
        if benchmark == "youtubevos" and not layout.meta:
            raise DataError(
                f"{layout.pictures.parent} has no meta.json that tells where objects begin.",
                'Evaluate it as "folder": objects then begin where a mask first shows them.',
            )
        unseen = unseen_objects(layout.pictures.parent) if benchmark == "youtubevos" else None
        found = [_with_births(layout, name, unseen) for name in _kept(layout.names, only)]
    if not found and only is None:
        raise DataError(f"{root} holds no sequence of the split {split!r}.", "Check the folder.")
    for sequence in found:
        _check(sequence)
    return found


def _kept(names: Sequence[str], only: Sequence[str] | None) -> list[str]:
    return [name for name in names if only is None or name in only]


def _davis(root: Path, name: str, *, merge: bool) -> EvaluationSequence:
    files = open_sequence(root, name)
    masks = {path.stem: path for path in files.annotations}
    return EvaluationSequence(name, files.frames, masks, {files.frames[0].stem: None}, merge)


def _with_births(
    layout: SequenceLayout, name: str, unseen: Mapping[str, frozenset[int]] | None
) -> EvaluationSequence:
    files = layout.open(name)
    if files.stray:
        shown = ", ".join(path.name for path in files.stray[:5])
        raise DataError(f"Sequence {name} has annotations without a frame: {shown}.", "Add the frames.")
    births: dict[str, set[int]] = {}
    for object_id, stem in (files.births or _seen_births(files)).items():
        births.setdefault(stem, set()).add(object_id)
    missing = [stem for stem in births if stem not in files.masks]
    if missing:
        raise DataError(
            f"Sequence {name} has no mask of frame {missing[0]}, where an object begins.",
            "Add the mask, or leave the sequence out.",
        )
    frozen = {stem: frozenset(ids) for stem, ids in births.items()}
    return EvaluationSequence(
        name, files.frames, files.masks, frozen, unseen=None if unseen is None else unseen.get(name)
    )


def _seen_births(files: SequenceFiles) -> dict[int, str]:
    births: dict[int, str] = {}
    for frame in files.frames:
        if frame.stem in files.masks:
            for object_id in np.unique(read_index_mask(files.masks[frame.stem])).tolist():
                if object_id not in (0, VOID):
                    births.setdefault(object_id, frame.stem)
    return births


def _check(sequence: EvaluationSequence) -> None:
    first = sequence.frames[0].stem
    if first not in sequence.masks:
        raise DataError(
            f"Sequence {sequence.name} has no annotation of its first frame {sequence.frames[0].name}.",
            "Add the mask, or leave the sequence out.",
        )
    mask = sequence.given(first)
    if mask is None or not np.any((mask != 0) & (mask != VOID)):
        raise EvaluationError(
            f"The annotation {sequence.masks[first]} shows no object to start from.",
            "Leave the sequence out of the list.",
        )
    size = _size(sequence.frames[0])
    for path in (*sequence.frames, *sequence.masks.values()):
        if _size(path) != size:
            found = _size(path)
            raise DataError(
                f"{path} is {found[0]}x{found[1]}, but the first frame of {sequence.name} is "
                f"{size[0]}x{size[1]}.",
                "All frames and masks of a sequence must have one size; `cfbi data check` finds all others.",
            )


def _size(path: Path) -> tuple[int, int]:
    """Width and height, from the head of the file."""
    try:
        with Image.open(path) as picture:
            return (picture.width, picture.height)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} cannot be read: {error}.", "`cfbi data check` finds all others.") from error
