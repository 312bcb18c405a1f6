"""What the history is said to weigh is what is freed when it goes."""

from __future__ import annotations

import gc
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document import shared_data
from app.document.document import Document
from app.document.history import CameBy, History, Step
from app.document.locked import LockedRegion
from app.document.mask_store import StoredMask
from app.document.shared_data import Shares, counted, counting, data_of
from app.document.undo_stack import Command
from tests.unit.app.document.actions import actions, perform
from tests.unit.app.document.documents import both_propagated, new_document, paint
from tests.unit.app.document.test_undo_beside_run import LiveRun, merge

_STEP_BYTES = 2000


def nbytes_of(data: Iterable[bytes]) -> int:
    return counted(counting(data))


def alive() -> dict[int, bytes]:
    """Compressed data of all masks and regions, by id."""
    gc.collect()
    found = []
    for thing in gc.get_objects():
        if type(thing) is StoredMask:
            found += data_of([thing])
        elif type(thing) is LockedRegion:
            found.append(thing.data)
    return {id(data): data for data in found}


def test_a_run_and_what_is_painted_on_it_count_shared_masks_once() -> None:
    document = new_document()
    stack = document.undo_stack
    run = LiveRun(document)
    run.find(0)
    run.command.close()
    found = document.masks.entry(0)
    assert found is not None
    assert stack.nbytes == _STEP_BYTES  # the document has what the run found
    paint(document, 0, (0, 0, 2, 2), 1)
    painted = document.masks.entry(0)
    assert painted is not None
    assert stack.nbytes == 2 * _STEP_BYTES + nbytes_of(data_of([found]))
    document.undo()
    assert stack.nbytes == 2 * _STEP_BYTES + nbytes_of(data_of([painted]))


more = st.one_of(
    actions,
    st.tuples(st.just("find"), st.integers(0, 3)),
    st.tuples(st.just("merge"), st.integers(1, 2), st.integers(1, 2)),
    st.tuples(st.just("both"), st.integers(0, 3)),
    st.tuples(st.sampled_from(["undo", "redo"])),
)


def weigh_and_forget(sequence: list[tuple]) -> tuple[int, int]:
    """How much the history of these actions is said to weigh, and how much went with it."""
    document = new_document()
    stack = document.undo_stack
    run: LiveRun | None = None
    for action in sequence:
        if action[0] == "find":
            if run is None and document.object(1) is not None:
                run = LiveRun(document)
            if run is not None:
                run.find(action[1])
        elif action[0] == "merge":
            merge(document, action[1], action[2])
        elif action[0] == "both":
            document.put_mask(action[1], both_propagated())
        else:
            perform(document, action)
    if run is not None:
        run.command.close()
    del run
    steps = list(stack.steps())
    assert all(step.most_bytes >= _STEP_BYTES + nbytes_of(step.data()) for step in steps)
    said = stack.nbytes - _STEP_BYTES * len(steps)
    before = alive()
    for step in steps:
        step.forget()
    del steps
    stack.clear()
    after = alive()
    freed = sum(len(data) for key, data in before.items() if key not in after)
    assert Document is type(document)  # it is alive until here, with its masks
    return said, freed


@settings(max_examples=60, deadline=None)
@given(st.lists(more, max_size=12))
def test_the_count_is_what_is_freed(sequence: list[tuple]) -> None:
    said, freed = weigh_and_forget([("add",), *sequence])
    assert said == freed


def counted_afresh(document: Document) -> int:
    steps = list(document.undo_stack.steps())
    data = [plane for step in steps for plane in step.data()]
    return counted(counting(data, data_of(document._kept_besides_history()))) + _STEP_BYTES * len(steps)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(more, st.booleans()), max_size=14), st.sampled_from([1 << 30, 3000, 6000]))
def test_what_was_counted_before_is_still_right(sequence: list[tuple[tuple, bool]], budget: int) -> None:
    document = new_document()
    document.undo_stack.budget_bytes = budget
    run: LiveRun | None = None
    for action, looks in [(("add",), True), *sequence]:
        if action[0] == "find":
            run = run or LiveRun(document)
            run.find(action[1])
        elif action[0] == "merge":
            merge(document, action[1], action[2])
        elif action[0] == "both":
            document.put_mask(action[1], both_propagated())
        else:
            perform(document, action)
        if looks:
            assert document.undo_stack.nbytes == counted_afresh(document)
    if run is not None:
        run.command.close()
    assert document.undo_stack.nbytes == counted_afresh(document)


