"""Makes the pixels of frames that will soon be looked at, beside the window; only the newest wish counts."""

from __future__ import annotations

import logging
import threading

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.media.frame_cache import FrameCache
from app.scene.recipe import Recipe
from app.worker.threads import end_thread

log = logging.getLogger(__name__)


class _Wishes:
    """The frames that are wanted, the most wanted first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recipes: tuple[Recipe, ...] = ()

    def put(self, recipes: tuple[Recipe, ...]) -> None:
        with self._lock:
            self._recipes = recipes

    def take(self) -> Recipe | None:
        with self._lock:
            recipe, self._recipes = (self._recipes or (None,))[0], self._recipes[1:]
            return recipe


class _SceneWorker(QObject):
    """Lives in the drawing thread."""

    def __init__(self, wishes: _Wishes, made: FrameCache) -> None:
        super().__init__()
        self._wishes = wishes
        self._made = made

    @Slot()
    def serve(self) -> None:
        """Make what is wanted and not there."""
        while (recipe := self._wishes.take()) is not None:
            if self._made.get(recipe.key) is not None:
                continue
            try:
                pixels = recipe.pixels()
            except Exception:
                # the window draws the frame itself, and tells of what is wrong with it
                log.exception("drawing frame %d ahead", recipe.frame_index)
                continue
            pixels.setflags(write=False)
            self._made.put(recipe.key, pixels)


class SceneLane(QObject):
    """The window's side of drawing ahead.

    Args:
        made: Gets the pixels, by `Recipe.key`.
        parent: Owner.
    """

    _wish_placed = Signal()

    def __init__(self, made: FrameCache, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wishes = _Wishes()
        self._thread = QThread(self)
        self._thread.setObjectName("drawing")
        self._worker = _SceneWorker(self._wishes, made)
        self._worker.moveToThread(self._thread)
        self._wish_placed.connect(self._worker.serve)
        self._thread.finished.connect(self._worker.deleteLater)
        self._thread.start()

    def request(self, recipes: tuple[Recipe, ...]) -> None:
        """Wish for frames, the most wanted first, in place of those wished for before."""
        self._wishes.put(recipes)
        if recipes:
            self._wish_placed.emit()

    def close(self) -> None:
        """End the thread."""
        self._wishes.put(())
        end_thread(self._thread, self._worker)
