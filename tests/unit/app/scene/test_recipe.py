from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, StoredMask, pack, without_objects
from app.export.mattes import finished_matte
from app.scene.placement import Placement
from app.scene.recipe import Recipe
from app.scene.style import MatteUse, Style

SHAPE = (12, 16)
PICTURE = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), np.uint8)
PLACEMENT = Placement(SHAPE, 2, 1, 32, 24, (26, 40))
RED, BLUE = (200, 0, 0), (0, 0, 240)


def stored(left: int, *, soft: bool = False) -> StoredMask:
    mask = np.zeros(SHAPE, np.uint8)
    mask[2:9, left : left + 5], mask[5:11, left + 4 : left + 8] = 1, 2
    ramp = np.broadcast_to(np.linspace(0, 255, 16).astype(np.uint8), SHAPE)
    return pack(mask, MaskSource.USER, {1: np.ascontiguousarray(ramp)} if soft else None)


MASKS = (None, stored(1), stored(6), stored(1, soft=True), without_objects(stored(1), {2}))
masks = st.sampled_from(MASKS)
finishes = st.dictionaries(
    st.sampled_from((1, 2)),
    st.sampled_from((MatteFinish(grow_px=2), MatteFinish(chatter_frames=1), MatteFinish(refine="guided"))),
)
styles = st.builds(
    Style,
    st.sampled_from(MatteUse),
    st.sampled_from((((1, RED), (2, BLUE)), ((2, BLUE), (1, RED)), ((1, BLUE),), ())),
    st.sampled_from((0.0, 0.45, 1.0)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from((None, 0.5)),
    st.sampled_from((None, RED)),
)
recipes = st.builds(
    lambda style, shown, former, around, finish, near: Recipe(
        1,
        3,
        PICTURE,
        style,
        PLACEMENT,
        shown,
        former,
        around,
        {} if shown is None else finish,
        dict.fromkeys(finish, (near,)),
    ),
    styles,
    masks,
    masks,
    st.tuples(masks, masks),
    finishes,
    masks,
)


@given(recipes, recipes)
def test_equal_keys_mean_equal_pixels(one: Recipe, other: Recipe) -> None:
    assume(one.style == other.style or one.style.matte is MatteUse.NONE)
    if not np.array_equal(one.pixels(), other.pixels()):
        assert one.key != other.key
    again = replace(one)
    assert again.key == one.key
    assert np.array_equal(again.pixels(), one.pixels())


CHANGES = {
    "clip": {"clip": 2},
    "frame": {"frame_index": 4},
    "mask": {"masks": stored(6)},
    "removed object": {"masks": without_objects(stored(1), {2})},
    "colour": {"style": Style(colors=((1, BLUE), (2, BLUE)), fill=0.5)},
    "order": {"style": Style(colors=((2, BLUE), (1, RED)), fill=0.5)},
    "hidden object": {"style": Style(colors=((1, RED),), fill=0.5)},
    "opacity": {"style": Style(colors=((1, RED), (2, BLUE)), fill=0.6)},
    "lines": {"style": Style(colors=((1, RED), (2, BLUE)), fill=0.5, outlines=True)},
    "confidence": {"style": Style(colors=((1, RED), (2, BLUE)), fill=0.5, confidence=True)},
    "zoom": {"placement": Placement(SHAPE, 2, 1, 48, 36, (26, 40))},
    "place": {"placement": Placement(SHAPE, 3, 1, 32, 24, (26, 40))},
    "canvas": {"placement": Placement(SHAPE, 2, 1, 32, 24, (26, 20))},
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_the_pixels_depend_on_is_in_the_key(change: str) -> None:
    recipe = Recipe(1, 3, PICTURE, Style(colors=((1, RED), (2, BLUE)), fill=0.5), PLACEMENT, stored(1))
    assert replace(recipe, **CHANGES[change]).key != recipe.key


def test_what_is_not_looked_at_is_not_in_the_key() -> None:
    plain = Recipe(1, 3, PICTURE, Style(), PLACEMENT, stored(1))
    assert replace(plain, masks=stored(6), around=(stored(1), None)).key == plain.key
    same_content = stored(1)
    assert same_content.serial != plain.masks.serial  # type: ignore[union-attr]
    shown = replace(plain, style=Style(colors=((1, RED),), fill=0.5))
    assert replace(shown, masks=same_content).key == shown.key


def test_soft_mattes_count_where_confidence_is_shown() -> None:
    sure = Recipe(1, 3, PICTURE, Style(colors=((1, RED),), confidence=True), PLACEMENT, stored(1))
    soft = replace(sure, masks=stored(1, soft=True))
    assert soft.key != sure.key
    assert not np.array_equal(soft.pixels(), sure.pixels())
    # painted masks, and frames without any, have nothing to be unsure of
    assert np.array_equal(sure.pixels(), replace(sure, masks=None).pixels())


def test_mattes_are_finished_as_in_an_export() -> None:
    entry, finish, near = stored(1, soft=True), MatteFinish(grow_px=1, chatter_frames=1), (stored(3), None)
    plain = Placement(SHAPE, 0, 0, 16, 12, SHAPE)
    style = Style(MatteUse.ALONE, ((1, RED),))
    recipe = Recipe(1, 0, PICTURE, style, plain, entry, finishes={1: finish}, neighbours={1: near})
    expected = finished_matte(entry, 1, finish, PICTURE, near)
    assert np.abs(recipe.pixels()[..., 0] / 255 - expected).max() <= 0.5 / 255 + 1e-6
    changed = replace(recipe, neighbours={1: (None, None)})
    assert changed.key != recipe.key
    assert replace(recipe, finishes={1: MatteFinish(grow_px=2)}).key != recipe.key


def test_who_drew_the_edges_around_counts_where_edges_are_matched() -> None:
    plain, finish = Placement(SHAPE, 0, 0, 16, 12, SHAPE), MatteFinish(match_edges=True)
    drawn = replace(stored(1, soft=True), source=MaskSource.PROPAGATED)
    style = Style(MatteUse.ALONE, ((1, RED),))
    steeper = np.broadcast_to(np.clip(np.arange(16) * 64 - 256, 0, 255).astype(np.uint8), SHAPE)
    painted = pack(stored(1).index_mask(), MaskSource.USER, {1: np.ascontiguousarray(steeper)})
    near = {1: (drawn, painted)}
    recipe = Recipe(1, 0, PICTURE, style, plain, stored(1), finishes={1: finish}, neighbours=near)
    # the user paints another object there: the frame is the user's, the matte is the same
    taken = replace(recipe, neighbours={1: (replace(drawn, source=MaskSource.USER), painted)})
    assert not np.array_equal(taken.pixels(), recipe.pixels())
    assert taken.key != recipe.key


def test_what_takes_seconds_is_told() -> None:
    slow = Recipe(1, 0, PICTURE, Style(), PLACEMENT, None, finishes={1: MatteFinish(refine="closed_form")})
    assert slow.takes_long
    assert not replace(slow, finishes={1: MatteFinish(refine="guided")}).takes_long
