from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.document.editing import MaskEdit
from app.document.mask_store import (
    MaskSource,
    MaskStore,
    note_serial,
    pack,
    pack_probability,
    repacked,
    without_objects,
)

masks = hnp.arrays(np.uint8, st.tuples(st.integers(1, 20), st.integers(1, 20)), elements=st.integers(0, 4))


@given(masks)
def test_round_trip(mask: np.ndarray) -> None:
    entry = pack(mask, MaskSource.USER)
    assert np.array_equal(entry.index_mask(), mask)
    assert entry.object_ids == tuple(sorted(set(mask.ravel().tolist()) - {0}))
    assert not entry.index_mask().flags.writeable


@given(masks)
def test_matte_of_a_painted_object_is_hard(mask: np.ndarray) -> None:
    entry = pack(mask, MaskSource.USER)
    for object_id in (1, 4):
        assert np.array_equal(entry.matte(object_id), np.where(mask == object_id, 255, 0))


def test_soft_mattes_are_kept_to_the_nearest_level() -> None:
    probability = np.zeros((3, 2, 3), np.float32)
    probability[1] = [[0, 0.25, 0.5], [0.75, 1, 0.1]]
    probability[2] = [[0.5, 0.25, 0.5], [0.25, 0, 0.1]]
    entry = pack_probability(np.array([[0, 0, 1], [1, 1, 0]], np.uint8), probability, (1, 7))
    assert entry.source is MaskSource.PROPAGATED
    assert entry.matte(1).tolist() == [[0, 64, 128], [191, 255, 26]]
    assert entry.matte(7).tolist() == [[128, 64, 128], [64, 0, 26]]


def test_soft_mattes_are_finer_than_eight_bits() -> None:
    ramp = np.linspace(0, 1, 4001, dtype=np.float32)[None]
    probability = np.stack([1 - ramp, ramp])
    entry = pack_probability((ramp > 0.5).astype(np.uint8), probability, (1,))
    found = entry.fine_matte(1)
    assert len(np.unique(found)) > 3500
    np.testing.assert_allclose(found / 65535, ramp, atol=1 / 510)
    edge = (ramp > 0.06) & (ramp < 0.94)
    np.testing.assert_allclose((found / 65535)[edge], ramp[edge], atol=1 / 3900)
    assert entry.nbytes == len(entry.index) + len(entry.mattes[1].coarse) + len(entry.mattes[1].rest)


def test_a_hard_object_is_black_or_white_in_a_fine_matte() -> None:
    entry = pack(np.array([[0, 1, 2]], np.uint8), MaskSource.USER, {2: np.array([[0, 0, 128]], np.uint8)})
    assert entry.fine_matte(1).tolist() == [[0, 65535, 0]]
    assert entry.fine_matte(2).tolist() == [[0, 0, 128 * 257]]
    assert not entry.fine_matte(1).flags.writeable
    assert not entry.fine_matte(2).flags.writeable


def test_masks_that_differ_in_their_fine_part_alone_are_not_equal() -> None:
    index = np.array([[0, 1]], np.uint8)
    first, second = (
        pack(index, MaskSource.PROPAGATED, {1: np.array([[value, 65535]], np.uint16)})
        for value in (20_000, 20_060)
    )
    np.testing.assert_array_equal(first.matte(1), second.matte(1))
    assert first != second
    assert first.matte_key(1) != second.matte_key(1)


def test_only_what_changed_is_compressed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    soft = {1: np.array([[100, 200]], np.uint8), 2: np.array([[30, 0]], np.uint8)}
    before = pack(np.array([[0, 1]], np.uint8), MaskSource.PROPAGATED, soft)
    after = repacked(before, np.array([[2, 1]], np.uint8), {2: np.array([[255, 0]], np.uint8)})
    assert after.source is MaskSource.USER
    assert after.mattes[1] is before.mattes[1]
    assert after.matte(2).tolist() == [[255, 0]]
    assert after.object_ids == (1, 2)
    hard = repacked(after, np.array([[2, 1]], np.uint8), {1: None})
    assert list(hard.mattes) == [2]
    assert hard.matte(1).tolist() == [[0, 255]]


