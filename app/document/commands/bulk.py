"""A change of many frames at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.document.document import Document
from app.document.history import CameBy, Step
from app.document.mask_store import StoredMask
from app.document.objects import ObjectInfo
from app.document.references import ReferenceTable
from app.document.shared_data import Kept


class BulkCommand(Step):
    """Masks of many frames change, perhaps with the list of objects and the references.

    Args:
        document: Whose masks.
        text: What the Edit menu calls it.
        masks: The masks after it, by frame index; None removes a frame's masks.
        objects: The objects after it; None leaves them.
        references: The references after it; None leaves them.
        retired: Ids that no new object may get.
    """

    def __init__(
        self,
        document: Document,
        text: str,
        masks: Mapping[int, StoredMask | None],
        *,
        objects: tuple[ObjectInfo, ...] | None = None,
        references: ReferenceTable | None = None,
        retired: frozenset[int] = frozenset(),
    ) -> None:
        super().__init__(text)
        self._document = document
        self._after = dict(masks)
        self._before: dict[int, StoredMask | None] = {}
        self._objects_after, self._references_after = objects, references
        self._objects_before = document.objects
        self._references_before = document.reference_table
        self._retired = retired

    def kept(self) -> Sequence[Kept | None]:
        """See ``Step.kept``."""
        return (*self._before.values(), *self._after.values())

    def forget(self) -> None:
        """Give up the masks."""
        super().forget()
        self._before.clear()
        self._after.clear()

    def run_came_by(self, news: CameBy) -> None:
        """See ``Step.run_came_by``."""
        for masks in (self._before, self._after):
            if news.frame_index in masks:
                masks[news.frame_index] = news.applied(masks[news.frame_index])

    def redo(self) -> None:  # noqa: D102 - Qt override
        document = self._document
        self._objects_before, self._references_before = document.objects, document.reference_table
        self._before = {index: document.masks.entry(index) for index in self._after}
        if self._objects_after is not None:
            document.put_objects(self._shown_as_now(self._objects_after))
        document.put_masks(self._after)
        if self._references_after is not None:
            document.put_references(self._references_after)
        for object_id in self._retired:
            document.retire_id(object_id)

    def undo(self) -> None:  # noqa: D102 - Qt override
        document = self._document
        if self._objects_after is not None:
            document.put_objects(self._shown_as_now(self._objects_before))
        document.put_masks(self._before)
        for index in self._before:
            document.release_unless_users(index)
        if self._references_after is not None:
            document.put_references(self._references_before)

    def _shown_as_now(self, objects: tuple[ObjectInfo, ...]) -> tuple[ObjectInfo, ...]:
        """The objects with the visibility that they have now, which is not part of any step."""
        now = {info.object_id: info for info in self._document.objects}
        return tuple(
            replace(info, visible=now[info.object_id].visible, solo=now[info.object_id].solo)
            if info.object_id in now
            else info
            for info in objects
        )
