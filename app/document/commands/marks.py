"""In and out points, locked frames and pixels, and what was reviewed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.document.document import Document
from app.document.history import Step
from app.document.locked import LockedRegion
from app.document.shared_data import Kept
from app.document.snapshot import ReviewMark
from app.i18n import tr, trn


class SetPointsCommand(Step):
    """The in point or the out point moves.

    Args:
        document: Whose points.
        in_point: First frame; None for the clip's first.
        out_point: Last frame; None for the clip's last.
    """

    def __init__(self, document: Document, in_point: int | None, out_point: int | None) -> None:
        super().__init__(tr("Set in and out"))
        self._document = document
        self._before = document.in_point, document.out_point
        self._after = in_point, out_point

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_points(*self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_points(*self._before)


class LockFramesCommand(Step):
    """Frames are locked or unlocked."""

    def __init__(self, document: Document, frames: Iterable[int], locked: bool) -> None:
        wanted = frozenset(frames)
        count, frame = len(wanted), min(wanted, default=0)
        super().__init__(
            trn("Lock frame {frame}", "Lock {count} frames", count, frame=frame)
            if locked
            else trn("Unlock frame {frame}", "Unlock {count} frames", count, frame=frame)
        )
        self._document = document
        self._before = document.locked_frames
        self._after = self._before | wanted if locked else self._before - wanted

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_locked_frames(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_locked_frames(self._before)


class LockRegionsCommand(Step):
    """Pixels of frames are locked or unlocked.

    Args:
        document: Whose frames.
        regions: What is locked after it, by frame index; None for nothing.
        text: What the Edit menu calls it.
    """

    def __init__(self, document: Document, regions: Mapping[int, LockedRegion | None], text: str) -> None:
        super().__init__(text)
        self._document = document
        self._after = dict(regions)
        self._before = {index: document.locked_region(index) for index in regions}

    def kept(self) -> Sequence[Kept | None]:
        """See ``Step.kept``."""
        return (*self._before.values(), *self._after.values())

    def forget(self) -> None:
        """Give up the regions."""
        super().forget()
        self._before.clear()
        self._after.clear()

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_locked_regions(self._after)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_locked_regions(self._before)


class ReviewCommand(Step):
    """Marks of what was reviewed come or go."""

    def __init__(self, document: Document, marks: Iterable[ReviewMark], reviewed: bool) -> None:
        super().__init__(tr("Mark as reviewed") if reviewed else tr("Mark as not reviewed"))
        self._document = document
        wanted = frozenset((frame, key, document.mask_serial(frame, key)) for frame, key in marks)
        here = document.review_table
        self._added = wanted - here if reviewed else frozenset()
        self._removed = frozenset() if reviewed else wanted & here

    def redo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_reviewed((self._document.review_table | self._added) - self._removed)

    def undo(self) -> None:  # noqa: D102 - Qt override
        self._document.put_reviewed((self._document.review_table | self._removed) - self._added)
