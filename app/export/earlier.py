"""What a sequence's report keeps of earlier exports whose frames lie in the same folder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Kind


def facts_of_folder(plan: ExportPlan, output: PlannedOutput) -> dict[str, Any]:
    """What the report of a sequence says of all frames that will lie there, asks the disk.

    Args:
        plan: The export.
        output: Which of its sequences, before it is given its name.

    Returns:
        ``numbers`` that this export writes, ``numbers_in_folder`` with those that lie there already, both as
        pairs of first and last number, and under ``earlier`` the reports of exports that wrote such frames,
        the oldest first; nothing for other exports than sequences.
    """
    if plan.preset.kind is not Kind.SEQUENCE:
        return {}
    written = {frame.number for frame in plan.frames}
    lying = (
        set() if plan.options.overwrite else _numbers_lying(output)
    )  # that replaces the sequence as a whole
    facts: dict[str, Any] = {"numbers": _spans(written), "numbers_in_folder": _spans(written | lying)}
    earlier = _earlier(output, lying - written)
    return facts | {"earlier": earlier} if earlier else facts


def _numbers_lying(output: PlannedOutput) -> set[int]:
    matches = (re.fullmatch(output.pattern, path.name) for path in output.stale())
    return {int(match[1]) for match in matches if match is not None}


def _earlier(output: PlannedOutput, lying: set[int]) -> list[dict[str, Any]]:
    """Former reports, each with those of its frames that still lie there and no later export wrote."""
    try:
        former = json.loads(output.report.read_text(encoding="utf-8"))
        reports = [*former.pop("earlier", []), former]
    except (OSError, ValueError, AttributeError, TypeError):
        return []  # none, or none of ours
    found: list[dict[str, Any]] = []
    for report in reversed(reports):
        try:
            numbers = {n for first, last in report["numbers"] for n in lying if first <= n <= last}
        except (LookupError, TypeError, ValueError):
            continue
        lying = lying - numbers
        if numbers:
            report.pop("numbers_in_folder", None)
            found.insert(0, {**report, "frames": len(numbers), "numbers": _spans(numbers)})
    return found


def _spans(numbers: Iterable[int]) -> list[list[int]]:
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return spans
