"""Keeps the finished mattes of the frame on screen up to date."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRect, Signal, Slot

from app.control.reporter import ErrorReporter
from app.document.document import Document
from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.scene.finishes import finish_there
from app.worker.finish_worker import Finished, FinishLane, FinishWish

Mattes = Mapping[int, NDArray[np.uint8]]


class FinishController(QObject):
    """Asks for finished mattes whenever the frame, its masks, its neighbours or a finish changes.

    While a stroke is in hand the mattes are those of before; they follow when it ends.

    Args:
        document: Whose mattes.
        picture: The decoded picture of a frame, or None.
        reporter: Hears of errors, once for each message.
        parent: Owner.

    Signals:
        changed: Finished mattes are there, or are there no more (frame index).
    """

    changed = Signal(int)

    def __init__(
        self,
        document: Document,
        picture: Callable[[int], NDArray[np.uint8] | None],
        reporter: ErrorReporter,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._picture = picture
        self._reporter = reporter
        self._frame_index = -1
        self._entry: StoredMask | None = None
        self._wanted: frozenset[int] = frozenset()
        self._mattes: dict[int, NDArray[np.uint8]] = {}
        self._complaint = ""
        self.lane = FinishLane(self)
        self.lane.finished.connect(self._on_finished)
        document.clip_changed.connect(self._on_clip_changed)
        document.current_frame_changed.connect(self._on_frame)
        document.mask_changed.connect(self._on_mask)
        document.masks_changed.connect(self._on_masks)
        document.objects_changed.connect(self.refresh)
        document.locked_regions_changed.connect(self._on_locks)

    def mattes(self, frame_index: int) -> Mattes:
        """The finished mattes of a frame by object id, without those that the canvas can finish itself."""
        entry = self._document.masks.entry(frame_index)
        # the same object, for merging changes masks and leaves their serial
        if frame_index != self._frame_index or entry is None or entry is not self._entry:
            return {}
        return self._mattes

    @Slot()
    def refresh(self) -> None:
        """Ask for the mattes of the current frame, if any object has a finish."""
        document, frame = self._document, self._document.current_frame
        entry = document.masks.entry(frame)
        finishes: dict[int, MatteFinish] = {}
        neighbours: dict[int, tuple[StoredMask | None, ...]] = {}
        has_locks = document.locked_region(frame) is not None
        for info in document.objects:
            finish, key = info.finish, info.object_id
            if entry is None or finish.is_plain or key not in entry.known_ids:
                continue
            finish, around = finish_there(
                finish, entry, key, frame, document.masks.entry, has_locks=has_locks
            )
            if not finish.is_plain:
                finishes[key], neighbours[key] = finish, around
        self._wanted = frozenset(finishes)
        if entry is None or not finishes:
            self._put(-1, None, {})
            return
        if not self._wanted.issuperset(self._mattes):
            self._put(self._frame_index, self._entry, self._mattes)
        aspect = 1.0 if document.info is None else float(document.info.sample_aspect)
        self.lane.request(
            FinishWish(frame, entry, finishes, neighbours, self._picture(frame), aspect, document.path)
        )

    def close(self) -> None:
        """End the thread."""
        self.lane.close()

    def _put(self, frame_index: int, entry: StoredMask | None, mattes: Mattes) -> None:
        wanted = {key: matte for key, matte in mattes.items() if key in self._wanted}
        had, self._mattes = self._mattes, wanted
        self._frame_index, self._entry = frame_index, entry
        if had or mattes:
            self.changed.emit(self._document.current_frame)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        wish, document = finished.wish, self._document
        # the thread may have been at work when the masks, or the finishes, became others
        if wish.frame_index == document.current_frame and wish.entry is document.masks.entry(
            wish.frame_index
        ):
            self._put(wish.frame_index, wish.entry, finished.mattes)
        if finished.error is not None and finished.error.message != self._complaint:
            self._complaint = finished.error.message
            self._reporter.show(finished.error)

    @Slot()
    def _on_clip_changed(self) -> None:
        self._put(-1, None, {})
        self.refresh()

    @Slot(int)
    def _on_frame(self, frame_index: int) -> None:
        self.refresh()

    @Slot(object)
    def _on_locks(self, frames: frozenset[int]) -> None:
        if self._document.current_frame in frames:
            self.refresh()

    @Slot(int, QRect)
    def _on_mask(self, frame_index: int, rect: QRect) -> None:
        self._on_masks((frame_index,))

    @Slot(object)
    def _on_masks(self, frames: Collection[int]) -> None:
        reach = max((info.finish.reach_frames for info in self._document.objects), default=0)
        here = self._document.current_frame
        if self._document.edit is None and any(here - reach <= index <= here + reach for index in frames):
            self.refresh()
