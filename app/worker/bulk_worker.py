"""Changes the masks of many frames as a job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.document.bulk import Transform
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
    """

    source: Mapping[int, StoredMask]
    masks: Mapping[int, StoredMask | None]


class BulkJob:
    """Applies a change to every frame.

    Args:
        entries: Masks by frame index.
        transform: What to do; a pure function.
    """

    def __init__(self, entries: Mapping[int, StoredMask], transform: Transform) -> None:
        self._entries = entries
        self._transform = transform

    def run(self, context: JobContext) -> None:
        """Change all frames, then send the result."""
        masks: dict[int, StoredMask | None] = {}
        for done, (index, entry) in enumerate(sorted(self._entries.items()), 1):
            context.check()
            changed = self._transform(index, entry)
            if changed is not entry:
                masks[index] = changed
            if done % _REPORT_EVERY == 0:
                context.emit(BulkProgress(done, len(self._entries)))
        context.emit(BulkResult(self._entries, masks))
