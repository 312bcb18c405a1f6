"""Masks of a clip, compressed per frame. Free of Qt."""

from __future__ import annotations

import enum
import threading
import zlib
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from app.document.counts import pixel_counts
from app.document.facts import FrameFacts
from app.document.losers import corrected_losers
from app.document.packed_matte import WHITE, Fine, PackedMatte, fine_from, pack_matte

Mask = NDArray[np.uint8]
_LEVEL = 3  # measured on 1080p masks: quicker than level 1 and smaller
_DECODED_KEPT = 6


class _Serials:
    """Counts masks. One for the process, since masks move between documents."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 1

    def take(self) -> int:
        with self._lock:
            taken, self._next = self._next, self._next + 1
            return taken

    def skip(self, serial: int) -> None:
        with self._lock:
            self._next = max(self._next, serial + 1)


_serials = _Serials()


def _weight(index: bytes, mattes: Mapping[int, PackedMatte]) -> dict[str, object]:
    """``planes`` and ``nbytes`` of a mask."""
    planes = [index]
    for matte in mattes.values():
        planes += (matte.coarse, matte.rest)
    return {"planes": tuple(planes), "nbytes": sum(map(len, planes))}


def note_serial(serial: int) -> None:
    """A mask with this serial was read from a file: those made from now on are younger."""
    _serials.skip(serial)


class MaskSource(enum.Enum):
    """Who made a mask. The network never overwrites what the user made."""

    USER = "user"
    PROPAGATED = "propagated"


@dataclass(frozen=True)
class StoredMask:
    """The masks of one frame, compressed and immutable, so that undo steps can share them.

    Attributes:
        shape: (height, width) in pixels.
        source: Who made it.
        index: Compressed (H, W) uint8 index mask.
        mattes: Per object id the compressed soft matte. An object without one is hard: its matte follows from
            the index mask.
        object_ids: Ids present in the index mask, ascending.
        hidden: Ids of removed objects that the compressed index mask still holds; they read as background.
            So an object goes from hundreds of frames at once, without decoding any.
        serial: Grows with every mask that is made: of two masks the one with the larger serial is younger.
            It travels with the mask through undo, redo and project files, and does not count as content.
        told_ids: Of a user mask: the objects that it speaks of, since the user drew them there; None for all
            of them. The others are as a run found them, or were not looked for: a run may draw them anew
            where the user painted nothing.
        facts: What the run that made the mask knows of its objects, by object id.
        older: Serials of objects that were there before this mask was made, and that it left as they were.
        planes: All compressed data: ``index`` and both parts of each matte. They are listed here because the
            window's thread counts what a whole clip holds.
        nbytes: Size of the compressed data in bytes.
    """

    shape: tuple[int, int]
    source: MaskSource
    index: bytes
    mattes: Mapping[int, PackedMatte] = field(default_factory=lambda: MappingProxyType({}))
    object_ids: tuple[int, ...] = ()
    hidden: frozenset[int] = frozenset()
    serial: int = field(default_factory=lambda: _serials.take(), compare=False)
    told_ids: frozenset[int] | None = None
    facts: Mapping[int, FrameFacts] = field(default_factory=lambda: MappingProxyType({}))
    older: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    planes: tuple[bytes, ...] = field(init=False, compare=False, repr=False)
    nbytes: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        vars(self).update(_weight(self.index, self.mattes))

    @property
    def known_ids(self) -> frozenset[int]:
        """Objects that the mask shows or that were looked for when it was made."""
        return frozenset(self.object_ids).union(self.mattes)

    def serial_of(self, object_id: int) -> int:
        """How young the mask of one object is, see ``serial``."""
        return self.older.get(object_id, self.serial)

    def tells_of(self, object_id: int) -> bool:
        """Whether the user has said where this object is on the frame, or that it is not there."""
        if self.source is not MaskSource.USER:
            return False
        return self.told_ids is None or object_id in self.told_ids

    @property
    def index_key(self) -> Hashable:
        """Equal where ``index_mask`` is equal, of masks of one clip; the serial outlives merging."""
        return self.index, self.hidden

    def matte_key(self, object_id: int) -> Hashable:
        """Equal where ``fine_matte`` of this object is equal, of masks of one clip."""
        return self.mattes.get(object_id) or (object_id, self.index_key)

    def index_mask(self) -> Mask:
        """(H, W) uint8 object ids, 0 = background, read-only."""
        mask = _unpack(self.index, self.shape)
        if not self.hidden:
            return mask
        table = np.arange(256, dtype=np.uint8)
        table[list(self.hidden)] = 0
        shown = table[mask]
        shown.setflags(write=False)
        return shown

    def matte(self, object_id: int) -> Mask:
        """(H, W) uint8 soft matte of one object, 0..255, read-only."""
        packed = self.mattes.get(object_id)
        if packed is not None:
            return packed.bytes_of(self.shape)
        hard: Mask = np.where(self.index_mask() == object_id, np.uint8(255), np.uint8(0))
        hard.setflags(write=False)
        return hard

    def fine_matte(self, object_id: int) -> Fine:
        """(H, W) uint16 soft matte of one object, 0..65535, read-only; `matte` is this in 8 bits."""
        packed = self.mattes.get(object_id)
        if packed is not None:
            return packed.fine(self.shape)
        hard: Fine = np.where(self.index_mask() == object_id, np.uint16(WHITE), np.uint16(0))
        hard.setflags(write=False)
        return hard


def pack(
    index_mask: Mask,
    source: MaskSource,
    mattes: Mapping[int, Mask | Fine] | None = None,
    object_ids: Iterable[int] | None = None,
) -> StoredMask:
    """Compress the masks of a frame.

    Args:
        index_mask: (H, W) uint8 object ids, 0 = background.
        source: Who made it.
        mattes: Per object id a soft matte, (H, W) uint8 in 0..255 or uint16 in 0..65535.
        object_ids: Ids present in ``index_mask``, if known; they are looked for otherwise.
    """
    height, width = index_mask.shape
    if object_ids is None:
        object_ids = np.flatnonzero(pixel_counts(index_mask)).tolist()
    present = tuple(sorted(int(value) for value in object_ids if value != 0))
    packed = {int(key): pack_matte(matte) for key, matte in (mattes or {}).items()}
    return StoredMask((height, width), source, _pack(index_mask), MappingProxyType(packed), present)


def aged(made: StoredMask, before: StoredMask | None, kept: Iterable[int]) -> StoredMask:
    """A new mask in which some objects are as old as they were, because it left them alone.

    Args:
        made: The new masks of a frame.
        before: The former ones, None for none.
        kept: Objects that are the same in both.
    """
    if before is None:
        return made
    ids = before.known_ids.intersection(kept) & made.known_ids
    return replace(made, older=MappingProxyType({key: before.serial_of(key) for key in sorted(ids)}))


def pack_probability(
    index_mask: Mask, probability: NDArray[np.float32], object_ids: Iterable[int]
) -> StoredMask:
    """Compress what the network computed for a frame.

    Args:
        index_mask: (H, W) uint8 object ids.
        probability: (O, H, W) float32, row 0 background.
        object_ids: Ids of rows 1..O-1.
    """
    rows = zip(object_ids, probability[1:], strict=True)
    return pack(index_mask, MaskSource.PROPAGATED, {object_id: fine_from(row) for object_id, row in rows})


def repacked(
    before: StoredMask | None,
    index_mask: Mask,
    changed: Mapping[int, Mask | Fine | None],
    edited: Set[int] | None = None,
    *,
    was: Mask | None = None,
) -> StoredMask:
    """The masks of a frame after the user edited it; what did not change is not compressed again.

    The user speaks of what he edited, and of every object that lost more than a nibble to it: both are
    corrected, see ``app.document.losers``. An object that lost less, or only some of its soft edge, is still
    as the network drew it, as old as it was and as far to be trusted.

    Args:
        before: Masks before the edit, None where there were none.
        index_mask: (H, W) uint8 after the edit.
        changed: Soft mattes that differ now, by object id, (H, W) uint8 in 0..255 or uint16 in 0..65535; None
            for an object that became hard.
        edited: Objects that the user worked on; None for all that changed.
        was: (H, W) uint8, the index mask of ``before``, if it was read already.
    """
    after = pack(index_mask, MaskSource.USER)
    mattes = {} if before is None else dict(before.mattes)
    for object_id, matte in changed.items():
        if matte is None:
            mattes.pop(object_id, None)
        else:
            mattes[object_id] = pack_matte(matte)
    if was is None:
        was = np.zeros_like(index_mask) if before is None else before.index_mask()
    facts = {} if before is None else before.facts
    if edited is None:
        differs = index_mask != was
        corrected = {*np.unique(index_mask[differs]).tolist(), *np.unique(was[differs]).tolist()} - {0}
        corrected |= changed.keys()
    else:
        corrected = set(edited | corrected_losers(was, index_mask, edited, facts))
    after = replace(
        after,
        mattes=MappingProxyType(mattes),
        told_ids=told_by(before, corrected),
        facts=MappingProxyType({key: fact for key, fact in facts.items() if key not in corrected}),
    )
    return aged(after, before, () if before is None else before.known_ids - corrected)


def told_by(before: StoredMask | None, edited: Set[int]) -> frozenset[int] | None:
    """The objects that a frame speaks of once the user has edited some on it, see ``StoredMask.told_ids``."""
    if before is None or before.source is not MaskSource.USER:
        return frozenset(edited)
    return None if before.told_ids is None else before.told_ids | edited


def anew(mask: StoredMask, told_ids: frozenset[int] | None) -> StoredMask:
    """The same masks as the user's word of some objects; they are younger than all others.

    Args:
        mask: Masks of a frame.
        told_ids: The objects that they speak of, see ``StoredMask.told_ids``.
    """
    return replace(mask, source=MaskSource.USER, told_ids=told_ids, serial=_serials.take())


def without_objects(mask: StoredMask, removed: Set[int]) -> StoredMask | None:
    """The masks without some objects, None if nothing is left. Decodes nothing.

    What the user said of the others is something too: that one of them is not there outlives the last pixel.

    Args:
        mask: Masks of a frame.
        removed: Object ids; those that the masks neither show nor speak of do not matter.
    """
    told = mask.told_ids
    says_of_them = told is not None and not removed.isdisjoint(told)
    if removed.isdisjoint(mask.object_ids) and removed.isdisjoint(mask.mattes) and not says_of_them:
        return mask
    rest = {key: data for key, data in mask.mattes.items() if key not in removed}
    ids = tuple([value for value in mask.object_ids if value not in removed])
    told = told if told is None else told - removed
    if not ids and not rest and not (told and mask.source is MaskSource.USER):
        return None
    changed: dict[str, object] = {
        "mattes": MappingProxyType(rest),
        **_weight(mask.index, rest),
        "object_ids": ids,
        "hidden": mask.hidden | removed & set(mask.object_ids),
        "told_ids": told,
    }
    for name in ("facts", "older"):
        table: Mapping[int, object] = getattr(mask, name)
        if not removed.isdisjoint(table):
            changed[name] = MappingProxyType({k: v for k, v in table.items() if k not in removed})
    # as replace() does it, but quicker: an object goes from a whole clip in one turn of the event loop
    made = object.__new__(StoredMask)
    vars(made).update(vars(mask))
    vars(made).update(changed)
    return made


class MaskStore:
    """Compressed masks by frame index. Decodes on demand and keeps the last few.

    Args:
        height: Of every mask, in pixels.
        width: Of every mask, in pixels.
    """

    def __init__(self, height: int, width: int) -> None:
        self.shape = (height, width)
        self._entries: dict[int, StoredMask] = {}
        self._decoded: OrderedDict[int, Mask] = OrderedDict()
        self._empty: Mask = np.zeros(self.shape, np.uint8)
        self._empty.setflags(write=False)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, frame_index: int) -> bool:
        return frame_index in self._entries

    @property
    def nbytes(self) -> int:
        """Size of all compressed masks in bytes."""
        return sum(entry.nbytes for entry in self._entries.values())

    def frames(self) -> list[int]:
        """Frame indices that have a mask, ascending."""
        return sorted(self._entries)

    def entry(self, frame_index: int) -> StoredMask | None:
        """The compressed masks of a frame, or None."""
        return self._entries.get(frame_index)

    def entries(self) -> dict[int, StoredMask]:
        """A copy of the table; the entries themselves are immutable."""
        return dict(self._entries)

    def source(self, frame_index: int) -> MaskSource | None:
        """Who made the mask of a frame; None if it has none."""
        entry = self._entries.get(frame_index)
        return None if entry is None else entry.source

    def put(self, frame_index: int, entry: StoredMask | None) -> None:
        """Replace the masks of a frame; None removes them.

        Raises:
            ValueError: The masks have another size than the store.
        """
        if entry is not None and entry.shape != self.shape:
            raise ValueError(f"mask of {entry.shape} in a store of {self.shape}")
        self._decoded.pop(frame_index, None)
        if entry is None:
            self._entries.pop(frame_index, None)
        else:
            self._entries[frame_index] = entry

    def put_all(self, masks: Mapping[int, StoredMask | None]) -> None:
        """Replace the masks of many frames; None removes those of a frame.

        Raises:
            ValueError: Some have another size than the store; then nothing is changed.
        """
        wrong = {entry.shape for entry in masks.values() if entry is not None} - {self.shape}
        if wrong:
            raise ValueError(f"mask of {wrong.pop()} in a store of {self.shape}")
        for frame_index, entry in masks.items():
            self.put(frame_index, entry)

    def index_mask(self, frame_index: int) -> Mask:
        """(H, W) uint8 object ids of a frame, zeros where there is no mask, read-only."""
        entry = self._entries.get(frame_index)
        if entry is None:
            return self._empty
        decoded = self._decoded.get(frame_index)
        if decoded is None:
            decoded = self._decoded[frame_index] = entry.index_mask()
            while len(self._decoded) > _DECODED_KEPT:
                self._decoded.popitem(last=False)
        self._decoded.move_to_end(frame_index)
        return decoded

    def matte(self, frame_index: int, object_id: int) -> Mask:
        """(H, W) uint8 soft matte of an object, zeros where there is no mask, read-only."""
        entry = self._entries.get(frame_index)
        return self._empty if entry is None else entry.matte(object_id)


def _pack(array: Mask) -> bytes:
    return zlib.compress(np.ascontiguousarray(array).data, _LEVEL)


def _unpack(data: bytes, shape: tuple[int, int]) -> Mask:
    # frombuffer over bytes is read-only
    return np.frombuffer(zlib.decompress(data), np.uint8).reshape(shape)
