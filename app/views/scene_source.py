"""Takes snapshots of what is shown of a frame from the document."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.document.document import Document
from app.document.finish import MatteFinish
from app.document.mask_store import StoredMask
from app.document.objects import drawn
from app.scene.finishes import finish_there
from app.scene.placement import Placement
from app.scene.recipe import Recipe
from app.scene.style import MatteUse, Style

FormerMask = Callable[[int], StoredMask | None]


class SceneSource:
    """Makes recipes of frames.

    Args:
        document: Of the frames.

    Attributes:
        clip: Counts the clips that were opened.
        former_mask: The masks right of the divider.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self.clip = 0
        self.former_mask: FormerMask = lambda frame_index: None

    def recipe(
        self, frame_index: int, picture: NDArray[np.uint8], style: Style, placement: Placement
    ) -> Recipe:
        """A frame as it is shown now, without the edit in hand.

        Args:
            frame_index: 0-based.
            picture: (H, W, 3) uint8 RGB.
            style: How it is shown.
            placement: Where it lies.
        """
        document, stored = self._document, self._document.masks
        masks = document.shown_entry(frame_index)
        finishes: dict[int, MatteFinish] = {}
        neighbours: dict[int, tuple[StoredMask | None, ...]] = {}
        if style.matte is not MatteUse.NONE:
            # what is not there, and masks of before, are finished pixel by pixel only
            there = frozenset() if masks is None or document.shows_former else masks.known_ids
            has_locks = document.locked_region(frame_index) is not None
            for info in drawn(document.objects):
                finish, key = info.finish, info.object_id
                if masks is None or key not in there:
                    finish = MatteFinish(clip_black=finish.clip_black, clip_white=finish.clip_white)
                elif finish.reach_frames:
                    finish, neighbours[key] = finish_there(
                        finish, masks, key, frame_index, stored.entry, has_locks=has_locks
                    )
                if not finish.is_neutral:
                    finishes[key] = finish
        return Recipe(
            self.clip,
            frame_index,
            picture,
            style,
            placement,
            masks,
            None if style.wipe_share is None else self.former_mask(frame_index),
            (stored.entry(frame_index - 1), stored.entry(frame_index + 1)) if style.onion else (None, None),
            finishes,
            neighbours,
            1.0 if document.info is None else float(document.info.sample_aspect),
        )
