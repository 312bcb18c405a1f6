"""What a folder of exported masks holds of a clip, and clearing away what an earlier export left there.

Only files that we name so ourselves are looked at: ``index/STEM_00000.png``, ``matte/STEM_00000.png`` and
``matte/ID/STEM_00000.png``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path


def exported_files(folder: Path, stem: str) -> list[Path]:
    """The files of a clip's exports.

    Args:
        folder: Of the export.
        stem: The clip's, with which its files begin.

    Returns:
        Paths in order; none where there is no such folder.
    """
    name = re.compile(re.escape(stem) + r"_[0-9]{5,}\.png")
    places = [folder / "index", folder / "matte"]
    with suppress(OSError):
        places += sorted(
            path for path in (folder / "matte").iterdir() if re.fullmatch("[0-9]{1,3}", path.name)
        )
    found: list[Path] = []
    for place in places:
        with suppress(OSError):
            found += sorted(path for path in place.iterdir() if name.fullmatch(path.name) and path.is_file())
    return found


def remove_stale(folder: Path, stem: str, written: Collection[Path]) -> int:
    """Remove a clip's files of earlier exports, so that a folder never mixes two.

    Args:
        folder: Of the export.
        stem: The clip's.
        written: What the new export wrote; these stay.

    Returns:
        How many files were removed. Files that cannot be removed stay.
    """
    kept, count = set(written), 0
    for path in exported_files(folder, stem):
        if path not in kept:
            with suppress(OSError):
                path.unlink()
                count += 1
    with suppress(OSError):
        for place in (folder / "matte").iterdir():
            if re.fullmatch("[0-9]{1,3}", place.name):
                with suppress(OSError):
                    place.rmdir()  # only if nothing is left in it
    return count
