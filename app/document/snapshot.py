"""The document's state as workers and files see it: immutable, cheap to make. Free of Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.document.locked import NO_REGIONS, RegionTable
from app.document.mask_store import StoredMask
from app.document.objects import BACKGROUND, MAX_OBJECTS, ObjectInfo, new_object
from app.document.references import NO_REFERENCES, ReferenceTable, enabled_frames, frozen
from app.document.takes import TakeRecord
from app.document.unfinished import UnfinishedRun
from app.media import VideoInfo

ReviewMark = tuple[int, int]
"""Frame index and object id that the user has looked at."""
ReviewTable = frozenset[tuple[int, int, int]]
"""(frame index, object id, serial of the mask that was looked at; 0 where there was none)."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """All that the user and the network have made of a clip.

    Attributes:
        objects: All objects in stacking order, the last one on top.
        entries: Compressed masks by frame index.
        reference_table: References by frame index, those that are off included.
        declined_references: Frames that the user dropped as references and has not painted on since: runs
            that pass by do not make them references again.
        in_point: First frame of the stretch that is worked on; None for the clip's first.
        out_point: Its last frame; None for the clip's last.
        locked_frames: Frames that neither tools nor runs change.
        locked_regions: Pixels that neither tools nor runs change, by frame index.
        reviewed: What the user has looked at and found good.
        retired_ids: Ids of removed objects; new ones get other ids while there are any.
        current_frame: Frame that is shown.
        current_object_id: Object that is edited, 0 for none.
        unfinished_run: What a run that goes on, or was cut short, has still to do.
        takes: What runs wrote and replaced, the oldest first.
    """

    objects: tuple[ObjectInfo, ...] = ()
    entries: Mapping[int, StoredMask] = field(default_factory=dict)
    reference_table: ReferenceTable = field(default_factory=lambda: NO_REFERENCES)
    declined_references: frozenset[int] = frozenset()
    in_point: int | None = None
    out_point: int | None = None
    locked_frames: frozenset[int] = frozenset()
    locked_regions: RegionTable = field(default_factory=lambda: NO_REGIONS)
    reviewed: frozenset[ReviewMark] = frozenset()
    retired_ids: frozenset[int] = frozenset()
    current_frame: int = 0
    current_object_id: int = 0
    unfinished_run: UnfinishedRun | None = None
    takes: tuple[TakeRecord, ...] = ()

    @property
    def references(self) -> frozenset[int]:
        """Frame indices of the references that runs learn from."""
        return enabled_frames(self.reference_table)


@dataclass(frozen=True)
class DocumentSnapshot(Work):
    """The work together with its clip.

    Attributes:
        path: The clip.
        info: Its size, length and rate.
    """

    path: Path
    info: VideoInfo


def clipped(work: Work, frame_count: int) -> Work:
    """The work without what lies beyond the end of a clip that has become shorter."""
    last = frame_count - 1
    return replace(
        work,
        entries={index: entry for index, entry in work.entries.items() if index <= last},
        reference_table=frozen({key: item for key, item in work.reference_table.items() if key <= last}),
        declined_references=frozenset(index for index in work.declined_references if index <= last),
        in_point=None if work.in_point is None else min(work.in_point, last),
        out_point=None if work.out_point is None else min(work.out_point, last),
        locked_frames=frozenset(index for index in work.locked_frames if index <= last),
        locked_regions={index: region for index, region in work.locked_regions.items() if index <= last},
        reviewed=frozenset(mark for mark in work.reviewed if mark[0] <= last),
        takes=tuple(take.clipped(frame_count) for take in work.takes),
        current_frame=max(0, min(work.current_frame, last)),
    )


def with_objects_shown(work: Work, known: Iterable[ObjectInfo] = ()) -> Work:
    """The work with an object for each one that its masks show and its list lacks.

    Args:
        work: Its masks may come from elsewhere than its list.
        known: What is known of such objects.
    """
    listed = {info.object_id for info in work.objects}
    shown = frozenset[int]().union(*(entry.known_ids for entry in work.entries.values())) - listed
    table = {info.object_id: info for info in known}
    added = (table.get(key) or new_object(key) for key in sorted(shown) if BACKGROUND < key <= MAX_OBJECTS)
    return replace(work, objects=(*work.objects, *added))
