"""Has frames drawn beside the window: the one on screen, and those around it before they are looked at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Slot

from app.document.boxes import Box
from app.document.document import Document
from app.media.frame_cache import FrameCache
from app.scene.recipe import Recipe
from app.views.canvas import Canvas
from app.worker.scene_worker import SceneLane

_MOST_AHEAD = 10
_LONGEST_STEP = 8
_SETTLED_MS = 80


class DrawingController(QObject):
    """Asks for the frame on screen, and for those that will likely be next, as the playhead moves.

    Args:
        document: Has the playhead.
        canvas: Knows how frames are shown.
        picture: The decoded picture of a frame, or None.
        made: Gets the pixels.
        parent: Owner.
    """

    def __init__(
        self,
        document: Document,
        canvas: Canvas,
        picture: Callable[[int], NDArray[np.uint8] | None],
        made: FrameCache,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._canvas = canvas
        self._picture = picture
        self._made = made
        self._frame, self._step = 0, 1
        self.lane = SceneLane(made, "drawing ahead", self)
        self.now = SceneLane(made, "drawing", self)
        canvas.aside.is_on = True
        canvas.aside.wanted.connect(self._draw)
        self.now.served.connect(canvas.aside.answer)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.plan)
        canvas.scene_changed.connect(self.follow)

    @Slot()
    def plan(self) -> None:
        """Ask for the frames that are decoded and not drawn yet."""
        document, frame = self._document, self._canvas.shown_frame
        if document.edit is not None or frame < 0:
            self.lane.request(())  # a stroke needs the processor
            return
        recipes: list[Recipe] = []
        for index in likely_next(frame, self._step, document.frame_count, _MOST_AHEAD):
            picture = self._picture(index)
            if picture is None:
                continue
            recipe = self._canvas.recipe(index, picture)
            # more than half of what fits would drive out what was seen just now
            if (len(recipes) + 1) * _nbytes(recipe.placement.visible) > self._made.max_bytes // 2:
                break
            if not recipe.takes_long:
                recipes.append(recipe)
        self.lane.request(tuple(recipes))

    def close(self) -> None:
        """End the threads."""
        self._timer.stop()
        self._canvas.aside.is_on = False
        self.lane.close()
        self.now.close()

    @Slot(object)
    def _draw(self, recipe: Recipe) -> None:
        self.lane.request(())  # what is ahead waits: it is asked for again after this was painted
        self.now.request((recipe,))

    @Slot()
    def follow(self) -> None:
        """Something else is on screen: ask for what comes next, as soon as there is time."""
        frame = self._canvas.shown_frame
        if frame == self._frame:
            self._timer.start(_SETTLED_MS)  # a slider or a zoom may go on
            return
        step, self._frame = frame - self._frame, frame
        self._step = step if abs(step) <= _LONGEST_STEP else 1 if step > 0 else -1
        self._timer.start(0)  # after the frame is on screen


def likely_next(frame_index: int, step: int, frame_count: int, count: int) -> list[int]:
    """The frames that will be looked at next, the likeliest first.

    Args:
        frame_index: The one on screen.
        step: From the one before, negative for a way back.
        frame_count: Of the clip.
        count: How many at most.
    """
    way = 1 if step > 0 else -1
    onward = [frame_index + distance * step for distance in range(1, count)]
    wanted = dict.fromkeys([frame_index, *onward[:2], frame_index + way, frame_index - way, *onward[2:]])
    return [index for index in wanted if 0 <= index < frame_count][:count]


def _nbytes(box: Box) -> int:
    return (box[2] - box[0]) * (box[3] - box[1]) * 4