def test_taking_an_object_away() -> None:
    entry = pack(np.array([[1, 2, 0]], np.uint8), MaskSource.USER)
    left = without_objects(entry, {1})
    assert left is not None
    assert left.index_mask().tolist() == [[0, 2, 0]]
    assert left.object_ids == (2,)
    assert without_objects(left, {2}) is None
    assert without_objects(left, {9}) is left


def test_store() -> None:
    store = MaskStore(2, 3)
    assert store.index_mask(5).tolist() == [[0, 0, 0], [0, 0, 0]]
    assert store.source(5) is None
    mask = np.array([[1, 0, 0], [0, 0, 2]], np.uint8)
    store.put(5, pack(mask, MaskSource.USER))
    store.put(2, pack(mask[::-1].copy(), MaskSource.PROPAGATED))
    assert store.frames() == [2, 5]
    assert store.index_mask(5) is store.index_mask(5)
    assert np.array_equal(store.index_mask(5), mask)
    assert store.source(2) is MaskSource.PROPAGATED
    store.put(5, None)
    assert store.frames() == [2]
    assert not store.index_mask(5).any()
    with pytest.raises(ValueError, match="mask of"):
        store.put(1, pack(np.zeros((3, 3), np.uint8), MaskSource.USER))


def test_decoded_masks_do_not_pile_up() -> None:
    store = MaskStore(4, 4)
    for index in range(50):
        store.put(index, pack(np.full((4, 4), index % 3, np.uint8), MaskSource.USER))
    for index in range(50):
        assert store.index_mask(index)[0, 0] == index % 3
    assert len(store._decoded) <= 6


boxes = st.tuples(st.integers(0, 9), st.integers(0, 7), st.integers(1, 5), st.integers(1, 5))
strokes = st.lists(st.tuples(boxes, st.integers(1, 3), st.booleans()), min_size=1, max_size=6)


@given(strokes)
def test_the_box_of_a_patch_holds_all_changes(edits) -> None:
    edit = MaskEdit(0, pack(np.tile(np.arange(12, dtype=np.uint8) % 3, (10, 1)), MaskSource.USER), (10, 12))
    for (left, top, width, height), object_id, erase in edits:
        box = (left, top, min(12, left + width), min(10, top + height))
        edit.paint(np.ones((box[3] - box[1], box[2] - box[0]), bool), box, object_id, erase=erase)
    patch = edit.patch()
    before = patch.before.index_mask()
    after = patch.after.index_mask()
    outside = np.ones((10, 12), bool)
    outside[patch.box[1] : patch.box[3], patch.box[0] : patch.box[2]] = False
    assert not (before != after)[outside].any()


def test_the_store_needs_no_qt() -> None:
    modules = "app.document.mask_store, app.document.editing, app.tools.raster"
    code = f"import sys, {modules}; assert 'PySide6' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_removing_an_object_decodes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = pack(np.array([[1, 2], [2, 0]], np.uint8), MaskSource.PROPAGATED, {2: np.eye(2, dtype=np.uint8)})
    with monkeypatch.context() as patch:
        patch.setattr("app.document.mask_store._unpack", None)
        patch.setattr("app.document.mask_store._pack", None)
        left = without_objects(entry, {2})
    assert left is not None
    assert left.object_ids == (1,)
    assert left.index_mask().tolist() == [[1, 0], [0, 0]]
    assert not left.index_mask().flags.writeable
    assert left.matte(2).tolist() == [[0, 0], [0, 0]]
    again = repacked(left, np.array([[1, 2], [0, 0]], np.uint8), {})
    assert again.index_mask().tolist() == [[1, 2], [0, 0]]
    assert again.hidden == frozenset()


def test_a_younger_mask_has_a_larger_serial_and_equal_content_is_equal() -> None:
    mask = np.array([[1, 2, 0]], np.uint8)
    older, younger = pack(mask, MaskSource.USER), pack(mask, MaskSource.USER)
    assert older.serial < younger.serial
    assert older == younger
    rest = without_objects(younger, {2})
    assert rest is not None
    assert rest.serial == younger.serial  # taking an object away makes no new mask
    note_serial(younger.serial + 1000)
    assert pack(mask, MaskSource.USER).serial > younger.serial + 1000
