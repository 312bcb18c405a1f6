"""Looking closely at objects that are far apart."""

from __future__ import annotations

import numpy as np
import pytest

from cfbi.inference.close_up import CloseUpSession
from cfbi.inference.combining import combined
from tests.unit.cfbi.scenes import FRAME, Array, Scene, mask_of, picture
from tests.unit.cfbi.sessions import same, session, well_formed
from tests.unit.cfbi.tiny import noise_frame

ONE, TWO = (10, 10, 20, 20), (160, 260, 20, 20)
WINDOW = (65, 65)
LIMIT = 150


def started(*, two: tuple[int, int, int, int] = TWO, limit: int = LIMIT) -> Scene:
    scene, first = Scene(limit=limit), picture(o1=ONE, o2=two)
    scene.session.add_reference(first, mask_of(first))
    return scene


def steps(scene: Scene) -> list[tuple[object, ...]]:
    return [call[1:] for call in scene.calls if call[0] == "step"]


def test_each_group_has_a_window_and_references_of_its_own() -> None:
    scene = started()
    around = ("surroundings", FRAME, LIMIT / 300)
    assert scene.calls == [("reference", WINDOW, 400), ("reference", WINDOW, 400), around]
    moved = picture(o1=(13, 14, 20, 20), o2=(158, 256, 20, 20))
    (found,) = scene.steps(moved)
    assert steps(scene) == [(WINDOW, (1,)), (WINDOW, (2,))]
    np.testing.assert_array_equal(found.index_mask, mask_of(moved))
    well_formed(found, *FRAME, (1, 2))


def test_groups_go_on_by_themselves() -> None:
    scene = started()
    frames = [picture(o1=(10, 10 + step, 20, 20), o2=(160, 260 - step, 20, 20)) for step in range(1, 4)]
    for result, frame in zip(scene.steps(*frames), frames, strict=True):
        np.testing.assert_array_equal(result.index_mask, mask_of(frame))
    # both before the first step, and one whose window has moved
    assert sum(call[0] == "previous" for call in scene.calls) == 3
    assert len(scene.made) == 1


def test_objects_that_meet_share_a_window_and_part_again() -> None:
    scene = started()
    lefts = [260, 220, 180, 150, 120, 90, 60, 35, 60, 90, 120, 150, 180, 220, 260]
    frames = [picture(o1=ONE, o2=(12, left, 20, 20)) for left in lefts]
    first = picture(o1=ONE, o2=(12, 260, 20, 20))
    scene.session.set_previous(first, mask_of(first))
    together = []
    for frame in frames:
        (found,) = scene.steps(frame)
        np.testing.assert_array_equal(found.index_mask, mask_of(frame))
        together.append(len(steps(scene)) == 1)
    assert together[:3] == together[-3:] == [False] * 3
    assert all(together[6:9])


def test_only_the_group_of_a_lost_object_is_looked_for_in_the_whole_frame() -> None:
    scene = started()
    gone = picture(o1=ONE)
    found = scene.steps(gone, gone)
    assert steps(scene) == [(WINDOW, (1,)), (WINDOW, (2,)), (FRAME,), (WINDOW, (1, 2)), (FRAME,)]
    for result in found:
        np.testing.assert_array_equal(result.index_mask, mask_of(gone))
    back = picture(o1=ONE, o2=(100, 120, 20, 20))
    found = scene.steps(back, back)
    assert steps(scene) == [(WINDOW, (1, 2)), (FRAME,), (WINDOW, (1,)), (WINDOW, (2,))]
    for result in found:
        np.testing.assert_array_equal(result.index_mask, mask_of(back))


def test_a_group_at_the_edge_of_its_window_is_looked_at_again() -> None:
    scene = started(two=(120, 200, 20, 20), limit=180)
    grown = picture(o1=ONE, o2=(115, 170, 30, 90))
    (found,) = scene.steps(grown)
    np.testing.assert_array_equal(found.index_mask, mask_of(grown))
    assert steps(scene)[:3] == [(WINDOW, (1,)), (WINDOW, (2,)), ((129, 129), (2,))]


def test_everything_lost_is_looked_for_in_one_pass() -> None:
    scene = started()
    found = scene.steps(picture(), picture())
    assert steps(scene) == [(WINDOW, (1,)), (WINDOW, (1, 2)), (FRAME,), (FRAME,)]
    assert not found[1].index_mask.any()


