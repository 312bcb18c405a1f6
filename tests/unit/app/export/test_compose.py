from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.objects import ObjectInfo, new_object
from app.export.compose import _nearest_inside, burn_in, composite, extended_colour, overlay, to_linear
from app.export.mattes import combined_matte
from app.export.pixels import from_bytes, from_codes, ideal_planes, pixel_format, to_bytes, to_codes
from app.export.render import layer_names
from app.export.rle import bounding_box, compressed, run_lengths
from app.export.verify.rle import mask_of_text


def test_colour_of_the_object_reaches_over_its_soft_edge() -> None:
    rgb = np.zeros((90, 120, 3), np.float32)
    rgb[:] = (0, 0, 1)
    rgb[30:50, 40:70] = (1, 0, 0)
    matte = np.zeros((90, 120), np.float32)
    matte[28:52, 38:72] = 0.5
    matte[30:50, 40:70] = 1
    mixed = rgb.copy()
    mixed[matte == 0.5] = (0.5, 0, 0.5)
    clean = extended_colour(mixed, matte)
    np.testing.assert_allclose(clean[matte > 0], np.broadcast_to((1, 0, 0), (816, 3)), atol=1e-6)
    assert clean[28, 20].tolist() == [1, 0, 0]  # where a filter may still look
    assert clean[89, 119].tolist() == [0, 0, 0]
    assert not extended_colour(rgb, np.zeros_like(matte)).any()
    np.testing.assert_array_equal(extended_colour(rgb, np.ones_like(matte)), rgb)


@pytest.mark.parametrize("aspect", [2.0, 0.5])
def test_colour_comes_from_what_is_nearest_on_screen(aspect: float) -> None:
    """A pixel has a red object 12 stored px beside it, and a blue one 15 above it."""
    rgb, matte = np.zeros((60, 60, 3), np.float32), np.zeros((60, 60), np.float32)
    rgb[30:40, 0:10], matte[30:40, 0:10] = (1, 0, 0), 1
    rgb[0:20, 20:40], matte[0:20, 20:40] = (0, 0, 1), 1
    matte[34, 21] = 0.5
    if aspect < 1:  # lying on its side it is the same picture
        rgb, matte = rgb.transpose(1, 0, 2).copy(), matte.T.copy()
    across = extended_colour(rgb, matte, aspect)
    stored = extended_colour(rgb, matte)
    place = (34, 21) if aspect > 1 else (21, 34)
    assert np.argmax(stored[place]) == 0
    assert np.argmax(across[place]) == 2


def test_colour_is_extended_round_on_screen() -> None:
    rgb, matte = np.ones((120, 200, 3), np.float32), np.zeros((120, 200), np.float32)
    matte[60, 100] = 1
    rows, columns = np.nonzero(extended_colour(rgb, matte, 2.0)[..., 0] > 0)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (28, 92, 84, 116)


