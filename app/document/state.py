"""What a document holds and tells: the reading side, which views and controllers use."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, Signal

from app.document.editing import MaskEdit
from app.document.history import History
from app.document.lock_edit import LockEdit
from app.document.locked import NO_REGIONS, LockedRegion, RegionTable
from app.document.mask_store import Mask, MaskSource, MaskStore, StoredMask
from app.document.objects import ObjectInfo, next_object_id
from app.document.references import NO_REFERENCES, ReferenceTable, enabled_frames
from app.document.reviews import Reviews
from app.document.shared_data import Kept
from app.document.snapshot import DocumentSnapshot, ReviewMark, ReviewTable, Work
from app.document.takes import Take
from app.document.unfinished import UnfinishedRun
from app.i18n import tr
from app.media import VideoInfo


class ResultOwner(Protocol):
    """Has results of the network that the user's own masks keep from being shown."""

    def saw(self, frame_index: int) -> bool:
        """Whether the masks of this frame are those that the result was made of."""

    def show_withheld(self, frame_index: int) -> None:
        """Put the result of this frame into the document."""


class DocumentState(QObject):
    """The state of one window, to read from. `Document` adds what changes it.

    Signals:
        clip_changed: Another clip (or none) is open; everything else is new as well.
        clip_extended: More frames of the open clip are known; all else is as it was.
        mask_changed: The mask of a frame changed (frame index, rectangle in px; a null one means all of it).
        masks_changed: The masks of many frames changed at once (frozenset of frame indices); ``mask_changed``
            does not tell of them.
        objects_changed: An object came, went, moved in the stack or looks different.
        current_object_changed: Another object is edited (object id).
        current_frame_changed: Another frame is shown (frame index).
        references_changed: A reference came, went, or was changed, or a frame was or is no more declined.
        points_changed: The in point or the out point moved.
        locked_frames_changed: Frames were locked or unlocked.
        locked_regions_changed: Pixels were locked or unlocked (frozenset of frame indices).
        edit_restarted: The edit in hand, a preview, stands on other ground and shows nothing any more.
        edit_leaving: The edit in hand will be dropped, or go to another object; it may be finished now.
        lock_edit_changed: The locked region that is being drawn looks different.
        unfinished_run_changed: A run came to its next frame or to its end.
        reviewed_changed: Marks of what was reviewed came or went.
        dirty_changed: Whether there is work that is not saved.
        takes_changed: A take came, went, or was accepted or rejected in part.
        take_grew: The run that goes on, or one that has ended, wrote a frame.
        takes_dropped: Takes were given up, because all of them take too much memory (how many).
        former_shown_changed: The masks from before the newest run are shown, or the present ones again.
        run_undone: The user undid a propagation run that is still going on (run id).
    """

    clip_changed = Signal()
    clip_extended = Signal()
    mask_changed = Signal(int, QRect)
    masks_changed = Signal(object)
    objects_changed = Signal()
    current_object_changed = Signal(int)
    current_frame_changed = Signal(int)
    references_changed = Signal()
    points_changed = Signal()
    locked_frames_changed = Signal()
    locked_regions_changed = Signal(object)
    edit_restarted = Signal()
    edit_leaving = Signal()
    lock_edit_changed = Signal()
    reviewed_changed = Signal()
    unfinished_run_changed = Signal()
    dirty_changed = Signal(bool)
    takes_changed = Signal()
    take_grew = Signal()
    takes_dropped = Signal(int)
    former_shown_changed = Signal(bool)
    run_undone = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        owner = weakref.ref(self)  # without a circle, so that a document goes as soon as nobody wants it

        def besides() -> Iterable[Kept]:
            document = owner()
            return () if document is None else document._kept_besides_history()

        self.undo_stack = History(self, elsewhere=besides)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self._path: Path | None = None
        self._info: VideoInfo | None = None
        self._objects: tuple[ObjectInfo, ...] = ()
        self._retired: frozenset[int] = frozenset()
        self._masks = MaskStore(0, 0)
        self._reference_table: ReferenceTable = NO_REFERENCES
        self._declined_references: frozenset[int] = frozenset()
        self._in_point: int | None = None
        self._out_point: int | None = None
        self._locked_frames: frozenset[int] = frozenset()
        self._locked_regions: RegionTable = NO_REGIONS
        self._reviews = Reviews()
        self._unfinished_run: UnfinishedRun | None = None
        self._takes: tuple[Take, ...] = ()
        self._running_take: Take | None = None
        self._shows_former = False
        self._current_frame = 0
        self._current_object = 0
        self._edit: MaskEdit | None = None
        self._lock_edit: LockEdit | None = None

    @property
    def info(self) -> VideoInfo | None:
        """The open clip, or None."""
        return self._info

    @property
    def path(self) -> Path | None:
        """Where the open clip lies, or None."""
        return self._path

    @property
    def frame_count(self) -> int:
        """Number of frames of the open clip, 0 without one."""
        return 0 if self._info is None else self._info.frame_count

    @property
    def objects(self) -> tuple[ObjectInfo, ...]:
        """All objects in stacking order, the last one on top."""
        return self._objects

    @property
    def current_object_id(self) -> int:
        """The object that the tools edit; 0 when there is none."""
        return self._current_object

    @property
    def current_frame(self) -> int:
        """0-based index of the frame that is shown."""
        return self._current_frame

    @property
    def reference_table(self) -> ReferenceTable:
        """All references by frame index, ascending; those that are off included."""
        return self._reference_table

    @property
    def references(self) -> frozenset[int]:
        """Frame indices that a propagation run learns the objects from: the enabled references."""
        return enabled_frames(self._reference_table)

    @property
    def declined_references(self) -> frozenset[int]:
        """Frames that the user dropped as references and has not painted on since."""
        return self._declined_references

    @property
    def in_point(self) -> int | None:
        """First frame of the stretch that is worked on; None for the clip's first."""
        return self._in_point

    @property
    def out_point(self) -> int | None:
        """Last frame of the stretch that is worked on; None for the clip's last."""
        return self._out_point

    @property
    def frame_range(self) -> range:
        """The frames from the in point to the out point, both included."""
        first = 0 if self._in_point is None else self._in_point
        last = self.frame_count - 1 if self._out_point is None else self._out_point
        return range(first, last + 1)

    @property
    def locked_frames(self) -> frozenset[int]:
        """Frames that neither tools nor runs may change."""
        return self._locked_frames

    @property
    def locked_regions(self) -> RegionTable:
        """Pixels that neither tools nor runs may change, of any object, by frame index."""
        return self._locked_regions

    def locked_region(self, frame_index: int) -> LockedRegion | None:
        """The locked pixels of a frame, None for none."""
        return self._locked_regions.get(frame_index)

    @property
    def reviewed(self) -> frozenset[ReviewMark]:
        """(frame index, object id) of what the user has looked at and found good.

        A mark holds for the mask that was looked at: while the object has another one, it is not there.
        """
        return self._reviews.marks

    def is_reviewed(self, frame_index: int, object_id: int) -> bool:
        """Whether the user has looked at the mask of an object on a frame and found it good."""
        return (frame_index, object_id) in self._reviews

    def reviewed_frames(self, object_id: int) -> NDArray[np.bool_]:
        """(frames,) whether the user has found an object's masks good, read-only."""
        return self._reviews.row(object_id, self.frame_count)

    @property
    def review_table(self) -> ReviewTable:
        """Everything that was reviewed, with the masks that were looked at; those may be gone."""
        return self._reviews.table

    def mask_serial(self, frame_index: int, object_id: int) -> int:
        """Which mask an object has on a frame now; 0 for none."""
        entry = self._masks.entry(frame_index)
        return 0 if entry is None else entry.serial_of(object_id)

    @property
    def unfinished_run(self) -> UnfinishedRun | None:
        """What a run that goes on, or was cut short by a crash, has still to do."""
        return self._unfinished_run

    @property
    def masks(self) -> MaskStore:
        """The masks, to read from."""
        return self._masks

    @property
    def edit(self) -> MaskEdit | None:
        """The edit under way, or None."""
        return self._edit

    @property
    def lock_edit(self) -> LockEdit | None:
        """The locked region that is being drawn, or None."""
        return self._lock_edit

    @property
    def is_dirty(self) -> bool:
        """Whether there is work that is not saved."""
        return not self.undo_stack.isClean()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back; history ends where its masks were given up."""
        return self.undo_stack.can_step_back

    @property
    def take(self) -> Take | None:
        """The newest run that is in effect, or None."""
        return self._takes[-1] if self._takes else None

    @property
    def takes(self) -> tuple[Take, ...]:
        """All runs that are in effect, the oldest first; one that goes on is the last."""
        running = self._running_take
        return (*self._takes, running) if running is not None and len(running) else self._takes

    def b_mask(self, frame_index: int) -> StoredMask | None:
        """What to compare the mask of a frame with: that before the newest run, None where it is settled."""
        return None if self.take is None else self.take.b_mask(frame_index)

    def object(self, object_id: int) -> ObjectInfo | None:
        """An object by id, or None."""
        return next((info for info in self._objects if info.object_id == object_id), None)

    def next_object_id(self, besides: Sequence[ObjectInfo] = ()) -> int | None:
        """The id for a new object, None when there are as many as masks can hold.

        Args:
            besides: Objects that are about to be added as well.
        """
        return next_object_id((*self._objects, *besides), self._retired)

    def shown_entry(self, frame_index: int) -> StoredMask | None:
        """The stored masks of a frame as they look now, without the edit in hand; None for none."""
        former = self._former(frame_index)
        return self._masks.entry(frame_index) if former is None else former

    def shown_mask(self, frame_index: int) -> Mask:
        """(H, W) uint8 object ids of a frame as they look now, the stroke in hand included. Read only."""
        if self._edit is not None and self._edit.frame_index == frame_index:
            return self._edit.mask
        former = self._former(frame_index)
        return self._masks.index_mask(frame_index) if former is None else former.index_mask()

    def shown_matte(self, frame_index: int, object_id: int) -> Mask:
        """(H, W) uint8 soft matte of an object as it looks now, without the stroke in hand. Read only."""
        former = self._former(frame_index)
        return self._masks.matte(frame_index, object_id) if former is None else former.matte(object_id)

    @property
    def shows_former(self) -> bool:
        """Whether the masks from before the newest run are shown, where there are any."""
        return self._shows_former

    def _former(self, frame_index: int) -> StoredMask | None:
        return self.b_mask(frame_index) if self._shows_former else None

    def why_not_editable(self) -> str:
        """Why the current object cannot be edited on the current frame; empty if it can."""
        info = self.object(self._current_object)
        if self._info is None:
            return tr("No clip is open.")
        if info is None:
            return tr("There is no object to paint. Add one first.")
        if info.locked:
            return tr("{name} is locked.", name=info.name)
        if self._current_frame in self._locked_frames:
            return tr("Frame {frame} is locked.", frame=self._current_frame)
        return ""

    def why_locked(self, frame_index: int, object_ids: Iterable[int]) -> str:
        """Why masks of these objects on a frame must stay as they are; empty if they may change."""
        if frame_index in self._locked_frames:
            return tr("Frame {frame} is locked.", frame=frame_index)
        ids = frozenset(object_ids)
        names = [info.name for info in self._objects if info.locked and info.object_id in ids]
        return tr("{name} is locked.", name=names[0]) if names else ""

    def out_of_reach(self, object_id: int) -> frozenset[int]:
        """Objects whose pixels an edit of one object must leave alone: the locked ones and those above it."""
        ids = [info.object_id for info in self._objects]
        above = ids[ids.index(object_id) + 1 :] if object_id in ids else []
        locked = [info.object_id for info in self._objects if info.locked and info.object_id != object_id]
        return frozenset([*above, *locked])

    def is_protected(self, frame_index: int) -> bool:
        """Whether a run must leave a frame's mask alone: it is locked, the user's own, or being painted."""
        if frame_index in self._locked_frames:
            return True
        if self._edit is not None and self._edit.frame_index == frame_index:
            return True
        return self._masks.source(frame_index) is MaskSource.USER

    def snapshot(self) -> DocumentSnapshot:
        """The state as a worker may see it.

        Raises:
            RuntimeError: No clip is open.
        """
        if self._info is None or self._path is None:
            raise RuntimeError("no clip is open")
        work = replace(
            self.work_without_masks(),
            entries=self._masks.entries(),
            locked_regions=self._locked_regions,
            takes=tuple(take.to_record() for take in self.takes),
        )
        return DocumentSnapshot(self._path, self._info, **vars(work))

    def work_without_masks(self) -> Work:
        """The work without masks, locked pixels and takes; made without going through their frames."""
        return Work(
            objects=self._objects,
            reference_table=self._reference_table,
            declined_references=self._declined_references,
            in_point=self._in_point,
            out_point=self._out_point,
            locked_frames=self._locked_frames,
            reviewed=self.reviewed,
            retired_ids=self._retired,
            current_frame=self._current_frame,
            current_object_id=self._current_object,
            unfinished_run=self._unfinished_run,
        )

    def _kept_besides_history(self) -> Iterable[Kept]:
        """What stays when all steps are forgotten; the takes of their runs go with them."""
        of_steps = set(map(id, self.undo_stack.takes()))
        takes = [take.to_record().masks() for take in self.takes if id(take) not in of_steps]
        return chain(self._masks.entries().values(), *takes, self._locked_regions.values())

    def _on_clean_changed(self, clean: bool) -> None:
        self.dirty_changed.emit(not clean)
