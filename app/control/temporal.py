"""The temporal brush: strokes that reach over the frames around."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from PySide6.QtCore import QObject, Signal, Slot

from app.control.bulk import BulkEdits
from app.document.commands import BulkCommand, PaintCommand
from app.document.document import Document
from app.document.mask_store import StoredMask
from app.i18n import tr
from app.tools.temporal import Stroke, carried
from app.tools.tool import ToolSettings


class TemporalStrokes(QObject):
    """Carries finished strokes to the frames around, while the brush reaches over time.

    The frames are worked out beside the window and then become part of the stroke's own step. Locked frames,
    and frames that the user painted, are left alone; those that only carried strokes touched are not, so that
    many strokes can be carried one after the other.

    Args:
        document: Whose masks.
        settings: How far the brush reaches.
        bulk: Does the work.
        parent: Owner.

    Signals:
        told: Why a stroke stays on its frame.
    """

    told = Signal(str)

    def __init__(
        self,
        document: Document,
        settings: ToolSettings,
        bulk: BulkEdits,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._settings = settings
        self._bulk = bulk
        self._carried: set[int] = set()  # serials of the masks that came of carrying

    @Slot(object)
    def carry(self, command: PaintCommand) -> None:
        """Carry the stroke that a step holds."""
        document, reach, patch = self._document, self._settings.reach, command.patch
        object_id = document.current_object_id
        if reach <= 0 or patch.after is None:
            return
        around = range(patch.frame_index - reach, patch.frame_index + reach + 1)
        frames = frozenset(
            index for index in around if index != patch.frame_index and self._may_change(index)
        )
        if patch.before is None or not self._shows(object_id, patch.before, frames):
            self.told.emit(tr("The stroke stays on this frame: no frame around has a mask to carry it by."))
            return
        frame, was, now = patch.frame_index, patch.before, patch.after
        # made in the thread that carries it
        stroke = cache(lambda: Stroke.between(frame, object_id, was, now, reach))
        barred = document.out_of_reach(object_id)

        def transform(index: int, entry: StoredMask) -> StoredMask:
            return carried(stroke(), {index: entry}, barred).get(index, entry)

        def push(found: Mapping[int, StoredMask | None]) -> None:
            stack = document.undo_stack
            # some may be locked or painted by now
            masks = {index: entry for index, entry in found.items() if self._may_change(index)}
            is_done = any(stack.command(place) is command for place in range(stack.index()))
            if masks and is_done and not command.extend(masks):
                # something was done meanwhile: then it is a step of its own
                stack.push(BulkCommand(document, tr("{edit}, carried on", edit=command.text()), masks))
            if is_done:
                self._carried |= {entry.serial for entry in map(document.masks.entry, masks) if entry}

        self._bulk.start(
            tr("Carrying the stroke to the frames around"), transform, push, frames, beside_edits=True
        )

    def _shows(self, object_id: int, here: StoredMask, frames: frozenset[int]) -> bool:
        """Whether there is motion to follow: the object is in the mask here and in one of the frames."""
        masks = self._document.masks
        entries = (masks.entry(index) for index in frames)
        return object_id in here.object_ids and any(
            entry is not None and object_id in entry.object_ids for entry in entries
        )

    def _may_change(self, frame_index: int) -> bool:
        document = self._document
        if not document.is_protected(frame_index):
            return True
        entry, edit = document.masks.entry(frame_index), document.edit
        in_hand = edit is not None and edit.frame_index == frame_index
        is_free = frame_index not in document.locked_frames and not in_hand
        return is_free and entry is not None and entry.serial in self._carried
