"""Keeps the trust strip up to date, and leads the user to what it warns of."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, QRect, QTimer, Signal, Slot

from app.document.commands import ReviewCommand
from app.document.document import Document
from app.document.ranking import Ranking, rank
from app.document.trust import STALE_SHARE, frame_trust
from app.i18n import tr, trn
from app.views.timeline.heat import Trust
from app.views.timeline.widget import Timeline

_AT_ONCE = 400
"""Masks between two turns of the event loop; a whole long clip at once would be felt."""


class TrustController(QObject):
    """Works out trust where masks changed, at most once per turn of the event loop.

    Args:
        document: Whose masks.
        timeline: Shows trust; its lanes tell what is stale.
        parent: Owner.

    Signals:
        told: Text for the status line.
    """

    told = Signal(str)

    def __init__(self, document: Document, timeline: Timeline, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._timeline = timeline
        self._own: dict[int, Trust] = {}
        self._trust: dict[int, Trust] = {}
        self._dirty: set[int] = set()
        self._wish: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._flush)
        document.clip_changed.connect(self._on_clip_changed)
        document.clip_extended.connect(self._on_clip_extended)
        document.objects_changed.connect(self._on_objects_changed)
        document.mask_changed.connect(self._on_mask_changed)
        document.masks_changed.connect(self._on_masks_changed)
        document.references_changed.connect(self._timer.start)
        document.current_frame_changed.connect(self._on_current_frame_changed)
        self._on_clip_changed()

    @property
    def is_idle(self) -> bool:
        """Whether the strip shows the masks as they are."""
        return not self._timer.isActive()

    def table(self, go_to: Callable[[int], None]) -> dict[str, Callable[[], object]]:
        """What the actions do.

        Args:
            go_to: Goes to a frame, and stops playback.
        """
        return {
            "worst_frame": partial(self._want, go_to, False),
            "next_worst_frame": partial(self._want, go_to, True),
            "mark_reviewed": self.toggle_reviewed,
        }

    def ranking(self) -> Ranking:
        """What is left to look at between the in point and the out point, as far as it is known.

        What was painted or reviewed is left out.
        """
        return rank(self._trust, self._document.reviewed_frames, self._document.frame_range)

    @Slot()
    def toggle_reviewed(self) -> None:
        """All masks of the current frame are good; or not, if they are marked already."""
        document, frame = self._document, self._document.current_frame
        entry = document.masks.entry(frame)
        if entry is None:
            self.told.emit(tr("Frame {frame} has no mask to review.", frame=frame))
            return
        document.cancel_edit()
        here = {info.object_id for info in document.objects} & entry.known_ids
        reviewed = not all(document.is_reviewed(frame, object_id) for object_id in here)
        marks = {(frame, object_id) for object_id in here}
        document.undo_stack.push(ReviewCommand(document, marks, reviewed))
        told = (
            tr("Frame {frame} is marked as reviewed", frame=frame)
            if reviewed
            else tr("Frame {frame} is marked as not reviewed", frame=frame)
        )
        if self._catch_up():
            left = len(self.ranking())
            told += "; " + trn("{count} mask is left to look at", "{count} masks are left to look at", left)
        self.told.emit(f"{told}.")

    def _want(self, go_to: Callable[[int], None], further: bool) -> None:
        """Go to the worst mask now, or as soon as it is known which one that is."""
        self._wish = partial(self._go, go_to, further)
        if self._catch_up():
            self._grant()
        else:
            self.told.emit(tr("Looking for the mask with the least trust…"))

    def _grant(self) -> None:
        wish, self._wish = self._wish, None
        if wish is not None and self._document.edit is None:  # a stroke in hand would be lost
            wish()

    def _go(self, go_to: Callable[[int], None], further: bool) -> None:
        document, ranking = self._document, self.ranking()
        if not len(ranking):
            self.told.emit(tr("No mask is left to look at: all are painted or reviewed."))
            return
        place = 0
        if further:
            here = ranking.place_of(document.current_frame, document.current_object_id)
            place = 0 if here is None else (here + 1) % len(ranking)
        frame, object_id = int(ranking.frames[place]), int(ranking.object_ids[place])
        go_to(frame)
        document.set_current_object(object_id)
        info = document.object(object_id)
        name = "" if info is None else info.name
        self.told.emit(
            tr(
                "Frame {frame}: trust in {name} is {percent:.0f} % ({rank} of {count})",
                frame=frame,
                name=name,
                percent=100 * float(ranking.trust[place]),
                rank=place + 1,
                count=len(ranking),
            )
        )

    # ---- following the document ----

    @Slot()
    def _on_clip_changed(self) -> None:
        self._own, self._trust = {}, {}
        self._dirty.clear()
        self._wish = None
        self._on_objects_changed()

    @Slot()
    def _on_clip_extended(self) -> None:
        more = self._document.frame_count
        for trusts in (self._own, self._trust):
            for key, values in trusts.items():
                trusts[key] = np.append(values, _unknown(more - len(values)))
        self._timeline.model.set_trust(self._trust)

    @Slot()
    def _on_objects_changed(self) -> None:
        ids = [info.object_id for info in self._document.objects]
        count = self._document.frame_count
        if not set(ids) <= set(self._own):
            self._dirty = set(self._document.masks.frames())
        self._own = {key: self._own[key] if key in self._own else _unknown(count) for key in ids}
        self._timer.start()

    @Slot()
    def _on_current_frame_changed(self) -> None:
        self._wish = None  # whoever goes elsewhere meanwhile wants to stay there

    @Slot(int, QRect)
    def _on_mask_changed(self, frame_index: int, _: QRect) -> None:
        edit = self._document.edit
        if edit is None or edit.frame_index != frame_index:
            self._on_masks_changed(frozenset((frame_index,)))

    @Slot(object)
    def _on_masks_changed(self, frames: frozenset[int]) -> None:
        self._dirty |= frames
        for offset in (-1, 1):  # the neighbours' jumps are others now
            self._dirty.update(index + offset for index in frames)
        self._dirty -= {-1, self._document.frame_count}
        self._timer.start()

    @Slot()
    def _flush(self) -> None:
        self._update()
        if self._dirty:
            self._timer.start()
        else:
            self._grant()

    def _catch_up(self) -> bool:
        """Work out what can be had without a wait. Returns whether that is all."""
        if not self.is_idle:
            self._update()
            if not self._dirty:
                self._timer.stop()
        return self.is_idle

    def _update(self) -> None:
        masks = self._document.masks
        most = max(1, _AT_ONCE // max(1, len(self._own)))
        for _ in range(min(most, len(self._dirty))):
            index = self._dirty.pop()
            entry, before, after = (masks.entry(index + offset) for offset in (0, -1, 1))
            for object_id, values in self._own.items():
                values[index] = frame_trust(entry, object_id, before, after)
        table = self._document.reference_table
        self._trust = {}
        for object_id, values in self._own.items():
            lanes = self._timeline.lanes
            stale = lanes[object_id].stale(lanes.references_of(object_id, table))
            self._trust[object_id] = np.where(stale, np.float32(STALE_SHARE) * values, values)
        self._timeline.model.set_trust(self._trust)


def _unknown(count: int) -> Trust:
    return np.full(count, np.nan, np.float32)
