"""Takes the network through the passes of a run. Free of Qt.

The studio's runs and the command line's share this: where a pass goes on from, which masks it must respect,
where two passes are fused, where a cut ends one, and what happens when memory runs out.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from app.document.merging import laid_over
from app.document.run_plan import Pass, RunPlan
from app.errors import UserError
from app.i18n import tr
from app.media import Frame, VideoSource
from app.media.cuts import watch_cuts
from app.worker.engine import Result, Session, is_out_of_memory
from app.worker.fusion import PackedProbability, as_result, fuse, pack_rows, time_share

log = logging.getLogger(__name__)

Mask = NDArray[np.uint8]

VOID = 255
_SMALLEST_SHARE = 1 / 8


@dataclass(frozen=True)
class Given:
    """What a frame's mask says already.

    Attributes:
        index_mask: (H, W) uint8 object ids.
        object_ids: The objects that it speaks of; None for all, then the network only passes by.
        locked: (H, W) bool, pixels where it speaks of all objects; None for none.
    """

    index_mask: Mask
    object_ids: frozenset[int] | None = None
    locked: NDArray[np.bool_] | None = None


@dataclass(frozen=True)
class Visit:
    """The network has come by a frame.

    Attributes:
        frame_index: 0-based.
        result: What it found; None where it only passed by.
        index_mask: (H, W) uint8 mask that the pass goes on from.
        is_final: No further pass will change the result.
        disagreement: By object id, where two passes were fused.
    """

    frame_index: int
    result: Result | None
    index_mask: Mask
    is_final: bool = True
    disagreement: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class CutFound:
    """A pass ended at a cut.

    Attributes:
        last: Last frame of the shot, in the direction of the pass.
        beyond: First frame of the other shot.
    """

    last: int
    beyond: int


@dataclass(frozen=True)
class Shrunk:
    """Memory ran out: the network sees smaller pictures from here on.

    Attributes:
        share: Of the usual size, 1/2 or less.
    """

    share: float


@dataclass(frozen=True)
class PassBegins:
    """The next pass begins.

    Attributes:
        walk: The pass.
        index_mask: (H, W) uint8 mask that it goes out from.
    """

    walk: Pass
    index_mask: Mask


Event = Visit | CutFound | Shrunk | PassBegins


@dataclass(frozen=True)
class _FirstVisit:
    """What the first of two passes found on a frame, compressed until the second one comes by."""

    object_ids: tuple[int, ...]
    rows: PackedProbability
    shape: tuple[int, ...]
    packed_mask: bytes

    @classmethod
    def of(cls, result: Result, mask: Mask) -> _FirstVisit:
        packed = zlib.compress(np.ascontiguousarray(mask).data, 1)
        return cls(tuple(result.object_ids), pack_rows(result.probability), mask.shape, packed)

    def mask(self) -> Mask:
        return np.frombuffer(zlib.decompress(self.packed_mask), np.uint8).reshape(self.shape)


def _no_mask(frame_index: int) -> None:
    return None


@dataclass(frozen=True)
class Task:
    """What to walk through.

    Attributes:
        plan: The passes.
        references: Frame index to labels, (H, W) uint8, 255 = void; learnt before the first pass.
        starts: Masks (H, W) uint8 of frames that passes go out from.
        given: What a frame's mask says already, None for nothing.
        late: Frames that are learnt only when a pass reaches them, together with what it brought there.
        stops_at_cuts: Whether a cut ends a pass.
        ignored_cuts: Pairs of neighbouring frames (lower first) between which no cut is to be seen.
        earlier: What a first pass found on a frame before this run went on from a broken one: object ids
            and probabilities, (O, H, W) float32.
    """

    plan: RunPlan
    references: Mapping[int, Mask]
    starts: Mapping[int, Mask]
    given: Callable[[int], Given | None] = _no_mask
    late: Set[int] = frozenset()
    stops_at_cuts: bool = False
    ignored_cuts: Set[tuple[int, int]] = frozenset()
    earlier: Callable[[int], tuple[tuple[int, ...], NDArray[np.float32]] | None] = _no_mask


class Walker:
    """One run over one clip.

    Args:
        task: What to do.
        source: The clip, used by this thread alone.
        open_session: Makes a session that sees pictures of a share of the usual size.
    """

    def __init__(self, task: Task, source: VideoSource, open_session: Callable[[float], Session]) -> None:
        self._task = task
        self._source = source
        self._open_session = open_session
        self._share = 1.0
        self._session: Session | None = None
        self._learnt: dict[int, Mask] = dict(task.references)
        self._starts: dict[int, Mask] = dict(task.starts)
        # nobody asks for the masks of other frames again, and whole they would fill the memory
        self._kept = frozenset(walk.start for walk in task.plan)
        self._first: dict[int, _FirstVisit] = {}
        self._cuts: set[tuple[int, int]] = set()
        # where the session's previous frame is
        self._at = -1
        self._picture: Frame | None = None
        self._mask: Mask | None = None

    def prepare(self) -> Iterator[Shrunk | None]:
        """Open the session and give it the references.

        Masks without an object say "nothing here"; the network takes them only after others have named
        objects, so they come last.

        Yields:
            After every reference, None; `Shrunk` where memory ran out.
        """
        while True:
            try:
                self._session = self._open_session(self._share)
                for index in sorted(self._learnt, key=lambda index: (not _shows(self._learnt[index]), index)):
                    self._session.add_reference(self._source.frame(index), self._learnt[index])
                    self._at = -1
                    yield None
                return  # noqa: TRY300 - the loop is for the other case
            except (RuntimeError, MemoryError) as error:
                yield self._shrink(error)

    def run(self) -> Iterator[Event]:
        """Walk through all passes, after ``prepare``.

        Raises:
            UserError: Memory is too small even for small pictures.
            cfbi.CfbiError: The network refuses.
        """
        for place, walk in enumerate(self._task.plan):
            later = [other.frames for other in self._task.plan.passes[place + 1 :] if other.fuses]
            # mostly the one that comes next: passes over other stretches need not be asked at each frame
            yield from self._walk(walk, [frames for frames in later if _overlap(frames, walk.frames)])

    def _walk(self, walk: Pass, comes_again: Sequence[range]) -> Iterator[Event]:
        unlearnt = walk.start in self._task.late and walk.start not in self._learnt
        if self._at != walk.start or unlearnt:
            picture = self._source.frame(walk.start)
            yield from self._set_previous(walk.start, picture, self._starts[walk.start], learn=unlearnt)
        yield PassBegins(walk, self._starts[walk.start])
        frames = walk.frames
        adjacent = frames[0] - frames.step == walk.start
        pictures = self._source.frames(frames.start, frames.stop, frames.step)
        watched: Iterator[tuple[Frame, bool]]
        if self._task.stops_at_cuts:
            watched = watch_cuts(pictures, self._picture if adjacent else None)
        else:
            watched = ((picture, False) for picture in pictures)
        left = frames
        for index, (picture, is_cut) in zip(frames, watched, strict=False):
            given = self._task.given(index)
            passes_by = given is not None and given.object_ids is None
            follows_on = adjacent or index != frames[0]
            if follows_on and not passes_by and self._ends_shot(index - frames.step, index, is_cut):
                for beyond in left:
                    known = None if walk.fuses else self._task.given(beyond)
                    if known is not None and (known.locked is None or known.object_ids):
                        yield Visit(beyond, None, known.index_mask)
                yield CutFound(index - frames.step, index)
                break
            left = left[1:]
            if given is not None and passes_by:
                yield from self._set_previous(index, picture, given.index_mask)
                yield Visit(index, None, given.index_mask)
            else:
                is_final = not any(index in later for later in comes_again)
                yield from self._step(index, picture, given, walk, is_final=is_final)
        if walk.fuses:
            for index in left:
                if (first := self._first.pop(index, None)) is not None:
                    yield Visit(index, as_result(first.rows.unpacked(), first.object_ids), first.mask())

    def _ends_shot(self, last: int, index: int, is_cut: bool) -> bool:
        pair = (min(last, index), max(last, index))
        if pair in self._task.ignored_cuts:
            return False
        if is_cut:
            self._cuts.add(pair)
        return pair in self._cuts

    def _step(
        self, index: int, picture: Frame, given: Given | None, walk: Pass, *, is_final: bool
    ) -> Iterator[Event]:
        while True:
            try:
                result = self._live.step(picture)
                break
            except (RuntimeError, MemoryError) as error:
                yield from self._reopen(error)
        mask = result.index_mask
        self._at, self._picture, self._mask = index, picture, mask
        if given is not None and given.object_ids is not None:
            mask = laid_over(mask, given.index_mask, given.object_ids)
            if given.locked is not None:
                mask = np.where(given.locked, given.index_mask, mask)
            late = index in self._task.late
            if given.object_ids or late or not np.array_equal(mask, result.index_mask):
                yield from self._set_previous(index, picture, mask, learn=late)
        self._keep(index, mask)
        former = self._take_first(index) if walk.fuses else None
        if walk.partner is not None and former is not None:
            ids, rows = former
            share = time_share(index, walk.partner, walk.start)
            first = _rows_of(rows, ids, tuple(result.object_ids))
            fused = fuse(first, np.asarray(result.probability), tuple(result.object_ids), share)
            yield Visit(index, fused, mask, disagreement=fused.disagreement)
            return
        if not is_final:
            self._first[index] = _FirstVisit.of(result, mask)
        yield Visit(index, result, mask, is_final)

    def _take_first(self, index: int) -> tuple[tuple[int, ...], NDArray[np.float32]] | None:
        """What the first pass found on a frame."""
        kept = self._first.pop(index, None)
        return self._task.earlier(index) if kept is None else (kept.object_ids, kept.rows.unpacked())

    @property
    def _live(self) -> Session:
        assert self._session is not None, "prepare comes first"
        return self._session

    def _set_previous(
        self, index: int, picture: Frame, mask: Mask, *, learn: bool = False
    ) -> Iterator[Shrunk]:
        while True:
            try:
                if learn:
                    self._live.add_reference(picture, mask)
                    self._learnt[index] = mask
                else:
                    self._live.set_previous(picture, mask)
                break
            except (RuntimeError, MemoryError) as error:
                yield from self._reopen(error)
        self._at, self._picture, self._mask = index, picture, mask
        self._keep(index, mask)

    def _keep(self, index: int, mask: Mask) -> None:
        """Remember a mask that a pass goes out from."""
        if index in self._kept:
            self._starts[index] = mask

    def _reopen(self, error: Exception) -> Iterator[Shrunk]:
        """Go on at the same frame with smaller pictures."""
        picture, mask, at = self._picture, self._mask, self._at
        while True:
            yield self._shrink(error)
            for note in self.prepare():
                if note is not None:
                    yield note
            if picture is None or mask is None:
                return
            try:
                self._live.set_previous(picture, mask)
                break
            except (RuntimeError, MemoryError) as again:
                error = again
        self._at, self._picture, self._mask = at, picture, mask

    def _shrink(self, error: Exception) -> Shrunk:
        if not is_out_of_memory(error):
            raise error
        if self._share <= _SMALLEST_SHARE:
            raise UserError(
                tr(
                    "There is not enough memory for this clip, even for pictures of an eighth of the usual "
                    "size."
                ),
                tr("Close other programs, or drop some references."),
            ) from error
        self._session = None  # its memory is needed
        self._share /= 2
        log.info("out of memory: going on at %g of the usual size", self._share)
        return Shrunk(self._share)


def _overlap(one: range, other: range) -> bool:
    """Whether two stretches of frames, each in one or the other direction, share a frame."""
    lower = max(min(frames[0], frames[-1]) for frames in (one, other))
    upper = min(max(frames[0], frames[-1]) for frames in (one, other))
    return lower <= upper


def _shows(labels: Mask) -> bool:
    return bool(((labels != 0) & (labels != VOID)).any())


def _rows_of(
    probability: NDArray[np.float32], ids: tuple[int, ...], wanted: tuple[int, ...]
) -> NDArray[np.float32]:
    """The rows for other object ids; an object that the session did not know yet has probability 0."""
    if ids == tuple(wanted):
        return probability
    rows = np.zeros((len(wanted) + 1, *probability.shape[1:]), np.float32)
    rows[0] = probability[0]
    for row, key in enumerate(wanted, start=1):
        if key in ids:
            rows[row] = probability[ids.index(key) + 1]
    return rows
