from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scene.compose import Layers, compose
from app.scene.contours import Contours, draw, outlines
from app.scene.placement import Placement
from app.scene.sampling import scaled
from app.scene.style import MatteUse, Style

RED, BLUE = (200, 0, 0), (0, 0, 240)
SHAPE = (40, 60)
PLAIN = Placement(SHAPE, 0, 0, 60, 40, SHAPE)
WHOLE = PLAIN.visible


def picture(value: int = 100) -> np.ndarray:
    return np.full((*SHAPE, 3), value, np.uint8)


def mask() -> np.ndarray:
    found = np.zeros(SHAPE, np.uint8)
    found[5:20, 10:30] = 1
    found[10:14, 15:20] = 0
    found[15:30, 28:50] = 2
    found[35:, :4] = 255
    return found


def test_a_picture_alone_is_shown_as_it_is() -> None:
    stored = np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), np.uint8)
    shown = compose(Layers(stored), Style(), PLAIN, WHOLE)
    assert np.array_equal(shown[..., 2::-1], stored)
    assert (shown[..., 3] == 255).all()


def test_colours_lie_over_drawn_objects_only() -> None:
    style = Style(colors=((1, RED),), fill=0.5)
    shown = compose(Layers(picture(), Contours(mask())), style, PLAIN, WHOLE)
    inside = mask() == 1
    assert (shown[inside] == (50, 50, 150, 255)).all()
    assert (shown[~inside] == (100, 100, 100, 255)).all()  # the hidden object and what is void


def test_a_line_runs_along_the_border_and_around_holes() -> None:
    style = Style(colors=((1, RED), (2, BLUE)), outlines=True)
    shown = compose(Layers(picture(), Contours(mask())), style, PLAIN, WHOLE)
    assert shown[10, 10, :3].tolist() == pytest.approx([0, 0, 200], abs=20)
    assert shown[5, 20, :3].tolist() == pytest.approx([0, 0, 200], abs=20)
    assert shown[9, 17, 2] > 120  # above the hole
    assert shown[22, 49, :3].tolist() == pytest.approx([240, 0, 0], abs=20)
    assert tuple(shown[8, 12, :3]) == (100, 100, 100)
    assert tuple(shown[2, 2, :3]) == (100, 100, 100)


def test_neighbours_have_dashed_lines() -> None:
    around = (Contours(mask()), None)
    style = Style(colors=((2, BLUE),), onion=True)
    shown = compose(Layers(picture(), None, None, around), style, PLAIN, WHOLE)
    top = shown[15, 30:48, 1] < 60  # a row of the line around object 2
    assert 0 < np.count_nonzero(top) < 18
    assert (shown[20:25, 35:45, :3] == 100).all()


def test_the_divider_shows_one_mask_left_and_another_right() -> None:
    style = Style(colors=((1, RED),), fill=1.0, wipe_share=0.25)
    ones, none = Contours(np.ones(SHAPE, np.uint8)), Contours(np.zeros(SHAPE, np.uint8))
    shown = compose(Layers(picture(), ones, none), style, PLAIN, WHOLE)
    assert (shown[:, :15, 2] == 200).all()
    assert (shown[:, 15:, 2] == 100).all()
    shown = compose(Layers(picture(), None, ones), style, PLAIN, (10, 5, 20, 9))
    assert (shown[:, :5, 2] == 100).all()
    assert (shown[:, 5:, 2] == 200).all()


def test_mattes_alone_and_cut_out() -> None:
    matte = np.zeros(SHAPE, np.uint8)
    matte[:, 20:40], matte[:, 40:] = 128, 255
    layers = Layers(picture(200), matte=matte)
    alone = compose(layers, Style(MatteUse.ALONE), PLAIN, WHOLE)
    assert np.array_equal(alone[..., 0], matte)
    assert np.array_equal(alone[..., 2], matte)
    cut = compose(layers, Style(MatteUse.CUTOUT, ground=(0, 50, 0)), PLAIN, WHOLE)
    assert (cut[:, :20] == (0, 50, 0, 255)).all()
    assert (cut[:, 40:] == (200, 200, 200, 255)).all()
    assert np.abs(cut[:, 20:40].astype(int) - (100, 125, 100, 255)).max() <= 1
    checker = compose(layers, Style(MatteUse.CUTOUT, pixel_ratio=2.0), PLAIN, WHOLE)
    assert set(np.unique(checker[:, :20, 0])) == {96, 150}
    assert (checker[:16, :16, 0] == 150).all()


