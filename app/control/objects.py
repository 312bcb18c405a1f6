"""What can be done with objects beyond painting them: merge, split, reorder, solo, lock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject

from app.control.bulk import BulkEdits
from app.control.reporter import ErrorReporter
from app.document.bulk import merged, part_count, split_parts
from app.document.commands import (
    BulkCommand,
    ChangeObjectCommand,
    RemoveObjectCommand,
    ReorderObjectsCommand,
)
from app.document.document import Document
from app.document.locked import held_text, hold
from app.document.mask_store import StoredMask, without_objects
from app.document.objects import ObjectInfo, new_object
from app.document.references import with_parts, without_object
from app.i18n import tr


class ObjectCommands(QObject):
    """Acts on the objects of a document.

    Args:
        document: Whose objects.
        bulk: Does what takes longer than a blink.
        reporter: Tells why something cannot be done.
        parent: Owner.
    """

    def __init__(
        self,
        document: Document,
        bulk: BulkEdits,
        reporter: ErrorReporter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._bulk = bulk
        self._reporter = reporter

    def merge(self, source_id: int, target_id: int) -> None:
        """Make one object part of another, on all frames; it goes from the list."""
        document = self._document
        document.offer_edit()
        source, target = document.object(source_id), document.object(target_id)
        if source is None or target is None or source_id == target_id or self._is_locked(source, target):
            return

        def push(masks: Mapping[int, StoredMask | None]) -> None:
            if document.object(source_id) is None or document.object(target_id) is None:
                return  # one of them was removed meanwhile
            if self._is_locked(source, target):
                return
            document.undo_stack.push(
                BulkCommand(
                    document,
                    tr("Merge {name} into {target}", name=source.name, target=target.name),
                    masks,
                    objects=tuple(info for info in document.objects if info.object_id != source_id),
                    references=without_object(document.reference_table, source_id, into=target_id),
                    retired=frozenset({source_id}),
                )
            )
            document.set_current_object(target_id)

        self._bulk.start(
            tr("Merging {name} into {target}", name=source.name, target=target.name),
            merged(source_id, target_id),
            push,
            beside_edits=True,
            whole_of=source.name,
        )

    def remove(self, object_id: int) -> None:
        """Take an object away, with its pixels on all frames."""
        document = self._document
        info = document.object(object_id)
        if info is None or self._is_locked(info):
            return
        entries, regions = document.masks.entries(), document.locked_regions
        doubtful = frozenset(
            index for index in regions if index in entries and object_id in entries[index].known_ids
        )

        def push(_: object) -> None:
            now = document.object(object_id)
            if now is not None and not self._is_locked(now):
                document.undo_stack.push(RemoveObjectCommand(document, object_id))

        if not doubtful:
            push(None)
            return

        def removed(_: int, entry: StoredMask) -> StoredMask | None:
            return without_objects(entry, {object_id})

        text = tr("Removing {name}", name=info.name)
        self._bulk.start(text, removed, push, doubtful, beside_edits=True, whole_of=info.name)

    def _is_locked(self, source: ObjectInfo, target: ObjectInfo | None = None) -> bool:
        """Whether an object, one that takes its pixels, or a frame that shows it is locked; says which."""
        document, reason = self._document, ""
        entries = document.masks.entries()
        shown = (index for index in sorted(document.locked_frames) if index in entries)
        held = [index for index in shown if source.object_id in entries[index].object_ids]
        if held:
            reason = document.why_locked(held[0], ())
        ids = [source.object_id] if target is None else [source.object_id, target.object_id]
        reason = document.why_locked(-1, ids) or reason
        if reason:
            self._reporter.refuse(reason, tr("Unlock it first."))
        return bool(reason)

    def split(self, object_id: int) -> None:
        """Give the connected parts of an object on the current frame to new objects; it keeps the largest."""
        document = self._document
        info, frame = document.object(object_id), document.current_frame
        entry = document.masks.entry(frame)
        if info is None or entry is None:
            return
        document.drop_stroke()
        if frame in document.locked_frames or info.locked:
            reason = (
                tr("This frame is locked.")
                if frame in document.locked_frames
                else tr("{name} is locked.", name=info.name)
            )
            self._reporter.refuse(reason, tr("Unlock it to split the object."))
            return
        parts = part_count(entry.index_mask(), object_id)
        if parts < 2:
            self._reporter.refuse(
                tr("{name} is in one piece on this frame.", name=info.name),
                tr("Go to a frame where its parts lie apart."),
            )
            return
        fresh: list[ObjectInfo] = []
        while len(fresh) < parts - 1:
            new_id = document.next_object_id(fresh)
            if new_id is None:
                break
            fresh.append(
                replace(
                    new_object(new_id), name=tr("{name} part {part}", name=info.name, part=len(fresh) + 2)
                )
            )
        if not fresh:
            self._reporter.refuse(tr("There are as many objects as a clip can have."))
            return
        fresh_ids = [item.object_id for item in fresh]
        split = split_parts(entry, object_id, fresh_ids)
        held = hold(entry, split, document.locked_region(frame))
        masks = {frame: held.entry}
        objects = (*document.objects, *fresh)
        if held.pixel_count:
            self._reporter.inform(held_text({frame: held.pixel_count}))
        document.undo_stack.push(
            BulkCommand(
                document,
                tr("Split {name}", name=info.name),
                masks,
                objects=objects,
                references=with_parts(document.reference_table, frame, object_id, fresh_ids),
            )
        )

    def move(self, object_id: int, place: int) -> None:
        """Put an object elsewhere in the stack; 0 is the bottom."""
        order = [info.object_id for info in self._document.objects]
        if object_id not in order:
            return
        changed = [key for key in order if key != object_id]
        changed.insert(max(0, min(place, len(changed))), object_id)
        if changed != order:
            self._document.undo_stack.push(ReorderObjectsCommand(self._document, changed))

    def raise_by(self, object_id: int, steps: int) -> None:
        """Move an object up in the stack, down if negative."""
        order = [info.object_id for info in self._document.objects]
        if object_id in order:
            self.move(object_id, order.index(object_id) + steps)

    def toggle_lock(self, object_id: int) -> None:
        """Lock or unlock an object."""
        self._document.offer_edit()
        info = self._document.object(object_id)
        if info is not None:
            command = ChangeObjectCommand(self._document, object_id, locked=not info.locked)
            self._document.undo_stack.push(command)

    def toggle_solo(self, object_id: int) -> None:
        """Show only this object, or all again."""
        info = self._document.object(object_id)
        if info is not None:
            self._document.set_solo(object_id, not info.solo)
