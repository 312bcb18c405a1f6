"""A run before it starts: what it would do to the document. Free of Qt."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from app.document.locked import NO_REGIONS, RegionTable
from app.document.mask_store import MaskSource, StoredMask
from app.document.objects import ObjectInfo
from app.document.references import Reference, ReferenceTable, absent_from
from app.document.run_plan import Direction, Pass, Reach, RunPlan, nearest_start, plan_run
from app.document.run_scope import Mark, Scope, scope_of
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
        anew: Make masks anew as well that no reference is younger than, see ``app.document.run_scope``.
    """

    direction: Direction
    reach: Reach = Reach.END
    count: int = 1
    object_id: int | None = None
    fuse: bool = True
    ignored_cuts: frozenset[tuple[int, int]] = frozenset()
    anew: bool = False


@dataclass(frozen=True)
class Teacher:
    """A reference as a run learns from it.

    Attributes:
        mask: The masks of the frame.
        object_ids: Objects that it teaches: those that the user drew or confirmed there.
        found: Other objects that are shown there as the network found them, so that it knows what is around.
        absent: Objects of which the user says that they are not there.
        background_known: Whether all that is no object is background for certain. It is not where objects
            that earlier references show are not spoken of: they may be anywhere.
    """

    mask: StoredMask
    object_ids: frozenset[int]
    found: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()
    background_known: bool = True


