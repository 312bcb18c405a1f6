"""Objects come, go, change, and move in the stack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.document.document import Document
from app.document.finish import MatteFinish
from app.document.history import CameBy, Step
from app.document.mask_store import StoredMask, without_objects
from app.document.objects import ObjectInfo
from app.document.palette import Color
from app.document.references import (
    NO_REFERENCES,
    Reference,
    ReferenceTable,
    absent_from,
    frozen,
    taught_by,
    without_object,
)
from app.document.shared_data import Kept
from app.document.snapshot import ReviewTable
from app.document.undo_stack import Command
from app.i18n import tr

_CHANGE_ID = 1


class AddObjectCommand(Step):
    """A new object on top of the stack, which becomes the current one."""

    def __init__(self, document: Document, info: ObjectInfo) -> None:
        super().__init__(tr("Add {name}", name=info.name))
        self._document = document
        self._info = info
        self._former = document.current_object_id

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_objects((*self._document.objects, self._info))
        self._document.put_current_object(self._info.object_id)

    def undo(self) -> None:  # noqa: D102 - Qt override
        rest = tuple(info for info in self._document.objects if info.object_id != self._info.object_id)
        self._document.put_objects(rest)
        self._document.put_current_object(self._former)


class ChangeObjectCommand(Step):
    """Another name, colour, lock or finish.

    Args:
        document: Whose object.
        object_id: Which one.
        name: New name; None leaves it.
        color: New colour; None leaves it.
        locked: New lock; None leaves it.
        finish: New settings of its matte; None leaves them.
        gesture: Changes of one object with the same gesture other than 0 are one step, so that a slider may
            be followed while it is dragged.
    """

    def __init__(
        self,
        document: Document,
        object_id: int,
        *,
        name: str | None = None,
        color: Color | None = None,
        locked: bool | None = None,
        finish: MatteFinish | None = None,
        gesture: int = 0,
    ) -> None:
        before = document.object(object_id)
        assert before is not None
        if name is not None:
            text = tr("Rename {name}", name=before.name)
        elif locked is not None:
            text = tr("Lock {name}", name=before.name) if locked else tr("Unlock {name}", name=before.name)
        elif finish is not None:
            text = tr("Finish {name}", name=before.name)
        else:
            text = tr("Recolour {name}", name=before.name)
        super().__init__(text)
        self._document = document
        self._gesture = gesture
        self._before = before
        self._after = replace(
            before,
            name=name or before.name,
            color=color or before.color,
            locked=before.locked if locked is None else locked,
            finish=before.finish if finish is None else finish,
        )

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._put(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._put(self._before)

    def id(self) -> int:  # noqa: D102 - Qt override
        return _CHANGE_ID if self._gesture else -1

    def mergeWith(self, other: Command) -> bool:  # noqa: D102 - Qt override
        assert isinstance(other, ChangeObjectCommand)
        same_object = other._after.object_id == self._after.object_id
        if not same_object or other._gesture != self._gesture:
            return False
        self._after = other._after
        return True

    def _put(self, wanted: ObjectInfo) -> None:
        # whether it is drawn is not part of this step
        self._document.put_objects(
            tuple(
                replace(wanted, visible=info.visible, solo=info.solo)
                if info.object_id == wanted.object_id
                else info
                for info in self._document.objects
            )
        )


class ReorderObjectsCommand(Step):
    """Another stacking order.

    Args:
        document: Whose objects.
        order: All object ids, the last one on top.
    """

    def __init__(self, document: Document, order: Sequence[int]) -> None:
        super().__init__(tr("Reorder objects"))
        self._document = document
        self._before = tuple(info.object_id for info in document.objects)
        self._after = tuple(order)
        assert sorted(self._after) == sorted(self._before)

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._put(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._put(self._before)

    def _put(self, order: tuple[int, ...]) -> None:
        table = {info.object_id: info for info in self._document.objects}
        self._document.put_objects(tuple(table[object_id] for object_id in order))


class RemoveObjectCommand(Step):
    """An object goes, with its pixels on all frames, its marks and what references taught of it."""

    def __init__(self, document: Document, object_id: int) -> None:
        info = document.object(object_id)
        assert info is not None
        super().__init__(tr("Remove {name}", name=info.name))
        self._document = document
        self._object_id = object_id
        self._objects: tuple[ObjectInfo, ...] = ()
        self._before: dict[int, StoredMask] = {}
        self._after: dict[int, StoredMask | None] = {}
        self._references: ReferenceTable = NO_REFERENCES
        self._reviewed: ReviewTable = frozenset()

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
        former = self._before.get(news.frame_index)
        changed = None if former is None else news.applied(former)
        if changed is not None:
            self._before[news.frame_index] = changed
            self._after.pop(news.frame_index, None)  # it was made of the former ones

    def redo(self) -> None:  # noqa: D102 - Qt override
        document, object_id = self._document, self._object_id
        self._objects = document.objects
        self._references, self._reviewed = document.reference_table, document.review_table
        former, made = self._before, self._after
        self._before = {
            index: entry
            for index, entry in document.masks.entries().items()
            if object_id in entry.object_ids
            or object_id in entry.mattes
            or object_id in (entry.told_ids or ())
        }
        # what was made before is taken again: masks of a whole long clip take a moment to make
        self._after = {
            index: made[index]
            if index in made and entry is former.get(index)
            else without_objects(entry, {object_id})
            for index, entry in self._before.items()
        }
        document.put_masks(self._after)
        left = without_object(self._references, object_id)
        gone = {
            index
            for index, entry in self._before.items()
            if index in left and self._was_all(left[index], entry, document.masks.entry(index))
        }
        document.put_references(frozen({key: item for key, item in left.items() if key not in gone}))
        document.put_reviewed(frozenset(mark for mark in self._reviewed if mark[1] != object_id))
        document.put_objects(tuple(info for info in self._objects if info.object_id != object_id))
        document.retire_id(object_id)

    def _was_all(self, reference: Reference, before: StoredMask, after: StoredMask | None) -> bool:
        """Whether the object was all that a reference spoke of."""
        on = replace(reference, enabled=True)
        if after is not None and any(on.shows(key) for key in absent_from(after)):
            return False
        former = replace(on, confirmed=on.confirmed | {self._object_id})
        return after is None or (bool(taught_by(former, before)) and not taught_by(on, after))

    def undo(self) -> None:  # noqa: D102 - Qt override
        document = self._document
        # what was shown or hidden since then stays so
        now = {info.object_id: info for info in document.objects}
        document.put_objects(tuple(now.get(info.object_id, info) for info in self._objects))
        document.put_masks(self._before)
        document.put_references(self._references)
        document.put_reviewed(self._reviewed)
        document.put_current_object(self._object_id)