def test_an_object_that_jumps_is_found_on_the_same_frame() -> None:
    scene = started()
    there = picture(o1=ONE, o2=(100, 120, 20, 20))
    (found,) = scene.steps(there)
    np.testing.assert_array_equal(found.index_mask, mask_of(there))


def test_a_reference_that_does_not_fit_into_memory_leaves_all_as_it_was() -> None:
    scene = started()
    first = picture(o1=ONE, o2=TWO)
    scene.fails = True
    for made in scene.made:
        made.fails = True
    added = picture(o3=(90, 140, 20, 20))
    with pytest.raises(MemoryError):
        scene.session.add_reference(added, mask_of(added))
    scene.fails = False
    (found,) = scene.steps(first)
    assert found.object_ids == (1, 2)
    np.testing.assert_array_equal(found.index_mask, mask_of(first))


def test_a_frame_that_does_not_fit_into_memory_can_be_looked_at_again() -> None:
    scene, expected = started(), started()
    frame = picture(o1=(12, 12, 20, 20), o2=TWO)
    wanted = expected.steps(frame, frame)
    scene.fails_at_step = 2
    with pytest.raises(MemoryError):
        scene.steps(frame)
    for result, other in zip(scene.steps(frame, frame), wanted, strict=True):
        same(result, other)


def two_wandering(step: int) -> Array:
    frame = noise_frame(120, 160, step).copy()
    frame[8 + step : 20 + step, 6 + 2 * step : 18 + 2 * step] = 255 - 20 * step
    frame[100 - step : 112 - step, 140 - 3 * step : 152 - 3 * step] = 20 * step
    return frame


def two_masks() -> Array:
    mask = np.zeros((120, 160), np.uint8)
    mask[8:20, 6:18] = 2
    mask[100:112, 140:152] = 5
    return mask


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of each frame that was put together of several passes, how many they were."""
    counts: list[int] = []

    def counting(passes: list[object], *args: object) -> object:
        counts.append(len(passes))
        return combined(passes, *args)  # type: ignore[arg-type]

    monkeypatch.setattr("cfbi.inference.close_up.combined", counting)
    return counts


def test_going_on_from_a_result_is_the_same_as_having_come_by(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = counted(monkeypatch)
    run = session(max_side=81, close_up=True)
    run.add_reference(two_wandering(0), two_masks())
    results = [run.step(two_wandering(step)) for step in range(1, 7)]
    assert counts
    for start in range(1, 6):
        again = session(max_side=81, close_up=True)
        again.add_reference(two_wandering(0), two_masks())
        again.set_previous(two_wandering(start), results[start - 1].index_mask)
        for step in range(start + 1, 7):
            same(again.step(two_wandering(step)), results[step - 1])


def test_results_are_the_same_with_features_that_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    from cfbi import FeatureCache

    counts = counted(monkeypatch)
    cache = FeatureCache(1 << 30)
    found = []
    for kept in (None, cache, cache):
        run = session(max_side=81, close_up=True, cache=kept)
        run.add_reference(two_wandering(0), two_masks())
        found.append([run.step(two_wandering(step)) for step in range(1, 5)])
    assert counts
    for others in found[1:]:
        for result, expected in zip(others, found[0], strict=True):
            same(result, expected)
            well_formed(result, 120, 160, (2, 5))


def test_one_window_or_the_whole_frame_needs_nothing_to_be_put_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counts = counted(monkeypatch)
    near, mask = two_wandering(0), np.zeros((120, 160), np.uint8)
    mask[8:20, 6:18], mask[8:20, 22:34] = 2, 5
    run = session(max_side=81, close_up=True)
    run.add_reference(near, mask)
    run.step(two_wandering(1))
    large = np.zeros((120, 160), np.uint8)
    large[:100, :70], large[:100, 80:] = 2, 5
    whole = session(max_side=81, close_up=True)
    whole.add_reference(near, large)
    plain = session(max_side=81, close_up=False)
    plain.add_reference(near, large)
    same(whole.step(two_wandering(1)), plain.step(two_wandering(1)))
    assert counts == []


def test_groups_that_are_no_more_are_forgotten() -> None:
    scene = started()
    looking = scene.session
    assert isinstance(looking, CloseUpSession)
    gone = picture(o1=ONE)
    scene.steps(picture(o1=ONE, o2=TWO), gone, gone)
    held = [key for learnt in looking._apart._learnt.values() for key in learnt.companions]
    assert held == [(1,)]
