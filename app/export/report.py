"""What an export did, and what was found when its files were opened again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Check:
    """One thing that was compared.

    Attributes:
        name: What.
        expected: As it was meant.
        found: As it was read back.
        passed: Whether these agree within the preset's bound.
    """

    name: str
    expected: str
    found: str
    passed: bool


@dataclass(frozen=True)
class OutputReport:
    """A movie, sequence or data set that was written and verified.

    Attributes:
        label: What it shows: an object's name, or "combined".
        path: The file, or the folder of a sequence.
        files: All files.
        frame_count: Frames in it.
        checks: What was verified.
        sidecar: The report file beside it.
    """

    label: str
    path: Path
    files: tuple[Path, ...]
    frame_count: int
    checks: tuple[Check, ...]
    sidecar: Path


@dataclass(frozen=True)
class ExportReport:
    """A whole export.

    Attributes:
        outputs: What was written, in order.
        missing: Frame indices that had no matte of their own.
        warnings: What the user should know.
    """

    outputs: tuple[OutputReport, ...]
    missing: tuple[int, ...]
    warnings: tuple[str, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """All files but the reports."""
        return tuple(path for output in self.outputs for path in output.files)


@dataclass(frozen=True)
class ExportProgress:
    """How far an export is.

    Attributes:
        label: Of the output at work.
        stage: "write" or "verify".
        done: Frames written and verified so far, each counted once for either, over all outputs.
        total: What ``done`` will be at the end.
    """

    label: str
    stage: str
    done: int
    total: int


def ranges_text(frames: tuple[int, ...] | list[int]) -> str:
    """Frame indices in few words: "3-7, 12"."""
    parts: list[list[int]] = []
    for index in frames:
        if parts and index == parts[-1][1] + 1:
            parts[-1][1] = index
        else:
            parts.append([index, index])
    return ", ".join(str(low) if low == high else f"{low}-{high}" for low, high in parts)


def sidecar_text(facts: dict[str, Any], checks: tuple[Check, ...]) -> str:
    """The text of a report file.

    Args:
        facts: What was written, in words and numbers.
        checks: What was verified.
    """
    listed = [
        {"check": item.name, "expected": item.expected, "found": item.found, "passed": item.passed}
        for item in checks
    ]
    return json.dumps({**facts, "verified": listed}, indent=2, ensure_ascii=False) + "\n"
