"""Looks through a data set before anything is trained or evaluated on it."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cfbi.data.annotations import read_index_mask
from cfbi.data.clip import VOID
from cfbi.data.held_out import BENCHMARK_VAL
from cfbi.data.layouts import Layout, SequenceFiles, open_layout, pictures_in, recognise, splits_of
from cfbi.data.reading import read_grey, read_picture
from cfbi.data.stills import holds_mattes, still_sources
from cfbi.errors import DataError

_THREADS = 4
_SAME_SHAPE = 0.02  # the sampler scales annotations of another size, as long as the shape is the same


@dataclass(frozen=True)
class Problem:
    """Something that will be left out, or will stop an evaluation.

    Attributes:
        path: File or folder.
        what: What is wrong with it.
    """

    path: Path
    what: str


@dataclass
class GroupReport:
    """One sequence, or one source of stills.

    Attributes:
        name: Folder name.
        pictures: How many there are.
        masks: How many of them have a mask.
        sizes: (width, height) of the pictures, with their number.
        ids: Object ids that the masks show.
        empty_masks: Masks without an object.
        mattes: The masks are mattes, not index masks.
    """

    name: str
    pictures: int = 0
    masks: int = 0
    sizes: Counter[tuple[int, int]] = field(default_factory=Counter)
    ids: set[int] = field(default_factory=set)
    empty_masks: int = 0
    mattes: bool = False

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "pictures": self.pictures,
            "masks": self.masks,
            "sizes": {f"{width}x{height}": count for (width, height), count in self.sizes.items()},
            "ids": sorted(self.ids),
            "empty_masks": self.empty_masks,
            "mattes": self.mattes,
        }


@dataclass(frozen=True)
class DataReport:
    """What a data set holds, and what is wrong with it.

    Attributes:
        root: The folder.
        layout: Its layout.
        splits: Split to its sequences; stills have the single split "stills".
        problems: In the order of the files.
        held_out: Sequences of the DAVIS validation sets, which are never trained on.
    """

    root: Path
    layout: Layout
    splits: dict[str, list[GroupReport]]
    problems: tuple[Problem, ...]
    held_out: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "root": str(self.root),
            "layout": self.layout,
            "splits": {
                split: {group.name: group.to_json() for group in groups}
                for split, groups in self.splits.items()
            },
            "problems": [{"path": str(entry.path), "what": entry.what} for entry in self.problems],
            "held_out": list(self.held_out),
        }


def check_folder(
    root: Path, splits: Sequence[str] | None = None, *, on_group: Callable[[str], None] = lambda name: None
) -> DataReport:
    """Read every picture and mask of a data set.

    Args:
        root: Folder in a layout of ``cfbi.data.layouts``.
        splits: Which splits; None for all that there are.
        on_group: Called with the name of every sequence or source when it has been read.

    Raises:
        DataError: No layout that we know, or no such split.
    """
    kind = recognise(root)
    problems: list[Problem] = []
    report: dict[str, list[GroupReport]] = {}
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="check") as pool:
        if kind == "stills":
            report["stills"] = []
            for folder in still_sources(root):
                if (folder / "images").is_dir() or (folder / "masks").is_dir():
                    report["stills"].append(_check_source(folder, problems, pool))
                    on_group(folder.name)
        else:
            for split in splits_of(root) if splits is None else splits:
                layout = open_layout(root, split)
                report[split] = []
                for name in layout.names:
                    try:
                        files = layout.open(name)
                    except DataError as error:
                        problems.append(Problem(layout.pictures / name, error.message))
                        continue
                    report[split].append(_check_sequence(files, problems, pool))
                    on_group(name)
    names = {group.name for groups in report.values() for group in groups}
    return DataReport(root, kind, report, tuple(problems), tuple(sorted(names & BENCHMARK_VAL)))


def _check_sequence(files: SequenceFiles, problems: list[Problem], pool: ThreadPoolExecutor) -> GroupReport:
    group = GroupReport(files.name, len(files.frames), len(files.masks))
    problems += [Problem(path, "it has no frame") for path in files.stray]
    first = files.frames[0]
    if first.stem not in files.masks:
        problems.append(Problem(first, "the first frame has no mask"))
    pairs = [(path, files.masks.get(path.stem)) for path in files.frames]
    shown: dict[str, set[int]] = {}
    for (picture, mask), seen in zip(pairs, pool.map(_read_pair, pairs), strict=True):
        problems += seen.problems
        _count(group, seen)
        if mask is not None and seen.ids is not None:
            shown[picture.stem] = seen.ids
        if seen.size is not None and seen.size != next(iter(group.sizes)):
            problems.append(Problem(picture, f"it is {_text(seen.size)}, the sequence began otherwise"))
    for object_id, stem in files.births.items():
        if object_id not in shown.get(stem, {object_id}) or stem not in files.masks:
            problems.append(
                Problem(
                    first.parent, f"meta.json has object {object_id} begin in frame {stem}, no mask shows it"
                )
            )
    return group


def _check_source(folder: Path, problems: list[Problem], pool: ThreadPoolExecutor) -> GroupReport:
    masks = {path.stem: path for path in pictures_in(folder / "masks")}
    pictures = pictures_in(folder / "images")
    stems = {path.stem for path in pictures}
    problems += [Problem(path, "it has no mask") for path in pictures if path.stem not in masks]
    problems += [Problem(path, "it has no picture") for stem, path in masks.items() if stem not in stems]
    pairs = [(path, masks[path.stem]) for path in pictures if path.stem in masks]
    mattes = holds_mattes(folder.name, pairs)
    group = GroupReport(folder.name, len(pictures), len(pairs), mattes=mattes)
    for seen in pool.map(lambda pair: _read_pair(pair, mattes=mattes, exact=True), pairs):
        problems += seen.problems
        _count(group, seen)
    return group


@dataclass(frozen=True)
class _Seen:
    size: tuple[int, int] | None
    ids: set[int] | None
    problems: list[Problem]


def _read_pair(pair: tuple[Path, Path | None], *, mattes: bool = False, exact: bool = False) -> _Seen:
    """Read a picture and its mask; ``exact`` where they must have one size, as stills."""
    picture, mask = pair
    problems: list[Problem] = []
    size: tuple[int, int] | None = None
    ids: set[int] | None = None
    try:
        read_picture(picture, shrink=8)
        with Image.open(picture) as opened:
            size = (opened.width, opened.height)
    except (DataError, OSError) as error:
        problems.append(Problem(picture, getattr(error, "message", str(error))))
    if mask is not None:
        try:
            values = read_grey(mask) if exact else read_index_mask(mask)
        except DataError as error:
            problems.append(Problem(mask, error.message))
        else:
            ids = {1} if mattes and values.any() else set() if mattes else _ids(values)
            if size is not None and not _fits(size, values, exact=exact):
                mask_size = (values.shape[1], values.shape[0])
                problems.append(Problem(mask, f"it is {_text(mask_size)}, its picture {_text(size)}"))
    return _Seen(size, ids, problems)


def _fits(size: tuple[int, int], values: NDArray[np.uint8], *, exact: bool) -> bool:
    height, width = values.shape
    if exact:
        return size == (width, height)
    return bool(abs(size[0] * height - size[1] * width) <= _SAME_SHAPE * size[1] * width)


def _ids(values: NDArray[np.uint8]) -> set[int]:
    ids = set(np.flatnonzero(np.bincount(values.ravel(), minlength=256)).tolist())
    return {1} if ids <= {0, VOID} and VOID in ids and 0 in ids else ids - {0, VOID}


def _count(group: GroupReport, seen: _Seen) -> None:
    if seen.size is not None:
        group.sizes[seen.size] += 1
    if seen.ids is not None:
        group.ids |= seen.ids
        group.empty_masks += not seen.ids


def _text(size: Iterable[int]) -> str:
    return "x".join(str(side) for side in size)
