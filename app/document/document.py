"""The state of one window: a clip, its objects, their masks, and how they came to be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QCoreApplication, QObject, QRect, QThread, Signal
from PySide6.QtGui import QUndoStack

from app.document.editing import EMPTY_BOX, Box, MaskEdit, MaskPatch, is_empty
from app.document.mask_store import Mask, MaskSource, MaskStore, StoredMask
from app.document.objects import ObjectInfo, new_object
from app.media import VideoInfo


@dataclass(frozen=True)
class DocumentSnapshot:
    """What a worker gets to see: immutable, cheap to make.

    Attributes:
        path: The clip.
        info: Its size, length and rate.
        objects: All objects, ascending ids.
        entries: Compressed masks by frame index.
        references: Frame indices that a run starts from.
    """

    path: Path
    info: VideoInfo
    objects: tuple[ObjectInfo, ...]
    entries: dict[int, StoredMask]
    references: frozenset[int]


UNDO_LIMIT = 500


class ResultOwner(Protocol):
    """Has results of the network that the user's own masks keep from being shown."""

    def show_withheld(self, frame_index: int) -> None:
        """Put the result of this frame into the document."""


class Document(QObject):
    """Owns the state. Only commands and job results change it, and only in the GUI thread.

    Signals:
        clip_changed: Another clip (or none) is open; everything else is new as well.
        mask_changed: The mask of a frame changed (frame index, rectangle in px; a null one means all of it).
        objects_changed: An object came, went, or looks different.
        current_object_changed: Another object is edited (object id).
        current_frame_changed: Another frame is shown (frame index).
        references_changed: A frame became a reference or stopped being one.
        dirty_changed: Whether there is work that is not saved or exported.
        run_undone: The user undid a propagation run that is still going on (run id).
    """

    clip_changed = Signal()
    mask_changed = Signal(int, QRect)
    objects_changed = Signal()
    current_object_changed = Signal(int)
    current_frame_changed = Signal(int)
    references_changed = Signal()
    dirty_changed = Signal(bool)
    run_undone = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(UNDO_LIMIT)
        self.undo_stack.cleanChanged.connect(self._on_clean_changed)
        self._path: Path | None = None
        self._info: VideoInfo | None = None
        self._objects: tuple[ObjectInfo, ...] = ()
        self._masks = MaskStore(0, 0)
        self._references: frozenset[int] = frozenset()
        self._current_frame = 0
        self._current_object = 0
        self._edit: MaskEdit | None = None
        self._withheld: dict[int, ResultOwner] = {}

    # ---- reading ----

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
        """All objects, ascending ids."""
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
    def references(self) -> frozenset[int]:
        """Frame indices that a propagation run learns the objects from."""
        return self._references

    @property
    def masks(self) -> MaskStore:
        """The masks, to read from."""
        return self._masks

    @property
    def edit(self) -> MaskEdit | None:
        """The edit under way, or None."""
        return self._edit

    @property
    def is_dirty(self) -> bool:
        """Whether there is work that is not saved or exported."""
        return not self.undo_stack.isClean()

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back; history ends at a run whose masks were given up."""
        stack = self.undo_stack
        if not stack.canUndo():
            return False
        return not getattr(stack.command(stack.index() - 1), "is_forgotten", False)

    def object(self, object_id: int) -> ObjectInfo | None:
        """An object by id, or None."""
        return next((info for info in self._objects if info.object_id == object_id), None)

    def shown_mask(self, frame_index: int) -> Mask:
        """(H, W) uint8 object ids of a frame as they look now, the stroke in hand included. Read only."""
        if self._edit is not None and self._edit.frame_index == frame_index:
            return self._edit.mask
        return self._masks.index_mask(frame_index)

    def snapshot(self) -> DocumentSnapshot:
        """The state as a worker may see it.

        Raises:
            RuntimeError: No clip is open.
        """
        if self._info is None or self._path is None:
            raise RuntimeError("no clip is open")
        return DocumentSnapshot(
            self._path, self._info, self._objects, self._masks.entries(), self._references
        )

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

    def open_clip(self, path: Path, info: VideoInfo) -> None:
        """Start afresh with a clip and one object to paint. The former work is gone; ask before."""
        _assert_gui_thread()
        self._edit = None
        self._path, self._info = path, info
        self._objects = (new_object(1),)
        self._masks = MaskStore(info.height, info.width)
        self._references = frozenset()
        self._withheld.clear()
        self._current_frame, self._current_object = 0, 1
        self.undo_stack.clear()
        self.clip_changed.emit()

    def restore(
        self, objects: tuple[ObjectInfo, ...], entries: dict[int, StoredMask], references: frozenset[int]
    ) -> None:
        """Put recovered work into the clip that was just opened; it counts as unsaved.

        Raises:
            ValueError: A mask does not fit the clip.
        """
        _assert_gui_thread()
        for frame_index, entry in entries.items():
            if frame_index < self.frame_count:
                self._masks.put(frame_index, entry)
        self._objects = objects or self._objects
        self._references = frozenset(index for index in references if index in self._masks)
        self._current_object = self._objects[0].object_id
        self.undo_stack.resetClean()
        self.clip_changed.emit()

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
            self.cancel_edit()
            self._current_object = object_id
            self.current_object_changed.emit(object_id)

    def set_visible(self, object_id: int, visible: bool) -> None:
        """Show or hide the overlay of an object. A matter of the view, so not undoable."""
        self._objects = tuple(
            replace(info, visible=visible) if info.object_id == object_id else info for info in self._objects
        )
        self.objects_changed.emit()

    # ---- the edit in hand ----

    def begin_edit(self) -> MaskEdit:
        """Start to edit the mask of the current frame; end it with ``finish_edit`` or ``cancel_edit``.

        Raises:
            RuntimeError: No clip is open, or an edit is under way.
        """
        _assert_gui_thread()
        if self._info is None or self._edit is not None:
            raise RuntimeError("no clip is open, or an edit is under way")
        self._edit = MaskEdit(self._current_frame, self._masks.entry(self._current_frame), self._masks.shape)
        return self._edit

    def edit_changed(self, box: Box) -> None:
        """Tell the views that the edit in hand painted inside ``box``."""
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
        """Drop the edit in hand, as if it had not begun."""
        if self._edit is not None:
            frame_index, box, self._edit = self._edit.frame_index, self._edit.box, None
            self._edit_dropped(frame_index, box)

    def _edit_dropped(self, frame_index: int, box: Box) -> None:
        if not is_empty(box):
            self.mask_changed.emit(frame_index, _rect(box))
        if self._masks.source(frame_index) is not MaskSource.USER:
            self.release(frame_index)

    # ---- for commands and job results only ----

    def put_mask(self, frame_index: int, entry: StoredMask | None, box: Box = EMPTY_BOX) -> None:
        """Replace the masks of a frame. An empty box means that all of it may differ."""
        _assert_gui_thread()
        if self._edit is not None and self._edit.frame_index == frame_index:
            self.cancel_edit()
        self._masks.put(frame_index, entry)
        self.mask_changed.emit(frame_index, _rect(box))

    def put_objects(self, objects: tuple[ObjectInfo, ...]) -> None:
        """Replace the list of objects; the current object stays if it is still there."""
        _assert_gui_thread()
        self.cancel_edit()
        self._objects = tuple(sorted(objects, key=lambda info: info.object_id))
        self.objects_changed.emit()
        if self.object(self._current_object) is None:
            self._current_object = self._objects[0].object_id if self._objects else 0
            self.current_object_changed.emit(self._current_object)

    def put_references(self, references: frozenset[int]) -> None:
        """Replace the set of references."""
        _assert_gui_thread()
        if references != self._references:
            self._references = references
            self.references_changed.emit()

    def withhold(self, frame_index: int, owner: ResultOwner | None) -> None:
        """Remember who has a result for a frame whose mask is the user's own; None forgets it."""
        if owner is None:
            self._withheld.pop(frame_index, None)
        else:
            self._withheld[frame_index] = owner

    def release(self, frame_index: int) -> None:
        """The frame is the user's no more: whoever has a result for it may put it there now."""
        owner = self._withheld.pop(frame_index, None)
        if owner is not None:
            owner.show_withheld(frame_index)

    def is_protected(self, frame_index: int) -> bool:
        """Whether a run must leave a frame's mask alone, because the user made it or is painting on it."""
        if self._edit is not None and self._edit.frame_index == frame_index:
            return True
        return self._masks.source(frame_index) is MaskSource.USER

    def _on_clean_changed(self, clean: bool) -> None:
        self.dirty_changed.emit(not clean)


def _rect(box: Box) -> QRect:
    return QRect(box[0], box[1], box[2] - box[0], box[3] - box[1])


def _assert_gui_thread() -> None:
    app = QCoreApplication.instance()
    assert app is None or QThread.currentThread() is app.thread() or QThread.currentThread() == app.thread()
