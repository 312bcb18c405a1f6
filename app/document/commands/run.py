"""Propagation runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from app.document.document import Document
from app.document.history import CameBy, Step
from app.document.locked import LockedRegion, hold
from app.document.mask_store import StoredMask, without_objects
from app.document.merging import merged_anew
from app.document.references import with_frames
from app.document.shared_data import Kept
from app.document.takes import Take
from app.i18n import trn


@dataclass(frozen=True)
class _Result:
    """What a run made of a frame: the masks, those that they were put into, how much they differ."""

    entry: StoredMask
    base: StoredMask | None
    change: float
    written: frozenset[int] | None


class PropagateCommand(Step):
    """A whole propagation run as one step.

    It is pushed when the run starts and grows with every finished frame, so that strokes painted
    meanwhile lie above it and are undone first. Undoing it while the run goes on ends the run.

    Args:
        document: Whose masks.
        run_id: Of the run.
        references: Frames that are references from now on, besides those that are.
        text: What the Edit menu calls it.

    Attributes:
        take: What it wrote.
    """

    def __init__(self, document: Document, run_id: int, references: frozenset[int], text: str) -> None:
        super().__init__(text)
        self._document = document
        self._run_id = run_id
        self._references_before = document.reference_table
        self._references_after = with_frames(self._references_before, references)
        self.take: Take = Take(text)
        self._withheld: dict[int, _Result] = {}
        # masks before and after this step, where what was done above it makes those of the take others
        self._beneath: dict[int, tuple[StoredMask | None, StoredMask]] = {}
        self._held: dict[int, int] = {}
        self._done = False
        self._vanishes = False
        self.is_running = True

    @property
    def is_done(self) -> bool:
        """Whether it is in effect, not undone."""
        return self._done

    @property
    def frames(self) -> list[int]:
        """Frame indices that the run has written, ascending."""
        return self.take.frames

    def record(
        self,
        frame_index: int,
        entry: StoredMask,
        base: StoredMask | None = None,
        change: float = 1.0,
        *,
        held: tuple[LockedRegion | None, int] = (None, 0),
        written: frozenset[int] | None = None,
    ) -> bool:
        """Put a finished frame into the document, unless the user made that frame's mask meanwhile.

        Args:
            frame_index: 0-based.
            entry: Its masks.
            base: The masks that they were put into. A user's mask that is still that one holds in the new
                one what the user told, so it may be replaced.
            change: How much they differ from those before the run, 0..1.
            held: The locked pixels that the masks respect already, and how many of them the network saw
                otherwise.
            written: Objects that the run may change on this frame. Where the masks are not those of ``base``
                any more, only these are taken. None for all that the masks hold.

        Returns:
            Whether it was taken.
        """
        document = self._document
        result = _Result(entry, base, change, written)
        if not self._done or self._of_the_list(result) is None or frame_index in document.locked_frames:
            return False
        is_ours = self._is_ours(frame_index, base)
        being_painted = document.edit is not None and document.edit.frame_index == frame_index
        holds_the_users = base is not None and is_ours and not being_painted
        if document.is_protected(frame_index) and not holds_the_users:
            # undoing the user's mask must not leave a hole
            self._withheld[frame_index] = result
            document.withhold(frame_index, self)
            return False
        respects = document.locked_region(frame_index) == held[0] and is_ours
        if respects:
            self._held[frame_index] = held[1]
        self._put(frame_index, result, respects=respects)
        stack = document.undo_stack
        if stack.cleanIndex() > self._position():
            stack.resetClean()  # what was exported with this step in it lacks this frame
        return True

    def _of_the_list(self, result: _Result) -> StoredMask | None:
        """The masks of a result without those of objects that were removed since; None if nothing is left."""
        ids = set(result.entry.object_ids).union(result.entry.mattes)
        return without_objects(result.entry, ids - {info.object_id for info in self._document.objects})

    def _is_ours(self, frame_index: int, base: StoredMask | None) -> bool:
        """Whether a frame has the masks that the run saw, or those that it put there itself."""
        now, taken = self._document.masks.entry(frame_index), self.take.get(frame_index)
        return now == base or (taken is not None and now == taken.after)

    def _put(self, frame_index: int, result: _Result, *, respects: bool = False) -> None:
        document, entry = self._document, self._of_the_list(result)
        if entry is None:
            return
        before, region = document.masks.entry(frame_index), document.locked_region(frame_index)
        taken, written = self.take.get(frame_index), result.written
        anew = None
        if written is not None:
            known = written.intersection(info.object_id for info in document.objects)
            anew = partial(merged_anew, made=entry, written=known)
            if not self._is_ours(frame_index, result.base):
                # other objects were changed since: what the run carried along of them is not to come back
                entry = anew(before)
                former = result.base if taken is None else taken.before
                former = self._beneath.get(frame_index, (former, None))[0]
                self._beneath[frame_index] = former, result.entry
        if region is not None and not respects:
            # pixels were locked, or painted, since the run saw the frame
            held = hold(before, entry, region)
            assert held.entry is not None
            entry, self._held[frame_index] = held.entry, held.pixel_count
            if frame_index in self._beneath:
                former, made = self._beneath[frame_index]
                self._beneath[frame_index] = former, hold(former, made, region).entry or made
        self.take.record(frame_index, before, entry, result.change)
        document.take_grew.emit()
        if anew is not None:
            document.undo_stack.run_came_by(self, CameBy(frame_index, before, entry, result.base, anew))
        document.put_mask(frame_index, entry)

    @property
    def held(self) -> dict[int, int]:
        """By frame index, how many locked pixels were left as they were although the network saw others."""
        return {index: count for index, count in self._held.items() if count}

    def _position(self) -> int:
        """The state of the history that this step starts from."""
        stack = self._document.undo_stack
        return next((i for i in range(stack.count()) if stack.command(i) is self), 0)

    def kept(self) -> Sequence[Kept | None]:
        """See ``Step.kept``."""
        taken = (mask for frame in self.take.table.values() for mask in (frame.before, frame.after))
        waiting = (mask for result in self._withheld.values() for mask in (result.entry, result.base))
        beneath = (mask for pair in self._beneath.values() for mask in pair)
        return (*taken, *waiting, *beneath)

    def forget(self) -> None:
        """Give up the masks."""
        super().forget()
        for index in self._withheld:
            self._document.withhold(index, None)
        self._withheld.clear()
        self._beneath.clear()
        self._document.remove_take(self.take)
        self.take.forget()

    def saw(self, frame_index: int) -> bool:
        """Whether the masks of a frame are those that a result that waits was made of."""
        waiting = self._withheld.get(frame_index)
        return waiting is not None and waiting.base == self._document.masks.entry(frame_index)

    def show_withheld(self, frame_index: int) -> None:
        """The user's mask was undone: the network's takes its place, as part of this step."""
        waiting = self._withheld.pop(frame_index, None)
        if waiting is not None:
            self._put(frame_index, waiting)
            if not self.is_running:
                self._document.takes_changed.emit()

    def close(self) -> None:
        """The run is over; a run that wrote nothing leaves no step behind if it is the newest one."""
        self.is_running = False
        stack = self._document.undo_stack
        newest = stack.index() > 0 and stack.command(stack.index() - 1) is self
        if not len(self.take) and not self._withheld and self._done and newest:
            self._vanishes = True
            stack.undo()
            return
        stack.measure(self)
        if self._done and not self.is_forgotten:
            self._document.add_take(self.take)

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._done = True
        self._document.put_references(self._references_after)
        after = {index: taken.after for index, taken in self.take.table.items()}
        self._document.put_masks(after | {index: made for index, (_, made) in self._beneath.items()})
        for index in self._withheld:
            self._document.withhold(index, self)
        if self.is_running:
            self._document.put_running_take(self.take)
        else:
            self._document.add_take(self.take)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._done = False
        self._document.remove_take(self.take)
        for index in self._withheld:
            self._document.withhold(index, None)
        before = {index: taken.before for index, taken in self.take.table.items()}
        self._document.put_masks(before | {index: former for index, (former, _) in self._beneath.items()})
        self._document.put_references(self._references_before)
        if self._vanishes:
            self.setObsolete(True)  # the stack deletes it after this
        if self.is_running:
            self.is_running = False
            self._document.run_undone.emit(self._run_id)


class SettleTakeCommand(Step):
    """Frames of a take are accepted, or rejected: then their former masks come back.

    Args:
        document: Whose masks.
        take: The take.
        frames: Which of its frames. Those that were changed since the run keep their masks.
        accept: Whether the new masks stay.
        former: The masks that come back on frames with locked pixels, which stay as they are now; those from
            before the run if None.

    Attributes:
        skipped: Frames whose former masks cannot come back, because they changed since or are locked.
    """

    def __init__(
        self,
        document: Document,
        take: Take,
        frames: Iterable[int],
        *,
        accept: bool,
        former: Mapping[int, StoredMask | None] | None = None,
    ) -> None:
        wanted = take.open_in(frames)
        count = len(wanted)
        super().__init__(
            trn("Accept {count} frame of the take", "Accept {count} frames of the take", count)
            if accept
            else trn("Reject {count} frame of the take", "Reject {count} frames of the take", count)
        )
        self._document = document
        self._take = take
        self._before = take.settled
        self._after = take.settled | frozenset(wanted)
        masks = document.masks
        self._restored: dict[int, tuple[StoredMask, StoredMask | None]] = {
            index: (
                take[index].after,
                former[index] if former is not None and index in former else take[index].before,
            )
            for index in wanted
            if not accept and masks.entry(index) == take[index].after and index not in document.locked_frames
        }

        self.skipped = [] if accept else [index for index in wanted if index not in self._restored]

    def kept(self) -> Sequence[Kept | None]:
        """See ``Step.kept``."""
        return [mask for pair in self._restored.values() for mask in pair]

    def forget(self) -> None:
        """Give up the masks."""
        super().forget()
        self._restored.clear()

    def run_came_by(self, news: CameBy) -> None:
        """See ``Step.run_came_by``."""
        if news.frame_index in self._restored:
            latter, former = self._restored[news.frame_index]
            self._restored[news.frame_index] = news.applied(latter) or latter, news.applied(former)

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_masks({index: former for index, (_, former) in self._restored.items()})
        self._document.settle_take(self._take, self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_masks({index: latter for index, (latter, _) in self._restored.items()})
        self._document.settle_take(self._take, self._before)
