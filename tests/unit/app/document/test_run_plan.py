from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.document.run_plan import Direction, Pass, Reach, RunPlan, nearest_start, plan_clip, plan_run
from app.errors import UserError

FORWARD, BACKWARD, BOTH = Direction.FORWARD, Direction.BACKWARD, Direction.BOTH
CLIP = range(12)


def run(
    start: int, references: set[int], direction: Direction, span: range = CLIP, **options: object
) -> list[Pass]:
    return list(plan_run(start, span, references, direction, **options))  # type: ignore[arg-type]


def test_one_reference_one_pass_per_way() -> None:
    assert run(0, {0}, FORWARD) == [Pass(0, range(1, 12))]
    assert run(5, {5}, BOTH) == [Pass(5, range(6, 12)), Pass(5, range(4, -1, -1))]
    assert run(5, {5}, BACKWARD) == [Pass(5, range(4, -1, -1))]


def test_between_references_from_both_sides() -> None:
    assert run(0, {0, 6}, FORWARD) == [
        Pass(0, range(1, 7)),
        Pass(6, range(5, 0, -1), partner=0),
        Pass(6, range(7, 12)),
    ]
    assert run(8, {2, 8}, BACKWARD) == [
        Pass(8, range(7, 1, -1)),
        Pass(2, range(3, 8), partner=8),
        Pass(2, range(1, -1, -1)),
    ]
    plan = plan_run(0, CLIP, {0, 6}, FORWARD)
    assert plan.fused == {1, 2, 3, 4, 5}
    assert plan.frames == tuple(range(1, 12))
    assert plan.visits == 16


def test_without_fusing_the_nearer_side_is_not_asked() -> None:
    assert run(0, {0, 6}, FORWARD, fuse=False) == [Pass(0, range(1, 7)), Pass(6, range(7, 12))]


def test_neighbouring_references_leave_nothing_to_fuse() -> None:
    assert run(3, {3, 4}, FORWARD) == [Pass(3, range(4, 5)), Pass(4, range(5, 12))]


def test_reach() -> None:
    assert run(0, {0, 6, 9}, FORWARD, reach=Reach.REFERENCE) == [
        Pass(0, range(1, 7)),
        Pass(6, range(5, 0, -1), partner=0),
    ]
    assert run(4, {0, 6}, BOTH, reach=Reach.REFERENCE) == [
        Pass(4, range(5, 7)),
        Pass(6, range(5, 4, -1), partner=4),
        Pass(4, range(3, -1, -1)),
        Pass(0, range(1, 4), partner=4),
    ]
    assert run(4, {4}, FORWARD, reach=Reach.REFERENCE) == [Pass(4, range(5, 12))]
    assert run(4, {4, 9}, FORWARD, reach=Reach.COUNT, count=3) == [Pass(4, range(5, 8))]
    assert run(4, {4}, BACKWARD, reach=Reach.COUNT, count=1) == [Pass(4, range(3, 2, -1))]
    assert run(4, {4}, BOTH, reach=Reach.COUNT, count=99) == run(4, {4}, BOTH)


def test_in_and_out_points() -> None:
    assert run(5, {5}, BOTH, range(3, 8)) == [Pass(5, range(6, 8)), Pass(5, range(4, 2, -1))]
    assert run(0, {0}, FORWARD, range(3, 6)) == [Pass(0, range(3, 6))]
    assert run(0, {0, 2}, FORWARD, range(3, 6)) == [Pass(2, range(3, 6))]
    assert run(11, {11, 9}, BACKWARD, range(3, 6)) == [Pass(9, range(5, 2, -1))]
    with pytest.raises(UserError, match="no frame in that direction"):
        run(7, {7}, FORWARD, range(3, 8))


def test_nothing_that_way() -> None:
    with pytest.raises(UserError, match="no frame in that direction"):
        run(0, {0}, BACKWARD)


def test_where_a_run_can_go_out_from() -> None:
    masked = [2, 6]
    assert nearest_start(6, masked, FORWARD) == 6
    assert nearest_start(4, masked, FORWARD) == 2
    assert nearest_start(4, masked, BACKWARD) == 6
    assert nearest_start(4, masked, BOTH) == 2
    assert nearest_start(5, masked, BOTH) == 6
    assert nearest_start(0, masked, FORWARD) is None
    assert nearest_start(9, masked, BACKWARD) is None
    assert nearest_start(9, masked, BOTH) == 6
    assert nearest_start(0, masked, BOTH) == 2
    assert nearest_start(0, [], BOTH) is None


def clip(references: set[int], direction: Direction, span: range = CLIP, *, fuse: bool = True) -> list[Pass]:
    return list(plan_clip(references, span, direction, fuse=fuse))


