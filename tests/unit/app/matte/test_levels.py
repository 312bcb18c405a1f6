from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.export.mattes import chosen_index_mask, combined_matte, finished_matte
from app.matte.finishing import finish_matte, to_bytes
from app.matte.levels import clipped, clipped_bytes, clipped_stored

EVERY = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_the_standard_makes_the_networks_veil_black_and_its_inside_solid() -> None:
    values = np.array([[0, 2, 12, 13, 127, 128, 242, 243, 252, 255]], np.uint8)
    found = clipped_bytes(values, STANDARD_FINISH)
    assert found.tolist() == [[0, 0, 0, 0, 127, 128, 255, 255, 255, 255]]
    middle = clipped_bytes(np.array([[26, 52, 203, 229]], np.uint8), STANDARD_FINISH)
    assert middle.tolist() == [[15, 44, 211, 240]]  # a tenth steeper, one half stays one half


def test_nothing_to_cut_off_is_nothing_done() -> None:
    matte = EVERY / np.float32(255)
    assert clipped(matte, 0, 1) is matte
    assert clipped_bytes(EVERY, MatteFinish()) is EVERY


@given(st.floats(0, 0.5), st.floats(0.5, 1))
def test_bytes_and_floats_agree_and_the_order_stays(black: float, white: float) -> None:
    finish = MatteFinish(clip_black=black, clip_white=white)
    exact = finish_matte(EVERY / np.float32(255), finish)
    found = clipped_bytes(EVERY, finish)
    np.testing.assert_array_equal(found, to_bytes(exact))
    assert (np.diff(found.ravel().astype(int)) >= 0).all()
    assert found.flat[0] == 0
    assert found.flat[255] == 255
    assert not found[255 * black - 1e-3 > EVERY].any()
    assert (found[255 * white + 1e-3 < EVERY] == 255).all()


@given(st.floats(0, 0.5), st.floats(0.5, 1))
def test_the_canvas_shows_of_a_stored_matte_what_an_export_writes(black: float, white: float) -> None:
    ramp = np.arange(0, 65536, 7, dtype=np.uint16)[None]
    entry = pack((ramp > 32767).astype(np.uint8), MaskSource.PROPAGATED, {1: ramp})
    finish = MatteFinish(clip_black=black, clip_white=white)
    found = clipped_stored(entry, 1, finish)
    written = to_bytes(finished_matte(entry, 1, finish))
    np.testing.assert_allclose(found.astype(int), written, atol=1 if white - black >= 2 / 3 else 0)
    assert (np.diff(found.astype(int)) >= 0).all()


def test_a_steep_finish_shows_no_steps_of_eight_bits() -> None:
    ramp = np.arange(65536, dtype=np.uint16)[None]
    entry = pack((ramp > 32767).astype(np.uint8), MaskSource.PROPAGATED, {1: ramp})
    finish = MatteFinish(clip_black=0.45, clip_white=0.55)
    assert len(np.unique(clipped_bytes(entry.matte(1), finish))) < 30
    assert len(np.unique(clipped_stored(entry, 1, finish))) == 256
    assert len(np.unique(finished_matte(entry, 1, finish))) > 400


def test_hard_and_painted_mattes_are_clipped_as_well() -> None:
    index = np.array([[0, 1, 2]], np.uint8)
    entry = pack(index, MaskSource.USER, {2: np.array([[0, 20, 128]], np.uint8)})
    assert clipped_stored(entry, 1, STANDARD_FINISH).tolist() == [[0, 255, 0]]
    assert clipped_stored(entry, 2, STANDARD_FINISH).tolist() == [[0, 8, 128]]
    assert clipped_stored(entry, 2, MatteFinish()).tolist() == [[0, 20, 128]]


def test_two_objects_that_touch_still_cover_their_seam() -> None:
    one = np.linspace(0, 1, 101, dtype=np.float32)[None]
    both = combined_matte([finish_matte(one, STANDARD_FINISH), finish_matte(1 - one, STANDARD_FINISH)])
    np.testing.assert_allclose(both, 1, atol=1e-5)


def test_clipping_comes_before_all_other_steps() -> None:
    veil = np.full((40, 40), 0.03, np.float32)
    veil[10:20, 10:20] = 0.97
    finish = MatteFinish(clip_black=0.05, clip_white=0.95, grow_px=2)
    found = finish_matte(veil, finish)
    assert found[15, 15] == 1
    assert found[15, 9] == 1  # grown
    assert not found[30:].any()
    assert not finish_matte(np.full((9, 9), 0.03, np.float32), finish).any()


def test_index_masks_keep_their_outlines_unless_the_ends_are_cut_off_unevenly() -> None:
    soft = np.array([[0, 60, 130, 200, 255]], np.uint8)
    index = np.array([[0, 0, 1, 1, 1]], np.uint8)
    entry = pack(index, MaskSource.PROPAGATED, {1: soft})
    item = new_object(1)
    assert item.finish == STANDARD_FINISH
    np.testing.assert_array_equal(chosen_index_mask(entry, [item]), index)
    uneven = MatteFinish(clip_black=0.5, clip_white=1)
    assert not uneven.keeps_outline
    assert to_bytes(finished_matte(entry, 1, uneven)).tolist() == [[0, 0, 5, 145, 255]]


@pytest.mark.parametrize("wrong", [{"clip_black": 0.6}, {"clip_white": 0.4}, {"clip_black": "0"}])
def test_ends_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="is no clip_"):
        MatteFinish.from_json(wrong)


def test_projects_from_before_keep_how_they_looked() -> None:
    assert MatteFinish.from_json({}).is_neutral
    assert MatteFinish.from_json({"grow_px": 2}) == MatteFinish(grow_px=2)
    assert STANDARD_FINISH.to_json() == {"clip_black": 0.05, "clip_white": 0.95, "match_edges": True}
    assert MatteFinish.from_json(STANDARD_FINISH.to_json()) == STANDARD_FINISH
    assert not STANDARD_FINISH.is_neutral
    assert replace(STANDARD_FINISH, match_edges=False).is_plain
    assert STANDARD_FINISH.keeps_outline
