"""The temporal brush: strokes that reach over the frames around."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Slot

from app.control.bulk import BulkEdits
from app.document.commands import BulkCommand, PaintCommand
from app.document.document import Document
from app.document.mask_store import StoredMask
from app.tools.temporal import Stroke, carried
from app.tools.tool import ToolSettings


class TemporalStrokes(QObject):
    """Carries finished strokes to the frames around, while the brush reaches over time.

    The frames are worked out beside the window and then become part of the stroke's own step. Locked frames,
    and frames that the user painted, are left alone.

    Args:
        document: Whose masks.
        settings: How far the brush reaches.
        bulk: Does the work.
        parent: Owner.
    """

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

    @Slot(object)
    def carry(self, command: PaintCommand) -> None:
        """Carry the stroke that a step holds."""
        document, reach, patch = self._document, self._settings.reach, command.patch
        object_id = document.current_object_id
        if reach <= 0 or patch.before is None or patch.after is None:
            return  # on a frame without masks there is no motion to follow
        around = range(patch.frame_index - reach, patch.frame_index + reach + 1)
        frames = frozenset(
            index for index in around if index != patch.frame_index and not document.is_protected(index)
        )
        before, after = patch.before.index_mask(), patch.after.index_mask()
        stroke = Stroke.between(patch.frame_index, object_id, before, after, reach)
        barred = document.out_of_reach(object_id)

        def transform(index: int, entry: StoredMask) -> StoredMask:
            return carried(stroke, {index: entry}, barred).get(index, entry)

        def push(masks: Mapping[int, StoredMask | None]) -> None:
            stack = document.undo_stack
            is_done = any(stack.command(place) is command for place in range(stack.index()))
            if masks and is_done and not command.extend(masks):
                # something was done meanwhile: then it is a step of its own
                stack.push(BulkCommand(document, f"{command.text()}, carried on", masks))

        self._bulk.start("Carrying the stroke to the frames around", transform, push, frames)
