"""Changes the masks of many frames as a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.document.bulk import Transform
from app.document.locked import NO_REGIONS, RegionTable, holding
from app.document.mask_store import StoredMask
from app.worker.job import JobContext

_REPORT_EVERY = 25


@dataclass(frozen=True)
class BulkProgress:
    """So many frames are done."""

    done: int
    total: int


@dataclass(frozen=True)
class BulkResult:
    """All frames are done.

    Attributes:
        source: The masks that the job began with.
        masks: The masks after it, of the frames that it changes.
        held: By frame index, how many locked pixels were left as they were.
        regions: The locked pixels that it respects.
    """

    source: Mapping[int, StoredMask]
    masks: Mapping[int, StoredMask | None]
    held: Mapping[int, int] = field(default_factory=dict)
    regions: RegionTable = field(default_factory=lambda: NO_REGIONS)


class BulkJob:
    """Applies a change to every frame, but for locked pixels.

    Args:
        entries: Masks by frame index.
        transform: What to do; a pure function.
        regions: Locked pixels by frame index.
    """

    def __init__(
        self, entries: Mapping[int, StoredMask], transform: Transform, regions: RegionTable = NO_REGIONS
    ) -> None:
        self._entries = entries
        self._transform = transform
        self._regions = regions

    def run(self, context: JobContext) -> None:
        """Change all frames, then send the result."""
        masks: dict[int, StoredMask | None] = {}
        held: dict[int, int] = {}
        transform = holding(self._transform, self._regions, held)
        for done, (index, entry) in enumerate(sorted(self._entries.items()), 1):
            context.check()
            changed = transform(index, entry)
            if changed is not entry:
                masks[index] = changed
            if done % _REPORT_EVERY == 0:
                context.emit(BulkProgress(done, len(self._entries)))
        context.emit(BulkResult(self._entries, masks, held, self._regions))
