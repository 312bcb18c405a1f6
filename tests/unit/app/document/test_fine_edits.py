"""Edits of mattes finer than 8 bits: what is painted is as fine as what was there."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.document.editing import MaskEdit
from app.document.locked import locked_region
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.packed_matte import WHITE, in_bytes
from tests.unit.app.document.test_editing import SHAPE, play, soft_entry, strokes


def row_entry(*rows: list[int]) -> StoredMask:
    """One row of pixels with a fine matte for each object, from 1 on."""
    fine = np.array(rows, np.uint16)
    index = np.where(fine.max(axis=0) >= 32768, fine.argmax(axis=0) + 1, 0).astype(np.uint8)
    mattes = {key: fine[key - 1 : key] for key in range(1, len(rows) + 1)}
    return pack(index[None], MaskSource.PROPAGATED, mattes)


def edit_of(entry: StoredMask, *protected: int) -> MaskEdit:
    return MaskEdit(0, entry, entry.shape, frozenset(protected))


def painted(edit: MaskEdit) -> StoredMask:
    after = edit.patch().after
    assert after is not None
    return after


FIRST = [0, 10_016, 30_101, 45_007, 60_025, WHITE]
SECOND = [WHITE, 50_051, 30_230, 16_003, 2_120, 0]
WHOLE = (0, 0, 6, 1)
NEAR = 9  # half a sixteenth of an 8-bit step
NEAR_FAINT = 33


def near(found: np.ndarray, wanted: list[int], most: int = NEAR) -> bool:
    return bool((np.abs(found.astype(int) - wanted) <= most).all())


def test_a_soft_stroke_over_a_fine_edge_is_as_fine() -> None:
    edit = edit_of(row_entry(FIRST, SECOND))
    cover = np.array([[0, 20_003, 20_003, 50_060, 50_060, 0]], np.uint16)
    edit.paint(cover, WHOLE, 1)
    found = painted(edit)
    assert near(found.fine_matte(1), [[0, 20_003, 30_101, 50_060, 60_025, WHITE]])
    assert near(found.fine_matte(2), [[WHITE, WHITE - 20_003, 30_230, WHITE - 50_060, 2_120, 0]], NEAR_FAINT)
    assert found.index_mask().tolist() == [[2, 2, 0, 1, 1, 1]]


def test_a_soft_eraser_leaves_the_rest_as_fine() -> None:
    edit = edit_of(row_entry(FIRST, SECOND))
    cover = np.array([[0, 20_003, 20_003, 20_003, 20_003, 20_003]], np.uint16)
    edit.paint(cover, WHOLE, 1, erase=True)
    found = painted(edit)
    rest = WHITE - 20_003
    assert near(found.fine_matte(1), [[0, 10_016, 30_101, 45_007, rest, rest]])
    assert found.mattes[2] is row_entry(FIRST, SECOND).mattes[2] or near(
        found.fine_matte(2), [SECOND], NEAR_FAINT
    )


def test_a_soft_stroke_on_a_hard_object_is_fine_too() -> None:
    edit = edit_of(pack(np.array([[0, 0, 2, 2]], np.uint8), MaskSource.USER))
    edit.paint(np.array([[0, 20_003, 20_003, 50_060]], np.uint16), (0, 0, 4, 1), 1)
    found = painted(edit)
    assert near(found.fine_matte(1), [[0, 20_003, 20_003, 50_060]])
    assert near(found.fine_matte(2), [[0, 0, WHITE - 20_003, WHITE - 50_060]])


def test_what_is_out_of_reach_leaves_a_fine_room() -> None:
    edit = edit_of(row_entry(FIRST, SECOND), 2)
    edit.paint(np.ones((1, 6), bool), WHOLE, 1)
    found = painted(edit)
    assert near(
        found.fine_matte(1), [[0, WHITE - 50_051, WHITE - 30_230, WHITE - 16_003, WHITE - 2_120, WHITE]]
    )
    assert found.mattes[2] == row_entry(FIRST, SECOND).mattes[2]


def test_another_matte_of_16_bits_is_taken_as_it_is() -> None:
    before = row_entry(FIRST, SECOND)
    edit = edit_of(before)
    wanted = np.array([[0, before.fine_matte(1)[0, 1], 33_033, 44_100, 44_100, 12_345]], np.uint16)
    assert edit.replace(wanted, 1) == (2, 0, 6, 1)
    assert np.array_equal(edit.fine_matte(1)[:, 2:], wanted[:, 2:])
    found = painted(edit)
    assert near(found.fine_matte(1), wanted.tolist())
    # one of 8 bits changes what is different in 8 bits
    edit = edit_of(found)
    eight = found.matte(1).copy()
    eight[0, 4] = 100
    assert edit.replace(eight, 1) == (4, 0, 5, 1)
    again = painted(edit).fine_matte(1)
    assert again[0, 4] == 100 * 257
    assert np.array_equal(np.delete(again, 4), np.delete(found.fine_matte(1), 4))


def test_a_difference_that_8_bits_do_not_show_is_painted() -> None:
    before = row_entry([20_048, 20_048, WHITE])
    edit = edit_of(before)
    edit.paint(np.array([[20_112, 0, 0]], np.uint16), (0, 0, 3, 1), 1)
    found = painted(edit)
    assert np.array_equal(found.matte(1), before.matte(1))
    assert near(found.fine_matte(1), [[20_112, 20_048, WHITE]])


def fine_of(entry: StoredMask, seed: int) -> StoredMask:
    """The same in 8 bits, with finer values beneath."""
    noise = np.random.default_rng(seed)
    mattes = {}
    for key in entry.mattes:
        coarse = entry.matte(key)
        offsets = noise.integers(-100, 100, SHAPE) * ((coarse > 0) & (coarse < 255))
        mattes[key] = (coarse.astype(int) * 257 + offsets).astype(np.uint16)
    return pack(entry.index_mask(), entry.source, mattes)


@given(st.integers(0, 20), strokes, st.sets(st.integers(2, 3)))
def test_8_bits_show_the_same_edit_whatever_lies_beneath(seed: int, steps: list, protected: set[int]) -> None:
    coarse = soft_entry(seed, soft=True)
    edits = [MaskEdit(0, entry, SHAPE, protected) for entry in (coarse, fine_of(coarse, seed))]
    for edit in edits:
        play(edit, steps, only=1 if protected else None)
    one, other = edits
    assert np.array_equal(one.mask, other.mask)
    for key in (1, 2, 3):
        assert np.array_equal(one.matte(key), other.matte(key))
        assert np.array_equal(in_bytes(other.fine_matte(key)), other.matte(key))
        assert np.array_equal(painted(other).matte(key), other.matte(key))
        assert np.array_equal(painted(one).fine_matte(key), one.matte(key).astype(np.uint16) * 257)


@given(st.integers(0, 20), strokes)
def test_what_no_stroke_reached_is_bit_by_bit_as_before(seed: int, steps: list) -> None:
    before = fine_of(soft_entry(seed, soft=True), seed)
    edit = MaskEdit(0, before, SHAPE)
    play(edit, steps)
    patch = edit.patch()
    assert patch.after is not None
    outside = np.ones(SHAPE, bool)
    outside[patch.box[1] : patch.box[3], patch.box[0] : patch.box[2]] = False
    for key in (1, 2):
        assert np.array_equal(patch.after.fine_matte(key)[outside], before.fine_matte(key)[outside])


def test_taking_it_back_gives_the_fine_values_back() -> None:
    before = row_entry(FIRST, SECOND)
    edit = edit_of(before)
    cover = np.full((1, 6), 40_000, np.uint16)
    edit.paint(cover, WHOLE, 1)
    edit.restart()
    assert np.array_equal(edit.fine_matte(1), before.fine_matte(1))
    assert edit.patch().after is before
    edit.paint(cover, WHOLE, 1)
    assert near(edit.fine_matte(2), [[25_535, 25_535, 25_535, 16_003, 2_120, 0]], NEAR_FAINT)
    edit.protect({2})
    assert np.array_equal(edit.fine_matte(2), before.fine_matte(2))
    edit.rebase(row_entry(SECOND, FIRST))
    assert np.array_equal(edit.fine_matte(2), row_entry(SECOND, FIRST).fine_matte(2))


def test_locked_pixels_keep_their_fine_values() -> None:
    before = row_entry(FIRST, SECOND)
    region = locked_region(np.array([[False, True, False, False, True, False]]))
    edit = MaskEdit(0, before, (1, 6), frozenset(), region)
    edit.replace(np.full((1, 6), 40_000, np.uint16), 1)
    found = painted(edit)
    assert np.array_equal(found.fine_matte(1)[0, [1, 4]], before.fine_matte(1)[0, [1, 4]])
    assert near(found.fine_matte(1)[0, [0, 2, 3, 5]], [40_000] * 4)
    assert edit.left_px == 2
