"""Fills what lies under a click."""

from __future__ import annotations

import numpy as np

from app.document.boxes import bounds
from app.i18n import tr
from app.tools.pixels.regions import region_at
from app.tools.tool import Tool, ToolEvent, ToolMode, object_at


class FillTool(Tool):
    """Fills the area under the pointer that is of one kind: a hole, the background, another object.

    With Alt it takes the connected part of the current object under the pointer away.
    """

    mode = ToolMode.FILL
    can_lock = True

    def press(self, event: ToolEvent) -> None:
        """Fill."""
        document = self._document
        height, width = document.masks.shape
        x, y = int(event.x // 1), int(event.y // 1)
        if not (0 <= x < width and 0 <= y < height) or not self._begin():
            return
        mask = document.shown_mask(document.current_frame)
        kind = object_at(document, event.point)
        if document.lock_edit is not None:
            inside = document.lock_edit.pixels if event.subtract else mask == kind
        elif (kind == document.current_object_id) == event.subtract:
            inside = mask == kind
        else:
            inside = np.zeros_like(mask, np.bool_)
        area = region_at(inside, x, y)
        box = bounds(area)
        part = np.ascontiguousarray(area[box[1] : box[3], box[0] : box[2]])
        self._paint(part, box, erase=event.subtract)
        self._finish(tr("Take part") if event.subtract else tr("Fill"))
