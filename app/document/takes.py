"""What one run wrote, next to what was there before. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable

from app.document.mask_store import StoredMask


class Take:
    """The masks of one run and those that they replaced, to compare, to accept and to reject.

    Attributes:
        take_id: Of the run.
        text: What the run did, as the Edit menu calls it.
        before: Masks before the run by frame index, None where there were none.
        after: Masks that the run wrote.
        change: How much a frame changed by the run, 0..1.
        settled: Frames that the user has accepted or rejected.
    """

    def __init__(self, take_id: int, text: str) -> None:
        self.take_id = take_id
        self.text = text
        self.before: dict[int, StoredMask | None] = {}
        self.after: dict[int, StoredMask] = {}
        self.change: dict[int, float] = {}
        self.settled: frozenset[int] = frozenset()

    @property
    def frames(self) -> list[int]:
        """Frames that the run has written, ascending."""
        return sorted(self.after)

    @property
    def changed_frames(self) -> list[int]:
        """Those of them that had other masks before, ascending."""
        return [
            index
            for index in self.frames
            if self.before.get(index) is not None and self.change.get(index, 1.0) > 0
        ]

    @property
    def open_frames(self) -> list[int]:
        """Those of these that are neither accepted nor rejected."""
        return [index for index in self.changed_frames if index not in self.settled]

    @property
    def nbytes(self) -> int:
        """Memory that the masks take."""
        kept: list[StoredMask | None] = [*self.before.values(), *self.after.values()]
        return sum(entry.nbytes for entry in kept if entry is not None)

    def record(self, frame_index: int, former: StoredMask | None, entry: StoredMask, change: float) -> None:
        """The run has written a frame, perhaps again."""
        self.before.setdefault(frame_index, former)
        self.after[frame_index] = entry
        self.change[frame_index] = change

    def b_mask(self, frame_index: int) -> StoredMask | None:
        """The mask to compare the present one with: the one before the run, None where nothing is open."""
        return None if frame_index in self.settled else self.before.get(frame_index)

    def open_in(self, frames: Iterable[int]) -> list[int]:
        """The open ones among some frames, ascending."""
        wanted = set(frames)
        return [index for index in self.open_frames if index in wanted]

    def forget(self) -> None:
        """Give up the masks."""
        self.before.clear()
        self.after.clear()
        self.change.clear()