@given(st.sampled_from([0.5, 0.9, 1.0, 1.0667, 1.4222, 2.0]), st.integers(0, 99))
def test_each_pixel_gets_the_colour_of_one_that_is_about_as_near_as_any(aspect: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    core = rng.random((13, 17)) < 0.05
    core[6, 8] = True
    found = np.stack(np.unravel_index(_nearest_inside(core, aspect), core.shape))  # (2, H, W)
    assert core[tuple(found)].all()
    across, down = max(1.0, aspect), max(1.0, 1 / aspect)
    rows, columns = np.indices(core.shape)
    inside = np.argwhere(core)
    true = np.min([np.hypot((rows - y) * down, (columns - x) * across) for y, x in inside], axis=0)
    got = np.hypot((rows - found[0]) * down, (columns - found[1]) * across)
    assert (got <= 1.03 * true + 2.3).all()  # stored pixels become several, or one, of square ones
    if aspect == 1:
        assert (got <= 1.03 * true).all()


def test_composites_add_up() -> None:
    rgb = np.full((2, 2, 3), 0.8, np.float32)
    matte = np.array([[0, 1], [0.25, 0.5]], np.float32)
    mixed = composite(rgb, matte, np.array([0, 1, 0], np.float32))
    np.testing.assert_allclose(mixed[:, :, 1], [[1, 0.8], [0.95, 0.9]], atol=1e-6)
    seen = overlay(rgb, [(np.ones((2, 2), np.float32), (255, 0, 0))])
    np.testing.assert_allclose(seen[0, 0], [0.9, 0.4, 0.4], atol=1e-6)
    np.testing.assert_allclose(
        to_linear(np.array([[[0, 0.5, 1]]], np.float32)), [[[0, 0.2140, 1]]], atol=1e-4
    )


def test_touching_objects_leave_no_seam() -> None:
    left = np.array([[1, 0.6, 0]], np.float32)
    np.testing.assert_array_equal(combined_matte([left, 1 - left]), [[1, 1, 1]])
    np.testing.assert_array_equal(combined_matte([left, left]), [[1, 1, 0]])


def test_the_line_of_a_review_fits_any_picture() -> None:
    for height, width in ((32, 40), (64, 96), (1080, 1920)):
        plain = np.full((height, width, 3), 0.5, np.float32)
        marked = burn_in(plain, "01:00:00:00  1001")
        changed = np.argwhere((marked != plain).any(axis=2))
        assert changed[:, 0].min() > height // 2
        assert changed[:, 1].max() < width
        assert marked.max() > 0.6


@pytest.mark.parametrize("aspect", [2.0, 0.5, 1.4587])
def test_burnt_in_letters_have_their_form_on_the_screen(aspect: float) -> None:
    width, height = 720, 576
    plain = np.full((height, width, 3), 0.5, np.float32)
    # as shown, with square pixels
    shown = np.full((round(height * max(1, 1 / aspect)), round(width * max(1, aspect)), 3), 0.5, np.float32)
    expected = burn_in(shown, "01:00:00:00  1001")
    marked = burn_in(plain, "01:00:00:00  1001", aspect)
    assert marked.shape == plain.shape
    on_screen = cv2.resize(marked, expected.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    ink, ink_expected = on_screen > 0.6, expected > 0.6
    rows, columns = np.flatnonzero(ink.any((1, 2))), np.flatnonzero(ink.any((0, 2)))
    rows_expected, columns_expected = (np.flatnonzero(ink_expected.any(axes)) for axes in ((1, 2), (0, 2)))
    for found, wanted in ((rows, rows_expected), (columns, columns_expected)):
        assert abs(int(found[0]) - int(wanted[0])) <= 3
        assert abs(int(found[-1]) - int(wanted[-1])) <= 3
    assert np.abs(on_screen - expected).mean() < 0.01


def test_layers_have_names_that_compositing_programs_take() -> None:
    names = ["Anna", "anna", "Fuß 1.links", "影片", "3rd", ""]
    objects = tuple(
        new_object(index).__class__(index, name, (0, 0, 0)) for index, name in enumerate(names, start=1)
    )
    assert layer_names(objects) == ("Anna", "anna_2", "Fu_1_links", "object_4", "object_5", "object_6")
    taken = tuple(ObjectInfo(key, name, (0, 0, 0)) for key, name in ((1, "A_2"), (3, "A"), (2, "A")))
    assert layer_names(taken) == ("A_2", "A", "A_2_2")


@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 2**31),
    st.sampled_from(["yuva444p10le", "yuva420p", "bgra", "argb", "gbrap16le", "gray16le", "yuv422p10le"]),
)
def test_pixels_survive_packing(width: int, height: int, seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    form = pixel_format(name)
    rgb = rng.random((height, width, 3), dtype=np.float32)
    alpha = rng.integers(0, 256, (height, width)).astype(np.float32) / np.float32(255)
    colour = None if form.components == "y" else rgb
    planes = ideal_planes(colour, alpha, form, "bt709", form.is_yuv is False)
    full = not form.is_yuv
    codes = to_codes(planes, form, full)
    data = to_bytes(codes, form)
    assert len(data) == form.frame_bytes(width, height)
    back = from_bytes(data, form, width, height)
    for component in codes:
        np.testing.assert_array_equal(back[component], codes[component])
    if form.has_alpha:
        found = from_codes(codes, form, full)["a"]
        assert np.abs(found - 255 * alpha).max() <= 0.51 * 255 / ((1 << form.depth) - 1)
        assert (codes["a"][alpha == 1] == (1 << form.depth) - 1).all()
        assert (codes["a"][alpha == 0] == 0).all()


def test_white_and_black_are_exact_in_every_matrix() -> None:
    form = pixel_format("yuv422p10le")
    for matrix in ("bt709", "bt601", "bt2020"):
        for value, luma in ((1, 940), (0, 64)):
            rgb = np.full((2, 4, 3), value, np.float32)
            codes = to_codes(ideal_planes(rgb, None, form, matrix, False), form, False)
            assert set(codes["y"].ravel().tolist()) == {luma}
            assert set(codes["u"].ravel().tolist()) == set(codes["v"].ravel().tolist()) == {512}


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**31))
def test_run_lengths_round_trip(width: int, height: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < 0.5
    np.testing.assert_array_equal(mask_of_text(compressed(run_lengths(mask)), height, width), mask)
    left, top, across, down = bounding_box(mask)
    assert mask[top : top + down, left : left + across].sum() == mask.sum()


def test_run_lengths_are_those_of_the_data_set() -> None:
    mask = np.array([[0, 1, 1], [0, 1, 0], [1, 1, 0]], bool)
    assert run_lengths(mask) == [2, 5, 2]
    assert compressed([2, 5, 2]) == "252"
    assert compressed([0, 4, 30, 40]) == "04n0T1"
    assert mask_of_text("252", 3, 3).tolist() == mask.tolist()
