"""Locked pixels as JSON types and bytes. Frames with the same region share its bytes. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.document.locked import LockedRegion, read_region
from app.document.storage.work_json import from_ranges, to_ranges

_MAX_SIDE_PX = 1 << 16


def regions_to_json(
    regions: Mapping[int, LockedRegion | None],
) -> list[tuple[dict[str, Any], bytes | None]]:
    """Frames that share a region, and the bytes of it; None for frames without locked pixels."""
    frames: dict[LockedRegion | None, list[int]] = {}
    for index, region in sorted(regions.items()):
        frames.setdefault(region, []).append(index)
    return [
        (
            {"frames": to_ranges(indices), "shape": None if region is None else list(region.shape)},
            None if region is None else region.data,
        )
        for region, indices in frames.items()
    ]


def regions_from_json(
    items: Iterable[tuple[Mapping[str, Any], bytes | None]],
) -> dict[int, LockedRegion | None]:
    """The regions of `regions_to_json`, by frame index.

    Raises:
        ValueError: Something is damaged, or of the wrong type.
        KeyError: Something is missing.
    """
    found: dict[int, LockedRegion | None] = {}
    for item, data in items:
        region = None if data is None else read_region(_shape(item["shape"]), data)
        for index in from_ranges(item["frames"]):
            if index in found:
                raise ValueError(f"frame {index} has two locked regions")
            found[index] = region
    return found


def _shape(value: Any) -> tuple[int, int]:
    height, width = value
    for side in (height, width):
        if isinstance(side, bool) or not isinstance(side, int) or not 0 < side <= _MAX_SIDE_PX:
            raise ValueError(f"{side!r} is no size")
    return height, width
