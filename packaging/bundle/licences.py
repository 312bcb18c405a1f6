"""The licences of everything that a build contains, as files beside it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata as installed
from pathlib import Path

from bundle.contents import SYSTEM_FOLDERS, Entry
from bundle.distributions import OWN

TEXTS = Path(__file__).resolve().parent / "texts"
_NAMES = re.compile(r"(LICEN[CS]E|COPYING|NOTICE|COPYRIGHT|AUTHORS).*", re.IGNORECASE)

_INTRODUCTION = """\
Licences of what this folder contains
=====================================

CFBI Studio itself is under the Apache License 2.0: LICENSE and NOTICE, beside this folder. It comes with the
work of others, each under its own licence. Their texts are in the folders here.

Qt and PySide6 are used under the GNU Lesser General Public License 3.0 (LGPL-3.0.txt, which adds to
GPL-3.0.txt). Their libraries are files of their own in _internal/PySide6 and may be replaced by others of
the same version that you built. Sources: https://download.qt.io/official_releases/qt/ and
https://download.qt.io/official_releases/QtForPython/pyside6/. OpenCV brings parts of Qt 5 and FFmpeg, under
the LGPL as well; opencv-python names them, and where their sources are.

ffmpeg, in _internal/imageio_ffmpeg/binaries, is a program of its own that CFBI Studio starts. It is under
the GNU General Public License 3.0 (GPL-3.0.txt). ffmpeg/version.txt says which sources it was built from and
how. Sources: https://ffmpeg.org/download.html; who passes this folder on has to offer them too.

The programs begin with the loader of PyInstaller, whose licence allows that for programs under any licence.

"""


@dataclass(frozen=True)
class Notice:
    """What is said of one part.

    Attributes:
        name: Of the part.
        version: Of the part, as its makers write it.
        licence: SPDX expression, or what the makers say in one line.
        folder: Where its texts are; empty if they came without any.
    """

    name: str
    version: str
    licence: str
    folder: str


def write(folder: Path, names: Iterable[str], entries: Sequence[Entry]) -> list[Notice]:
    """Write texts of all licences, and a table of them as ``README.txt``.

    Args:
        folder: Is made anew.
        names: Packages that are in the build.
        entries: Files of the build.

    Returns:
        What the table has.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for path in TEXTS.glob("*.txt"):
        shutil.copy(path, folder)
    notices = [_of_package(name, folder) for name in names if name != OWN]
    notices.append(_of_python(folder))
    notices += [_of_ffmpeg(Path(source), folder) for name, source, _ in entries if _is_ffmpeg(name)]
    notices += _of_system(sorted({source for _, source, kind in entries if kind == "BINARY"}), folder)
    notices.sort(key=lambda notice: notice.name.lower())
    (folder / "README.txt").write_text(_INTRODUCTION + table(notices), encoding="utf-8")
    return notices


def table(notices: Sequence[Notice]) -> str:
    """Notices as columns of plain text."""
    rows = [("part", "version", "texts in", "licence")]
    rows += [(n.name, n.version, n.folder or "-", n.licence) for n in notices]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) + "\n"
        for row in rows
    )


def licence_of(facts: installed.PackageMetadata) -> str:
    """What a package says of its licence, in one line: its expression, else its field or classifiers."""
    stated = (facts.get("License-Expression") or facts.get("License") or "").strip()
    classified = [
        line.rpartition(" :: ")[2]
        for line in facts.get_all("Classifier") or []
        if line.startswith("License ::") and line != "License :: OSI Approved"
    ]
    first = stated.splitlines()[0].strip() if stated else ""
    if first and len(first) <= 200 and stated == first:
        return first
    return ", ".join(classified) or first or "see its texts"


