from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.document.bulk import merged, part_count, split_parts
from app.document.facts import FrameFacts
from app.document.mask_store import MaskSource, StoredMask, pack, pack_probability

MASKS = hnp.arrays(np.uint8, (7, 9), elements=st.integers(0, 3))


@given(MASKS)
def test_merging_moves_every_pixel_and_no_other(mask: np.ndarray) -> None:
    entry = pack(mask, MaskSource.USER)
    found = merged(2, 1)(0, entry)
    assert np.array_equal(found.index_mask(), np.where(mask == 2, 1, mask))
    assert found.source is MaskSource.USER
    assert found.serial == entry.serial
    if 2 not in entry.object_ids:
        assert found is entry


def test_a_merged_mask_is_out_of_date_where_one_of_both_was() -> None:
    mask, kept = np.array([[1, 2, 0]], np.uint8), MappingProxyType({1: 5})
    # the user corrected 2, and 1 is as old as it was: what he said last counts
    corrected = replace(pack(mask, MaskSource.USER), told_ids=frozenset({2}), older=kept)
    assert merged(2, 1)(0, corrected).serial_of(1) == corrected.serial
    assert merged(1, 2)(0, corrected).serial_of(2) == corrected.serial
    # a run made 2 anew and left 1 as it was: as old as the older
    found = replace(pack(mask, MaskSource.PROPAGATED), older=kept)
    assert merged(2, 1)(0, found).serial_of(1) == 5
    assert merged(1, 2)(0, found).serial_of(2) == 5


def test_merged_soft_mattes_show_no_seam() -> None:
    probability = np.zeros((3, 1, 4), np.float32)
    probability[1] = [[1.0, 0.6, 0.4, 0.0]]
    probability[2] = [[0.0, 0.4, 0.6, 0.2]]
    probability[0] = 1 - probability[1:].sum(0)
    entry = pack_probability(np.array([[1, 1, 2, 0]], np.uint8), probability, (1, 2))
    found = merged(2, 1)(0, entry)
    assert found.matte(1).tolist() == [[255, 255, 255, 51]]
    assert 2 not in found.mattes
    assert found.object_ids == (1,)


@given(MASKS)
def test_splitting_loses_no_pixel(mask: np.ndarray) -> None:
    entry = pack(mask, MaskSource.USER)
    count = part_count(mask, 1)
    fresh = list(range(10, 10 + max(0, count - 1)))
    found = split_parts(entry, 1, fresh).index_mask()
    assert np.array_equal(np.isin(found, [1, *fresh]), mask == 1)
    assert np.array_equal(found[mask != 1], mask[mask != 1])
    for object_id in [1, *fresh] if count else []:
        assert part_count(found, object_id) == 1


def test_the_largest_part_stays_and_the_next_ones_follow_in_size() -> None:
    mask = np.array([[1, 0, 1, 1, 0, 1, 1, 1]], np.uint8)
    found = split_parts(pack(mask, MaskSource.USER), 1, [5])
    assert found.index_mask().tolist() == [[1, 0, 5, 5, 0, 1, 1, 1]]
    found = split_parts(pack(mask, MaskSource.USER), 1, [5, 6])
    assert found.index_mask().tolist() == [[6, 0, 5, 5, 0, 1, 1, 1]]


def test_a_soft_edge_goes_with_its_nearest_part() -> None:
    mask = np.array([[1, 1, 0, 0, 0, 1]], np.uint8)
    soft = np.array([[255, 200, 90, 10, 80, 220]], np.uint8)
    found = split_parts(pack(mask, MaskSource.PROPAGATED, {1: soft}), 1, [2])
    assert found.matte(1).tolist() == [[255, 200, 90, 10, 0, 0]] or found.matte(1)[0, 2] == 90
    assert found.matte(2)[0, 4:].tolist() == [80, 220]
    assert (found.matte(1).astype(int) + found.matte(2)).tolist() == soft.tolist()


def test_merging_and_splitting_keep_mattes_finer_than_eight_bits() -> None:
    soft = {
        1: np.array([[30_010, 65_535, 20_000, 0]], np.uint16),
        2: np.array([[20_020, 0, 0, 9_999]], np.uint16),
    }
    entry = pack(np.array([[1, 1, 0, 0]], np.uint8), MaskSource.PROPAGATED, {**soft, 3: soft[2]})
    found = merged(2, 1)(0, entry)
    total = entry.fine_matte(1).astype(int) + entry.fine_matte(2)
    np.testing.assert_allclose(found.fine_matte(1), total, atol=17)
    assert found.fine_matte(1)[0, 0] % 257 != 0
    assert found.mattes[3] is entry.mattes[3]
    parts = split_parts(pack(np.array([[1, 0, 0, 1]], np.uint8), MaskSource.PROPAGATED, soft), 1, [7])
    assert parts.mattes[2] == entry.mattes[2]
    both = parts.fine_matte(1).astype(int) + parts.fine_matte(7)
    assert both.tolist() == entry.fine_matte(1).tolist()


def told_of(*told_ids: int) -> StoredMask:
    """A frame on which the user painted some objects; a run has added the others, and knows their facts."""
    mask = np.array([[1, 0, 1, 1, 2, 2, 0, 3]], np.uint8)
    soft = {key: np.where(mask == key, 250, 0).astype(np.uint8) for key in (1, 2, 3)}
    facts = {key: FrameFacts(1, confidence=0.9) for key in (1, 2, 3)}
    made = pack(mask, MaskSource.USER, soft)
    return replace(made, told_ids=frozenset(told_ids), facts=MappingProxyType(facts))


def test_merging_says_nothing_of_objects_that_the_user_did_not_speak_of() -> None:
    found = merged(2, 1)(0, told_of(2))
    assert found.told_ids == {1}
    assert not found.tells_of(3)
    assert not found.tells_of(4)
    assert dict(found.facts) == {3: FrameFacts(1, confidence=0.9)}
    assert merged(2, 1)(0, told_of(3)).told_ids == {3}
    assert merged(2, 1)(0, replace(told_of(), told_ids=None)).told_ids is None


def test_splitting_says_nothing_of_objects_that_the_user_did_not_speak_of() -> None:
    found = split_parts(told_of(1), 1, [7])
    assert found.told_ids == {1, 7}
    assert dict(found.facts) == dict.fromkeys((2, 3), FrameFacts(1, confidence=0.9))
    assert split_parts(told_of(3), 1, [7]).told_ids == {3}
    assert split_parts(replace(told_of(), told_ids=None), 1, [7]).told_ids is None
