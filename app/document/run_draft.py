"""A run before it starts: what it would do to the document. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace

from app.document.locked import NO_REGIONS, RegionTable
from app.document.mask_store import MaskSource, StoredMask
from app.document.objects import ObjectInfo
from app.document.references import Reference
from app.document.run_plan import Direction, Pass, Reach, RunPlan, nearest_start, plan_run
from app.document.snapshot import DocumentSnapshot
from app.document.unfinished import UnfinishedRun
from app.errors import UserError
from app.i18n import tr, trn


@dataclass(frozen=True)
class RunOptions:
    """What the user asks for.

    Attributes:
        direction: Which way from the current frame.
        reach: How far.
        count: How many frames per way, for ``Reach.COUNT``.
        object_id: The only object to propagate; None for all.
        fuse: Between two references, go from both sides.
        ignored_cuts: Pairs of neighbouring frames (lower first) that the run goes across.
    """

    direction: Direction
    reach: Reach = Reach.END
    count: int = 1
    object_id: int | None = None
    fuse: bool = True
    ignored_cuts: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Teacher:
    """A reference as a run learns from it.

    Attributes:
        mask: The masks of the frame.
        object_ids: Objects that it teaches.
        background_known: Whether all that is no object is background for certain. It is not where objects
            that earlier references show are not spoken of: they may be anywhere.
    """

    mask: StoredMask
    object_ids: frozenset[int]
    background_known: bool = True


@dataclass(frozen=True)
class RunDraft:
    """A run that could start.

    Attributes:
        plan: Its passes.
        teachers: References by frame index.
        existing: Masks of the frames that it visits, and of the one that it starts from.
        written: Objects that it propagates. The others are seen by the network, but keep their masks.
        known: All objects that the network is taught.
        locked_frames: Frames that it must not change.
        new_references: Frames that become references by it.
        options: What the user asked for.
        names: What the user calls the objects, by id.
        resumed: The run goes on from one that was cut short: first passes may lie before it.
        locked_regions: Pixels that it must not change, of the frames that it visits.
    """

    plan: RunPlan
    teachers: Mapping[int, Teacher]
    existing: Mapping[int, StoredMask]
    written: frozenset[int]
    known: frozenset[int]
    locked_frames: frozenset[int]
    new_references: frozenset[int]
    options: RunOptions
    names: Mapping[int, str] = field(default_factory=dict)
    resumed: bool = False
    locked_regions: RegionTable = field(default_factory=lambda: NO_REGIONS)

    def fixed(self, frame_index: int) -> frozenset[int]:
        """Objects whose masks on a frame stand, whatever the network finds."""
        entry = self.existing.get(frame_index)
        if entry is None:
            return frozenset()
        others = entry.known_ids - self.written
        teacher = self.teachers.get(frame_index)
        taught = frozenset() if teacher is None else teacher.object_ids
        return others | {key for key in self.known if entry.tells_of(key)} | taught

    def changes(self, frame_index: int) -> frozenset[int]:
        """Objects whose masks the run may change on a frame."""
        if frame_index in self.locked_frames:
            return frozenset()
        return self.written - self.fixed(frame_index)

    @property
    def affected(self) -> tuple[int, ...]:
        """Frames that the run would write, ascending."""
        return tuple(index for index in self.plan.frames if self.changes(index))

    @property
    def replaced(self) -> tuple[int, ...]:
        """Those of them that have masks of these objects already."""
        return tuple(
            index
            for index in self.affected
            if index in self.existing and self.existing[index].known_ids & self.changes(index)
        )

    @property
    def text(self) -> str:
        """What the Edit menu calls it."""
        only, start = self.options.object_id, self.plan.start
        if only is None:
            return {
                Direction.FORWARD: tr("Propagate forward from frame {frame}", frame=start),
                Direction.BACKWARD: tr("Propagate backward from frame {frame}", frame=start),
                Direction.BOTH: tr("Propagate both ways from frame {frame}", frame=start),
            }[self.options.direction]
        name = self.names.get(only) or tr("Object {object_id}", object_id=only)
        return {
            Direction.FORWARD: tr("Propagate {name} forward from frame {frame}", name=name, frame=start),
            Direction.BACKWARD: tr("Propagate {name} backward from frame {frame}", name=name, frame=start),
            Direction.BOTH: tr("Propagate {name} both ways from frame {frame}", name=name, frame=start),
        }[self.options.direction]

    @property
    def summary(self) -> str:
        """What it would do, in a sentence."""
        count = len(self.affected)
        frames = trn("{count} frame", "{count} frames", count)
        replaced = len(self.replaced)
        kept = len(self.plan.frames) - count
        parts = [f"{frames} {_stretch(self.affected)}" if count else tr("no frame")]
        if replaced:
            parts.append(trn("{count} replaced", "{count} replaced", replaced))
        if kept:
            parts.append(trn("{count} kept", "{count} kept", kept))
        partly = sum(index in self.locked_regions for index in self.affected)
        if partly:
            parts.append(
                trn(
                    "{count} with locked pixels, which stay", "{count} with locked pixels, which stay", partly
                )
            )
        return tr("Would change {frames}.", frames=", ".join(parts))


def draft_run(snapshot: DocumentSnapshot, options: RunOptions) -> RunDraft:
    """Work out what a run would do.

    Frames on its way that the user painted become references, unless the user has declined them.

    Args:
        snapshot: The document.
        options: What the user asks for.

    Raises:
        UserError: There is nothing to start from, or nothing to do.
    """
    entries = snapshot.entries
    start = _start(snapshot, options.direction)
    written = _written(snapshot, options.object_id)
    table = snapshot.reference_table
    span = _span(snapshot, start)
    enabled = {index for index, item in table.items() if item.enabled and index in entries}
    plan = plan_run(
        start,
        span,
        enabled,
        options.direction,
        reach=options.reach,
        count=options.count,
        fuse=options.fuse,
    )
    fresh = {
        index
        for index in (start, *plan.frames)
        if index in entries
        and entries[index].source is MaskSource.USER
        and index not in table
        and (index == start or index not in snapshot.declined_references)
    }
    if fresh - {start}:
        plan = plan_run(
            start,
            span,
            enabled | fresh,
            options.direction,
            reach=options.reach,
            count=options.count,
            fuse=options.fuse,
        )
        fresh &= {start, *plan.frames}
    teachers = _teachers(entries, table, enabled | fresh)
    known = frozenset(key for teacher in teachers.values() for key in teacher.object_ids)
    return _checked(snapshot, options, plan, teachers, known, written, frozenset(fresh))


def draft_rest(snapshot: DocumentSnapshot, rest: UnfinishedRun) -> RunDraft:
    """Work out how a run that was cut short goes on.

    Args:
        snapshot: The document.
        rest: What it had still to do.

    Raises:
        UserError: A mask that it needs is not there any more.
    """
    entries, table = snapshot.entries, snapshot.reference_table
    enabled = {index for index, item in table.items() if item.enabled and index in entries}
    passes = []
    for walk in rest.walks:
        if walk.start not in entries or max(walk.frames[0], walk.frames[-1]) >= snapshot.info.frame_count:
            raise UserError(
                tr("The run cannot go on: frame {frame} has no mask any more.", frame=walk.start),
                tr("Start a new one."),
            )
        passes.append(Pass(walk.start, walk.frames, walk.partner))
    first = passes[0]
    direction = Direction.FORWARD if first.frames.step > 0 else Direction.BACKWARD
    only = next(iter(rest.object_ids)) if rest.object_ids and len(rest.object_ids) == 1 else None
    plan = RunPlan(first.start, tuple(passes))
    teachers = _teachers(entries, table, enabled)
    known = frozenset(key for teacher in teachers.values() for key in teacher.object_ids)
    written = _written(snapshot, only)
    options = RunOptions(direction, object_id=only, ignored_cuts=rest.ignored_cuts)
    draft = _checked(snapshot, options, plan, teachers, known, written, frozenset())
    return replace(draft, resumed=True)


def _checked(
    snapshot: DocumentSnapshot,
    options: RunOptions,
    plan: RunPlan,
    teachers: Mapping[int, Teacher],
    known: frozenset[int],
    written: frozenset[int],
    fresh: frozenset[int],
) -> RunDraft:
    names = {info.object_id: info.name for info in snapshot.objects}
    if not known:
        raise UserError(
            tr("There is no painted object to start from."), tr("Paint the object on this frame first.")
        )
    if not written & known:
        which = ", ".join(names.get(key, str(key)) for key in sorted(written))
        raise UserError(
            tr("{names} is not on any reference frame.", names=which)
            if which
            else tr("There is no object to propagate."),
            tr("Paint it on a frame, or switch its reference on."),
        )
    visited = {plan.start, *plan.frames}
    return RunDraft(
        plan=plan,
        teachers=teachers,
        existing={index: entry for index, entry in snapshot.entries.items() if index in visited},
        written=written & known,
        known=known,
        locked_frames=snapshot.locked_frames,
        new_references=fresh,
        options=options,
        names=names,
        locked_regions={i: region for i, region in snapshot.locked_regions.items() if i in visited},
    )


def _start(snapshot: DocumentSnapshot, direction: Direction) -> int:
    here = snapshot.current_frame
    masked = sorted(index for index, entry in snapshot.entries.items() if entry.object_ids)
    start = here if here in snapshot.entries else nearest_start(here, masked, direction)
    if start is None:
        raise UserError(
            tr("Frame {frame} has no mask to start from.", frame=here),
            tr("Paint the object here, or go to a frame with a mask."),
        )
    return start


def _span(snapshot: DocumentSnapshot, start: int) -> range:
    first = 0 if snapshot.in_point is None else snapshot.in_point
    last = snapshot.info.frame_count - 1 if snapshot.out_point is None else snapshot.out_point
    return range(first, last + 1)


def _written(snapshot: DocumentSnapshot, only: int | None) -> frozenset[int]:
    objects: list[ObjectInfo] = [info for info in snapshot.objects if only in (None, info.object_id)]
    free = frozenset(info.object_id for info in objects if not info.locked)
    if objects and not free:
        names = ", ".join(info.name for info in objects)
        raise UserError(
            trn("{names} is locked.", "{names} are locked.", len(objects), names=names),
            tr("Unlock what is to change."),
        )
    return free


def _teachers(
    entries: Mapping[int, StoredMask], table: Mapping[int, Reference], frames: Set[int]
) -> dict[int, Teacher]:
    taught = {
        index: frozenset(
            key for key in entries[index].object_ids if index not in table or table[index].teaches(key)
        )
        for index in frames
    }
    known: set[int] = set()
    teachers = {}
    for index in sorted(frames):
        entry = entries[index]
        spoken_of = all(
            entry.tells_of(key) if entry.source is MaskSource.USER else key in entry.known_ids
            for key in known
        )
        teachers[index] = Teacher(entry, taught[index], background_known=spoken_of)
        known |= taught[index]
    return teachers


def _stretch(frames: tuple[int, ...]) -> str:
    first, last = frames[0], frames[-1]
    return f"({first})" if first == last else tr("({first} to {last})", first=first, last=last)
