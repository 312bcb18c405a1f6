"""Commands on locked pixels: lock what an object covers, copy locks over a span, unlock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.document.commands import LockRegionsCommand
from app.document.document import Document
from app.document.locked import LockedRegion, locked_region, united_regions
from app.i18n import tr, trn


class LockCommands:
    """What the actions for locked pixels do, each as one step.

    Args:
        document: Whose pixels.
        tell: Hears what was done, or why not.
    """

    def __init__(self, document: Document, tell: Callable[[str], None]) -> None:
        self._document = document
        self._tell = tell

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        return {
            "lock_object_pixels": self.lock_object,
            "copy_locks": self.copy_to_span,
            "unlock_pixels": self.unlock_frame,
            "unlock_span": self.unlock_span,
        }

    def lock_object(self) -> None:
        """Lock the pixels of the current object on the current frame, besides those that are."""
        document, frame = self._document, self._document.current_frame
        document.cancel_edit()
        found = locked_region(document.masks.index_mask(frame) == document.current_object_id)
        if found is None or not document.current_object_id:
            self._tell(tr("The current object has no mask on this frame."))
            return
        region = united_regions(document.locked_region(frame), found)
        self._push({frame: region}, tr("Lock pixels of frame {frame}", frame=frame))
        self._tell(
            trn("{count:,} pixel locked.", "{count:,} pixels locked.", region.pixel_count if region else 0)
        )

    def copy_to_span(self) -> None:
        """Lock what is locked on the current frame on all frames from in to out, besides what is there."""
        document = self._document
        document.cancel_edit()
        region = document.locked_region(document.current_frame)
        if region is None:
            self._tell(tr("No pixels are locked on this frame."))
            return
        made: dict[LockedRegion | None, LockedRegion | None] = {}  # most frames have the same or none
        changed: dict[int, LockedRegion | None] = {}
        for index in document.frame_range:
            former = document.locked_region(index)
            if former not in made:
                made[former] = united_regions(former, region)
            if made[former] != former:
                changed[index] = made[former]
        if changed:
            self._push(changed, tr("Lock pixels from in to out"))
        count = len(document.frame_range)
        self._tell(trn("Pixels are locked on {count} frame.", "Pixels are locked on {count} frames.", count))

    def unlock_frame(self) -> None:
        """Unlock all pixels of the current frame."""
        frame = self._document.current_frame
        self._unlock([frame], tr("Unlock pixels of frame {frame}", frame=frame))

    def unlock_span(self) -> None:
        """Unlock all pixels from in to out."""
        self._unlock(self._document.frame_range, tr("Unlock pixels from in to out"))

    def _unlock(self, frames: Iterable[int], text: str) -> None:
        self._document.cancel_edit()
        held = [index for index in frames if index in self._document.locked_regions]
        if not held:
            self._tell(tr("No pixels are locked there."))
            return
        self._push(dict.fromkeys(held), text)

    def _push(self, regions: dict[int, LockedRegion | None], text: str) -> None:
        self._document.undo_stack.push(LockRegionsCommand(self._document, regions, text))
