"""A propagation run of the studio as a job of the network's lane."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document import facts
from app.document.facts import FrameFacts
from app.document.locked import LockedRegion, hold
from app.document.mask_store import Mask, StoredMask
from app.document.merging import merge_result
from app.document.packed_matte import WHITE
from app.document.run_draft import RunDraft, Teacher
from app.document.run_plan import Pass
from app.i18n import tr
from app.media import VideoInfo, open_source
from app.media.same_clip import refuse_another
from app.worker.alarms import Alarm, AreaWatch
from app.worker.engine import Engine, Result
from app.worker.job import JobContext
from app.worker.walk import VOID, CutFound, Given, PassBegins, Shrunk, Task, Visit, Walker

__all__ = [
    "CutFound",
    "EngineReady",
    "FrameDone",
    "PropagateJob",
    "RunPaused",
    "RunStage",
    "Shrunk",
]

log = logging.getLogger(__name__)

_SMOOTHING = 0.15
_BACK_FRAMES = 12
"""An object that was there for so many frames in a row after an alarm raises the same one anew."""


@dataclass(frozen=True)
class RunStage:
    """The run has not reached its first frame yet."""

    text: str


@dataclass(frozen=True)
class EngineReady:
    """The network is loaded."""

    description: str


@dataclass(frozen=True)
class RunPaused:
    """The run waits until it is told to go on.

    Attributes:
        frame_index: Where.
        alarms: Why.
    """

    frame_index: int
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True)
class FrameDone:
    """The network has come by a frame.

    Attributes:
        frame_index: 0-based.
        mask: Its masks, with what is known of them; None for a frame that was passed through unchanged.
        base: The masks that they were put into, None for none.
        is_final: No later pass of the run will change them.
        change: How much the masks of the objects that it may change differ from those before the run, 0..1.
        done: How many visits of the run are finished.
        total: How many there are.
        frames_per_s: Speed of late, without the loading.
        held: The locked pixels that the masks respect, and how many of them the network saw otherwise.
    """

    frame_index: int
    mask: StoredMask | None
    base: StoredMask | None
    is_final: bool
    change: float
    done: int
    total: int
    frames_per_s: float
    held: tuple[LockedRegion | None, int] = (None, 0)


class PropagateJob:
    """Carries masks through a clip.

    Args:
        path: The clip.
        info: What the draft takes it to have.
        draft: What to do; a snapshot.
        engine: Makes the session; used in the lane's thread only.
    """

    def __init__(self, path: Path, info: VideoInfo, draft: RunDraft, engine: Engine) -> None:
        self._path = path
        self._info = info
        self._draft = draft
        self._engine = engine
        self._alarms = AreaWatch()
        self._back: dict[Alarm, int] = {}  # for how many frames an object has been back since an alarm
        self._before: tuple[int, Mask] | None = None
        self._is_beyond_cut = False
        self._done = 0
        self._frame_s = 0.0
        self._begun = 0.0

    def run(self, context: JobContext) -> None:
        """Visit all frames of the draft, and send each as soon as it is finished.

        Raises:
            UserError: The clip cannot be read or has changed, or the network cannot be used.
        """
        context.emit(RunStage(tr("Loading the network…")))
        with open_source(self._path) as source:
            refuse_another(self._path, self._info, source.info)
            walker = Walker(self._task(), source, self._engine.open_session)
            context.check()
            for count, note in enumerate(walker.prepare()):
                if not count:
                    context.emit(EngineReady(self._engine.description))
                    context.emit(RunStage(tr("Reading the references…")))
                if note is not None:
                    context.emit(note)
                context.check()
            self._begun = time.perf_counter()
            for event in walker.run():
                context.check()
                if isinstance(event, Visit):
                    self._on_visit(event, context)
                elif isinstance(event, PassBegins):
                    self._on_pass(event.walk, event.index_mask)
                else:
                    if isinstance(event, CutFound):
                        # masks that still come are those of the other shot, which the first pass found
                        self._is_beyond_cut, self._before = True, None
                    context.emit(event)

    def _task(self) -> Task:
        draft = self._draft
        references = {index: labels(teacher) for index, teacher in draft.teachers.items()}
        starts = {index: entry.index_mask() for index, entry in _given_masks(draft).items()}
        return Task(
            plan=draft.plan,
            references={index: found for index, found in references.items() if (found != VOID).any()},
            starts=starts,
            given=self._given,
            stops_at_cuts=True,
            ignored_cuts=draft.options.ignored_cuts,
            earlier=self._earlier,
        )

    def _given(self, frame_index: int) -> Given | None:
        entry = self._draft.existing.get(frame_index)
        region = self._draft.locked_regions.get(frame_index)
        locked = None if region is None else region.pixels()
        if entry is None:
            return None if locked is None else Given(np.zeros(locked.shape, np.uint8), frozenset(), locked)
        if frame_index in self._draft.locked_frames:
            return Given(entry.index_mask())
        fixed = self._draft.fixed(frame_index)
        if self._draft.known <= fixed:
            return Given(entry.index_mask())
        return Given(entry.index_mask(), fixed, locked) if fixed or locked is not None else None

    def _earlier(self, frame_index: int) -> tuple[tuple[int, ...], NDArray[np.float32]] | None:
        entry = self._draft.existing.get(frame_index)
        if not self._draft.resumed or entry is None or not entry.known_ids:
            return None
        ids = tuple(sorted(entry.known_ids))
        rows = np.stack([entry.fine_matte(key) for key in ids]).astype(np.float32) / WHITE
        return ids, np.concatenate([np.maximum(0, 1 - rows.sum(axis=0, keepdims=True)), rows])

    def _on_pass(self, walk: Pass, index_mask: Mask) -> None:
        self._alarms.restart(index_mask)
        self._before, self._is_beyond_cut = (walk.start, index_mask), False

    def _on_visit(self, visit: Visit, context: JobContext) -> None:
        changes = self._draft.changes(visit.frame_index)
        base = self._draft.existing.get(visit.frame_index)
        mask, change = None, 0.0
        region, held_px = self._draft.locked_regions.get(visit.frame_index), 0
        if visit.result is not None and changes:
            known = self._facts(visit, visit.result)
            found = visit.result
            mask = merge_result(base, found.index_mask, found.probability, found.object_ids, changes, known)
            held = hold(base, mask, region)
            assert held.entry is not None
            mask, held_px = held.entry, held.pixel_count
            former = np.zeros_like(found.index_mask) if base is None else base.index_mask()
            change = facts.changed(former, mask.index_mask(), changes)
        self._before = (visit.frame_index, visit.index_mask)
        self._done += 1
        latest_s = time.perf_counter() - self._begun
        faster = self._done > 1
        self._frame_s += (_SMOOTHING if faster else 1) * (latest_s - self._frame_s)
        context.emit(
            FrameDone(
                frame_index=visit.frame_index,
                mask=mask,
                base=base,
                is_final=visit.is_final,
                change=change,
                done=self._done,
                total=self._draft.plan.visits,
                frames_per_s=1 / max(self._frame_s, 1e-6),
                held=(region, held_px),
            )
        )
        self._look_out(visit, context)
        self._begun = time.perf_counter()

    def _facts(self, visit: Visit, found: Result) -> dict[int, FrameFacts]:
        known = facts.measure(found.index_mask, found.probability, tuple(found.object_ids))
        for key, fact in known.items():
            moved = None
            if self._before is not None and abs(self._before[0] - visit.frame_index) == 1:
                # against the pass's own mask: a fused one is compared with an unfused one otherwise
                moved = facts.chatter(self._before[1] == key, visit.index_mask == key)
            known[key] = replace(
                fact,
                chatter_px=moved,
                disagreement=visit.disagreement.get(key),
                is_half=not visit.is_final,
            )
        return known

    def _look_out(self, visit: Visit, context: JobContext) -> None:
        if self._is_beyond_cut:
            return
        if visit.result is None:
            self._alarms.restart(visit.index_mask)
            return
        found = self._alarms.look(visit.index_mask, self._draft.changes(visit.frame_index))
        news = tuple(alarm for alarm in found if self._back.get(alarm, _BACK_FRAMES) >= _BACK_FRAMES)
        if news:
            context.ask(RunPaused(visit.frame_index, news))
        for alarm, frames in self._back.items():
            is_back = alarm not in found and bool((visit.index_mask == alarm.object_id).any())
            self._back[alarm] = frames + 1 if is_back else 0
        self._back.update(dict.fromkeys(news, 0))


def labels(teacher: Teacher) -> Mask:
    """What the network learns from a reference, (H, W) uint8: object ids, 0 background, 255 not told."""
    mask = teacher.mask.index_mask()
    table = np.full(256, VOID, np.uint8)
    table[0] = 0 if teacher.background_known else VOID
    for key in teacher.object_ids | teacher.found:
        table[key] = key
    found: Mask = table[mask]
    found.setflags(write=False)
    return found


def _given_masks(draft: RunDraft) -> Mapping[int, StoredMask]:
    """Masks that passes may go out from: of the start, and of the references on the way."""
    starts = {walk.start for walk in draft.plan}
    taught = {index: teacher.mask for index, teacher in draft.teachers.items() if index in starts}
    return {**taught, **{index: entry for index, entry in draft.existing.items() if index in starts}}
