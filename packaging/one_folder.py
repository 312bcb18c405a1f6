"""Make a folder that runs CFBI Studio without Python: `python packaging/one_folder.py [--out DIR]`.

Needs project and PyInstaller in the environment: `pip install -c constraints.txt -e ".[build,otio]"`, or
`python3 run.py build`, which sees to it. `bundle/contents.py` says what the folder holds. It runs on the
kind of system that it was made on. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bundle import contents, licences

SPEC = Path(__file__).resolve().parent / "bundle" / "studio.spec"
_NEEDED = {
    "PyInstaller": 'pip install -c constraints.txt -e ".[build]"',
    "opentimelineio": 'pip install -c constraints.txt -e ".[otio]"',
}
_README = """\
CFBI Studio
===========

Start cfbi-studio. The command line is cfbi in the same folder: `cfbi --help`.

Keep the folder together; it can lie anywhere. Settings, logs and imported weights are in the usual folders
of your account, the same as of an installation with Python. To remove the program, delete the folder.

What it contains and under which licences is in licences/README.txt.
"""


class BuildError(Exception):
    """The folder cannot be made; the message says what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the folder; returns the exit status."""
    parser = argparse.ArgumentParser(description="Make a folder that runs CFBI Studio without Python.")
    parser.add_argument(
        "--out",
        type=Path,
        default=contents.ROOT / "dist",
        help="where the folder cfbi-studio is made (default: dist)",
    )
    options = parser.parse_args(arguments)
    try:
        folder = build(options.out.resolve())
    except BuildError as error:
        sys.stderr.write(f"one_folder: error: {error}\n")
        return 1
    sys.stdout.write(f"{folder}: {megabytes(folder)} MB\n")
    for name, size in largest(folder):
        sys.stdout.write(f"  {size:5d} MB  {name}\n")
    return 0


def build(out: Path) -> Path:
    """Make the folder in a new place, and put it into the place of a former one when it is finished.

    Args:
        out: Folder for it.

    Returns:
        The folder with the programs.

    Raises:
        BuildError: Something is missing, or PyInstaller failed.
    """
    for module, remedy in _NEEDED.items():
        if importlib.util.find_spec(module) is None:
            raise BuildError(f"{module} is not installed.\n  {remedy}")
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".cfbi-build-", dir=out) as scratch:
        work, made = Path(scratch) / "work", Path(scratch) / "made"
        _run_pyinstaller(work, made)
        listed = json.loads(next(work.rglob(contents.LIST_NAME)).read_text(encoding="utf-8"))
        folder = made / contents.FOLDER
        # PyInstaller's loader is part of the programs
        names = sorted({*listed["distributions"], "pyinstaller"})
        licences.write(folder / "licences", names, [tuple(entry) for entry in listed["entries"]])
        for name in ("LICENSE", "NOTICE"):
            shutil.copy(contents.ROOT / name, folder)
        (folder / "README.txt").write_text(_README, encoding="utf-8")
        for path in sorted(made.iterdir()):
            _replace(path, out / path.name)
    return out / contents.FOLDER


def _run_pyinstaller(work: Path, made: Path) -> None:
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
        *("--workpath", str(work), "--distpath", str(made), str(SPEC)),
    ]
    # its cache would otherwise lie in the home folder
    quiet = {"PYTHONWARNINGS": "ignore::DeprecationWarning"}  # of what PyInstaller imports to look at it
    environment = os.environ | {"PYINSTALLER_CONFIG_DIR": str(work / "cache")} | quiet
    if subprocess.run(command, env=environment, check=False).returncode != 0:
        raise BuildError("PyInstaller failed, see above.")


def _replace(made: Path, place: Path) -> None:
    if place.is_dir():
        shutil.rmtree(place)
    made.rename(place)


def megabytes(path: Path) -> int:
    """Size of a file or of all files in a folder, in millions of bytes; links count as nothing."""
    files = path.rglob("*") if path.is_dir() else [path]
    return round(sum(file.stat().st_size for file in files if file.is_file() and not file.is_symlink()) / 1e6)


def largest(folder: Path, count: int = 12) -> list[tuple[str, int]]:
    """The largest parts of the folder and their sizes, in millions of bytes."""
    inner = folder / "_internal"
    parts = [(path.name, megabytes(path)) for path in [*inner.iterdir(), *folder.iterdir()] if path != inner]
    return sorted(parts, key=lambda part: -part[1])[:count]


if __name__ == "__main__":
    sys.exit(main())
