"""Propagation runs."""

from __future__ import annotations

from app.document.document import Document
from app.document.history import Step
from app.document.mask_store import StoredMask, without_objects
from app.document.references import with_frames


class PropagateCommand(Step):
    """A whole propagation run as one step.

    It is pushed when the run starts and grows with every finished frame, so that strokes painted
    meanwhile lie above it and are undone first. Undoing it while the run goes on ends the run.

    Args:
        document: Whose masks.
        run_id: Of the run.
        references: Frames that are references from now on, besides those that are.
        text: What the Edit menu calls it.
    """

    def __init__(self, document: Document, run_id: int, references: frozenset[int], text: str) -> None:
        super().__init__(text)
        self._document = document
        self._run_id = run_id
        self._references_before = document.reference_table
        self._references_after = with_frames(self._references_before, references)
        self._before: dict[int, StoredMask | None] = {}
        self._after: dict[int, StoredMask] = {}
        self._withheld: dict[int, StoredMask] = {}
        self._done = False
        self._vanishes = False
        self.is_running = True

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
        if frame_index in self._document.locked_frames:
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
        """Memory that this step keeps alive."""
        kept = [*self._before.values(), *self._after.values(), *self._withheld.values()]
        return super().nbytes + sum(entry.nbytes for entry in kept if entry is not None)

    def forget(self) -> None:
        """Give up the masks."""
        super().forget()
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
        stack.measure(self)

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