def _of_package(name: str, folder: Path) -> Notice:
    distribution = installed.distribution(name)
    files = [
        file for file in distribution.files or () if _NAMES.fullmatch(file.name) or "licenses" in file.parts
    ]
    recorded = [file for file in files if any(part.endswith(".dist-info") for part in file.parts)]
    place = folder / distribution.name
    for file in recorded or files:
        parts = [part for part in file.parts if not part.endswith(".dist-info") and part != "licenses"]
        target = place.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(str(file.locate()), target)
    licence = licence_of(distribution.metadata)
    texts = place.name if place.is_dir() else "LGPL-3.0.txt" if "LGPL-3.0" in licence else ""
    return Notice(distribution.name, distribution.version, licence, texts)


def _of_python(folder: Path) -> Notice:
    candidates = (
        Path(os.__file__).with_name("LICENSE.txt"),
        Path(sys.base_prefix) / "LICENSE.txt",
        Path(f"/usr/share/doc/python{sys.version_info[0]}.{sys.version_info[1]}/copyright"),
    )
    place = folder / "Python"
    for path in candidates:
        if path.is_file():
            place.mkdir(exist_ok=True)
            shutil.copyfile(path, place / "LICENSE.txt")
            break
    return Notice("Python", sys.version.split()[0], "PSF-2.0", place.name if place.is_dir() else "")


def _is_ffmpeg(name: str) -> bool:
    return re.fullmatch(r"imageio_ffmpeg/binaries/ffmpeg-[^/]*", name.replace("\\", "/")) is not None


def _of_ffmpeg(program: Path, folder: Path) -> Notice:
    place = folder / "ffmpeg"
    place.mkdir()
    told = {}
    for option, name in (("-version", "version.txt"), ("-L", "licence.txt")):
        answer = subprocess.run(
            [str(program), "-hide_banner", option], capture_output=True, text=True, check=True
        )
        told[name] = answer.stdout
        (place / name).write_text(answer.stdout, encoding="utf-8")
    version = told["version.txt"].split()[2]
    return Notice("ffmpeg", version, ffmpeg_licence(told["version.txt"]), place.name)


def ffmpeg_licence(told: str) -> str:
    """The licence that follows from how an ffmpeg was configured, which `ffmpeg -version` tells."""
    if "--enable-nonfree" in told:
        raise ValueError("This ffmpeg was built with --enable-nonfree: it may not be passed on.")
    kind = "GPL" if "--enable-gpl" in told else "LGPL"
    oldest = "3.0" if "--enable-version3" in told else "2.0" if kind == "GPL" else "2.1"
    return f"{kind}-{oldest}-or-later"


def _of_system(sources: Iterable[str], folder: Path) -> list[Notice]:
    """Libraries of the system that the build was made on: by package where dpkg knows them, else by file."""
    notices = {}
    for source in sources:
        if not source.startswith(SYSTEM_FOLDERS):
            continue
        name, version = _debian_package(Path(source))
        copyright_file = Path("/usr/share/doc") / name / "copyright"
        place = folder / "system" / name
        if copyright_file.is_file():
            place.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(copyright_file, place / "copyright")
        texts = f"system/{name}" if place.is_dir() else ""
        notices[name] = Notice(name, version, "see its texts" if texts else "see its makers", texts)
    return list(notices.values())


def _debian_package(library: Path) -> tuple[str, str]:
    if shutil.which("dpkg-query") is None:
        return library.name, ""
    # packages may name the file by the folders that /lib was before it became a link
    resolved = library.resolve()
    for path in dict.fromkeys((str(library), str(resolved), str(resolved).removeprefix("/usr"))):
        owner = subprocess.run(["dpkg-query", "-S", path], capture_output=True, text=True, check=False)
        if owner.returncode == 0:
            name = owner.stdout.split(":")[0].split(",")[0].strip()
            shown = subprocess.run(
                ["dpkg-query", "-W", "-f", "${Version}\n", name], capture_output=True, text=True, check=False
            )
            return name, shown.stdout.split("\n")[0]
    return library.name, ""
