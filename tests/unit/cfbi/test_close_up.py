"""Looking closely, with a network that sees objects by their colour."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cfbi import InferenceSession, build_model
from cfbi.config import model_config
from tests.unit.cfbi.scenes import FRAME, LIMIT, Array, Scene, mask_of, picture
from tests.unit.cfbi.sessions import same, session
from tests.unit.cfbi.tiny import TINY, noise_frame


def test_a_result_lies_where_the_window_was() -> None:
    scene, first = Scene(), picture(o1=(40, 60, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    assert scene.calls == [("reference", (65, 65), 400), ("surroundings", FRAME, LIMIT / 300)]
    moved = picture(o1=(43, 66, 20, 20))
    (found,) = scene.steps(moved)
    assert scene.calls == [("step", (65, 65))]
    np.testing.assert_array_equal(found.index_mask, mask_of(moved))
    np.testing.assert_array_equal(found.probability[1], mask_of(moved))
    np.testing.assert_array_equal(found.probability.sum(0), 1)
    assert not found.index_mask.flags.writeable
    assert not found.probability.flags.writeable


def test_the_window_goes_with_the_object_and_takes_the_previous_frame_along() -> None:
    scene, first = Scene(), picture(o1=(40, 60, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    frames = [picture(o1=(40, 60 + 4 * step, 20, 20)) for step in range(1, 8)]
    found = scene.steps(*frames)
    for result, frame in zip(found, frames, strict=True):
        np.testing.assert_array_equal(result.index_mask, mask_of(frame))
    assert len(scene.made) == 1
    kinds = [call[0] for call in scene.calls]
    assert kinds.count("step") == 7
    assert kinds.count("previous") == 3  # windows are placed by steps of 8 px
    assert all(call[2] == 400 for call in scene.calls if call[0] == "previous")


def test_an_object_at_the_edge_of_the_window_is_looked_at_again() -> None:
    scene, first = Scene(), picture(o1=(90, 140, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    grown = picture(o1=(70, 60, 60, 180))  # faster than any margin foresees
    after = picture(o1=(72, 60, 60, 180))
    found = scene.steps(grown, after)
    np.testing.assert_array_equal(found[0].index_mask, mask_of(grown))
    assert [call[1] for call in scene.calls if call[0] == "step"] == [
        (65, 65),
        (106, 106),
        (164, 164),
        FRAME,
        FRAME,
    ]
    np.testing.assert_array_equal(found[1].index_mask, mask_of(after))


def test_a_lost_object_is_looked_for_everywhere() -> None:
    scene, first = Scene(), picture(o1=(40, 60, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    back = picture(o1=(150, 250, 20, 20))
    found = scene.steps(picture(), picture(), back, back)
    assert [call[1] for call in scene.calls if call[0] == "step"] == [(65, 65), FRAME, FRAME, FRAME, (65, 65)]
    assert not found[1].index_mask.any()
    np.testing.assert_array_equal(found[2].index_mask, mask_of(back))
    np.testing.assert_array_equal(found[3].index_mask, mask_of(back))


def test_an_object_that_jumps_out_of_the_window_is_found_on_the_same_frame() -> None:
    scene, first = Scene(), picture(o1=(40, 60, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    there = picture(o1=(150, 250, 20, 20))
    (found,) = scene.steps(there)
    np.testing.assert_array_equal(found.index_mask, mask_of(there))


def test_references_are_cut_around_their_own_objects() -> None:
    scene = Scene()
    for frame in (picture(o1=(10, 10, 20, 20)), picture(o1=(160, 260, 30, 30))):
        scene.session.add_reference(frame, mask_of(frame))
    around = ("surroundings", FRAME, LIMIT / 300)
    assert scene.calls == [("reference", (65, 65), 400), around, ("reference", (97, 97), 900), around]
    back = picture(o1=(12, 12, 20, 20))
    scene.session.set_previous(picture(o1=(10, 10, 20, 20)), mask_of(picture(o1=(10, 10, 20, 20))))
    (found,) = scene.steps(back)
    assert scene.calls == [("previous", (65, 65), 400), ("step", (65, 65))]
    np.testing.assert_array_equal(found.index_mask, mask_of(back))


def test_a_reference_with_objects_far_apart_does_not_fill_the_memory() -> None:
    size = 400, 1200
    scene, together = Scene(size), picture(size, o1=(40, 60, 20, 20), o2=(40, 90, 20, 20))
    scene.session.add_reference(together, mask_of(together))
    scene.steps(together)
    assert scene.scales == [2 ** (-9 / 8)]
    apart = picture(size, o1=(40, 60, 20, 20), o2=(300, 1150, 20, 20))
    scene.session.add_reference(apart, mask_of(apart))
    scene.session.set_previous(together, mask_of(together))
    scene.steps(together)
    # seen as closely as before, the network would see all 1200 px of it; now it sees three times its 100
    assert scene.scales[-1] == 0.25
    assert scene.calls[-1][0] == "step"


def test_a_reference_without_an_object_is_learnt_as_well() -> None:
    scene, first, empty = Scene(), picture(o1=(40, 60, 20, 20)), picture()
    scene.session.add_reference(first, mask_of(first))
    scene.session.add_reference(empty, mask_of(empty))
    (found,) = scene.steps(first)  # nothing on the previous frame: the whole frame
    assert [call[1] for call in scene.calls if call[0] == "step"] == [FRAME]
    np.testing.assert_array_equal(found.index_mask, mask_of(first))


def test_a_correction_of_the_newest_frame_is_gone_on_from() -> None:
    scene, first = Scene(), picture(o1=(40, 60, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    frame = picture(o1=(40, 62, 20, 20))
    scene.steps(frame)
    corrected = mask_of(frame)
    corrected[50:60] = 0
    scene.session.set_previous(frame, corrected)
    scene.steps(frame)
    assert scene.calls == [("previous", (65, 65), 200), ("step", (65, 65))]


def test_a_reference_that_does_not_fit_into_memory_leaves_all_as_it_was() -> None:
    scene, first = Scene(), picture(o1=(40, 60, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    scene.fails = True
    large = picture(o2=(20, 20, 60, 90))
    with pytest.raises(MemoryError):
        scene.session.add_reference(large, mask_of(large))
    scene.fails = False
    (found,) = scene.steps(first)
    assert found.object_ids == (1,)
    np.testing.assert_array_equal(found.index_mask, mask_of(first))


def test_references_are_learnt_at_few_scales() -> None:
    scene, first = Scene(), picture(o1=(40, 90, 20, 20))
    scene.session.add_reference(first, mask_of(first))
    for side in (20, 80, 100, 20, 80, 100, 20):
        frame = picture(o1=(40, 90, side, side))
        scene.session.set_previous(frame, mask_of(frame))
        scene.session.step(frame)
    expected = [1, 2 ** (-3 / 8), 2 ** (-5 / 8)]
    assert scene.scales == expected
    assert sum(call[0] == "reference" for call in scene.calls) == 3
    for side in (115, 20, 80):  # the fourth takes the place of the one that is longest out of use
        frame = picture(o1=(40, 90, side, side))
        scene.session.set_previous(frame, mask_of(frame))
        scene.session.step(frame)
    assert scene.scales == [*expected, 2 ** (-6 / 8), expected[1]]


def wandering(step: int) -> Array:
    frame = noise_frame(120, 160, step).copy()
    frame[30 + 2 * step : 44 + 2 * step, 20 + 9 * step : 36 + 9 * step] = 255 - 20 * step
    return frame


def test_going_on_from_a_result_is_the_same_as_having_come_by() -> None:
    mask = np.zeros((120, 160), np.uint8)
    mask[30:44, 20:36] = 2
    run = session(max_side=49, close_up=True)
    run.add_reference(wandering(0), mask)
    results = [run.step(wandering(step)) for step in range(1, 7)]
    assert any(result.index_mask.any() for result in results)
    for start in (1, 4):
        again = session(max_side=49, close_up=True)
        again.add_reference(wandering(0), mask)
        again.set_previous(wandering(start), results[start - 1].index_mask)
        for step in range(start + 1, 7):
            same(again.step(wandering(step)), results[step - 1])


def test_background_far_from_the_objects_of_a_reference_is_known() -> None:
    """Something on the current frame that the reference shows outside of its window."""
    frame, mask = noise_frame(120, 160, 0).copy(), np.zeros((120, 160), np.uint8)
    mask[30:44, 20:36] = 2
    stripes = np.tile(np.array([[0], [255]], np.uint8), (8, 1))[:, :, None]
    marked = frame.copy()
    marked[90:106, 120:150] = stripes
    results = []
    for reference in (frame, marked):
        run = session(max_side=49, close_up=True)
        run.add_reference(reference, mask)
        current = frame.copy()
        current[46:62, 20:50] = stripes
        results.append(run.step(current).probability)
    assert np.abs(results[0] - results[1]).max() > 1e-3


def test_a_caller_may_write_to_what_it_gave() -> None:
    mask = np.zeros((120, 160), np.uint8)
    mask[30:44, 20:36] = 2
    expected = session(max_side=49, close_up=True)
    expected.add_reference(wandering(0), mask)
    run = session(max_side=49, close_up=True)
    frame, given = wandering(0), mask.copy()
    run.add_reference(frame, given)
    given[:] = 0
    for step in range(1, 4):
        frame[:] = wandering(step)
        same(run.step(frame), expected.step(wandering(step)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("lite_cfbi", True), ("resnet101_cfbi", False), ("mobilenet_cfbi", False), ("resnet101_cfbip", False)],
)
def test_the_published_networks_see_the_whole_frame_as_their_authors_had_it(
    name: str, expected: bool
) -> None:
    assert model_config(name).preprocessing.close_up is expected


def sizes_seen(monkeypatch: pytest.MonkeyPatch, **options: Any) -> list[tuple[int, ...]]:
    """Sizes of the pictures that a network saw which looks closely unless told otherwise."""
    config = replace(TINY, preprocessing=replace(TINY.preprocessing, max_side=49, close_up=True))
    model = build_model(config)
    seen: list[tuple[int, ...]] = []
    extract = type(model).extract

    def noting(self: Any, images: Any) -> Any:
        seen.append(tuple(images.shape[-2:]))
        return extract(self, images)

    monkeypatch.setattr(type(model), "extract", noting)
    mask = np.zeros((120, 160), np.uint8)
    mask[30:44, 20:36] = 2
    run = InferenceSession(model, **options)
    run.add_reference(wandering(0), mask)
    return seen


def test_who_asks_for_nothing_gets_what_the_network_is_made_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sizes_seen(monkeypatch) == [(33, 33), (33, 49)]
    assert sizes_seen(monkeypatch, close_up=False) == [(33, 49)]
    assert sizes_seen(monkeypatch, max_side=160) == [(113, 161)]


def test_several_scales_and_mirrored_passes_see_the_whole_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sizes_seen(monkeypatch, flip=True) == [(33, 49)] * 2
    assert sizes_seen(monkeypatch, scales=(1.0, 1.5)) == [(33, 49), (49, 65)]
    assert sizes_seen(monkeypatch, flip=True, close_up=True) == [*[(33, 33)] * 2, *[(33, 49)] * 2]
