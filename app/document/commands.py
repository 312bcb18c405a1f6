"""Everything that can be undone. A command never raises: check before it is pushed."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QUndoCommand

from app.document.document import Document
from app.document.editing import EMPTY_BOX, MaskPatch
from app.document.mask_store import MaskSource, StoredMask, without_objects
from app.document.objects import Color, ObjectInfo

RUN_BUDGET_BYTES = 1 << 30


class PaintCommand(QUndoCommand):
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

    @property
    def patch(self) -> MaskPatch:
        """The change."""
        return self._patch

    def redo(self) -> None:  # noqa: D102 - Qt override
        is_new, self._is_new = self._is_new, False
        if self._applied:
            self._applied = False
            return
        if not is_new:
            self._document.set_current_frame(self._patch.frame_index)  # nobody should undo unseen things
        # a run may have filled the frame since it was undone: undoing again must bring that back
        self._before = self._document.masks.entry(self._patch.frame_index)
        box = self._patch.box if self._before == self._patch.before else EMPTY_BOX
        self._document.put_mask(self._patch.frame_index, self._patch.after, box)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.set_current_frame(self._patch.frame_index)
        box = self._patch.box if self._before == self._patch.before else EMPTY_BOX
        self._document.put_mask(self._patch.frame_index, self._before, box)
        if self._before is None or self._before.source is not MaskSource.USER:
            self._document.release(self._patch.frame_index)


class AddObjectCommand(QUndoCommand):
    """A new object, which becomes the current one."""

    def __init__(self, document: Document, info: ObjectInfo) -> None:
        super().__init__(f"Add {info.name}")
        self._document = document
        self._info = info
        self._former = document.current_object_id

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_objects((*self._document.objects, self._info))
        self._document.set_current_object(self._info.object_id)

    def undo(self) -> None:  # noqa: D102 - Qt override
        rest = tuple(info for info in self._document.objects if info.object_id != self._info.object_id)
        self._document.put_objects(rest)
        self._document.set_current_object(self._former)


class ChangeObjectCommand(QUndoCommand):
    """Another name or colour."""

    def __init__(
        self, document: Document, object_id: int, *, name: str | None = None, color: Color | None = None
    ) -> None:
        before = document.object(object_id)
        assert before is not None
        super().__init__(f"Rename {before.name}" if name is not None else f"Recolour {before.name}")
        self._document = document
        self._before = before
        self._after = replace(before, name=name or before.name, color=color or before.color)

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._put(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._put(self._before)

    def _put(self, wanted: ObjectInfo) -> None:
        objects = self._document.objects
        # whether it is visible is not part of this step
        self._document.put_objects(
            tuple(
                replace(wanted, visible=info.visible) if info.object_id == wanted.object_id else info
                for info in objects
            )
        )


class RemoveObjectCommand(QUndoCommand):
    """An object goes, with its pixels on all frames."""

    def __init__(self, document: Document, object_id: int) -> None:
        info = document.object(object_id)
        assert info is not None
        super().__init__(f"Remove {info.name}")
        self._document = document
        self._info = info
        self._before: dict[int, StoredMask] = {}
        self._references: frozenset[int] = frozenset()

    def redo(self) -> None:  # noqa: D102 - Qt override
        object_id = self._info.object_id
        self._references = self._document.references
        self._before = {
            index: entry
            for index, entry in self._document.masks.entries().items()
            if object_id in entry.object_ids or object_id in entry.mattes
        }
        for index, entry in self._before.items():
            self._document.put_mask(index, without_objects(entry, {object_id}))
        masks = self._document.masks
        self._document.put_references(frozenset(index for index in self._references if index in masks))
        rest = tuple(info for info in self._document.objects if info.object_id != object_id)
        self._document.put_objects(rest)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_objects((*self._document.objects, self._info))
        for index, entry in self._before.items():
            self._document.put_mask(index, entry)
        self._document.put_references(self._references)
        self._document.set_current_object(self._info.object_id)


class SetReferenceCommand(QUndoCommand):
    """A frame becomes a reference, or stops being one."""

    def __init__(self, document: Document, frame_index: int, is_reference: bool) -> None:
        super().__init__(f"{'Set' if is_reference else 'Drop'} reference {frame_index}")
        self._document = document
        self._before = document.references
        change = frozenset({frame_index})
        self._after = self._before | change if is_reference else self._before - change

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_references(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_references(self._before)


class PropagateCommand(QUndoCommand):
    """A whole propagation run as one step.

    It is pushed when the run starts and grows with every finished frame, so that strokes painted
    meanwhile lie above it and are undone first. Undoing it while the run goes on ends the run.

    Args:
        document: Whose masks.
        run_id: Of the run.
        references: The references after the command; those before are remembered.
        text: What the Edit menu calls it.
    """

    def __init__(self, document: Document, run_id: int, references: frozenset[int], text: str) -> None:
        super().__init__(text)
        self._document = document
        self._run_id = run_id
        self._references_before = document.references
        self._references_after = references
        self._before: dict[int, StoredMask | None] = {}
        self._after: dict[int, StoredMask] = {}
        self._withheld: dict[int, StoredMask] = {}
        self._done = False
        self._vanishes = False
        self.is_running = True
        self.is_forgotten = False

    @property
    def frames(self) -> list[int]:
        """Frame indices that the run has written, ascending."""
        return sorted(self._after)

    def record(self, frame_index: int, entry: StoredMask) -> bool:
        """Put a finished frame into the document, unless the user made that frame's mask.

        Returns:
            Whether it was taken.
        """
        known = {info.object_id for info in self._document.objects}
        kept = without_objects(entry, set(entry.object_ids).union(entry.mattes) - known)
        if not self._done or kept is None:
            return False
        if self._document.is_protected(frame_index):
            # undoing the user's mask must not leave a hole
            self._withheld[frame_index] = kept
            self._document.withhold(frame_index, self)
            return False
        entry = kept
        self._before.setdefault(frame_index, self._document.masks.entry(frame_index))
        self._after[frame_index] = entry
        self._document.put_mask(frame_index, entry)
        stack = self._document.undo_stack
        if stack.cleanIndex() > self._position():
            stack.resetClean()  # what was exported with this step in it lacks this frame
        return True

    def _position(self) -> int:
        """The state of the history that this step starts from."""
        stack = self._document.undo_stack
        return next((i for i in range(stack.count()) if stack.command(i) is self), 0)

    @property
    def nbytes(self) -> int:
        """Size of the masks that this step keeps alive."""
        kept = [*self._before.values(), *self._after.values(), *self._withheld.values()]
        return sum(entry.nbytes for entry in kept if entry is not None)

    def forget(self) -> None:
        """Give up the masks; the step cannot be undone any more, nor can those before it."""
        self.is_forgotten = True
        for index in self._withheld:
            self._document.withhold(index, None)
        for table in (self._before, self._after, self._withheld):
            table.clear()

    def show_withheld(self, frame_index: int) -> None:
        """The user's mask was undone: the network's takes its place, as part of this step."""
        entry = self._withheld.pop(frame_index, None)
        if entry is not None:
            self._before.setdefault(frame_index, self._document.masks.entry(frame_index))
            self._after[frame_index] = entry
            self._document.put_mask(frame_index, entry)

    def close(self) -> None:
        """The run is over; a run that wrote nothing leaves no step behind if it is the newest one."""
        self.is_running = False
        stack = self._document.undo_stack
        newest = stack.index() > 0 and stack.command(stack.index() - 1) is self
        if not self._after and not self._withheld and self._done and newest:
            self._vanishes = True
            stack.undo()
            return
        forget_old_runs(self._document)

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._done = True
        self._document.put_references(self._references_after)
        for index, entry in self._after.items():
            self._document.put_mask(index, entry)
        for index in self._withheld:
            self._document.withhold(index, self)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._done = False
        for index in self._withheld:
            self._document.withhold(index, None)
        for index, entry in self._before.items():
            self._document.put_mask(index, entry)
        self._document.put_references(self._references_before)
        if self._vanishes:
            self.setObsolete(True)  # the stack deletes it after this
        if self.is_running:
            self.is_running = False
            self._document.run_undone.emit(self._run_id)


def forget_old_runs(document: Document, budget: int = RUN_BUDGET_BYTES) -> None:
    """Keep the masks that runs can be undone to within a budget; the newest run always keeps its own."""
    stack, used, is_newest = document.undo_stack, 0, True
    for place in range(stack.count() - 1, -1, -1):
        command = stack.command(place)
        if not isinstance(command, PropagateCommand):
            continue
        used += command.nbytes
        if used > budget and not is_newest and place < stack.index():
            command.forget()
        is_newest = False
