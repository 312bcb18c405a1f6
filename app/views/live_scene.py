"""The frame on screen in parts, so that a stroke makes only that anew which it touches."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Generic, TypeVar

from app.document.boxes import Box
from app.document.editing import MaskEdit
from app.document.finish import MatteFinish
from app.document.mask_store import Mask, StoredMask
from app.matte.levels import clipped_bytes, clipped_stored
from app.scene.compose import Layers
from app.scene.confidence import confidence
from app.scene.contours import Contours
from app.scene.recipe import Recipe, contours_of, margin_of, together
from app.scene.sampling import Pixels, scaled
from app.scene.style import MatteUse

Part = TypeVar("Part")
_NEUTRAL = MatteFinish()


class LiveScene:
    """Keeps the layers of one frame while they are the same."""

    def __init__(self) -> None:
        self._scaled: _Kept[Pixels] = _Kept()
        self._masks: _Kept[Contours | None] = _Kept()
        self._former: _Kept[Contours | None] = _Kept()
        self._around: tuple[_Kept[Contours | None], _Kept[Contours | None]] = (_Kept(), _Kept())
        self._matte: _Kept[Pixels] = _Kept()
        self._margin: _Kept[Pixels] = _Kept()
        self._painted = 0

    def painted(self, box: Box) -> None:
        """The edit in hand changed inside ``box``, in image px."""
        self._painted += 1
        masks = self._masks.value
        if masks is not None:
            masks.forget(box)

    def layers(self, recipe: Recipe, edit: MaskEdit | None, finished: Mapping[int, Mask]) -> Layers:
        """What is shown of the frame now.

        Args:
            recipe: Frame and style.
            edit: The one in hand, if it is on this frame.
            finished: The finished mattes that are there, (H, W) uint8 by object id.
        """
        style, placement = recipe.style, recipe.placement
        picture = self._scaled.get(
            (id(recipe.picture), placement), recipe.picture, lambda: scaled(recipe.picture, placement)
        )
        masks = former = matte = margin = None
        around: tuple[Contours | None, Contours | None] = (None, None)
        if style.shows_masks:
            masks = self._present(recipe.masks, edit)
            former = _stored(self._former, recipe.former)
        if style.onion:
            around = (
                _stored(self._around[0], recipe.around[0]),
                _stored(self._around[1], recipe.around[1]),
            )
        if style.matte is not MatteUse.NONE:
            matte = self._scaled_matte(recipe, edit, finished)
        if style.confidence:
            margin = self._scaled_margin(recipe, edit)
        return Layers(picture, masks, former, around, matte, margin)

    def _present(self, stored: StoredMask | None, edit: MaskEdit | None) -> Contours | None:
        if edit is None:
            return _stored(self._masks, stored)
        return self._masks.get(id(edit), edit, lambda: Contours(edit.mask))

    def _scaled_matte(self, recipe: Recipe, edit: MaskEdit | None, finished: Mapping[int, Mask]) -> Pixels:
        ids, stored = [object_id for object_id, _ in recipe.style.colors], recipe.masks

        def mattes() -> Iterator[Mask]:
            for object_id in ids:
                # while a finish is being worked out, only black and white are made solid
                finish = recipe.finishes.get(object_id, _NEUTRAL)
                if edit is not None:
                    yield clipped_bytes(edit.matte(object_id), finish)
                elif object_id in finished:
                    yield finished[object_id]
                elif stored is not None:
                    yield clipped_stored(stored, object_id, finish)

        def make() -> Pixels:
            return scaled(together(mattes(), recipe.placement.image), recipe.placement)

        held = (edit, tuple(finished.values()))
        state: Hashable = (id(edit), self._painted, recipe.key) if edit is not None else recipe.key
        key = (state, tuple(map(id, held[1])), tuple(ids), recipe.placement)
        return self._matte.get(key, held, make)

    def _scaled_margin(self, recipe: Recipe, edit: MaskEdit | None) -> Pixels:
        stored, style, placement = recipe.masks, recipe.style, recipe.placement
        if edit is None:
            return self._margin.get(recipe.key, None, lambda: margin_of(stored, style, placement))
        drawn = {object_id for object_id, _ in style.colors}
        known = drawn if stored is None else drawn | stored.known_ids
        mattes = ((edit.matte(object_id), object_id in drawn) for object_id in sorted(known))
        key = (id(edit), self._painted, recipe.key)
        return self._margin.get(key, edit, lambda: scaled(confidence(mattes, placement.image), placement))


class _Kept(Generic[Part]):
    """A value, and what it was made from."""

    def __init__(self) -> None:
        self.value: Part | None = None
        self._key: Hashable = None
        self._held: object = None

    def get(self, key: Hashable, held: object, make: Callable[[], Part]) -> Part:
        """The value for a key, made if it was another.

        Args:
            key: Of what it is made from; it may name objects by their ``id``.
            held: Those objects: while they are kept, no other can have the same ``id``.
            make: Makes it.
        """
        if self.value is None or key != self._key:
            self.value, self._key, self._held = make(), key, held
        return self.value


def _stored(kept: _Kept[Contours | None], entry: StoredMask | None) -> Contours | None:
    if entry is None:
        return None
    return kept.get(entry.index_key, None, lambda: contours_of(entry))
