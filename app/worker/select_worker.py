"""Finds what a smart selection asks for, beside the window; only the newest request counts."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from app.i18n import tr
from app.tools.pixels.select import SelectRequest, select
from app.worker.newest import Newest
from app.worker.threads import end_thread, start_thread

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Selected:
    """What was found.

    Attributes:
        number: Of the request.
        area: (H, W) bool, read-only; empty where nothing was found.
        error: Why there is none; empty if there is.
    """

    number: int
    area: NDArray[np.bool_]
    error: str = ""


class _OutdatedError(Exception):
    """A newer request is there, or nothing is wanted any more."""


Request = tuple[int, SelectRequest]
"""Its number, and what is asked for."""


class _SelectWorker(QObject):
    """Lives in the selecting thread."""

    selected = Signal(object)

    def __init__(self, requests: Newest[Request]) -> None:
        super().__init__()
        self._requests = requests

    @Slot()
    def serve(self) -> None:
        """Do the newest request."""
        taken = self._requests.take()
        if taken is None:
            return
        number, request = taken
        try:
            area = select(request, self._check)
        except _OutdatedError:
            return
        except Exception as error:
            log.exception("selecting")
            nothing = np.zeros(request.picture.shape[:2], np.bool_)
            self.selected.emit(Selected(number, nothing, tr("The selection failed: {error}", error=error)))
            return
        area.setflags(write=False)
        self.selected.emit(Selected(number, area))

    def _check(self) -> None:
        if self._requests.is_outdated:
            raise _OutdatedError


class SelectLane(QObject):
    """The window's side of selecting.

    Signals:
        selected: A `Selected`; nothing follows for a request that was dropped or replaced.
    """

    selected = Signal(object)
    _request_placed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._requests: Newest[Request] = Newest()
        self._worker = _SelectWorker(self._requests)
        self._thread = start_thread("selecting", self._worker, self)
        self._request_placed.connect(self._worker.serve)
        self._worker.selected.connect(self._on_selected)

    def request(self, number: int, request: SelectRequest) -> None:
        """Ask for a selection."""
        self._requests.put((number, request))
        self._request_placed.emit()

    def drop(self) -> None:
        """Nobody waits for the selection that was asked for."""
        self._requests.put(None)

    def close(self) -> None:
        """End the thread."""
        self.drop()
        end_thread(self._thread, self._worker)

    @Slot(object)
    def _on_selected(self, selected: Selected) -> None:
        self.selected.emit(selected)
