"""Locked pixels: a region of a frame that nothing may change, whatever objects lie there. Free of Qt."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.document.mask_store import Mask, StoredMask, pack
from app.document.packed_matte import Fine
from app.i18n import tr, trn

Region = NDArray[np.bool_]

_LEVEL = 6
_DECODED_KEPT = 8


@dataclass(frozen=True)
class LockedRegion:
    """The locked pixels of a frame, compressed and immutable, so that frames and undo steps can share them.

    Attributes:
        shape: (height, width) in pixels.
        data: Compressed bits, row by row, eight pixels a byte.
        pixel_count: How many pixels are locked, 1 or more.
    """

    shape: tuple[int, int]
    data: bytes
    pixel_count: int

    @property
    def planes(self) -> tuple[bytes, ...]:
        """All compressed data, as ``StoredMask.planes``."""
        return (self.data,)

    @property
    def nbytes(self) -> int:
        """Size of the compressed data in bytes."""
        return len(self.data)

    def pixels(self) -> Region:
        """(H, W) bool, read-only. The last few that were asked for are kept decoded."""
        return _pixels(self)


RegionTable = Mapping[int, LockedRegion]
"""Locked regions by frame index; a frame without one is left out."""

NO_REGIONS: RegionTable = MappingProxyType({})


@functools.lru_cache(maxsize=_DECODED_KEPT)
def _pixels(region: LockedRegion) -> Region:
    height, width = region.shape
    size = (height * width + 7) // 8
    # one byte more than there may be is enough to see that there is too much
    packed = zlib.decompressobj().decompress(region.data, size + 1)
    if len(packed) != size:
        raise ValueError("locked pixels are of another size")
    found = np.unpackbits(np.frombuffer(packed, np.uint8), count=height * width)
    pixels: Region = found.reshape(region.shape).view(np.bool_)
    pixels.setflags(write=False)
    return pixels


def locked_region(pixels: Region) -> LockedRegion | None:
    """Compress the locked pixels of a frame, (H, W) bool; None if there are none."""
    count = int(np.count_nonzero(pixels))
    if not count:
        return None
    height, width = pixels.shape
    return LockedRegion((height, width), zlib.compress(np.packbits(pixels).data, _LEVEL), count)


def read_region(shape: tuple[int, int], data: bytes) -> LockedRegion:
    """A region that was written to a file.

    Args:
        shape: (height, width) of the masks that it belongs to.
        data: As in `LockedRegion`.

    Raises:
        ValueError: It is damaged, of another size, or locks nothing.
    """
    try:
        found = locked_region(_pixels(LockedRegion(shape, data, 1)))
    except zlib.error as error:
        raise ValueError("locked pixels are damaged") from error
    if found is None:
        raise ValueError("a locked region locks nothing")
    return found


def united_regions(first: LockedRegion | None, second: LockedRegion | None) -> LockedRegion | None:
    """What one or the other locks."""
    if first is None or second is None or first == second:
        return first or second
    return locked_region(first.pixels() | second.pixels())


@dataclass(frozen=True)
class Held:
    """The masks of a frame with the locked pixels as they were.

    Attributes:
        entry: The masks; None for no mask.
        pixel_count: How many locked pixels would have changed otherwise.
    """

    entry: StoredMask | None
    pixel_count: int = 0


def hold(before: StoredMask | None, after: StoredMask | None, region: LockedRegion | None) -> Held:
    """Take a change of a frame's masks, but for its locked pixels: those keep their objects and mattes.

    Args:
        before: Masks before the change, None for no mask.
        after: Masks after it.
        region: The locked pixels, None for none.

    Returns:
        ``after`` itself where it changes no locked pixel.
    """
    if region is None or after is before:
        return Held(after)
    place = region.pixels()
    empty: Mask = np.zeros(region.shape, np.uint8)
    was = empty if before is None else before.index_mask()
    index_mask = empty if after is None else after.index_mask()
    differs = place & (was != index_mask)
    soft = {*(() if before is None else before.mattes), *(() if after is None else after.mattes)}
    mattes: dict[int, Fine] = {}
    black: Fine = np.zeros(region.shape, np.uint16)
    for object_id in sorted(soft):
        former = black if before is None else before.fine_matte(object_id)
        matte = black if after is None else after.fine_matte(object_id)
        differs |= place & (former != matte)
        mattes[object_id] = np.where(place, former, matte)
    count = int(np.count_nonzero(differs))
    if not count:
        return Held(after)
    held = np.where(place, was, index_mask)
    if before is not None and _says_the_same(before, after, held, mattes):
        return Held(before, count)
    if after is None:
        assert before is not None
        kept = pack(held, before.source, {key: matte for key, matte in mattes.items() if matte.any()})
        kept = replace(kept, told_ids=before.told_ids)
        return Held(kept, count)
    kept = pack(held, after.source, mattes)
    kept = replace(kept, told_ids=after.told_ids, facts=after.facts, serial=after.serial, older=after.older)
    return Held(kept, count)


def _says_the_same(
    before: StoredMask, after: StoredMask | None, index_mask: Mask, mattes: Mapping[int, Fine]
) -> bool:
    """Whether all that would have changed is locked."""
    if after is not None and not after.known_ids <= before.known_ids:
        return False  # it was looked for an object that was not known there
    return np.array_equal(before.index_mask(), index_mask) and all(
        np.array_equal(before.fine_matte(object_id), matte) for object_id, matte in mattes.items()
    )


def holding(
    transform: Callable[[int, StoredMask], StoredMask | None], regions: RegionTable, counts: dict[int, int]
) -> Callable[[int, StoredMask], StoredMask | None]:
    """A change of many frames that leaves locked pixels alone.

    Args:
        transform: Frame index and masks to the masks as they should be.
        regions: Locked regions by frame index.
        counts: Is filled: how many pixels were left alone, by frame index.
    """

    def apply(frame_index: int, entry: StoredMask) -> StoredMask | None:
        counts.pop(frame_index, None)
        held = hold(entry, transform(frame_index, entry), regions.get(frame_index))
        if held.pixel_count:
            counts[frame_index] = held.pixel_count
        return held.entry

    return apply


def held_text(counts: Mapping[int, int]) -> str:
    """What to tell of locked pixels that were left alone, by frame index; empty for none."""
    total = sum(counts.values())
    if not total:
        return ""
    if len(counts) == 1:
        return trn(
            "{count:,} locked pixel of frame {frame} left as it is.",
            "{count:,} locked pixels of frame {frame} left as they are.",
            total,
            frame=next(iter(counts)),
        )
    return tr(
        "{pixels:,} locked pixels on {frames} frames left as they are.", pixels=total, frames=len(counts)
    )
