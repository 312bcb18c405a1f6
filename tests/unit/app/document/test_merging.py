from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.document.facts import FrameFacts
from app.document.mask_store import MaskSource, StoredMask, pack, repacked
from app.document.merging import laid_over, merge_result, merged_anew
from app.document.storage.mask_codec import decode_mask, encode_mask

SHAPE = (4, 6)


def result(left: int, ids: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, tuple[int, ...]]:
    """Each object two columns wide, side by side from ``left`` on, 0.8 sure."""
    index = np.zeros(SHAPE, np.uint8)
    probability = np.zeros((len(ids) + 1, *SHAPE), np.float32)
    for row, key in enumerate(ids, start=1):
        column = left + 2 * (row - 1)
        index[:, column : column + 2] = key
        probability[row, :, column : column + 2] = 0.8
    probability[0] = 1 - probability[1:].sum(axis=0)
    return index, probability, ids


def test_on_an_empty_frame_the_result_is_taken_as_it_is() -> None:
    index, probability, ids = result(0, (1, 2))
    facts = {1: FrameFacts(8), 2: FrameFacts(8)}
    made = merge_result(None, index, probability, ids, {1, 2}, facts)
    assert made.source is MaskSource.PROPAGATED
    assert made.object_ids == (1, 2)
    np.testing.assert_array_equal(made.index_mask(), index)
    assert set(np.unique(made.matte(2))) == {0, 204}
    assert dict(made.facts) == facts
    assert made.known_ids == {1, 2}


def test_only_written_objects_are_taken() -> None:
    index, probability, ids = result(0, (1, 2))
    made = merge_result(None, index, probability, ids, {2}, {1: FrameFacts(8), 2: FrameFacts(8)})
    assert made.object_ids == (2,)
    assert set(made.mattes) == {2}
    assert set(made.facts) == {2}


def test_a_result_is_kept_finer_than_eight_bits_also_when_it_is_put_into_other_masks() -> None:
    index, probability, ids = result(0, (1, 2))
    probability[1, :, 0], probability[0, :, 0] = 0.7013, 0.2987
    made = merge_result(None, index, probability, ids, {1, 2})
    assert abs(int(made.fine_matte(1)[0, 0]) - 0.7013 * 65535) < 10
    assert made.fine_matte(1)[0, 0] % 257 != 0
    other = pack(np.full(SHAPE, 5, np.uint8), MaskSource.PROPAGATED, {5: np.zeros(SHAPE, np.uint8)})
    anew = merged_anew(other, made, {1, 2})
    np.testing.assert_array_equal(anew.fine_matte(1), made.fine_matte(1))


def test_where_another_object_is_it_leaves_only_the_rest_of_a_pixel() -> None:
    soft = np.full(SHAPE, 30_100, np.uint16)
    old = pack(np.zeros(SHAPE, np.uint8), MaskSource.PROPAGATED, {1: soft})
    index = np.full(SHAPE, 2, np.uint8)
    made = merge_result(old, index, np.stack([0 * soft, 0 * soft + 1]).astype(np.float32), (2,), {2})
    assert made.fine_matte(1)[0, 0] == old.fine_matte(1)[0, 0]
    together = made.fine_matte(1).astype(int) + made.fine_matte(2)
    assert abs(int(together[0, 0]) - 65535) <= 8
    assert (made.matte(1).astype(int) + made.matte(2)).tolist() == np.full(SHAPE, 255).tolist()


def test_the_others_stay_exactly() -> None:
    old_index, old_probability, _ = result(1, (1,))
    old = merge_result(None, old_index, old_probability, (1,), {1}, {1: FrameFacts(5)})
    index, probability, ids = result(0, (1, 2))  # object 2 now lies on columns 2 and 3
    made = merge_result(old, index, probability, ids, {2}, {1: FrameFacts(8), 2: FrameFacts(8)})
    assert made.mattes[1] == old.mattes[1]
    np.testing.assert_array_equal(made.index_mask() == 1, old_index == 1)
    assert (made.index_mask() == 2).sum(axis=0).tolist() == [0, 0, 0, 4, 0, 0]
    assert made.matte(2)[0].tolist() == [0, 0, 51, 204, 0, 0]  # no pixel is covered by more than all of it
    assert made.facts == {1: FrameFacts(5), 2: FrameFacts(8)}


def test_a_users_frame_gets_the_objects_that_it_does_not_speak_of() -> None:
    painted = np.zeros(SHAPE, np.uint8)
    painted[1:3, 2:4] = 2
    user = repacked(None, painted, {})
    assert user.told_ids == {2}
    assert user.tells_of(2)
    assert not user.tells_of(1)
    index, probability, ids = result(0, (1, 2))
    made = merge_result(user, index, probability, ids, {1})
    assert made.source is MaskSource.USER
    assert made.told_ids == {2}
    np.testing.assert_array_equal(made.index_mask() == 2, painted == 2)
    assert (made.index_mask() == 1).sum() == 8


def test_what_a_painted_mask_speaks_of() -> None:
    index, probability, ids = result(0, (1, 2))
    network = merge_result(None, index, probability, ids, {1, 2})
    assert network.told_ids is None
    assert not network.tells_of(1)
    erased = index.copy()
    erased[index == 1] = 0
    after = repacked(network, erased, {})
    assert after.told_ids == {1}  # object 2 is still as the network drew it
    more = erased.copy()
    more[0, 5] = 4
    assert repacked(after, more, {}).told_ids == {1, 4}
    whole = pack(index, MaskSource.USER)
    assert whole.tells_of(99)
    assert repacked(whole, more, {}).told_ids is None