def test_colours_lie_where_the_network_is_not_sure() -> None:
    margin = np.full(SHAPE, 255, np.uint8)
    margin[:, :20], margin[:, 20:30] = 0, 128
    style = Style(confidence=True)
    shown = compose(Layers(picture(200), margin=margin), style, PLAIN, WHOLE)[..., 2::-1].astype(int)
    assert (shown[:, 30:] == 110).all()  # sure: the picture, grey and dark
    red, between = shown[5, 5], shown[5, 25]
    assert red[0] > 200
    assert red[1:].max() < 80
    assert between[0] > 170 > between[1] > 120
    assert between[2] < 90
    lined = Style(colors=((1, RED),), outlines=True, confidence=True)
    shown = compose(Layers(picture(200), Contours(mask()), margin=margin), lined, PLAIN, WHOLE)
    assert shown[5, 20, :3].min() > 200  # white, since red means something else here


boxes = st.tuples(st.integers(0, 99), st.integers(0, 69), st.integers(1, 100), st.integers(1, 70)).filter(
    lambda box: box[0] < box[2] and box[1] < box[3]
)
styles = st.builds(
    Style,
    st.sampled_from(MatteUse),
    st.just(((1, RED), (2, BLUE))),
    st.sampled_from((0.0, 0.45)),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from((None, 0.0, 0.4, 1.0)),
    st.sampled_from((None, (1, 2, 3))),
    st.sampled_from((1.0, 2.0)),
)


@given(styles, boxes, st.sampled_from((0.7, 1.0, 1.6, 2.0, 9.5)), st.integers(-50, 20))
def test_a_part_shows_what_the_whole_shows(
    style: Style, box: tuple[int, int, int, int], zoom: float, left: int
) -> None:
    placement = Placement(SHAPE, left, -3, round(60 * zoom), round(40 * zoom), (70, 100))
    box = placement.clipped(box)
    if box[2] <= box[0]:
        return
    stored = np.random.default_rng(1).integers(0, 256, (*SHAPE, 3), np.uint8)
    soft = cv2.GaussianBlur(np.where(mask() == 1, 255, 0).astype(np.uint8), (0, 0), 2)
    other = Contours(np.roll(mask(), 4, axis=1))
    layers = Layers(
        scaled(stored, placement), Contours(mask()), other, (other, Contours(mask())), scaled(soft, placement)
    )
    layers = replace(layers, margin=layers.matte)
    x, y, _, _ = placement.visible
    whole = compose(layers, style, placement, placement.visible)
    whole = whole[box[1] - y : box[3] - y, box[0] - x : box[2] - x]
    part = compose(layers, style, placement, box)
    assert part.shape == whole.shape
    if style.outlines or style.onion:  # where a line leaves the part, its soft edge may be rounded otherwise
        assert np.count_nonzero(np.abs(part.astype(int) - whole).max(axis=2) > 48) <= 2
    else:
        assert np.array_equal(part, whole)


def test_lines_lie_where_the_picture_lies() -> None:
    placement = Placement(SHAPE, 7, -11, 240, 160, (200, 250))  # four-fold
    pixels = np.zeros((200, 250, 4), np.uint8)
    draw(pixels, outlines(mask(), 2), placement, (0, 0, 250, 200), color=RED)
    rows, columns = np.nonzero(pixels[..., 2] > 150)
    # the middles of the first and last pixel of the object
    assert columns.min() == pytest.approx(7 + 28.5 * 4, abs=1)
    assert columns.max() == pytest.approx(7 + 49.5 * 4, abs=1)
    assert rows.min() == pytest.approx(-11 + 15.5 * 4, abs=1)
    assert rows.max() == pytest.approx(-11 + 29.5 * 4, abs=1)


def test_outlines_of_crumbs_are_left_out() -> None:
    crumbs = np.zeros((500, 500), np.uint8)
    crumbs[::2, ::2] = 1
    assert outlines(crumbs, 1) == ()


def test_only_what_was_painted_on_is_found_anew() -> None:
    found = mask()
    contours = Contours(found)
    first, second = contours.of(1, 3.0), contours.of(2, 3.0)
    found[5:8, 10:12] = 0
    contours.forget((10, 5, 12, 8))
    assert contours.of(2, 3.0) is second
    assert contours.of(1, 3.0) is not first
    found[16:20, 45:48] = 1  # an object grows into another
    contours.forget((45, 16, 48, 20))
    assert len(contours.of(2, 3.0)) == 2  # it has a hole now
    assert any((line[:, 0] > 44).all() for line in contours.of(1, 3.0))
    found[16:20, 45:48] = 2  # and is taken back
    contours.forget((45, 16, 48, 20))
    assert [line.tolist() for line in contours.of(2, 3.0)] == [line.tolist() for line in second]


def test_objects_that_are_not_there_are_not_looked_for() -> None:
    assert Contours(mask(), {2}).of(1, 1.0) == ()
    assert len(Contours(mask(), {2}).of(2, 1.0)) == 1
