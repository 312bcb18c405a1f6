"""Which version of the code a build is of."""

from __future__ import annotations

from importlib.metadata import version as version_of
from pathlib import Path

from app.worker.cli.checkout import STAMP_NAME, commit_of_code


def write(folder: Path) -> tuple[str, str]:
    """Write the commit of the code for `cfbi train`, which puts it into checkpoints.

    Args:
        folder: For the file.

    Returns:
        The file, and the folder of the build that it belongs into.
    """
    path = folder / STAMP_NAME
    path.write_text(commit_of_code() + "\n", encoding="utf-8")
    return str(path), "resources"


def version() -> str:
    """Of CFBI Studio."""
    return version_of("cfbi-studio")
