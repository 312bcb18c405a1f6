"""Which version of the code is running, for provenance."""

from __future__ import annotations

import subprocess
from importlib import resources
from pathlib import Path

STAMP_NAME = "commit.txt"
"""Beside the data of a one-folder build: the commit that it was made from."""


def commit_of_code() -> str:
    """Commit of the running code, with "-dirty" for changes on top; "unknown" outside a checkout."""
    try:
        return (resources.files("resources") / STAMP_NAME).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return _commit_of_checkout()


def _commit_of_checkout() -> str:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