def test_above_the_budget_only_what_is_new_is_looked_at() -> None:
    stack = History(budget_bytes=1)
    one = _Bulky()
    stack.budget_bytes = 10 * (_STEP_BYTES + one.mask.nbytes) + 100
    steps = [_Bulky() for _ in range(30)]
    for step in steps[:20]:
        stack.push(step)
    assert [step.is_forgotten for step in steps[:20]] == [True] * 10 + [False] * 10
    looked = [step.sized for step in steps]
    for step in steps[20:]:
        stack.push(step)
    assert [step.is_forgotten for step in steps] == [True] * 20 + [False] * 10
    assert [step.sized for step in steps[12:19]] == [1 + count for count in looked[12:19]]  # as they went


def test_a_step_that_was_not_worth_keeping_leaves_the_count_right(document: Document) -> None:
    run = LiveRun(document)
    paint(document, 0, (0, 0, 2, 2), 1)
    paint(document, 1, (0, 0, 2, 2), 1)
    stack = document.undo_stack
    assert stack.nbytes == counted_afresh(document)
    document.undo()
    document.undo()
    run.command.close()
    assert stack.count() == 2  # the strokes can be done again
    assert stack.nbytes == counted_afresh(document)
    document.redo()
    assert stack.nbytes == counted_afresh(document)


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=5), st.sets(st.integers(0, 5)))
def test_what_holders_share_counts_until_the_last_lets_go(held: list[list[int]], known: set[int]) -> None:
    data = [bytes(range(10 + size)) for size in range(6)]
    shares = Shares(data[place] for place in known)
    for places in held:
        shares.hold(data[place] for place in places)
    while held:
        assert shares.nbytes == nbytes_of(
            data[place] for places in held for place in places if place not in known
        )
        shares.release(data[place] for place in held.pop())
    assert shares.nbytes == 0


@given(st.lists(st.integers(0, 5), max_size=9), st.sets(st.integers(0, 5)), st.integers(1, 4))
def test_counting_in_pieces_counts_the_same(held: list[int], known: set[int], piece: int) -> None:
    data = [bytes(range(10 + size)) for size in range(6)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shared_data, "_PIECE", piece)
        task = counting([data[place] for place in held], [data[place] for place in known])
        turns = 0
        while True:
            try:
                next(task)
            except StopIteration as end:
                total = end.value
                break
            turns += 1
    assert total == sum(len(data[place]) for place in set(held) - known)
    assert turns == -(-len(held) // piece) - (-len(known) // piece)


class _Bulky(Step):
    """A step that counts how often it is sized."""

    def __init__(self) -> None:
        super().__init__("Bulky")
        self.mask = both_propagated()
        self.sized = 0
        self.heard = 0

    def kept(self) -> list[StoredMask]:
        self.sized += 1
        return [] if self.is_forgotten else [self.mask] * (1 + self.heard)

    def run_came_by(self, news: CameBy) -> None:
        self.heard += 1


@pytest.mark.parametrize("frames", [1, 10, 200])
def test_steps_are_not_sized_again_for_each_frame_of_a_run_beneath_them(frames: int) -> None:
    stack = History()
    run, above = Command("Run"), _Bulky()
    stack.push(run)
    stack.push(above)
    before = above.sized
    mask = both_propagated()
    for frame in range(frames):
        stack.run_came_by(run, CameBy(frame, None, mask, None, lambda _: mask))
    assert above.heard == frames
    assert above.sized == before
    stack.push(Command("Stroke"))  # now it matters
    assert above.sized == before + 1
    stack.push(Command("Stroke"))
    assert above.sized == before + 1


def test_what_is_gone_is_not_sized_in_place_of_what_followed_it() -> None:
    stack = History()
    run = Command("Run")
    stack.push(run)
    stack.push(_Bulky())
    mask = both_propagated()
    stack.run_came_by(run, CameBy(0, None, mask, None, lambda _: mask))
    stack.undo()
    after = _Bulky()
    stack.push(after)
    assert after.sized == 1
    stack.run_came_by(run, CameBy(1, None, mask, None, lambda _: mask))
    stack.clear()
    stack.push(Command("Stroke"))
    assert after.sized == 1
