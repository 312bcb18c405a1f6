"""The state of one window: a clip, its objects, their masks, and how they came to be."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from PySide6.QtCore import QCoreApplication, QObject, QRect, QThread

from app.document.boxes import EMPTY_BOX, Box, is_empty
from app.document.editing import MaskEdit, MaskPatch
from app.document.lock_edit import LockEdit
from app.document.locked import LockedRegion
from app.document.mask_store import MaskSource, MaskStore, StoredMask
from app.document.objects import ObjectInfo, new_object
from app.document.references import ReferenceTable, frozen
from app.document.reviews import Reviews
from app.document.snapshot import DocumentSnapshot, ReviewTable, Work, clipped
from app.document.state import DocumentState, ResultOwner
from app.document.takes import TAKES_BUDGET_BYTES, Take, within_budget
from app.document.unfinished import UnfinishedRun
from app.media import VideoInfo

__all__ = ["Document", "DocumentSnapshot", "ResultOwner"]


class Document(DocumentState):
    """Owns the state. Only commands and job results change it, and only in the GUI thread."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._withheld: dict[int, ResultOwner] = {}
        self.takes_budget_bytes = TAKES_BUDGET_BYTES

    # ---- what is not undoable ----

    def undo(self) -> None:
        """Take the last step back; a stroke in hand is dropped first, for it may hold what goes."""
        self.cancel_edit()
        if self.can_undo:
            self.undo_stack.undo()

    def redo(self) -> None:
        """Do the last undone step again; a stroke in hand is dropped first."""
        self.cancel_edit()
        self.undo_stack.redo()

    def open_clip(self, path: Path, info: VideoInfo, work: Work | None = None) -> None:
        """Start afresh with a clip. The former work is gone; ask before.

        Args:
            path: The clip.
            info: Its size, length and rate.
            work: What was made of it before; one object to paint if None.

        Raises:
            ValueError: A mask or a locked region does not fit the clip; then nothing is changed.
        """
        _assert_gui_thread()
        masks = MaskStore(info.height, info.width)
        work = Work(objects=(new_object(1),)) if work is None else clipped(work, info.frame_count)
        for frame_index, entry in work.entries.items():
            masks.put(frame_index, entry)
        if any(region.shape != masks.shape for region in work.locked_regions.values()):
            raise ValueError(f"locked pixels of another size than {masks.shape}")
        self._edit = self._lock_edit = None
        self._path, self._info, self._masks = path, info, masks
        self._objects, self._retired = work.objects, work.retired_ids
        self._reference_table = frozen(work.reference_table)
        self._declined_references = work.declined_references
        self._in_point, self._out_point = work.in_point, work.out_point
        self._locked_frames = work.locked_frames
        self._locked_regions = MappingProxyType(dict(work.locked_regions))
        self._reviews = Reviews()
        marks = frozenset((frame, key, self.mask_serial(frame, key)) for frame, key in work.reviewed)
        self._reviews.put(marks, self.mask_serial)
        self._unfinished_run = work.unfinished_run
        self._withheld.clear()
        self._takes, self._running_take = tuple(Take.of(record) for record in work.takes), None
        self._shows_former = False
        self._current_frame, self._current_object = work.current_frame, work.current_object_id
        if self.object(self._current_object) is None:
            self._current_object = self._objects[-1].object_id if self._objects else 0
        self.undo_stack.clear()
        self.clip_changed.emit()

    def extend_clip(self, info: VideoInfo) -> None:
        """Take a longer list of the open clip's frames."""
        _assert_gui_thread()
        if self._info is not None and info.frame_count >= self._info.frame_count:
            self._info = info
            self.clip_extended.emit()

    def set_current_frame(self, frame_index: int) -> None:
        """Go to a frame; the index is kept inside the clip."""
        frame_index = max(0, min(frame_index, self.frame_count - 1))
        if frame_index != self._current_frame:
            self.cancel_edit()
            self._current_frame = frame_index
            self.current_frame_changed.emit(frame_index)

    def set_current_object(self, object_id: int) -> None:
        """Choose the object that the tools edit; unknown ids are ignored."""
        if object_id != self._current_object and self.object(object_id) is not None:
            self.offer_edit()
            self.put_current_object(object_id)

    def put_current_object(self, object_id: int) -> None:
        """``set_current_object`` for commands: within a step nobody is asked, as no other can be made."""
        if object_id != self._current_object and self.object(object_id) is not None:
            preview = self._edit if self._edit is not None and self._edit.follows else None
            if preview is None:
                self._drop_edit()
            self._current_object = object_id
            if preview is not None:
                self._hand_over(preview)
            self.current_object_changed.emit(object_id)

    def _hand_over(self, preview: MaskEdit) -> None:
        """Let a preview go along to the object that was chosen, if that can be edited."""
        if self.why_not_editable():
            self._drop_edit()
            return
        preview.restart()
        preview.protect(self.out_of_reach(self._current_object))
        self._restarted()

    def _check_edit(self) -> None:
        """The objects are others: the edit in hand respects those that are there, or goes with its own."""
        edit, info = self._edit, self.object(self._current_object)
        if edit is None:
            return
        if info is None or info.locked:
            self._drop_edit()
            return
        self.edit_changed(edit.protect(self.out_of_reach(self._current_object)))
        if edit.follows:
            self._restarted()

    def _restarted(self) -> None:
        self.mask_changed.emit(self._current_frame, QRect())
        self.edit_restarted.emit()

    def set_visible(self, object_id: int, visible: bool) -> None:
        """Show or hide the overlay of an object. A matter of the view, so not undoable."""
        self._objects = tuple(
            replace(info, visible=visible) if info.object_id == object_id else info for info in self._objects
        )
        self.objects_changed.emit()

    def set_solo(self, object_id: int, solo: bool) -> None:
        """Draw an object alone, or with the other solo ones. A matter of the view, so not undoable."""
        self._objects = tuple(
            replace(info, solo=solo) if info.object_id == object_id else info for info in self._objects
        )
        self.objects_changed.emit()

    def show_former(self, former: bool) -> None:
        """Show the masks from before the newest run in place of the present ones. A matter of the view."""
        if former and self.take is None:
            return
        if former != self._shows_former:
            self.cancel_edit()
            self._shows_former = former
            self.former_shown_changed.emit(former)
            self.mask_changed.emit(self._current_frame, QRect())

    def put_unfinished_run(self, run: UnfinishedRun | None) -> None:
        """Remember what a run has still to do, so that it can go on after a crash. Not undoable."""
        if run != self._unfinished_run:
            self._unfinished_run = run
            self.unfinished_run_changed.emit()

    # ---- the edit in hand ----

    def begin_edit(self, *, follows: bool = False) -> MaskEdit:
        """Start to edit the mask of the current frame; end it with ``finish_edit`` or ``cancel_edit``.

        Args:
            follows: It is a preview. When another object is chosen, when objects change or when the mask
                changes beneath it, it is not dropped: it starts afresh, and ``edit_restarted`` asks for what
                it showed.

        Raises:
            RuntimeError: The object cannot be edited here, or an edit is under way; ask before.
        """
        _assert_gui_thread()
        if self._edit is not None or self.why_not_editable():
            raise RuntimeError(self.why_not_editable() or "an edit is under way")
        self.show_former(False)  # what is painted on is what is seen
        self._edit = MaskEdit(
            self._current_frame,
            self._masks.entry(self._current_frame),
            self._masks.shape,
            self.out_of_reach(self._current_object),
            self.locked_region(self._current_frame),
            follows=follows,
        )
        return self._edit

    def begin_lock_edit(self) -> LockEdit:
        """Start to draw locked pixels on the current frame; end with ``finish_lock_edit`` or ``cancel_edit``.

        Raises:
            RuntimeError: No clip is open, or an edit is under way; ask before.
        """
        _assert_gui_thread()
        if self._info is None or self._edit is not None or self._lock_edit is not None:
            raise RuntimeError("no clip is open, or an edit is under way")
        frame = self._current_frame
        self._lock_edit = LockEdit(frame, self.locked_region(frame), self._masks.shape)
        return self._lock_edit

    def finish_lock_edit(self) -> LockEdit | None:
        """End the drawing of locked pixels.

        Returns:
            What was drawn, to push as a command; None if that changes nothing.
        """
        edit, self._lock_edit = self._lock_edit, None
        if edit is None:
            return None
        self.lock_edit_changed.emit()
        return edit if edit.changes_anything else None

    def edit_changed(self, box: Box) -> None:
        """Tell the views that the edit in hand painted inside ``box``."""
        if self._lock_edit is not None:
            self.lock_edit_changed.emit()
        if self._edit is not None and not is_empty(box):
            self.mask_changed.emit(self._edit.frame_index, _rect(box))

    def finish_edit(self) -> MaskPatch | None:
        """End the edit and put it into the masks.

        Returns:
            The change, to push as a command; None if there is none.
        """
        _assert_gui_thread()
        if self._edit is None:
            return None
        patch = self._edit.patch()
        box, self._edit = self._edit.box, None
        if not patch.changes_anything:
            self._edit_dropped(patch.frame_index, box)
            return None
        self.put_mask(patch.frame_index, patch.after, patch.box)
        return patch

    def cancel_edit(self) -> None:
        """Drop the edit in hand, as if it had not begun; who has something to keep of it is asked first."""
        self.offer_edit()
        self._drop_edit()

    def offer_edit(self) -> None:
        """Let who has something to keep of the edit in hand do so, before it goes or means another object."""
        if self._lock_edit is not None or self._edit is not None:
            self.edit_leaving.emit()

    def _drop_edit(self) -> None:
        """Drop the edit in hand without asking: within a step, none other can be made."""
        if self._lock_edit is not None:
            self._lock_edit = None
            self.lock_edit_changed.emit()
        if self._edit is not None:
            frame_index, box, self._edit = self._edit.frame_index, self._edit.box, None
            self._edit_dropped(frame_index, box)

    def drop_stroke(self) -> None:
        """Drop the edit in hand unless it is a preview, which nobody takes for done."""
        if self._edit is None or not self._edit.follows:
            self.cancel_edit()

    def _edit_dropped(self, frame_index: int, box: Box) -> None:
        if not is_empty(box):
            self.mask_changed.emit(frame_index, _rect(box))
        self.release_unless_users(frame_index)

    # ---- for commands and job results only ----

    def put_mask(self, frame_index: int, entry: StoredMask | None, box: Box = EMPTY_BOX) -> None:
        """Replace the masks of a frame. An empty box means that all of it may differ."""
        _assert_gui_thread()
        preview = self._taken_from_hand((frame_index,))
        self._masks.put(frame_index, entry)
        if self._reviews.masks_changed((frame_index,), self.mask_serial):
            self.reviewed_changed.emit()
        self.mask_changed.emit(frame_index, _rect(box))
        self._give_back(preview)

    def put_masks(self, masks: Mapping[int, StoredMask | None]) -> None:
        """Replace the masks of many frames at once: whoever listens hears of all of them together."""
        _assert_gui_thread()
        preview = self._taken_from_hand(masks)
        self._masks.put_all(masks)
        if self._reviews.masks_changed(masks, self.mask_serial):
            self.reviewed_changed.emit()
        if masks:
            self.masks_changed.emit(frozenset(masks))
        self._give_back(preview)

    def _taken_from_hand(self, frames: Container[int]) -> MaskEdit | None:
        """The edit in hand goes if its mask is about to change; a preview only for a while.

        Returns:
            The preview, to be given back. Meanwhile all see what is stored.
        """
        edit = self._edit
        if edit is None or edit.frame_index not in frames:
            return None
        if not edit.follows:
            self._drop_edit()
            return None
        self._edit = None
        return edit

    def _give_back(self, preview: MaskEdit | None) -> None:
        if preview is not None:
            preview.rebase(self._masks.entry(preview.frame_index))
            self._edit = preview
            self._restarted()

    def put_objects(self, objects: tuple[ObjectInfo, ...]) -> None:
        """Replace the objects, in stacking order; the current object stays if it is still there."""
        _assert_gui_thread()
        self._objects = tuple(objects)
        self._check_edit()
        self.objects_changed.emit()
        if self.object(self._current_object) is None:
            self._current_object = self._objects[-1].object_id if self._objects else 0
            self.current_object_changed.emit(self._current_object)

    def retire_id(self, object_id: int) -> None:
        """An object is removed: its id is not given to a new one while others are free."""
        self._retired |= {object_id}

    def put_references(self, table: ReferenceTable, declined: frozenset[int] | None = None) -> None:
        """Replace the references.

        Args:
            table: Those that are there from now on.
            declined: Frames that the user does not want as references; None leaves them as they are.
        """
        _assert_gui_thread()
        declined = self._declined_references if declined is None else declined
        if table != self._reference_table or declined != self._declined_references:
            self._reference_table, self._declined_references = frozen(table), declined
            self.references_changed.emit()

    def decline_reference(self, frame_index: int, declined: bool) -> None:
        """Set whether the user does not want a frame as a reference."""
        changed = self._declined_references - {frame_index}
        self.put_references(self._reference_table, changed | {frame_index} if declined else changed)

    def put_points(self, in_point: int | None, out_point: int | None) -> None:
        """Replace the in point and the out point."""
        _assert_gui_thread()
        if (in_point, out_point) != (self._in_point, self._out_point):
            self._in_point, self._out_point = in_point, out_point
            self.points_changed.emit()

    def put_locked_frames(self, frames: frozenset[int]) -> None:
        """Replace the set of locked frames."""
        _assert_gui_thread()
        if frames != self._locked_frames:
            self._drop_edit()
            self._locked_frames = frames
            self.locked_frames_changed.emit()

    def put_locked_regions(self, changed: Mapping[int, LockedRegion | None]) -> None:
        """Replace the locked pixels of some frames; None unlocks them.

        Raises:
            ValueError: A region has another size than the masks.
        """
        _assert_gui_thread()
        if any(region is not None and region.shape != self._masks.shape for region in changed.values()):
            raise ValueError(f"locked pixels of another size than {self._masks.shape}")
        different = {index for index, region in changed.items() if region != self.locked_region(index)}
        if different:
            self._drop_edit()
            table = {**self._locked_regions, **{index: changed[index] for index in different}}
            self._locked_regions = MappingProxyType(
                {index: region for index, region in sorted(table.items()) if region is not None}
            )
            self.locked_regions_changed.emit(frozenset(different))

    def put_reviewed(self, table: ReviewTable) -> None:
        """Replace the marks of what was reviewed."""
        _assert_gui_thread()
        if table != self._reviews.table:
            self._reviews.put(table, self.mask_serial)
            self.reviewed_changed.emit()

    def add_take(self, take: Take) -> None:
        """A run has ended, or was done again."""
        if self._running_take is take:
            self._running_take = None
        takes = (*(other for other in self._takes if other is not take), take)
        self._takes = within_budget(takes, self._masks.entries().values(), self.takes_budget_bytes)
        self.takes_changed.emit()
        if len(self._takes) < len(takes):
            self.takes_dropped.emit(len(takes) - len(self._takes))

    def put_running_take(self, take: Take | None) -> None:
        """A run goes on, or none does: what it has written is kept in files like the takes of others."""
        self._running_take = take

    def remove_take(self, take: Take) -> None:
        """A run was undone, or its masks were given up."""
        if self._running_take is take:
            self._running_take = None
            self.takes_changed.emit()
        if take in self._takes:
            self._takes = tuple(other for other in self._takes if other is not take)
            self.takes_changed.emit()

    def settle_take(self, take: Take, frames: frozenset[int]) -> None:
        """Replace the set of frames of a take that are accepted or rejected."""
        take.settle(frames)
        self.takes_changed.emit()

    def withhold(self, frame_index: int, owner: ResultOwner | None) -> None:
        """Remember who has a result for a frame whose mask is the user's own; None forgets it."""
        if owner is None:
            self._withheld.pop(frame_index, None)
        else:
            self._withheld[frame_index] = owner

    def release_unless_users(self, frame_index: int) -> None:
        """The user's edit of a frame is gone: whoever has a result for it may put it there now.

        Not where the frame is the user's all the same, unless the result was made of just that mask.
        """
        owner = self._withheld.get(frame_index)
        if owner is None:
            return
        if self._masks.source(frame_index) is MaskSource.USER and not owner.saw(frame_index):
            return
        del self._withheld[frame_index]
        owner.show_withheld(frame_index)


def _rect(box: Box) -> QRect:
    return QRect(box[0], box[1], box[2] - box[0], box[3] - box[1])


def _assert_gui_thread() -> None:
    app = QCoreApplication.instance()
    assert app is None or QThread.currentThread() is app.thread() or QThread.currentThread() == app.thread()