def test_painting_does_not_say_that_an_object_that_was_looked_for_in_vain_is_not_there() -> None:
    index, probability, ids = result(0, (1, 2))
    index = np.where(index == 2, 0, index).astype(np.uint8)
    network = merge_result(None, index, probability, ids, {1, 2})
    assert network.object_ids == (1,)
    painted = index.copy()
    painted[0, 0] = 0
    assert repacked(network, painted, {}).told_ids == {1}


def test_what_loses_pixels_to_a_stroke_is_told_of_and_what_loses_soft_edge_is_not() -> None:
    index, probability, ids = result(0, (1, 2, 3))
    facts = {key: FrameFacts(8) for key in ids}
    network = merge_result(None, index, probability, ids, {1, 2, 3}, facts)
    over = np.where(index == 2, np.uint8(1), index)
    assert repacked(network, over, {1: None, 2: None}, {1}).told_ids == {1, 2}
    softer = {1: network.matte(1), 2: network.matte(2) // 2}
    more = index.copy()
    more[index == 0] = 1
    after = repacked(network, more, softer, {1})
    assert after.told_ids == {1}
    # what the run knew of the others still holds, also of what has some other edge now
    assert set(after.facts) == {2, 3}
    assert {after.serial_of(2), after.serial_of(3)} == {network.serial}


def _beside() -> tuple[np.ndarray, StoredMask]:
    """What a run found: two objects of 400 pixels, one beside the other."""
    index = np.zeros((30, 50), np.uint8)
    index[5:25, 5:25], index[5:25, 25:45] = 1, 2
    made = pack(index, MaskSource.PROPAGATED)
    return index, replace(made, facts=MappingProxyType({key: FrameFacts(400) for key in (1, 2)}))


def _taken(index: np.ndarray, pixels: int) -> np.ndarray:
    """Object 1 takes so many pixels of object 2, from their border on."""
    over = index.copy()
    over[5:25, 25:45].T[:] = np.where(np.arange(400).reshape(20, 20) < pixels, 1, 2)
    return over


@pytest.mark.parametrize(("pixels", "told"), [(1, {1}), (20, {1}), (22, {1, 2}), (400, {1, 2})])
def test_a_nibble_at_the_border_is_no_correction_of_the_neighbour(pixels: int, told: set[int]) -> None:
    index, network = _beside()
    over = _taken(index, pixels)
    after = repacked(network, over, {}, {1})
    assert after.told_ids == told
    np.testing.assert_array_equal(after.index_mask(), over)  # it is exported all the same
    is_corrected = 2 in told
    # its masks around are older than what was said of it, or than nothing
    assert (after.serial_of(2) > network.serial) == is_corrected
    assert (2 in after.facts) != is_corrected
    assert after.serial_of(1) > network.serial


def test_many_nibbles_together_are_a_correction() -> None:
    index, mask = _beside()
    for pixels in (10, 20):
        mask = repacked(mask, _taken(index, pixels), {}, {1})
        assert mask.told_ids == {1}
    assert repacked(mask, _taken(index, 30), {}, {1}).told_ids == {1, 2}


def test_a_small_object_that_was_part_of_a_large_one_corrects_it() -> None:
    """The large one would keep it from growing on the other frames."""
    index, network = _beside()
    over = index.copy()
    over[10:13, 30:33] = 3
    assert repacked(network, over, {}, {3}).told_ids == {2, 3}


def test_what_the_user_drew_stays_his_word_when_it_is_nibbled_at() -> None:
    index, _ = _beside()
    drawn = repacked(None, index, {}, {1, 2})
    after = repacked(drawn, _taken(index, 10), {}, {1})
    assert after.told_ids == {1, 2}
    assert after.serial_of(2) == drawn.serial  # but it is not younger by that


def test_laid_over() -> None:
    found = np.array([[1, 1, 2, 0]], np.uint8)
    given_mask = np.array([[0, 2, 0, 3]], np.uint8)
    assert laid_over(found, given_mask, {2}).tolist() == [[1, 2, 0, 0]]
    assert laid_over(found, given_mask, {2, 3}).tolist() == [[1, 2, 0, 3]]
    assert laid_over(found, given_mask, set()).tolist() == found.tolist()


ids_mask = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))


@given(ids_mask, ids_mask, st.sets(st.integers(1, 3)), st.booleans())
def test_nothing_but_the_written_objects_changes(
    old_index: np.ndarray, index: np.ndarray, written: set[int], is_user: bool
) -> None:
    old: StoredMask = pack(old_index, MaskSource.PROPAGATED)
    if is_user:
        old = replace(old, source=MaskSource.USER)
    probability = np.stack([(index == key).astype(np.float32) for key in range(4)])
    made = merge_result(old, index, probability, (1, 2, 3), written)
    after = made.index_mask()
    for key in {1, 2, 3} - written:
        np.testing.assert_array_equal(after == key, old_index == key)
        np.testing.assert_array_equal(made.matte(key), old.matte(key))
    for key in written:
        free = ~np.isin(old_index, list({1, 2, 3} - written))
        np.testing.assert_array_equal(after == key, (index == key) & free)
    assert made.source is old.source
    total = sum(made.matte(key).astype(int) for key in (1, 2, 3))
    assert (total <= 255).all()


def test_what_is_told_and_known_survives_a_project_file() -> None:
    index, probability, ids = result(0, (1, 2))
    facts = {1: FrameFacts(8, (0.5, 1.5), confidence=0.25), 2: FrameFacts(0)}
    made = merge_result(None, index, probability, ids, {1, 2}, facts)
    back = decode_mask(encode_mask(made))
    assert back == made
    assert dict(back.facts) == facts
    user = repacked(made, np.where(index == 1, np.uint8(0), index), {})
    assert decode_mask(encode_mask(user)).told_ids == {1}
    assert dict(decode_mask(encode_mask(user)).facts) == {2: FrameFacts(0)}
