"""Knows a clip again wherever it lies and whatever it is called, without reading all of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from app.media.sequence import SUFFIXES

_PART_BYTES = 1 << 16


def fingerprint(path: Path) -> str:
    """A short hash of a clip's content.

    Of a file: its size and 64 KiB from its head, middle and tail. Of a folder of pictures: all names and
    sizes, and those parts of the first, the middle and the last picture. The clip's own name plays no part.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    if path.is_dir():
        pictures = sorted(item for item in path.iterdir() if item.suffix.lower() in SUFFIXES)
        for picture in pictures:
            digest.update(f"{picture.name}\0{picture.stat().st_size}\n".encode())
        for place in sorted({0, len(pictures) // 2, len(pictures) - 1}) if pictures else ():
            _add_parts(digest, pictures[place])
    else:
        _add_parts(digest, path)
    return digest.hexdigest()[:32]


def find_clip(mark: str, size: int | None, folder: Path, limit: int = 2000) -> Path | None:
    """Look for a clip by its fingerprint in a folder and the folders in it.

    Args:
        mark: Its fingerprint.
        size: Its size in bytes; None for a folder of pictures.
        folder: Where to look.
        limit: How many files and folders are looked at at most.
    """
    for place, item in enumerate(_items(folder)):
        if place >= limit:
            break
        try:
            fits = item.is_dir() if size is None else item.is_file() and item.stat().st_size == size
            if fits and fingerprint(item) == mark:
                return item
        except OSError:
            continue
    return None


def clip_size(path: Path) -> int | None:
    """Size of a clip's file in bytes; None for a folder.

    Raises:
        OSError: It cannot be read.
    """
    return None if path.is_dir() else path.stat().st_size


def _items(folder: Path) -> Iterator[Path]:
    inner: list[Path] = []
    for depth in range(2):
        for parent in [folder] if depth == 0 else inner:
            try:
                found = sorted(parent.iterdir())
            except OSError:
                continue
            for item in found:
                if not item.name.startswith("."):
                    yield item
                    if depth == 0 and item.is_dir():
                        inner.append(item)


def _add_parts(digest: hashlib._Hash, path: Path) -> None:
    size = path.stat().st_size
    digest.update(f"{size}\n".encode())
    with path.open("rb") as stream:
        for start in sorted({0, max(0, size // 2 - _PART_BYTES // 2), max(0, size - _PART_BYTES)}):
            stream.seek(start)
            digest.update(stream.read(_PART_BYTES))
