"""One edit of one mask while it is being made. Free of Qt."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import partial

import numpy as np

from app.document.boxes import EMPTY_BOX, Box, bounds, is_empty, united
from app.document.edited_matte import HALF, Coverage, EditedMatte, FineParts, GrowingPlane, as_fine, place_of
from app.document.locked import LockedRegion, Region
from app.document.mask_store import Mask, StoredMask, repacked
from app.document.packed_matte import STEP, WHITE, Fine, in_bytes

_LESS_THAN_HALF = 127 * STEP


@dataclass(frozen=True)
class MaskPatch:
    """A change of the mask of one frame.

    Attributes:
        frame_index: 0-based.
        box: Holds every pixel that differs.
        before: Masks before the change, None for no mask. Compressed, shared with the store.
        after: Masks after the change.
    """

    frame_index: int
    box: Box
    before: StoredMask | None
    after: StoredMask | None

    @property
    def changes_anything(self) -> bool:
        """Whether undoing it would make a difference."""
        return self.before != self.after


class MaskEdit:
    """A mask that is being painted: the tools write here, views read here, and the end of it is one patch.

    An object is hard as long as nothing soft touches it: its matte follows from the index mask. Mattes are
    painted in 16 bits, and looked at in 8.

    Args:
        frame_index: 0-based.
        before: Masks before the edit, None for no mask.
        shape: (height, width) in px.
        protected: Object ids whose pixels and mattes stay as they are.
        locked: Pixels that stay as they are, whatever object they are; None for none.
        follows: It is a preview that goes along when another object is chosen or the mask changes beneath it.

    Attributes:
        frame_index: 0-based.
        mask: (H, W) uint8 object ids, writable, as it looks right now.
        box: Holds every pixel that was painted.
        follows: As above.
    """

    def __init__(
        self,
        frame_index: int,
        before: StoredMask | None,
        shape: tuple[int, int],
        protected: Set[int] = frozenset(),
        locked: LockedRegion | None = None,
        *,
        follows: bool = False,
    ) -> None:
        self.frame_index = frame_index
        self.follows = follows
        self._before = before
        self._start: Mask = np.zeros(shape, np.uint8) if before is None else before.index_mask()
        self.mask: Mask = self._start.copy()
        self.box = EMPTY_BOX
        self._protected = frozenset(protected)
        self._locked: Region | None = None if locked is None else locked.pixels()
        self._left: Region | None = None
        self._is_touched = False
        self._soft: dict[int, EditedMatte] | None = None
        self._read: dict[int, Mask] = {}
        self._parts: dict[int, FineParts] = {}
        self._changed: set[int] = set()
        self._edited: set[int] = set()
        self._room: GrowingPlane | None = None

    def matte(self, object_id: int) -> Mask:
        """(H, W) uint8 soft matte of an object as it looks right now; do not write to it."""
        soft = self._mattes().get(object_id)
        return self._hard(object_id) if soft is None else soft.coarse

    def fine_matte(self, object_id: int, box: Box | None = None) -> Fine:
        """(box height, box width) uint16 soft matte of an object as it is right now, by default all of it.

        0..65535; do not write to it.
        """
        height, width = self.mask.shape
        return self._fine_part(object_id, (0, 0, width, height) if box is None else box)

    def paint(self, coverage: Coverage, box: Box, object_id: int, *, erase: bool = False) -> None:
        """Give pixels to an object, or take them from it. Painting the same again changes nothing.

        Args:
            coverage: (box height, box width), how much of each pixel within ``box``: bool, uint8 0..255, or
                uint16 0..65535. Other objects lose as much as they must so that all together cover a pixel
                once.
            box: Where, inside the mask.
            object_id: Whose pixels.
            erase: Take the object's pixels away; other objects' pixels stay.
        """
        if is_empty(box):
            return
        place = place_of(box)
        cover = as_fine(coverage)
        self._note_left(in_bytes(cover), place, object_id, erase=erase)
        cover = np.minimum(cover, self._free(box))
        seen = in_bytes(cover)
        area, mattes = self.mask[place], self._mattes()
        partly = (seen > 0) & (seen < 255)
        if partly.any():
            self._soften(object_id)
        own = mattes.get(object_id)
        rest: Fine = WHITE - cover
        if erase:
            held = area == object_id
            if own is not None:
                held |= own.coarse[place] > 0
                own.lower(rest, box)
            hits = bool((held & (seen > 0)).any())
            area[(cover >= HALF) & (area == object_id)] = 0
        else:
            if partly.any():
                for other in np.unique(area[partly]).tolist():
                    if other != 0 and other not in self._protected:
                        self._soften(other)
            for other, matte in mattes.items():
                if other != object_id and other not in self._protected and matte.lower(rest, box):
                    self._changed.add(other)
            if own is not None:
                own.raise_to(cover, box)
            hits = bool(seen.any())
            area[cover >= HALF] = object_id
        if own is not None:
            self._changed.add(object_id)
        if hits:
            self._is_touched = True
            self._edited.add(object_id)
        self.box = united(self.box, box)

    def replace(self, matte: Mask | Fine, object_id: int) -> Box:
        """Give an object another matte on the whole frame.

        Args:
            matte: (H, W) uint16, 0..65535; or uint8, 0..255, then what is the same in 8 bits stays as fine as
                it is.
            object_id: Whose.

        Returns:
            The box that holds every pixel that changed.
        """
        seen = self.matte(object_id)
        around = united(bounds(seen > 0), bounds(matte > 0))
        if is_empty(around):
            return EMPTY_BOX
        left, top, _, _ = around
        place = place_of(around)
        former, new = self._fine_part(object_id, around), matte[place]
        if new.dtype == np.uint8:
            new = np.where(new == seen[place], former, as_fine(new))
        wanted: Fine = np.minimum(new, self._free(around))
        if self._locked is not None:
            self._left = np.zeros(seen.shape, np.bool_)
            held = self._locked[place]
            self._left[place] = held & (new != former)
            wanted[held] = former[held]
        x, y, x_end, y_end = bounds(wanted != former)
        box = x + left, y + top, x_end + left, y_end + top
        if is_empty(box):
            return EMPTY_BOX
        new, old = wanted[y:y_end, x:x_end], former[y:y_end, x:x_end].copy()
        gain = np.where(new > old, new, np.uint16(0))
        loss = np.where(new < old, WHITE - new, np.uint16(0))
        self.paint(loss, box, object_id, erase=True)
        self.paint(gain, box, object_id)
        return box

    def restart(self) -> Box:
        """Take back all that was painted. Returns the box that held it."""
        box, self.box = self.box, EMPTY_BOX
        np.copyto(self.mask, self._start)
        self._soft = None
        self._changed.clear()
        self._edited.clear()
        self._is_touched = False
        self._left = None
        return box

    def protect(self, protected: Set[int]) -> Box:
        """Other objects are out of reach from now on; those that are so newly get their pixels back.

        Returns:
            The box that holds every pixel that may have changed.
        """
        gained = frozenset(protected) - self._protected
        self._protected, self._room = frozenset(protected), None
        theirs = np.isin(self._start, list(gained))
        for object_id in gained:
            if self._before is not None and object_id in self._before.mattes:
                theirs |= self._before.matte(object_id) > 0
        if is_empty(self.box) or not theirs.any():
            return EMPTY_BOX
        self.mask[theirs] = self._start[theirs]
        for object_id, matte in self._mattes().items():
            matte.put_back(theirs, self._matte_before(object_id), partial(self._part_before, object_id))
        return self.box

    def rebase(self, before: StoredMask | None) -> None:
        """The masks beneath are others; nothing is painted on them yet."""
        self._before, self._read, self._parts = before, {}, {}
        self._start = np.zeros(self.mask.shape, np.uint8) if before is None else before.index_mask()
        self._room = None
        self.restart()

    def _matte_before(self, object_id: int) -> Mask:
        if self._before is not None and object_id in self._before.mattes:
            return self._before.matte(object_id)
        hard: Mask = np.where(self._start == object_id, np.uint8(255), np.uint8(0))
        return hard

    def _part_before(self, object_id: int, box: Box) -> Fine:
        """A part of a matte from before the edit."""
        if self._before is None or object_id not in self._before.mattes:
            return as_fine(self._start[place_of(box)] == object_id)
        parts = self._parts.get(object_id)
        if parts is None:  # kept, for a drag changes it again and again
            coarse = self._read.get(object_id)
            coarse = self._before.matte(object_id) if coarse is None else coarse
            parts = self._parts[object_id] = FineParts(self._before.mattes[object_id], coarse)
        return parts.at(box)

    def _fine_part(self, object_id: int, box: Box) -> Fine:
        """(box height, box width) uint16 of a matte as it is right now; do not write to it."""
        soft = self._mattes().get(object_id)
        return as_fine(self.mask[place_of(box)] == object_id) if soft is None else soft.fine(box)

    @property
    def left_px(self) -> int:
        """How many locked pixels would have changed, were they not locked."""
        return 0 if self._left is None else int(np.count_nonzero(self._left))

    def patch(self) -> MaskPatch:
        """The change as it stands."""
        # a mask that holds nothing any more is still the user's word: "no object here"
        if not self._is_touched:
            return MaskPatch(self.frame_index, EMPTY_BOX, self._before, self._before)
        mattes = self._mattes()
        changed: dict[int, Fine | None] = {}
        for object_id in sorted(self._changed):
            matte = mattes[object_id]
            changed[object_id] = None if np.array_equal(matte.coarse, self._hard(object_id)) else matte.fine()
        after = repacked(self._before, self.mask, changed, self._edited, was=self._start)
        return MaskPatch(self.frame_index, self.box, self._before, after)

    def _mattes(self) -> dict[int, EditedMatte]:
        """Those of the objects that are not hard, to paint."""
        if self._soft is None:
            before = self._before
            if before is not None and not self._read:
                self._read = {key: before.matte(key) for key in before.mattes}
            self._soft = {
                key: EditedMatte(matte, partial(self._part_before, key)) for key, matte in self._read.items()
            }
        return self._soft

    def _hard(self, object_id: int) -> Mask:
        hard: Mask = np.where(self.mask == object_id, np.uint8(255), np.uint8(0))
        return hard

    def _soften(self, object_id: int) -> None:
        mattes = self._mattes()
        if object_id not in mattes:
            hard = self._hard(object_id)
            mattes[object_id] = EditedMatte(hard, lambda box: as_fine(hard[place_of(box)]))
            self._changed.add(object_id)

    def _note_left(self, cover: Mask, place: tuple[slice, slice], object_id: int, *, erase: bool) -> None:
        """Remember the locked pixels that a stroke would have changed."""
        if self._locked is None or not (hit := self._locked[place] & (cover > 0)).any():
            return
        own = self._mattes().get(object_id)
        hard = np.where(self.mask[place] == object_id, np.uint8(255), np.uint8(0))
        held = hard if own is None else own.coarse[place]
        if self._left is None:
            self._left = np.zeros(self.mask.shape, np.bool_)
        self._left[place] |= hit & ((held > 255 - cover) if erase else (held < cover))

    def _free(self, box: Box) -> Fine:
        """(box height, box width) uint16: what is left of each pixel, nothing of a locked one."""
        if self._room is None:
            self._room = GrowingPlane(self._start.shape, self._room_in)
        return self._room.at(box)

    def _room_in(self, box: Box) -> Fine:
        place = place_of(box)
        room: Fine = np.full((box[3] - box[1], box[2] - box[0]), WHITE, np.uint16)
        for object_id in self._protected:
            np.minimum(room, WHITE - self._fine_part(object_id, box), out=room)
            held = self._start[place] == object_id
            room[held] = np.minimum(room[held], _LESS_THAN_HALF)
        if self._locked is not None:
            room[self._locked[place]] = 0
        return room
