"""One edit of one mask while it is being made. Free of Qt."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.boxes import EMPTY_BOX, Box, bounds, is_empty, united
from app.document.locked import LockedRegion, Region
from app.document.mask_store import Mask, StoredMask, repacked

_HALF = 128
"""From this coverage on a pixel is the object's in the index mask."""


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

    An object is hard as long as nothing soft touches it: its matte follows from the index mask.

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
        self._soft: dict[int, Mask] | None = None
        self._read: dict[int, Mask] = {}
        self._changed: set[int] = set()
        self._edited: set[int] = set()
        self._room: Mask | None = None

    def matte(self, object_id: int) -> Mask:
        """(H, W) uint8 soft matte of an object as it looks right now; do not write to it."""
        soft = self._mattes().get(object_id)
        return self._hard(object_id) if soft is None else soft

    def paint(
        self,
        coverage: NDArray[np.bool_] | NDArray[np.uint8],
        box: Box,
        object_id: int,
        *,
        erase: bool = False,
    ) -> None:
        """Give pixels to an object, or take them from it. Painting the same again changes nothing.

        Args:
            coverage: (box height, box width), how much of each pixel within ``box``: bool, or uint8 0..255.
                Other objects lose as much as they must so that all together cover a pixel once.
            box: Where, inside the mask.
            object_id: Whose pixels.
            erase: Take the object's pixels away; other objects' pixels stay.
        """
        if is_empty(box):
            return
        place = np.s_[box[1] : box[3], box[0] : box[2]]
        hard = coverage.dtype == np.bool_
        cover: Mask = (
            np.where(coverage, np.uint8(255), np.uint8(0)) if hard else np.asarray(coverage, np.uint8)
        )
        self._note_left(cover, place, object_id, erase=erase)
        cover = np.minimum(cover, self._free()[place])
        area, mattes = self.mask[place], self._mattes()
        partly = bool(((cover > 0) & (cover < 255)).any())
        if partly:
            self._soften(object_id)
        own = mattes.get(object_id)
        if erase:
            held = area == object_id
            if own is not None:
                held |= own[place] > 0
                np.minimum(own[place], 255 - cover, out=own[place])
            hits = bool((held & (cover > 0)).any())
            area[(cover >= _HALF) & (area == object_id)] = 0
        else:
            if partly:
                for other in np.unique(area[(cover > 0) & (cover < 255)]).tolist():
                    if other != 0 and other not in self._protected:
                        self._soften(other)
            for other, matte in mattes.items():
                if other != object_id and other not in self._protected:
                    if (matte[place] > 255 - cover).any():
                        self._changed.add(other)
                    np.minimum(matte[place], 255 - cover, out=matte[place])
            if own is not None:
                np.maximum(own[place], cover, out=own[place])
            hits = bool(cover.any())
            area[cover >= _HALF] = object_id
        if own is not None:
            self._changed.add(object_id)
        if hits:
            self._is_touched = True
            self._edited.add(object_id)
        self.box = united(self.box, box)

    def replace(self, matte: Mask, object_id: int) -> Box:
        """Give an object another matte on the whole frame.

        Args:
            matte: (H, W) uint8, 0..255.
            object_id: Whose.

        Returns:
            The box that holds every pixel that changed.
        """
        former = self.matte(object_id)
        wanted = np.minimum(matte, self._free())
        if self._locked is not None:
            self._left = self._locked & (matte != former)
            wanted[self._locked] = former[self._locked]
        box = bounds(wanted != former)
        if is_empty(box):
            return box
        place = np.s_[box[1] : box[3], box[0] : box[2]]
        new, old = wanted[place], former[place].copy()
        gain = np.where(new > old, new, np.uint8(0))
        loss = np.where(new < old, 255 - new, 0).astype(np.uint8)
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
            matte[theirs] = self._matte_before(object_id)[theirs]
        return self.box

    def rebase(self, before: StoredMask | None) -> None:
        """The masks beneath are others; nothing is painted on them yet."""
        self._before, self._read = before, {}
        self._start = np.zeros(self.mask.shape, np.uint8) if before is None else before.index_mask()
        self._room = None
        self.restart()

    def _matte_before(self, object_id: int) -> Mask:
        if self._before is not None and object_id in self._before.mattes:
            return self._before.matte(object_id)
        hard: Mask = np.where(self._start == object_id, np.uint8(255), np.uint8(0))
        return hard

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
        changed: dict[int, Mask | None] = {}
        for object_id in sorted(self._changed):
            matte = mattes[object_id]
            changed[object_id] = None if np.array_equal(matte, self._hard(object_id)) else matte
        read = {0: self._start, **self._read}
        after = repacked(self._before, self.mask, changed, self._edited, read=read)
        return MaskPatch(self.frame_index, self.box, self._before, after)

    def _mattes(self) -> dict[int, Mask]:
        """Those of the objects that are not hard, to write to."""
        if self._soft is None:
            before = self._before
            if before is not None and not self._read:
                self._read = {key: before.matte(key) for key in before.mattes}
            self._soft = {key: matte.copy() for key, matte in self._read.items()}
        return self._soft

    def _hard(self, object_id: int) -> Mask:
        hard: Mask = np.where(self.mask == object_id, np.uint8(255), np.uint8(0))
        return hard

    def _soften(self, object_id: int) -> None:
        mattes = self._mattes()
        if object_id not in mattes:
            mattes[object_id] = self._hard(object_id)
            self._changed.add(object_id)

    def _note_left(self, cover: Mask, place: tuple[slice, slice], object_id: int, *, erase: bool) -> None:
        """Remember the locked pixels that a stroke would have changed."""
        if self._locked is None or not (hit := self._locked[place] & (cover > 0)).any():
            return
        own = self._mattes().get(object_id)
        hard = np.where(self.mask[place] == object_id, np.uint8(255), np.uint8(0))
        held = hard if own is None else own[place]
        if self._left is None:
            self._left = np.zeros(self.mask.shape, np.bool_)
        self._left[place] |= hit & ((held > 255 - cover) if erase else (held < cover))

    def _free(self) -> Mask:
        """(H, W) uint8: how much of each pixel protected objects leave to others; nothing of a locked one."""
        if self._room is None:
            room: Mask = np.full(self.mask.shape, 255, np.uint8)
            for object_id in self._protected:
                room = np.minimum(room, 255 - self.matte(object_id))
                held = self._start == object_id
                room[held] = np.minimum(room[held], _HALF - 1)
            if self._locked is not None:
                room[self._locked] = 0
            self._room = room
        return self._room
