"""The inference session's contract, on a tiny network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cfbi import InferenceSession, InputError, build_model
from cfbi.inference.plain import PlainSession
from tests.unit.cfbi.sessions import FRAMES, MASK, H, W, network, same, session, started, well_formed
from tests.unit.cfbi.tiny import noise_frame, two_objects


@pytest.mark.parametrize(
    ("height", "width"), [(49, 65), (48, 64), (20, 20), (33, 61), (90, 40), (1, 1), (3, 150), (200, 310)]
)
def test_results_have_the_size_of_the_frame(height: int, width: int) -> None:
    run = session()
    mask = np.zeros((height, width), np.uint8)
    mask[height // 2 :, width // 2 :] = 4
    run.add_reference(noise_frame(height, width, 0), mask)
    for seed in (1, 2):
        well_formed(run.step(noise_frame(height, width, seed)), height, width, (4,))


@settings(max_examples=15)
@given(
    height=st.integers(1, 70),
    width=st.integers(1, 70),
    ids=st.sets(st.integers(1, 254), min_size=1, max_size=4),
    seed=st.integers(0, 2**31),
)
def test_any_frame_and_any_ids(height: int, width: int, ids: set[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.choice(np.array([0, 255, *ids], np.uint8), (height, width))
    mask[rng.integers(height), rng.integers(width)] = min(ids)  # the first reference must show something
    shown = tuple(sorted({int(value) for value in np.unique(mask)} - {0, 255}))
    run = session()
    run.add_reference(noise_frame(height, width, seed), mask)
    assert run.object_ids == shown
    well_formed(run.step(noise_frame(height, width, seed + 1)), height, width, shown)


def test_objects_of_one_pixel_that_no_grid_point_sees() -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[5, 5] = 1
    run = session()
    run.add_reference(noise_frame(20, 20, 0), mask)
    for seed in (1, 2):
        well_formed(run.step(noise_frame(20, 20, seed)), 20, 20, (1,))


def test_results_are_read_only_and_stay_as_they_were() -> None:
    run = started()
    first = run.step(FRAMES[1])
    kept = first.index_mask.copy(), first.probability.copy()
    run.step(FRAMES[2])
    np.testing.assert_array_equal(first.index_mask, kept[0])
    np.testing.assert_array_equal(first.probability, kept[1])
    for array in (first.index_mask, first.probability):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_the_fixture_network_tells_objects_apart() -> None:
    result = started().step(FRAMES[0])
    assert set(np.unique(result.index_mask)) == {0, 1, 2}  # otherwise the tests here would prove little


def test_ids_are_names_and_not_numbers() -> None:
    odd = session()
    odd.add_reference(FRAMES[0], two_objects(H, W, 3, 7))
    for found, expected in zip(odd.propagate(FRAMES[1:]), started().propagate(FRAMES[1:]), strict=True):
        assert found.object_ids == (3, 7)
        np.testing.assert_array_equal(found.probability, expected.probability)
        np.testing.assert_array_equal(found.index_mask, np.array([0, 3, 7])[expected.index_mask])


def test_exchanged_ids_exchange_rows() -> None:
    swapped = session()
    swapped.add_reference(FRAMES[0], two_objects(H, W, 2, 1))
    found, expected = swapped.step(FRAMES[1]), started().step(FRAMES[1])
    np.testing.assert_allclose(found.probability, expected.probability[[0, 2, 1]], atol=1e-4)


def test_objects_may_come_later_and_ids_stay() -> None:
    run = session()
    run.add_reference(FRAMES[0], two_objects(H, W, 3, 7))
    run.step(FRAMES[1])
    late = np.zeros((H, W), np.uint8)
    late[5:20, 30:60] = 5
    run.add_reference(FRAMES[2], late)
    assert run.object_ids == (3, 5, 7)
    assert run.reference_count == 2
    well_formed(run.step(FRAMES[3]), H, W, (3, 5, 7))


def test_the_same_reference_twice_is_the_same_as_once() -> None:
    run = started()
    run.add_reference(FRAMES[0], MASK)
    assert run.reference_count == 2
    same(run.step(FRAMES[1]), started().step(FRAMES[1]), tolerance=1e-4)


def test_an_earlier_reference_is_not_forgotten() -> None:
    both, newest = started(), session()
    for run in (both, newest):
        run.add_reference(FRAMES[2], np.roll(MASK, 9, axis=1))
    assert np.abs(both.step(FRAMES[3]).probability - newest.step(FRAMES[3]).probability).max() > 1e-3


def test_void_is_no_object_and_no_background() -> None:
    mask = MASK.copy()
    mask[:, :12] = 255
    run = session()
    run.add_reference(FRAMES[0], mask)
    assert run.object_ids == (1, 2)
    assert isinstance(run._looking, PlainSession)
    grid = run._looking._views[0].memory.scales[0].pixels((0, 1, 2))
    assert sum(0 if pixels is None else len(pixels) for pixels in grid) < 13 * 17  # the grid of 49x65
    as_background = np.where(mask == 255, 0, mask).astype(np.uint8)
    other = session()
    other.add_reference(FRAMES[0], as_background)
    assert np.abs(run.step(FRAMES[1]).probability - other.step(FRAMES[1]).probability).max() > 1e-4


def test_a_later_reference_may_say_that_nothing_is_there() -> None:
    run = started()
    run.add_reference(FRAMES[1], np.zeros((H, W), np.uint8))
    assert run.object_ids == (1, 2)
    assert run.reference_count == 2
    well_formed(run.step(FRAMES[2]), H, W, (1, 2))


def test_the_previous_frame_can_be_set_to_go_on_from_it() -> None:
    straight = started()
    first, second = (straight.step(frame) for frame in FRAMES[1:3])
    resumed = started()
    resumed.set_previous(FRAMES[1], first.index_mask)
    assert resumed.reference_count == 1
    same(resumed.step(FRAMES[2]), second)
    resumed.set_previous(FRAMES[0], MASK)  # back to the start, for the other direction
    same(resumed.step(FRAMES[1]), first)


def test_a_previous_mask_may_hold_ids_that_no_reference_has_shown() -> None:
    run = started()
    run.set_previous(FRAMES[1], two_objects(H, W, 1, 200))
    assert run.object_ids == (1, 2)
    well_formed(run.step(FRAMES[2]), H, W, (1, 2))


def test_cleared_references_leave_nothing_behind() -> None:
    run = started()
    run.step(FRAMES[1])
    run.clear_references()
    assert (run.object_ids, run.reference_count) == ((), 0)
    with pytest.raises(InputError, match="There is no reference frame"):
        run.step(FRAMES[2])
    small = noise_frame(30, 30, 0)  # another size is fine now
    run.add_reference(small, two_objects(30, 30, 8, 9))
    fresh = session()
    fresh.add_reference(small, two_objects(30, 30, 8, 9))
    same(run.step(noise_frame(30, 30, 1)), fresh.step(noise_frame(30, 30, 1)))


def test_propagation_is_a_row_of_steps() -> None:
    stepping = started()
    for found, frame in zip(started().propagate(FRAMES[1:]), FRAMES[1:], strict=True):
        same(found, stepping.step(frame))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, (1, 3, 49, 65)),
        ({"max_side": 500}, (1, 3, 49, 65)),  # never enlarged
        ({"max_side": 33}, (1, 3, 17, 33)),
        ({"scales": (1.5,)}, (1, 3, 65, 97)),
        ({"max_side": 17}, (1, 3, 17, 17)),
    ],
)
def test_size_that_the_network_sees(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], expected: tuple[int, ...]
) -> None:
    seen, extract = [], network().extract

    def watched(images: torch.Tensor) -> Any:
        seen.append(tuple(images.shape))
        return extract(images)

    monkeypatch.setattr(network(), "extract", watched)
    run = started(**options)
    assert seen == [expected]
    well_formed(run.step(FRAMES[1]), H, W, (1, 2))


def test_the_networks_own_limit_holds_where_none_is_given() -> None:
    large = [noise_frame(60, 130, seed) for seed in range(2)]  # the tiny network's limit is 97
    results = []
    for options in ({}, {"max_side": 97}):
        run = session(**options)
        run.add_reference(large[0], two_objects(60, 130))
        results.append(run.step(large[1]))
    same(results[0], results[1])
    well_formed(results[0], 60, 130, (1, 2))


def mirrored(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(array[:, ::-1])


def test_scales_and_mirrored_passes_are_averaged_and_share_their_masks() -> None:
    together = started(scales=(1.0, 1.3), flip=True)
    singles = [(started(scales=(scale,)), session(scales=(scale,))) for scale in (1.0, 1.3)]
    for _, mirror in singles:
        mirror.add_reference(mirrored(FRAMES[0]), mirrored(MASK))
    for frame in FRAMES[1:3]:
        found = together.step(frame)
        passes = []
        for plain, mirror in singles:
            passes.append(plain.step(frame).probability)
            passes.append(mirror.step(mirrored(frame)).probability[:, :, ::-1])
        np.testing.assert_allclose(found.probability, np.mean(passes, axis=0), atol=1e-4)
        assert np.abs(passes[0] - passes[1]).max() > 1e-3
        for plain, mirror in singles:  # every pass goes on from the common mask
            plain.set_previous(frame, found.index_mask)
            mirror.set_previous(mirrored(frame), mirrored(found.index_mask))


def test_the_session_puts_the_network_into_eval_mode_and_records_no_gradients() -> None:
    network().train()
    run = started()
    assert not network().training
    run.step(FRAMES[1])
    assert all(parameter.grad is None for parameter in network().parameters())


def test_several_scales_start_from_the_authors_smaller_size() -> None:
    authors = build_model("mobilenet_cfbi")
    sizes: list[tuple[int, int]] = []
    authors.feature_extracter.backbone.register_forward_pre_hook(
        lambda _module, inputs: sizes.append((inputs[0].shape[2], inputs[0].shape[3]))
    )
    frame, mask = np.zeros((110, 1200, 3), np.uint8), np.zeros((110, 1200), np.uint8)
    mask[20:60, 100:300] = 1
    InferenceSession(authors).add_reference(frame, mask)
    InferenceSession(authors, scales=(1.0, 0.5)).add_reference(frame, mask)
    assert sizes == [(97, 1041), (65, 801), (33, 401)]


def test_a_caller_s_autocast_does_not_reach_the_matching() -> None:
    plain, cast = started(), started()
    frame = FRAMES[1]
    expected = plain.step(frame)
    with torch.autocast("cpu", torch.bfloat16):
        found = cast.step(frame)
    np.testing.assert_allclose(found.probability, expected.probability, atol=0.1)


def test_a_companion_knows_the_same_references_and_has_a_previous_frame_of_its_own() -> None:
    base = PlainSession(network(), max_side=None)
    base.add_reference(FRAMES[0], MASK)
    other = base.companion()
    base.add_reference(FRAMES[1], MASK)  # it knows this one as well
    other.set_previous(FRAMES[2], MASK)
    other.step(FRAMES[3], (1, 2))
    found = base.step(FRAMES[4])
    expected = PlainSession(network(), max_side=None)
    for frame in FRAMES[:2]:
        expected.add_reference(frame, MASK)
    same(found, expected.step(FRAMES[4]))
    other.set_previous(FRAMES[1], MASK)
    same(other.step(FRAMES[4], (1, 2)), found)
    other.set_previous(FRAMES[1], MASK)
    alone = other.step(FRAMES[4], (2,))
    well_formed(alone, H, W, (2,))
