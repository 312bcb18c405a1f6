"""Finishes the mattes of the frame on screen beside the window; only the newest wish counts."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.errors import UserError
from app.export.mattes import finished_matte, neighbour_key
from app.i18n import tr
from app.matte.finishing import to_bytes
from app.worker.job import ErrorInfo
from app.worker.newest import Newest
from app.worker.threads import end_thread, start_thread

log = logging.getLogger(__name__)

_KEPT_BYTES = 96 << 20


@dataclass(frozen=True)
class FinishWish:
    """What is wanted.

    Attributes:
        frame_index: 0-based.
        entry: Masks of the frame.
        finishes: Per object id how its matte is finished; those that need nothing are left out.
        neighbours: Per object id the masks that its finish looks at.
        picture: (H, W, 3) uint8 RGB of the frame, None while it is not decoded.
        aspect: Width of a pixel on screen divided by its height.
        clip: Whose frame; masks of a project may come with another clip.
    """

    frame_index: int
    entry: StoredMask
    finishes: Mapping[int, MatteFinish]
    neighbours: Mapping[int, tuple[StoredMask | None, ...]]
    picture: NDArray[np.uint8] | None
    aspect: float = 1.0
    clip: Hashable = None


@dataclass(frozen=True)
class Finished:
    """The finished mattes of a frame.

    Attributes:
        wish: What was wanted.
        mattes: Per object id of the wish a (H, W) uint8 matte, 0..255, read-only.
        error: Why some are missing.
    """

    wish: FinishWish
    mattes: Mapping[int, NDArray[np.uint8]]
    error: ErrorInfo | None = None


class _FinishWorker(QObject):
    """Lives in the finishing thread."""

    finished = Signal(object)

    def __init__(self, wishes: Newest[FinishWish]) -> None:
        super().__init__()
        self._wishes = wishes
        self._kept: OrderedDict[tuple[object, ...], NDArray[np.uint8]] = OrderedDict()

    @property
    def bytes_used(self) -> int:
        """Memory that the kept mattes take."""
        return sum(matte.nbytes for matte in list(self._kept.values()))

    @Slot()
    def serve(self) -> None:
        """Do the newest wish."""
        wish = self._wishes.take()
        if wish is None:
            return
        mattes: dict[int, NDArray[np.uint8]] = {}
        error: ErrorInfo | None = None
        try:
            for object_id in wish.finishes:
                if self._wishes.is_outdated:
                    return  # a newer wish makes this one void
                mattes[object_id] = self._matte(wish, object_id)
        except UserError as problem:
            error = ErrorInfo(problem.message, problem.hint)
        except Exception as problem:
            log.exception("finishing frame %d", wish.frame_index)
            error = ErrorInfo(
                tr(
                    "The mattes of frame {frame} cannot be finished: {problem}",
                    frame=wish.frame_index,
                    problem=problem,
                )
            )
        self.finished.emit(Finished(wish, mattes, error))

    def _matte(self, wish: FinishWish, object_id: int) -> NDArray[np.uint8]:
        finish, around = wish.finishes[object_id], wish.neighbours.get(object_id, ())
        key = (
            wish.frame_index,
            object_id,
            wish.entry.serial,
            wish.entry.matte_key(object_id),  # merging changes masks and leaves their serial
            finish,
            tuple(neighbour_key(other, object_id) for other in around),
            wish.picture is not None,
            wish.aspect,
            wish.clip,
        )
        kept = self._kept.get(key)
        if kept is None:
            matte = finished_matte(wish.entry, object_id, finish, wish.picture, around, wish.aspect)
            kept = to_bytes(matte)
            kept.setflags(write=False)
            self._kept[key] = kept
            while self.bytes_used > _KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return kept


class FinishLane(QObject):
    """The window's side of finishing.

    Signals:
        finished: A `Finished`; nothing follows for a wish that a newer one replaced.
    """

    finished = Signal(object)
    _wish_placed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes: Newest[FinishWish] = Newest()
        self._worker = _FinishWorker(self._wishes)
        self._thread = start_thread("finishing", self._worker, self)
        self._wish_placed.connect(self._worker.serve)
        self._worker.finished.connect(self._on_finished)

    @property
    def bytes_used(self) -> int:
        """Memory that finished mattes take."""
        return self._worker.bytes_used

    def request(self, wish: FinishWish) -> None:
        """Wish for the mattes of a frame."""
        self._wishes.put(wish)
        self._wish_placed.emit()

    def close(self) -> None:
        """End the thread."""
        self._wishes.put(None)
        end_thread(self._thread, self._worker)

    @Slot(object)
    def _on_finished(self, finished: Finished) -> None:
        self.finished.emit(finished)