def test_a_clip_from_all_references() -> None:
    assert clip({2, 5}, BOTH) == [
        Pass(2, range(3, 6)),
        Pass(5, range(4, 2, -1), partner=2),
        Pass(5, range(6, 12)),
        Pass(2, range(1, -1, -1)),
    ]
    assert clip({2, 5}, BOTH, fuse=False) == [
        Pass(2, range(3, 6)),
        Pass(5, range(6, 12)),
        Pass(2, range(1, -1, -1)),
    ]
    assert clip({2, 5}, FORWARD) == [Pass(2, range(3, 6)), Pass(5, range(6, 12))]
    assert clip({2, 5}, BACKWARD) == [Pass(5, range(4, 1, -1)), Pass(2, range(1, -1, -1))]
    assert clip({0, 3, 7}, FORWARD, range(5, 7)) == [Pass(3, range(5, 7))]
    assert clip({9}, BOTH, range(3, 6)) == [Pass(9, range(5, 2, -1))]
    assert clip({4}, BOTH, range(4, 5)) == []


@pytest.mark.parametrize(
    ("references", "span", "direction", "message"),
    [
        (set(), CLIP, BOTH, "no reference"),
        ({1}, range(3, 3), BOTH, "range of frames is empty"),
        ({8}, range(3, 6), FORWARD, "at or before frame 5"),
        ({1}, range(3, 6), BACKWARD, "at or after frame 3"),
    ],
)
def test_what_cannot_be_reached(
    references: set[int], span: range, direction: Direction, message: str
) -> None:
    with pytest.raises(UserError, match=message):
        plan_clip(references, span, direction)


frames = st.integers(0, 19)
spans = st.tuples(frames, frames).map(lambda ends: range(min(ends), max(ends) + 1))


def check(plan: RunPlan, references: set[int], *, fuse: bool) -> None:
    """Each frame by one first pass; the second pass covers what lies between its ends, and comes later."""
    first = [index for walk in plan if not walk.fuses for index in walk.frames]
    assert len(first) == len(set(first))
    seen: set[int] = set()
    for walk in plan:
        assert abs(walk.frames.step) == 1
        assert walk.start not in walk.frames
        # a walk leads away from its start
        assert all((index - walk.start) * walk.frames.step > 0 for index in walk.frames)
        if walk.partner is not None:
            assert fuse
            assert set(walk.frames) <= seen
            assert not references.intersection(walk.frames)
            low, high = sorted((walk.start, walk.partner))
            assert all(low < index < high for index in walk.frames)
        seen.update(walk.frames)


@given(
    frames,
    spans,
    st.sets(frames, max_size=5),
    st.sampled_from(Direction),
    st.sampled_from(Reach),
    st.integers(1, 9),
    st.booleans(),
)
def test_runs_reach_what_they_should(
    start: int, span: range, others: set[int], direction: Direction, reach: Reach, count: int, fuse: bool
) -> None:
    references = others | {start}
    wanted = {
        index
        for index in span
        if (index > start and direction is not BACKWARD) or (index < start and direction is not FORWARD)
    }
    if reach is Reach.COUNT:
        wanted = {index for index in wanted if abs(index - start) <= count}
    if reach is Reach.REFERENCE:
        after = min((index for index in others if index > start), default=99)
        before = max((index for index in others if index < start), default=-99)
        wanted = {index for index in wanted if before <= index <= after}
    if not wanted:
        with pytest.raises(UserError):
            plan_run(start, span, references, direction, reach=reach, count=count, fuse=fuse)
        return
    plan = plan_run(start, span, references, direction, reach=reach, count=count, fuse=fuse)
    assert set(plan.frames) == wanted
    check(plan, references, fuse=fuse)
    if fuse:
        inner = sorted(references & (wanted | {start}))
        between = {i for i in wanted - references if any(a < i for a in inner) and any(b > i for b in inner)}
        assert plan.fused == between


@given(st.sets(frames, min_size=1, max_size=5), spans, st.sampled_from(Direction), st.booleans())
def test_clips_reach_what_they_should(
    references: set[int], span: range, direction: Direction, fuse: bool
) -> None:
    reachable = {
        index
        for index in span
        if direction is BOTH
        or (direction is FORWARD and min(references) <= index)
        or (direction is BACKWARD and max(references) >= index)
    }
    assume(reachable)
    plan = plan_clip(references, span, direction, fuse=fuse)
    assert set(plan.frames) | {plan.start} & set(span) == reachable
    assert plan.start in references
    check(plan, references, fuse=fuse)
    if fuse and direction is BOTH:
        inner = [index for index in references if index in span or index == plan.start]
        between = {
            i for i in set(span) - references if any(r < i for r in inner) and any(r > i for r in inner)
        }
        assert plan.fused == between
