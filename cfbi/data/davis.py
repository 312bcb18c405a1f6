"""The folder layout of the DAVIS benchmarks: which sequences, which frames, which annotations.

``JPEGImages/480p/SEQUENCE/00000.jpg``, ``Annotations/480p/SEQUENCE/00000.png`` and the lists of sequences in
``ImageSets/2016/SPLIT.txt`` and ``ImageSets/2017/SPLIT.txt``. The first release of DAVIS 2016 keeps its lists
in ``ImageSets/480p`` with a pair of files on every line; they are read too.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cfbi.errors import DataError

Year = Literal[2016, 2017]

_LAYOUT = "A DAVIS folder has JPEGImages/480p, Annotations/480p and ImageSets/{2016,2017}/SPLIT.txt."


@dataclass(frozen=True)
class DavisSequence:
    """One sequence on disk.

    Attributes:
        name: Folder name.
        frames: Picture files in order.
        annotations: Mask files in order; the stems are those of frames.
    """

    name: str
    frames: tuple[Path, ...]
    annotations: tuple[Path, ...]


def split_names(root: Path, split: str, year: Year) -> list[str]:
    """Names of the sequences of a split.

    Args:
        root: Folder of the data set.
        split: Name of the list, "train" or "val" in the benchmarks.
        year: Which of the two benchmarks.

    Returns:
        The names in the order of the list.

    Raises:
        DataError: There is no such list, or it is empty.
    """
    lists = [root / "ImageSets" / str(year) / f"{split}.txt"]
    if year == 2016:
        lists.append(root / "ImageSets" / "480p" / f"{split}.txt")
    for path in lists:
        if path.is_file():
            entries = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
            names = [_sequence_of(entry[0]) for entry in entries if entry]
            if names:
                return list(dict.fromkeys(names))
            raise DataError(f"The list of sequences {path} is empty.", _LAYOUT)
    raise DataError(f"There is no list of sequences {lists[0]}.", _LAYOUT)


def _sequence_of(entry: str) -> str:
    """In the first release a line is a pair of files; a sequence is the folder of the first."""
    parts = [part for part in entry.split("/") if part]
    return parts[0] if len(parts) == 1 else parts[-2]


def open_sequence(root: Path, name: str) -> DavisSequence:
    """Find the files of a sequence.

    Args:
        root: Folder of the data set.
        name: Name of the sequence.

    Returns:
        Its files; there is at least one frame, and the first frame has an annotation.

    Raises:
        DataError: Folders or files are missing.
    """
    frames = _pictures(root / "JPEGImages" / "480p" / name, (".jpg", ".jpeg", ".png", ".webp"))
    annotations = _pictures(root / "Annotations" / "480p" / name, (".png",))
    stems = {path.stem for path in frames}
    stray = [path.name for path in annotations if path.stem not in stems]
    if stray:
        raise DataError(f"Sequence {name} has annotations without a frame: {', '.join(stray[:5])}.", _LAYOUT)
    if annotations[0].stem != frames[0].stem:
        raise DataError(f"Sequence {name} has no annotation of its first frame {frames[0].name}.", _LAYOUT)
    return DavisSequence(name, frames, annotations)


def _pictures(folder: Path, suffixes: tuple[str, ...]) -> tuple[Path, ...]:
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", _LAYOUT)
    found = [path for path in folder.iterdir() if path.suffix.lower() in suffixes and path.name[0] != "."]
    if not found:
        raise DataError(f"The folder {folder} holds no pictures.", _LAYOUT)
    return tuple(sorted(found, key=lambda path: natural_key(path.name)))


def natural_key(name: str) -> list[tuple[int, int, str]]:
    """Sorts numbers in names by value: frame_2 before frame_10."""
    parts = re.split(r"(\d+)", name)
    # not isdigit: it takes superscripts for numbers, which int does not
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part) for part in parts]
