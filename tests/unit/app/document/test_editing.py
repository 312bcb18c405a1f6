from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.document.boxes import bounds
from app.document.editing import MaskEdit
from app.document.mask_store import MaskSource, StoredMask, pack

SHAPE = (8, 10)


def soft_entry(seed: int, *, soft: bool) -> StoredMask:
    """Objects 1 to 3 in patches, some with mattes, as a run might have left them."""
    generator = np.random.default_rng(seed)
    weights = generator.random((4, *SHAPE)) ** 3
    probability = weights / weights.sum(axis=0)
    index = probability.argmax(axis=0).astype(np.uint8)
    mattes = {key: np.floor(probability[key] * 255).astype(np.uint8) for key in (1, 2)} if soft else {}
    return pack(index, MaskSource.PROPAGATED, mattes)


boxes = st.tuples(st.integers(0, 9), st.integers(0, 7), st.integers(1, 5), st.integers(1, 5)).map(
    lambda b: (b[0], b[1], min(10, b[0] + b[2]), min(8, b[1] + b[3]))
)
strokes = st.lists(
    st.tuples(boxes, st.integers(1, 3), st.booleans(), st.integers(0, 3)), min_size=1, max_size=5
)


def play(edit: MaskEdit, steps: list, *, only: int | None = None) -> None:
    for number, (box, object_id, erase, kind) in enumerate(steps):
        shape = (box[3] - box[1], box[2] - box[0])
        generator = np.random.default_rng(number)
        cover = np.ones(shape, bool) if kind == 0 else generator.integers(0, 256, shape).astype(np.uint8)
        edit.paint(cover, box, only or object_id, erase=erase)


@given(st.integers(0, 20), st.booleans(), strokes)
def test_everything_outside_the_box_of_a_patch_stays(seed: int, soft: bool, steps: list) -> None:
    before = soft_entry(seed, soft=soft)
    edit = MaskEdit(0, before, SHAPE)
    play(edit, steps)
    patch = edit.patch()
    outside = np.ones(SHAPE, bool)
    outside[patch.box[1] : patch.box[3], patch.box[0] : patch.box[2]] = False
    assert patch.after is not None
    for object_id in (1, 2, 3):
        changed = patch.after.matte(object_id) != before.matte(object_id)
        assert not changed[outside].any()
    assert not (patch.after.index_mask() != before.index_mask())[outside].any()


@given(st.integers(0, 20), st.booleans(), strokes, st.sets(st.integers(2, 3), min_size=1))
def test_protected_objects_are_untouched_and_keep_their_room(
    seed: int, soft: bool, steps: list, protected: set[int]
) -> None:
    before = soft_entry(seed, soft=soft)
    edit = MaskEdit(0, before, SHAPE, protected)
    play(edit, steps, only=1)
    after = edit.patch().after
    assert after is not None
    for object_id in protected:
        assert np.array_equal(after.matte(object_id), before.matte(object_id))
        held = before.index_mask() == object_id
        assert np.array_equal(after.index_mask() == object_id, held)
    if soft and protected == {2}:
        both = after.matte(1).astype(int) + after.matte(2)
        was = before.matte(1).astype(int) + before.matte(2)
        assert (both <= np.maximum(was, 255)).all()


@given(st.integers(0, 20), st.booleans(), strokes)
def test_painting_twice_is_painting_once(seed: int, soft: bool, steps: list) -> None:
    before = soft_entry(seed, soft=soft)
    one = [(box, object_id, erase, kind) for box, object_id, erase, kind in steps[:1]]
    first, second = MaskEdit(0, before, SHAPE), MaskEdit(0, before, SHAPE)
    play(first, one)
    play(second, one)
    play(second, one)
    assert first.patch() == second.patch()


@given(st.integers(0, 20), st.booleans(), strokes)
def test_a_restarted_edit_has_changed_nothing(seed: int, soft: bool, steps: list) -> None:
    before = soft_entry(seed, soft=soft)
    edit = MaskEdit(0, before, SHAPE)
    play(edit, steps)
    edit.restart()
    assert np.array_equal(edit.mask, before.index_mask())
    assert all(np.array_equal(edit.matte(key), before.matte(key)) for key in (1, 2, 3))
    assert not edit.patch().changes_anything


@given(st.integers(0, 20), st.booleans(), st.integers(0, 5))
def test_a_replaced_matte_reads_back(seed: int, soft: bool, other: int) -> None:
    before = soft_entry(seed, soft=soft)
    wanted = soft_entry(other + 50, soft=True).matte(1)
    edit = MaskEdit(0, before, SHAPE)
    box = edit.replace(wanted, 1)
    after = edit.patch().after
    assert after is not None
    assert np.array_equal(after.matte(1), wanted)
    assert bounds(wanted != before.matte(1)) == box
    assert (after.matte(1).astype(int) + after.matte(2) <= 255).all() or not soft


def test_a_soft_stroke_is_soft_in_the_matte_and_hard_at_half_in_the_index_mask() -> None:
    before = pack(np.array([[0, 2, 2, 0]], np.uint8), MaskSource.USER)
    edit = MaskEdit(0, before, (1, 4))
    edit.paint(np.array([[200, 100, 255, 0]], np.uint8), (0, 0, 4, 1), 1)
    assert edit.mask.tolist() == [[1, 2, 1, 0]]
    after = edit.patch().after
    assert after is not None
    assert after.matte(1).tolist() == [[200, 100, 255, 0]]
    assert after.matte(2).tolist() == [[0, 155, 0, 0]]


def test_a_soft_eraser_leaves_the_rest() -> None:
    before = pack(np.array([[1, 1, 1, 2]], np.uint8), MaskSource.USER)
    edit = MaskEdit(0, before, (1, 4))
    edit.paint(np.array([[0, 100, 200, 255]], np.uint8), (0, 0, 4, 1), 1, erase=True)
    after = edit.patch().after
    assert after is not None
    assert after.index_mask().tolist() == [[1, 1, 0, 2]]
    assert after.matte(1).tolist() == [[255, 155, 55, 0]]
    assert after.matte(2).tolist() == [[0, 0, 0, 255]]


def test_hard_strokes_leave_hard_objects_hard() -> None:
    edit = MaskEdit(0, pack(np.array([[1, 2]], np.uint8), MaskSource.USER), (1, 2))
    edit.paint(np.array([[True, True]]), (0, 0, 2, 1), 1)
    after = edit.patch().after
    assert after is not None
    assert dict(after.mattes) == {}
    assert after.matte(1).tolist() == [[255, 255]]


def test_painting_over_a_soft_edge_hardens_it_where_it_was_painted() -> None:
    mattes = {1: np.array([[100, 200, 50, 0]], np.uint8), 2: np.array([[40, 20, 60, 0]], np.uint8)}
    edit = MaskEdit(0, pack(np.array([[0, 1, 0, 0]], np.uint8), MaskSource.PROPAGATED, mattes), (1, 4))
    edit.paint(np.array([[True, True]]), (0, 0, 2, 1), 1)
    after = edit.patch().after
    assert after is not None
    assert after.source is MaskSource.USER
    assert after.matte(1).tolist() == [[255, 255, 50, 0]]
    assert after.matte(2).tolist() == [[0, 0, 60, 0]]


def test_erasing_nothing_is_no_change() -> None:
    edit = MaskEdit(0, None, (2, 2))
    edit.paint(np.ones((2, 2), bool), (0, 0, 2, 2), 1, erase=True)
    assert not edit.patch().changes_anything
