"""The work without its masks, as JSON types. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.document.finish import MatteFinish
from app.document.objects import VOID, ObjectInfo
from app.document.references import Reference, ReferenceTable, frozen
from app.document.snapshot import Work
from app.document.unfinished import UnfinishedRun

_MAX_FRAMES = 1 << 31


def work_to_json(work: Work) -> dict[str, Any]:
    """Everything but the masks."""
    reviewed: dict[int, list[int]] = {}
    for frame_index, object_id in work.reviewed:
        reviewed.setdefault(object_id, []).append(frame_index)
    run = work.unfinished_run
    return {
        "objects": [_object_to_json(info) for info in work.objects],
        "retired_ids": sorted(work.retired_ids),
        "references": [
            {
                "frame": reference.frame_index,
                "confirmed": sorted(reference.confirmed),
                "left_out": sorted(reference.left_out),
                "enabled": reference.enabled,
            }
            for reference in work.reference_table.values()
        ],
        "declined_references": to_ranges(work.declined_references),
        "in_point": work.in_point,
        "out_point": work.out_point,
        "locked_frames": to_ranges(work.locked_frames),
        "reviewed": {str(key): to_ranges(frames) for key, frames in sorted(reviewed.items())},
        "view": {"frame": work.current_frame, "object": work.current_object_id},
        "unfinished_run": None if run is None else run.to_json(),
    }


def work_from_json(data: Mapping[str, Any]) -> Work:
    """Work without masks.

    Raises:
        ValueError: Something is of the wrong type, out of range or contradicts itself.
        KeyError: Something is missing.
    """
    objects = tuple(_object_from_json(item) for item in data["objects"])
    if len({info.object_id for info in objects}) != len(objects):
        raise ValueError("two objects have one id")
    in_point, out_point = (_point(data[key]) for key in ("in_point", "out_point"))
    if in_point is not None and out_point is not None and in_point > out_point:
        raise ValueError("the in point lies after the out point")
    run = data["unfinished_run"]
    view = data["view"]
    return Work(
        objects=objects,
        reference_table=_references(data["references"], frozenset(info.object_id for info in objects)),
        # what was written before they were kept has none
        declined_references=frozenset(from_ranges(data.get("declined_references", ()))),
        in_point=in_point,
        out_point=out_point,
        locked_frames=frozenset(from_ranges(data["locked_frames"])),
        reviewed=frozenset(
            (frame_index, _object_id(int(key)))
            for key, ranges in data["reviewed"].items()
            for frame_index in from_ranges(ranges)
        ),
        retired_ids=frozenset(_object_id(value) for value in data["retired_ids"]),
        current_frame=_frame(view["frame"]),
        current_object_id=_whole(view["object"], 0, VOID - 1, "object id"),
        unfinished_run=None if run is None else UnfinishedRun.from_json(run),
    )


def to_ranges(frames: Iterable[int]) -> list[list[int]]:
    """Frame indices as first and last of each unbroken stretch, ascending."""
    found: list[list[int]] = []
    for index in sorted(frames):
        if found and index == found[-1][1] + 1:
            found[-1][1] = index
        else:
            found.append([index, index])
    return found


def from_ranges(ranges: Iterable[Iterable[int]]) -> Iterable[int]:
    """The frame indices of `to_ranges`.

    Raises:
        ValueError: They are none.
    """
    total = 0
    for first, last in ranges:
        _frame(first)
        total += _frame(last) - first + 1
        if last < first or total > 10_000_000:
            raise ValueError("frames are out of order")
        yield from range(first, last + 1)


def frame_key(text: str) -> int:
    """A frame index that is a key in JSON.

    Raises:
        ValueError: It is none.
    """
    index = int(text)
    if not 0 <= index < _MAX_FRAMES or str(index) != text:
        raise ValueError(f"{text!r} is no frame")
    return index


def _object_to_json(info: ObjectInfo) -> dict[str, Any]:
    return {
        "id": info.object_id,
        "name": info.name,
        "color": list(info.color),
        "visible": info.visible,
        "solo": info.solo,
        "locked": info.locked,
        "finish": info.finish.to_json(),
    }


def _object_from_json(item: Mapping[str, Any]) -> ObjectInfo:
    red, green, blue = (_whole(value, 0, 255, "colour") for value in item["color"])
    flags = [item[key] for key in ("visible", "solo", "locked")]
    if not isinstance(item["name"], str) or not all(isinstance(flag, bool) for flag in flags):
        raise ValueError("an object is damaged")
    visible, solo, locked = flags
    finish = MatteFinish.from_json(item["finish"])
    return ObjectInfo(_object_id(item["id"]), item["name"], (red, green, blue), visible, solo, locked, finish)


def _references(items: Iterable[Mapping[str, Any]], known: frozenset[int]) -> ReferenceTable:
    """References by frame.

    Up to schema version 5 a reference taught all objects that its mask showed, or those of a list: nobody
    asked who drew them, so they count as confirmed.
    """
    table: dict[int, Reference] = {}
    for item in items:
        if not isinstance(item["enabled"], bool):
            raise ValueError("a reference is damaged")  # noqa: TRY004 - one kind of error for all damage
        if "objects" in item:
            taught = known if item["objects"] is None else frozenset(map(_object_id, item["objects"]))
            confirmed, left_out = taught, known - taught
        else:
            confirmed, left_out = (frozenset(map(_object_id, item[key])) for key in ("confirmed", "left_out"))
        index = _frame(item["frame"])
        table[index] = Reference(index, confirmed, left_out, item["enabled"])
    return frozen(table)


def _point(value: object) -> int | None:
    return None if value is None else _frame(value)


def _frame(value: object) -> int:
    return _whole(value, 0, _MAX_FRAMES, "frame")


def _object_id(value: object) -> int:
    return _whole(value, 1, VOID - 1, "object id")


def _whole(value: object, low: int, high: int, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{value!r} is no {what}")
    return value
