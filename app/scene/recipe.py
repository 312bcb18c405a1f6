"""What is shown of one frame, as a snapshot that a thread can make pixels of. Free of Qt."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from app.document.finish import MatteFinish
from app.document.mask_store import Mask, StoredMask
from app.export.mattes import finished_matte, neighbour_key
from app.matte.finishing import to_bytes
from app.matte.levels import clipped_stored
from app.scene.compose import Layers, compose
from app.scene.confidence import SURE, confidence_of
from app.scene.contours import Contours
from app.scene.placement import Placement
from app.scene.sampling import Pixels, scaled
from app.scene.style import MatteUse, Style

_NEUTRAL = MatteFinish()


@dataclass(frozen=True, eq=False)
class Recipe:
    """A frame and how it is shown.

    Attributes:
        clip: Counts the clips that were opened: the same frame of another clip is another picture.
        frame_index: 0-based.
        picture: (H, W, 3) uint8 RGB, exact; never changed.
        style: How it is shown.
        placement: Where the picture lies.
        masks: Of the frame, None for none.
        former: Those right of the divider.
        around: Those of the frame before and the one after.
        finishes: Per object id how its matte is finished; neutral ones are left out.
        neighbours: Per object id the masks that its finish looks at.
        aspect: Width of a pixel on screen divided by its height; always the same for a clip.
    """

    clip: int
    frame_index: int
    picture: NDArray[np.uint8]
    style: Style
    placement: Placement
    masks: StoredMask | None = None
    former: StoredMask | None = None
    around: tuple[StoredMask | None, StoredMask | None] = (None, None)
    finishes: Mapping[int, MatteFinish] = field(default_factory=dict)
    neighbours: Mapping[int, tuple[StoredMask | None, ...]] = field(default_factory=dict)
    aspect: float = 1.0

    @cached_property
    def key(self) -> Hashable:
        """Equal for two recipes that make the same pixels.

        Masks count by their compressed content, since a serial number outlives some changes.
        """
        style, masks = self.style, self.masks
        parts: list[Hashable] = [self.clip, self.frame_index, style, self.placement]
        if style.shows_masks:
            parts += [_index_key(masks), _index_key(self.former)]
        if style.confidence and masks is not None:
            parts += [(object_id, masks.matte_key(object_id)) for object_id in sorted(masks.known_ids)]
        if style.onion:
            parts += [_index_key(entry) for entry in self.around]
        if style.matte is not MatteUse.NONE and masks is not None:
            for object_id, _ in style.colors:
                around = self.neighbours.get(object_id, ())
                parts += [masks.matte_key(object_id), self.finishes.get(object_id)]
                parts += [neighbour_key(entry, object_id) for entry in around]
        return tuple(parts)

    @property
    def is_plain(self) -> bool:
        """Whether mattes are finished pixel by pixel, which the canvas does itself."""
        return all(finish.is_plain for finish in self.finishes.values())

    @property
    def takes_long(self) -> bool:
        """Whether a finish takes seconds, which is too long to be worked out unasked."""
        return any(finish.refine == "closed_form" for finish in self.finishes.values())

    def pixels(self) -> Pixels:
        """(h, w, 4) uint8 blue, green, red, 255 of ``placement.visible``."""
        style, placement = self.style, self.placement
        with_matte = style.matte is not MatteUse.NONE
        layers = Layers(
            scaled(self.picture, placement),
            contours_of(self.masks) if style.shows_masks else None,
            contours_of(self.former) if style.shows_masks else None,
            (contours_of(self.around[0]), contours_of(self.around[1])) if style.onion else (None, None),
            scaled(together(self._mattes(), placement.image), placement) if with_matte else None,
            margin_of(self.masks, style, placement) if style.confidence else None,
        )
        return compose(layers, style, placement, placement.visible)

    def _mattes(self) -> Iterator[Mask]:
        entry = self.masks
        if entry is None:
            return
        for object_id, _ in self.style.colors:
            finish = self.finishes.get(object_id)
            if finish is None or finish.is_plain:
                yield clipped_stored(entry, object_id, finish or _NEUTRAL)
            else:
                around = self.neighbours.get(object_id, ())
                matte = finished_matte(entry, object_id, finish, self.picture, around, self.aspect)
                yield to_bytes(matte)


def together(mattes: Iterable[Mask], shape: tuple[int, int]) -> Mask:
    """(H, W) uint8: several mattes as one. As in an export they add up, cut at white."""
    total: Mask = np.zeros(shape, np.uint8)
    for matte in mattes:
        total = np.asarray(cv2.add(total, matte), np.uint8)
    return total


def margin_of(entry: StoredMask | None, style: Style, placement: Placement) -> Pixels:
    """(h, w) uint8 of ``placement.visible``: how sure the network was of a stored mask."""
    found = confidence_of(entry, (object_id for object_id, _ in style.colors))
    if found is None:
        left, top, right, bottom = placement.visible
        return np.full((bottom - top, right - left), SURE, np.uint8)
    return scaled(found, placement)


def contours_of(entry: StoredMask | None) -> Contours | None:
    """The outlines of a stored mask."""
    return None if entry is None else Contours(entry.index_mask(), frozenset(entry.object_ids))


def _index_key(entry: StoredMask | None) -> Hashable:
    return None if entry is None else entry.index_key
