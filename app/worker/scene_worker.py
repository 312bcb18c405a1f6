"""Makes the pixels of frames beside the window; only the newest wish counts."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, Signal, Slot

from app.media.frame_cache import FrameCache
from app.scene.recipe import Recipe
from app.worker.newest import Newest
from app.worker.threads import end_thread, start_thread

log = logging.getLogger(__name__)


Wishes = tuple[Recipe, ...]
"""The frames that are wanted, the most wanted first."""


class _SceneWorker(QObject):
    """Lives in the drawing thread."""

    served = Signal()

    def __init__(self, wishes: Newest[Wishes], made: FrameCache) -> None:
        super().__init__()
        self._wishes = wishes
        self._made = made

    @Slot()
    def serve(self) -> None:
        """Make what is wanted and not there."""
        wishes = self._wishes.take()
        for recipe in wishes or ():
            if self._wishes.is_outdated:
                return  # other frames are wanted now
            if self._made.get(recipe.key) is not None:
                continue
            try:
                pixels = recipe.pixels()
            except Exception:
                # the window draws the frame itself, and tells of what is wrong with it
                log.exception("drawing frame %d beside the window", recipe.frame_index)
                continue
            pixels.setflags(write=False)
            self._made.put(recipe.key, pixels)
        if wishes:
            self.served.emit()


class SceneLane(QObject):
    """The window's side of drawing ahead.

    Args:
        made: Gets the pixels, by `Recipe.key`.
        name: Of the thread, for the log.
        parent: Owner.

    Signals:
        served: What was wished for is there, or could not be made; nothing is said of a wish that a newer one
            replaced.
    """

    served = Signal()
    _wish_placed = Signal()

    def __init__(self, made: FrameCache, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes: Newest[Wishes] = Newest()
        self._worker = _SceneWorker(self._wishes, made)
        self._thread = start_thread(name, self._worker, self)
        self._wish_placed.connect(self._worker.serve)
        self._worker.served.connect(self._on_served)

    def request(self, recipes: tuple[Recipe, ...]) -> None:
        """Wish for frames, the most wanted first, in place of those wished for before."""
        self._wishes.put(recipes)
        if recipes:
            self._wish_placed.emit()

    def close(self) -> None:
        """End the thread."""
        self._wishes.put(())
        end_thread(self._thread, self._worker)

    @Slot()
    def _on_served(self) -> None:
        self.served.emit()
