"""Which version of the code is running, for provenance."""

from __future__ import annotations

import subprocess
from pathlib import Path


def commit_of_code() -> str:
    """Commit of the running code, with "-dirty" for changes on top; "unknown" outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
