"""Takes as JSON types. Their masks lie elsewhere and are named, so that those that are shared lie there once.

Free of Qt.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.document.mask_store import StoredMask
from app.document.storage.work_json import frame_key, from_ranges, to_ranges
from app.document.takes import TakenFrame, TakeRecord

_MAX_ID = 1 << 53


def takes_to_json(
    takes: Iterable[TakeRecord], name: Callable[[StoredMask], str | int]
) -> list[dict[str, Any]]:
    """Takes with their masks by name.

    Args:
        takes: The oldest first.
        name: Gives every mask a name; it is called for each one that is needed, perhaps repeatedly.
    """
    return [
        {
            "id": take.take_id,
            "text": take.text,
            "settled": to_ranges(take.settled),
            "frames": {
                str(index): [
                    None if taken.before is None else name(taken.before),
                    name(taken.after),
                    taken.change,
                ]
                for index, taken in sorted(take.frames.items())
            },
        }
        for take in takes
    ]


def takes_from_json(
    items: Iterable[Mapping[str, Any]], mask: Callable[[Any], StoredMask]
) -> tuple[TakeRecord, ...]:
    """The takes of `takes_to_json`.

    Args:
        items: The JSON types.
        mask: The mask that a name stands for; it raises what reading damaged files raises.

    Raises:
        ValueError: Something is damaged, or of the wrong type.
        KeyError: Something is missing.
    """
    found = tuple(_take(item, mask) for item in items)
    if len({take.take_id for take in found}) != len(found):
        raise ValueError("two takes have one id")
    return found


def _take(item: Mapping[str, Any], mask: Callable[[Any], StoredMask]) -> TakeRecord:
    take_id, text = item["id"], item["text"]
    if isinstance(take_id, bool) or not isinstance(take_id, int) or not 0 <= take_id < _MAX_ID:
        raise ValueError(f"{take_id!r} is no take")
    if not isinstance(text, str):
        raise ValueError("a take is damaged")  # noqa: TRY004 - one kind of error for all damage
    frames = {frame_key(key): _taken(value, mask) for key, value in item["frames"].items()}
    return TakeRecord(take_id, text, frames, frozenset(from_ranges(item["settled"])))


def _taken(value: Any, mask: Callable[[Any], StoredMask]) -> TakenFrame:
    before, after, change = value
    is_number = isinstance(change, (int, float)) and not isinstance(change, bool)
    if not is_number or not math.isfinite(change) or not 0 <= change <= 1:
        raise ValueError(f"{change!r} is no change")
    return TakenFrame(None if before is None else mask(before), mask(after), float(change))
