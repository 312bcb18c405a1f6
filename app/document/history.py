"""The undo history: as long as memory allows, whatever its steps are."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.document.mask_store import MaskSource, StoredMask
from app.document.shared_data import Counting, Kept, at_most, counted, data_of
from app.document.takes import Take
from app.document.undo_stack import Command, UndoStack
from app.document.weights import Weights

if TYPE_CHECKING:
    from app.document.document import Document

HISTORY_BUDGET_BYTES = 1 << 30
_STEP_BYTES = 2000  # of a step without masks


@dataclass(frozen=True)
class CameBy:
    """A run that is beneath a step has written a frame, and so changes all masks that the step has for it.

    Attributes:
        frame_index: 0-based.
        replaced: The masks that were there, None for none.
        now: Those that are there now.
        saw: The masks that the run started from, which may be the user's.
        anew: Puts what the run found into other masks of the frame.
    """

    frame_index: int
    replaced: StoredMask | None
    now: StoredMask
    saw: StoredMask | None
    anew: Callable[[StoredMask | None], StoredMask]

    def applied(self, former: StoredMask | None) -> StoredMask | None:
        """What masks that a step has for the frame become; those that the user painted since stay."""
        if former == self.replaced:
            return self.now
        is_users = former is not None and former.source is MaskSource.USER and former != self.saw
        return former if is_users else self.anew(former)


class Step(Command):
    """Base of all commands: one change of the document, which never raises; check before it is pushed.

    Attributes:
        is_forgotten: Its masks were given up to save memory; it cannot be undone any more.
        take: What the run wrote that this step stands for; None for other steps.
    """

    take: Take | None = None

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.is_forgotten = False
        self._document_or_none: Callable[[], Document | None] = _nothing

    @property
    def _document(self) -> Document:
        """What it changes. Not kept alive, for the document has the history, and that has the step.

        Raises:
            ReferenceError: There is no such document any more.
        """
        document = self._document_or_none()
        if document is None:
            raise ReferenceError(f"the step {self.text()!r} has no document, or its document is gone")
        return document

    @_document.setter
    def _document(self, document: Document) -> None:
        self._document_or_none = weakref.ref(document)

    @property
    def most_bytes(self) -> int:
        """At least the memory that this step keeps alive, alone or together with others; told at a glance."""
        return _STEP_BYTES + at_most(self.kept())

    def data(self) -> Iterator[bytes]:
        """The compressed data that this step keeps alive; the same object may come again."""
        return data_of(self.kept())

    def kept(self) -> Sequence[Kept | None]:
        """The masks and locked regions that this step keeps alive now; the same one may come again."""
        return ()

    def forget(self) -> None:
        """Give up what undoing needs."""
        self.is_forgotten = True

    def run_came_by(self, news: CameBy) -> None:
        """A run that goes on beneath this step has written a frame: undoing this is not to take that back."""


class History(UndoStack):
    """Unlimited steps within a budget of memory. The oldest ones are forgotten first, the newest never.

    A forgotten step stays in the stack as an empty shell.

    Args:
        parent: Owner.
        budget_bytes: For all steps together.
        elsewhere: What stays if the history goes: what its owner holds besides. It counts for nothing.
    """

    def __init__(
        self,
        parent: QObject | None = None,
        budget_bytes: int = HISTORY_BUDGET_BYTES,
        elsewhere: Callable[[], Iterable[Kept]] = tuple,
    ) -> None:
        super().__init__(parent)
        self.budget_bytes = budget_bytes
        # of each step at most, and how much less all together were, as data are shared, when it was last seen
        self._sizes: list[int] = []
        self._at_most = 0
        # how many steps each place stands for, and the takes of those that are runs
        self._counts: list[int] = []
        self._runs: dict[int, list[Take]] = {}
        # places of those that a run has changed since they were sized
        self._outdated: set[int] = set()
        self._shared = 0
        self._forgotten = 0
        kept_at = weakref.WeakMethod(self._kept_at)  # without a circle, see `elsewhere` of a document
        self._weights = Weights(lambda place: () if (ask := kept_at()) is None else ask(place), elsewhere)

    @property
    def nbytes(self) -> int:
        """Memory that would be freed if all steps were forgotten; what they share counts once."""
        return counted(self.counting())

    def counting(self) -> Counting:
        """Count ``nbytes``, as it is now, in pieces: only what was changed since the last time."""
        self._weights.note_changed(self._runs)  # they grow
        nbytes = yield from self._weights.counting()
        return nbytes + _STEP_BYTES * sum(self._counts[self._forgotten : self.count()])

    def steps(self) -> Iterator[Step]:
        """All steps that were not forgotten, the oldest first; the parts of a macro one by one."""
        for place in range(self._forgotten, self.count()):
            yield from self._parts(place)

    def takes(self) -> Iterator[Take]:
        """What the runs among the steps wrote."""
        for takes in self._runs.values():
            yield from takes

    def _parts(self, place: int) -> Iterator[Step]:
        """The step at a place, or those that a macro is made of."""
        return (command for command in self.all_of(place) if isinstance(command, Step))

    def _kept_at(self, place: int) -> Iterator[Kept | None]:
        for step in self._parts(place):
            yield from step.kept()

    @property
    def can_step_back(self) -> bool:
        """Whether there is a step to undo that was not forgotten."""
        return self.canUndo() and self.index() > self._forgotten

    def run_came_by(self, run: Command, news: CameBy) -> None:
        """A run has written a frame: tell the steps above it, those that are undone included.

        What they weigh then is looked up when the next step is pushed, not for every frame.
        """
        for place in range(self.count() - 1, -1, -1):
            command = self.command(place)
            if command is run:
                break
            for step in self._parts(place):
                step.run_came_by(news)
            self._outdated.add(place)

    def measure(self, step: Command) -> None:
        """A step that is on the stack has grown."""
        for place in range(self.count() - 1, -1, -1):
            if self.command(place) is step:
                if place < len(self._sizes):
                    self._size(place)
                break
        self._forget_oldest()

    def _account(self, first_new: int) -> None:
        if first_new < len(self._sizes):
            self._shared = 0  # what steps that are gone shared is not known
        self._at_most -= sum(self._sizes[first_new:])
        del self._sizes[first_new:], self._counts[first_new:]
        self._weights.cut(first_new)
        self._outdated = {place for place in self._outdated if place < first_new}
        self._runs = {place: takes for place, takes in self._runs.items() if place < first_new}
        for place in range(len(self._sizes), self.count()):
            parts = list(self._parts(place))
            self._sizes.append(0)
            self._counts.append(len(parts))
            takes = [step.take for step in parts if step.take is not None]
            if takes:
                self._runs[place] = takes
            self._weights.add()
            self._size(place)
        self._forgotten = min(self._forgotten, self.count())
        self._forget_oldest()

    def _size(self, place: int) -> None:
        """Note what a place weighs at most; what that is exactly is counted where it matters."""
        size = sum(step.most_bytes for step in self._parts(place))
        self._at_most += size - self._sizes[place]
        self._sizes[place] = size
        self._weights.note_changed((place,))

    def _forget_oldest(self) -> None:
        for place in self._outdated:
            if self._forgotten <= place < len(self._sizes):
                self._size(place)
        self._outdated.clear()
        most = self._at_most - self._shared
        if most <= self.budget_bytes // 2:
            return
        if most <= self.budget_bytes:
            # a little is counted with each step, so that little is left to count when it matters
            next(self._weights.counting(), None)
            return
        nbytes = self.nbytes
        while nbytes > self.budget_bytes and self._forgotten < self.index() - 1:
            place = self._forgotten
            for step in self._parts(place):
                step.forget()
            self._runs.pop(place, None)
            self._at_most -= self._sizes[place]
            self._sizes[place] = 0
            self._weights.note_changed((place,))
            self._forgotten += 1
            nbytes = self.nbytes
        self._shared = max(0, self._at_most - nbytes)

    # ---- what is counted anew ----

    def push(self, command: Command) -> None:
        """See ``UndoStack.push``."""
        first_new = self.index()
        try:
            super().push(command)
        finally:
            if not self.in_macro:
                # a command may have become one with the step before it
                self._account(max(0, min(first_new, self.count() - 1)))

    def endMacro(self) -> None:
        """See ``UndoStack.endMacro``."""
        super().endMacro()
        if not self.in_macro:
            self._account(self.index() - 1)

    def undo(self) -> None:
        """See ``UndoStack.undo``."""
        try:
            super().undo()
        finally:
            place = self.index()
            if self.count() < len(self._sizes):
                self._account(place)  # it was not worth keeping, and those above it have moved down
            self._weights.note_changed((place,))  # it may keep other masks than before

    def redo(self) -> None:
        """See ``UndoStack.redo``."""
        try:
            super().redo()
        finally:
            self._weights.note_changed((self.index() - 1,))

    def clear(self) -> None:
        """See ``UndoStack.clear``."""
        super().clear()
        self._sizes.clear()
        self._counts.clear()
        self._runs.clear()
        self._outdated.clear()
        self._weights.clear()
        self._at_most = self._shared = self._forgotten = 0


def _nothing() -> None:
    """A reference to nothing."""