@dataclass(frozen=True)
class RunDraft:
    """A run that could start.

    Attributes:
        plan: Its passes.
        teachers: References by frame index.
        existing: Masks of the frames that it visits, and of the one that it starts from.
        written: Objects that it propagates. The others are seen by the network, but keep their masks.
        known: All objects that references show the network.
        locked_frames: Frames that it must not change.
        new_references: Frames that become references by it.
        options: What the user asked for.
        names: What the user calls the objects, by id.
        resumed: The run goes on from one that was cut short: first passes may lie before it.
        locked_regions: Pixels that it must not change, of the frames that it visits.
        scope: Which masks of the objects that it propagates it leaves alone, because they are up to date.
        up_to_date: Objects that it could propagate, but leaves alone altogether.
        untaught: Objects that it is meant for, but that no reference shows it.
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
    scope: Scope = field(default_factory=Scope)
    up_to_date: frozenset[int] = frozenset()
    untaught: frozenset[int] = frozenset()

    def fixed(self, frame_index: int) -> frozenset[int]:
        """Objects whose masks on a frame stand, whatever the network finds."""
        entry = self.existing.get(frame_index)
        if entry is None:
            return frozenset()
        others = entry.known_ids - self.written
        teacher = self.teachers.get(frame_index)
        taught = frozenset() if teacher is None else teacher.object_ids
        told = {key for key in self.known if entry.tells_of(key)}
        return others | told | taught | self.scope.up_to_date(frame_index)

    def changes(self, frame_index: int) -> frozenset[int]:
        """Objects whose masks the run may change on a frame."""
        if frame_index in self.locked_frames:
            return frozenset()
        return self.written - self.fixed(frame_index)

    @cached_property
    def affected(self) -> tuple[int, ...]:
        """Frames that the run would write, ascending."""
        return tuple(index for index in self.plan.frames if self.changes(index))

    @cached_property
    def affected_by_object(self) -> dict[int, list[int]]:
        """The same by object: frames on which its mask may change, ascending."""
        found: dict[int, list[int]] = {}
        for index in self.affected:
            for key in self.changes(index):
                found.setdefault(key, []).append(index)
        return found

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
        name = self._name(only)
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
        told = [tr("Would change {frames}.", frames=", ".join(parts))]
        if self.up_to_date:
            names = ", ".join(self._name(key) for key in sorted(self.up_to_date))
            told.append(
                trn(
                    "{names} is up to date and stays.",
                    "{names} are up to date and stay.",
                    len(self.up_to_date),
                    names=names,
                )
            )
        if left := self._left_untaught():
            names = ", ".join(self._name(key) for key in sorted(left))
            told.append(
                trn(
                    "{names} is on no reference that is on, and stays.",
                    "{names} are on no reference that is on, and stay.",
                    len(left),
                    names=names,
                )
            )
        return " ".join(told)

    def _left_untaught(self) -> frozenset[int]:
        """Objects of which the masks on its way stay because no reference shows them."""
        if not self.untaught:
            return frozenset()
        masks = (self.existing[index] for index in self.affected if index in self.existing)
        return frozenset(key for mask in masks for key in mask.known_ids & self.untaught)

    def _name(self, object_id: int) -> str:
        return self.names.get(object_id) or tr("Object {object_id}", object_id=object_id)


def draft_run(snapshot: DocumentSnapshot, options: RunOptions) -> RunDraft:
    """Work out what a run would do.

    Frames on its way that the user painted become references, unless the user has declined them. Masks that
    are up to date are left alone, see ``app.document.run_scope``.

    Args:
        snapshot: The document.
        options: What the user asks for.

    Raises:
        UserError: There is nothing to start from, or nothing to do.
    """
    written = _written(snapshot, None if options.object_id is None else {options.object_id})
    whole = _drafted(snapshot, options, written)
    scope = Scope() if options.anew else _scope(whole)
    if not scope.kept or not scope.out_of_date:
        return whole
    # references of objects that stay as they are do not divide the way of the others
    draft = _drafted(snapshot, options, scope.out_of_date)
    scope = scope if draft.plan.frames == whole.plan.frames else _scope(draft)
    draft = replace(draft, scope=scope, up_to_date=whole.written - draft.written, untaught=whole.untaught)
    return replace(draft, plan=draft.plan.without_idle({*draft.affected}))


def _drafted(snapshot: DocumentSnapshot, options: RunOptions, written: frozenset[int]) -> RunDraft:
    """A run that makes all masks of some objects anew."""
    entries, table = snapshot.entries, snapshot.reference_table
    start = _start(snapshot, options.direction)
    span = _span(snapshot, start)

    def plan_with(references: Set[int]) -> RunPlan:
        marks = [i for i in references if _speaks_of(entries[i], table.get(i, Reference(i)), written)]
        return plan_run(
            start,
            span,
            marks,
            options.direction,
            reach=options.reach,
            count=options.count,
            fuse=options.fuse,
        )

    enabled = {index for index, item in table.items() if item.enabled and index in entries}
    plan = plan_with(enabled)
    fresh = {
        index
        for index in (start, *plan.frames)
        if index in entries
        and entries[index].source is MaskSource.USER
        and index not in table
        and (index == start or index not in snapshot.declined_references)
    }
    if fresh - {start}:
        plan = plan_with(enabled | fresh)
        fresh &= {start, *plan.frames}
    teachers = _teachers(entries, table, enabled | fresh)
    return _checked(snapshot, options, plan, teachers, frozenset(fresh), written)


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
    written = _written(snapshot, rest.object_ids)
    options = RunOptions(direction, object_id=only, ignored_cuts=rest.ignored_cuts)
    draft = _checked(snapshot, options, plan, teachers, frozenset(), written)
    return replace(draft, resumed=True, scope=Scope.of_stretches(rest.kept, plan.frames))


def _checked(
    snapshot: DocumentSnapshot,
    options: RunOptions,
    plan: RunPlan,
    teachers: Mapping[int, Teacher],
    fresh: frozenset[int],
    written: frozenset[int],
) -> RunDraft:
    known = frozenset(key for teacher in teachers.values() for key in teacher.object_ids | teacher.found)
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
        untaught=written - known,
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


def _written(snapshot: DocumentSnapshot, only: Set[int] | None) -> frozenset[int]:
    objects: list[ObjectInfo] = [info for info in snapshot.objects if only is None or info.object_id in only]
    free = frozenset(info.object_id for info in objects if not info.locked)
    if objects and not free:
        names = ", ".join(info.name for info in objects)
        raise UserError(
            trn("{names} is locked.", "{names} are locked.", len(objects), names=names),
            tr("Unlock what is to change."),
        )
    return free


def _teachers(
    entries: Mapping[int, StoredMask], table: ReferenceTable, frames: Set[int]
) -> dict[int, Teacher]:
    known: set[int] = set()
    teachers = {}
    for index in sorted(frames):
        entry, reference = entries[index], table.get(index, Reference(index))
        shown = frozenset(key for key in entry.object_ids if reference.shows(key))
        taught = frozenset(key for key in shown if reference.teaches(key, is_told=entry.tells_of(key)))
        background_known = all(entry.tells_of(key) or key in entry.known_ids for key in known)
        absent = frozenset(key for key in absent_from(entry) if reference.shows(key))
        teachers[index] = Teacher(entry, taught, shown - taught, absent, background_known)
        known |= shown
    return teachers


def _speaks_of(entry: StoredMask, reference: Reference, object_ids: Set[int]) -> bool:
    """Whether a reference says where some of these objects are, or that they are not there."""
    return any(
        reference.shows(key)
        and (entry.tells_of(key) or (key in reference.confirmed and key in entry.object_ids))
        for key in object_ids
    )


def _scope(draft: RunDraft) -> Scope:
    marks = {
        index: Mark(teacher.mask, teacher.object_ids | teacher.absent)
        for index, teacher in draft.teachers.items()
    }
    frames = [index for index in draft.plan.frames if index not in draft.locked_frames]
    return scope_of(frames, draft.existing, marks, draft.written)


def _stretch(frames: tuple[int, ...]) -> str:
    first, last = frames[0], frames[-1]
    return f"({first})" if first == last else tr("({first} to {last})", first=first, last=last)
