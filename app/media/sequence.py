"""Finds the sequence of pictures that a folder holds or that a picture belongs to, by the names alone.

The number of a frame is the run of digits that differs from name to name (the last one, if several do): in
``sh010_v2.0998.exr`` it is 998. Of a picture without others it is what the name ends in: ``still4k.png`` has
none. Pictures whose names differ in anything else belong to other sequences.
Numbers count as numbers ("9" before "10"), need not be padded, may start anywhere, and may have gaps.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path

from app.errors import MediaError
from app.i18n import tr, trn

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".exr", ".dpx"},
)
"""File name endings that are read as pictures."""

_LISTED = 6


@dataclass(frozen=True)
class PictureSequence:
    """Pictures that follow each other.

    Attributes:
        files: In the order of their numbers, or of their names where they have none.
        numbers: Number of each file; empty where the names hold none.
        pattern: The name with ``#`` for each digit of the number, or the only file's name.
        stem: What stands before the number, without separators at its end; may be empty.
    """

    files: tuple[Path, ...]
    numbers: tuple[int, ...]
    pattern: str
    stem: str

    @property
    def step(self) -> int:
        """By how much numbers grow from frame to frame, where none is missing."""
        return (
            gcd(*(after - before for before, after in zip(self.numbers, self.numbers[1:], strict=False))) or 1
        )

    @property
    def missing(self) -> tuple[range, ...]:
        """The numbers that are left out, as ranges."""
        step = self.step
        pairs = zip(self.numbers, self.numbers[1:], strict=False)
        return tuple(range(before + step, after, step) for before, after in pairs if after - before > step)


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in counting order.

    Args:
        folder: Where to look.

    Returns:
        Files by their name; not those whose name starts with a dot.

    Raises:
        MediaError: The folder cannot be read.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and path.name[0] != "." and path.is_file()
        ]
    except OSError as error:
        raise MediaError(
            tr("The folder {folder} cannot be read: {reason}.", folder=folder, reason=error.strerror),
            tr("Check its permissions."),
        ) from error
    return sorted(found, key=lambda path: _natural_key(path.name))


def sequence_in(folder: Path) -> PictureSequence:
    """The sequence of a folder.

    Args:
        folder: Where to look.

    Returns:
        Its only sequence, or the one with more pictures than all others together.

    Raises:
        MediaError: There are no pictures, or several sequences with nothing to choose between them.
    """
    found = sorted(find_sequences(list_pictures(folder)), key=lambda sequence: -len(sequence.files))
    if not found:
        kinds = ", ".join(sorted(SUFFIXES))
        raise MediaError(
            tr("The folder {folder} holds no pictures.", folder=folder),
            tr("Pictures end in {kinds}.", kinds=kinds),
        )
    if len(found) > 1 and len(found[0].files) <= sum(len(other.files) for other in found[1:]):
        listed = ", ".join(f"{each.pattern} ({len(each.files)})" for each in found[:_LISTED])
        more = len(found) - _LISTED
        if more > 0:
            listed = trn("{names} and {count} more", "{names} and {count} more", more, names=listed)
        raise MediaError(
            tr(
                "The folder {folder} holds {count} sequences of pictures: {names}.",
                folder=folder,
                count=len(found),
                names=listed,
            ),
            tr("Open one picture of the sequence that you want."),
        )
    return found[0]


def sequence_of(picture: Path) -> PictureSequence:
    """The sequence that a picture belongs to.

    Args:
        picture: A file that exists.

    Returns:
        Its sequence; the picture alone if there are no others like it.

    Raises:
        MediaError: Its folder cannot be read, or a number is there twice.
    """
    beside = [path for path in list_pictures(picture.parent) if _kind(path) == _kind(picture)]
    found = [each for each in find_sequences([*beside]) if picture.name in {path.name for path in each.files}]
    if not re.search(r"[0-9]", picture.stem) or not found:
        return _alone(picture)
    return found[0]


def find_sequences(pictures: Iterable[Path]) -> list[PictureSequence]:
    """Sort pictures into sequences.

    Args:
        pictures: Files of one folder in counting order.

    Returns:
        The sequences, in the order of their first files. Pictures without numbers are one together.

    Raises:
        MediaError: A number is there twice.
    """
    kinds: dict[str, list[Path]] = defaultdict(list)
    for path in pictures:
        kinds[_kind(path) if re.search(r"[0-9]", path.stem) else ""].append(path)
    found: list[PictureSequence] = []
    for kind, files in kinds.items():
        if not kind:
            found.append(PictureSequence(tuple(files), (), files[0].name, ""))
            continue
        if len(files) == 1 and not re.search(r"[0-9]$", files[0].stem):
            found.append(_alone(files[0]))
            continue
        digits = [re.findall(r"[0-9]+", path.stem) for path in files]
        varying = [place for place in range(len(digits[0])) if len({row[place] for row in digits}) > 1]
        place = varying[-1] if varying else len(digits[0]) - 1
        groups: dict[tuple[str, ...], list[tuple[int, Path]]] = defaultdict(list)
        for row, path in zip(digits, files, strict=True):
            groups[tuple(row[:place] + row[place + 1 :])].append((int(row[place]), path))
        found += [_sequence(sorted(group), place) for group in groups.values()]
    return found


def missing_text(missing: Sequence[range]) -> str:
    """The missing numbers for a message: "12, 15 to 18"."""
    parts = [
        str(gap[0]) if len(gap) == 1 else tr("{first} to {last}", first=gap[0], last=gap[-1])
        for gap in missing[:_LISTED]
    ]
    listed, more = ", ".join(parts), len(missing) - _LISTED
    if more <= 0:
        return listed
    return trn("{numbers} and {count} more gap", "{numbers} and {count} more gaps", more, numbers=listed)


def _alone(picture: Path) -> PictureSequence:
    return PictureSequence((picture,), (), picture.name, picture.stem)


def _sequence(group: list[tuple[int, Path]], place: int) -> PictureSequence:
    numbers = tuple(number for number, _ in group)
    twice = [number for number, count in Counter(numbers).items() if count > 1]
    if twice:
        names = [path.name for number, path in group if number == twice[0]]
        raise MediaError(
            tr(
                "{folder} holds frame {frame} twice: {first} and {second}.",
                folder=group[0][1].parent,
                frame=twice[0],
                first=names[0],
                second=names[1],
            ),
            tr("Move one of them to another folder."),
        )
    first = group[0][1]
    run = list(re.finditer(r"[0-9]+", first.stem))[place]
    pattern = f"{first.stem[: run.start()]}{'#' * len(run[0])}{first.stem[run.end() :]}{first.suffix}"
    stem = first.stem[: run.start()].rstrip("._- ")
    return PictureSequence(tuple(path for _, path in group), numbers, pattern, stem)


def _kind(path: Path) -> str:
    return re.sub(r"[0-9]+", "#", path.stem) + path.suffix.lower()


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part.lower()) for part in parts] + [
        (0, 0, name)
    ]
