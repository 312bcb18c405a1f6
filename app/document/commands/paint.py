"""Edits of one mask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.document.boxes import EMPTY_BOX
from app.document.document import Document
from app.document.editing import MaskPatch
from app.document.history import CameBy, Step
from app.document.mask_store import StoredMask
from app.document.shared_data import Kept


class PaintCommand(Step):
    """A finished edit of one mask: a stroke, an imported mask, a cleared frame.

    Args:
        document: Whose mask.
        patch: The change.
        text: What the Edit menu calls it.
        applied: The change is in the document already, so that the first redo does nothing.
    """

    def __init__(self, document: Document, patch: MaskPatch, text: str, *, applied: bool = True) -> None:
        super().__init__(text)
        self._document = document
        self._patch = patch
        self._before = patch.before
        self._applied = applied
        self._is_new = True
        self._is_done = False
        self._was_declined = False
        self._others: dict[int, tuple[StoredMask | None, StoredMask | None]] = {}

    def extend(self, masks: Mapping[int, StoredMask | None]) -> bool:
        """The change reaches other frames as well: they are part of this step, done and undone with it.

        Args:
            masks: Their masks after the step.

        Returns:
            Whether it is so; not if it is not the newest step any more.
        """
        document, stack = self._document, self._document.undo_stack
        is_newest = stack.index() > 0 and stack.command(stack.index() - 1) is self
        if self.is_forgotten or not is_newest:
            return False
        self._others |= {index: (document.masks.entry(index), entry) for index, entry in masks.items()}
        document.put_masks(masks)
        stack.measure(self)
        return True

    @property
    def patch(self) -> MaskPatch:
        """The change."""
        return self._patch

    def kept(self) -> Sequence[Kept | None]:
        """See ``Step.kept``."""
        others = (mask for pair in self._others.values() for mask in pair)
        return (self._before, self._patch.before, self._patch.after, *others)

    def forget(self) -> None:
        """Give up the masks."""
        super().forget()
        self._patch = MaskPatch(self._patch.frame_index, EMPTY_BOX, None, None)
        self._before = None
        self._others.clear()

    def run_came_by(self, news: CameBy) -> None:
        """See ``Step.run_came_by``."""
        clears_again = not self._is_done and self._patch.after is None
        if news.frame_index == self._patch.frame_index and not clears_again:
            self._before = news.applied(self._before)
            self._patch = replace(self._patch, after=news.applied(self._patch.after))
        if news.frame_index in self._others:
            before, after = self._others[news.frame_index]
            self._others[news.frame_index] = news.applied(before), news.applied(after)

    def redo(self) -> None:  # noqa: D102 - Qt override
        is_new, self._is_new = self._is_new, False
        self._is_done = True
        # who paints on a frame again means its masks again
        self._was_declined = self._patch.frame_index in self._document.declined_references
        self._document.decline_reference(self._patch.frame_index, False)
        if self._applied:
            self._applied = False
            return
        if not is_new:
            self._document.set_current_frame(self._patch.frame_index)  # nobody should undo unseen things
        # a run may have filled the frame since it was undone: undoing again must bring that back
        self._before = self._document.masks.entry(self._patch.frame_index)
        box = self._patch.box if self._before == self._patch.before else EMPTY_BOX
        self._document.put_mask(self._patch.frame_index, self._patch.after, box)
        now = self._document.masks
        self._others = {index: (now.entry(index), after) for index, (_, after) in self._others.items()}
        self._document.put_masks({index: after for index, (_, after) in self._others.items()})

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._is_done = False
        self._document.set_current_frame(self._patch.frame_index)
        self._document.put_masks({index: before for index, (before, _) in self._others.items()})
        box = self._patch.box if self._before == self._patch.before else EMPTY_BOX
        self._document.put_mask(self._patch.frame_index, self._before, box)
        self._document.decline_reference(self._patch.frame_index, self._was_declined)
        for index in (self._patch.frame_index, *self._others):
            self._document.release_unless_users(index)
