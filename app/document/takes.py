"""What one run wrote, next to what was there before. Free of Qt."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.shared_data import Shares, at_most, data_of

TAKES_BUDGET_BYTES = 512 << 20
"""For the masks of all takes together, those apart that the document has anyway."""


@dataclass(frozen=True)
class TakenFrame:
    """A frame that a run wrote.

    Attributes:
        before: Its masks before the run, None where there were none.
        after: Its masks after it.
        change: How much they differ in the objects that the run was for, 0..1.
    """

    before: StoredMask | None
    after: StoredMask
    change: float = 1.0


@dataclass(frozen=True)
class TakeRecord:
    """A take as files and snapshots hold it.

    Attributes:
        take_id: Its own, never used again.
        text: What the run did, as the Edit menu calls it.
        frames: What it wrote, by frame index.
        settled: Frames that the user has accepted or rejected.
    """

    take_id: int
    text: str
    frames: Mapping[int, TakenFrame] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()

    def masks(self) -> Iterable[StoredMask]:
        """All masks that it holds."""
        for taken in self.frames.values():
            yield taken.after
            if taken.before is not None:
                yield taken.before

    def clipped(self, frame_count: int) -> TakeRecord:
        """Without frames beyond the end of a clip."""
        frames = {index: taken for index, taken in self.frames.items() if index < frame_count}
        settled = frozenset(index for index in self.settled if index < frame_count)
        return TakeRecord(self.take_id, self.text, frames, settled)


class Take:
    """The masks of one run and those that they replaced, to compare, to accept and to reject.

    Args:
        text: What the run did, as the Edit menu calls it.
        record: What is known of it already; a new take if None.

    Attributes:
        take_id: Its own, never used again.
        text: What the run did.
    """

    def __init__(self, text: str, record: TakeRecord | None = None) -> None:
        self.take_id = uuid.uuid4().int >> 76 if record is None else record.take_id  # JSON has 53 bits
        self.text = text
        self._settled: frozenset[int] = frozenset() if record is None else record.settled
        self._record = record
        self._frames: dict[int, TakenFrame] = {} if record is None else dict(record.frames)
        self._written: list[int] = list(self._frames)  # one frame several times, if it was
        self._open: set[int] = set()
        self._find_open()

    @classmethod
    def of(cls, record: TakeRecord) -> Take:
        """The take that a file holds."""
        return cls(record.text, record)

    def to_record(self) -> TakeRecord:
        """Its present state, which does not change any more; the same object until something does."""
        if self._record is None:
            frames = MappingProxyType(dict(self._frames))
            self._record = TakeRecord(self.take_id, self.text, frames, self._settled)
        return self._record

    @property
    def write_count(self) -> int:
        """How many times a frame was written so far."""
        return len(self._written)

    def written_since(self, write_count: int) -> TakeRecord:
        """Its present state with only those frames that were written after a ``write_count``.

        It takes time for these alone, however many there are in all.
        """
        frames = {index: self._frames[index] for index in self._written[write_count:]}
        return TakeRecord(self.take_id, self.text, frames, self._settled)

    @property
    def settled(self) -> frozenset[int]:
        """Frames that the user has accepted or rejected."""
        return self._settled

    def settle(self, frames: frozenset[int]) -> None:
        """Replace the frames that are accepted or rejected."""
        self._settled, self._record = frames, None
        self._find_open()

    def _find_open(self) -> None:
        self._open = {index for index, taken in self._frames.items() if taken.change > 0} - self._settled

    def __len__(self) -> int:
        return len(self._frames)

    def __getitem__(self, frame_index: int) -> TakenFrame:
        return self._frames[frame_index]

    def get(self, frame_index: int) -> TakenFrame | None:
        """What the run wrote on a frame, None if nothing."""
        return self._frames.get(frame_index)

    @property
    def table(self) -> Mapping[int, TakenFrame]:
        """What the run wrote, by frame index; it grows while the run goes on."""
        return MappingProxyType(self._frames)

    @property
    def frames(self) -> list[int]:
        """Frames that the run has written, ascending."""
        return sorted(self._frames)

    @property
    def is_open(self) -> bool:
        """Whether frames are neither accepted nor rejected; at once, however many there are."""
        return bool(self._open)

    @property
    def open_frames(self) -> list[int]:
        """Frames that look different now and are neither accepted nor rejected, ascending.

        Frames that were empty before look different if the run found something there.
        """
        return sorted(self._open)

    @property
    def nbytes(self) -> int:
        """Memory that the masks take."""
        return sum(mask.nbytes for mask in self.to_record().masks())

    def record(self, frame_index: int, former: StoredMask | None, entry: StoredMask, change: float) -> None:
        """The run has written a frame, perhaps again."""
        known = self._frames.get(frame_index)
        self._record = None
        self._written.append(frame_index)
        self._frames[frame_index] = TakenFrame(former if known is None else known.before, entry, change)
        if change > 0 and frame_index not in self._settled:
            self._open.add(frame_index)
        else:
            self._open.discard(frame_index)

    def b_mask(self, frame_index: int) -> StoredMask | None:
        """The mask to compare the present one with: the one before the run, None where nothing is open.

        Where there was none, it is one without objects.
        """
        taken = self._frames.get(frame_index)
        if taken is None or frame_index in self.settled:
            return None
        return _nothing(taken.after.shape) if taken.before is None else taken.before

    def open_in(self, frames: Iterable[int]) -> list[int]:
        """The open ones among some frames, ascending."""
        return sorted(self._open.intersection(frames))

    def forget(self) -> None:
        """Give up the masks."""
        self._frames.clear()
        self._written.clear()
        self._open.clear()
        self._record = None


@functools.lru_cache(maxsize=4)
def _nothing(shape: tuple[int, int]) -> StoredMask:
    return pack(np.zeros(shape, np.uint8), MaskSource.PROPAGATED)


def within_budget(
    takes: Sequence[Take], present: Iterable[StoredMask], budget_bytes: int = TAKES_BUDGET_BYTES
) -> tuple[Take, ...]:
    """The youngest takes whose masks fit into a budget.

    Args:
        takes: The oldest first.
        present: Masks that are kept anyway, and count for nothing.
        budget_bytes: For all takes together.
    """
    if sum(at_most(take.to_record().masks()) for take in takes) <= budget_bytes:
        return tuple(takes)
    shares = Shares(data_of(present))
    kept: list[Take] = []
    for take in reversed(takes):
        shares.hold(data_of(take.to_record().masks()))
        if shares.nbytes > budget_bytes:
            break
        kept.append(take)
    return tuple(reversed(kept))
