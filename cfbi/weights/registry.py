"""Which weights there are: those that ship with the program and those that the user imported.

Each is a ``NAME.safetensors`` with a ``NAME.json`` beside it, which says where the numbers come from.
"""

import json
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from cfbi.errors import WeightsError


@dataclass(frozen=True)
class WeightsInfo:
    """One weights file.

    Attributes:
        name: Name in the registry.
        path: The file.
        model: Name of the network that it fits.
        sha256: Of the file.
        licence: SPDX name or a sentence.
        shipped: Whether it came with the program.
        provenance: Training data, recipe, commit, seed, scores, as far as known.
    """

    name: str
    path: Path
    model: str
    sha256: str
    licence: str
    shipped: bool
    provenance: dict[str, Any] = field(default_factory=dict)


def shipped_folder() -> Path:
    """The folder of the weights that come with the program."""
    return Path(str(resources.files("resources"))) / "weights"


def user_folder() -> Path:
    """The folder of imported weights; it may not exist yet."""
    return user_data_path("cfbi-studio") / "weights"


def available() -> list[WeightsInfo]:
    """All registered weights, shipped ones first. An unreadable description is left out."""
    found: list[WeightsInfo] = []
    for folder, shipped in ((shipped_folder(), True), (user_folder(), False)):
        for description in sorted(folder.glob("*.json")) if folder.is_dir() else ():
            entry = _read(description, shipped)
            if entry is not None:
                found.append(entry)
    return found


def info(name: str) -> WeightsInfo:
    """Look weights up by name.

    Raises:
        WeightsError: Nothing is registered under this name.
    """
    entries = available()
    for entry in entries:
        if entry.name == name:
            return entry
    known = ", ".join(entry.name for entry in entries) or "none"
    raise WeightsError(
        f"There are no weights named {name!r}.", f"Registered: {known}. A path to a file works too."
    )


def _read(description: Path, shipped: bool) -> WeightsInfo | None:
    try:
        content = json.loads(description.read_text(encoding="utf-8"))
        return WeightsInfo(
            name=description.stem,
            path=description.with_suffix(".safetensors"),
            model=str(content["model"]),
            sha256=str(content["sha256"]),
            licence=str(content.get("licence", "unknown")),
            shipped=shipped,
            provenance=dict(content.get("provenance", {})),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
