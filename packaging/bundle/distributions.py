"""Which installed packages the files of a build come from."""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata as installed
from pathlib import Path

from bundle.contents import Entry

OWN = "cfbi-studio"


def of(entries: Iterable[Entry]) -> list[str]:
    """Names of the packages that have one of the files, with CFBI Studio itself.

    Args:
        entries: What PyInstaller collected.
    """
    owners, importable = _owners()
    found = {OWN}
    for place, source, kind in entries:
        owner = owners.get(os.path.realpath(source)) if kind != "SYMLINK" else None
        if owner is not None:
            found.add(owner)
        elif kind.startswith("PYMODULE") or place.endswith(".pyc"):  # compiled anew, so it is nobody's file
            found |= set(importable.get(re.split(r"[./\\]", place)[0], ()))
    if "PySide6_Essentials" in found:
        found.add("PySide6")  # has no files, but is what people know the version of
    return sorted(found, key=str.lower)


def metadata(names: Iterable[str], folder: Path) -> list[Entry]:
    """Write what `importlib.metadata` reads names and versions of packages from.

    The rest of their records, such as where they were installed from, is nobody's business.

    Args:
        names: Of packages.
        folder: For the files.

    Returns:
        An entry for each.
    """
    entries = []
    for name in names:
        found = installed.metadata(name)
        # a lookup takes all up to the first hyphen for the name
        place = f"{found['Name'].replace('-', '_')}-{found['Version']}.dist-info/METADATA"
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"Metadata-Version: 2.1\nName: {found['Name']}\nVersion: {found['Version']}\n", encoding="utf-8"
        )
        entries.append((place, str(path), "DATA"))
    return entries


@lru_cache(maxsize=1)
def _owners() -> tuple[dict[str, str], dict[str, set[str]]]:
    """The package of each installed file, and the packages that have files under a name at the top."""
    owners: dict[str, str] = {}
    importable: dict[str, set[str]] = defaultdict(set)
    for distribution in installed.distributions():
        name = distribution.name  # is parsed anew at each look
        base = os.path.realpath(str(distribution.locate_file("")))
        # the record itself: `distribution.files` makes a path object of each of its thousands of lines
        for row in csv.reader((distribution.read_text("RECORD") or "").splitlines()):
            owners[os.path.normpath(os.path.join(base, row[0]))] = name
            importable[row[0].split("/")[0].removesuffix(".py")].add(name)
    return owners, importable
