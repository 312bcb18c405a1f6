"""What a run makes anew, and what it leaves alone because it is up to date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.facts import FrameFacts
from app.document.mask_store import MaskSource, StoredMask, pack, repacked
from app.document.merging import merge_result
from app.document.objects import new_object
from app.document.references import Reference, frozen
from app.document.run_draft import RunDraft, RunOptions, draft_rest, draft_run
from app.document.run_plan import Direction, Pass, Reach, RunPlan
from app.document.run_scope import Scope
from app.document.snapshot import DocumentSnapshot
from app.document.unfinished import UnfinishedRun, Walk
from app.media import VideoInfo

FORWARD = RunOptions(Direction.FORWARD)
BOTH = RunOptions(Direction.BOTH)
FRAMES = 10
TWO = np.array([[1, 1, 0, 0, 2, 2, 0, 0]], np.uint8)


def found(index_mask: np.ndarray = TWO, ids: tuple[int, ...] = (1, 2)) -> StoredMask:
    """What a run found of some objects."""
    rows = np.stack([index_mask == key for key in (0, *ids)]).astype(np.float32)
    return merge_result(None, index_mask, rows, ids, set(ids))


def corrected(entry: StoredMask, object_id: int) -> StoredMask:
    """One object is larger now, the other as it was."""
    mask = entry.index_mask().copy()
    mask[0, 2 if object_id == 1 else 6] = object_id
    return repacked(entry, mask, {}, {object_id})


def snapshot(
    entries: Mapping[int, StoredMask],
    references: Mapping[int, Reference],
    here: int = 0,
    ids: tuple[int, ...] = (1, 2),
) -> DocumentSnapshot:
    height, width = TWO.shape
    return DocumentSnapshot(
        path=Path("clip"),
        info=VideoInfo(width, height, FRAMES, Fraction(25), "clip"),
        objects=tuple(new_object(key) for key in ids),
        entries=entries,
        reference_table=frozen(references),
        current_frame=here,
    )


def propagated() -> dict[int, StoredMask]:
    """Both objects painted on frame 0 and carried to the end."""
    return {0: pack(TWO, MaskSource.USER), **{index: found() for index in range(1, FRAMES)}}


def written(draft: RunDraft) -> dict[int, set[int]]:
    """By frame, the objects that the run would change; frames without any left out."""
    return {index: set(draft.changes(index)) for index in draft.plan.frames if draft.changes(index)}


def test_only_the_corrected_object_is_made_anew() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    draft = draft_run(snapshot(entries, {0: Reference(0)}, here=4), BOTH)
    assert written(draft) == {index: {1} for index in range(1, FRAMES) if index != 4}
    assert draft.written == {1}
    assert draft.up_to_date == {2}
    assert draft.new_references == {4}
    assert draft.summary == "Would change 8 frames (1 to 9), 8 replaced. Object 2 is up to date and stays."
    # the network sees all of it: what was corrected is taught, the other as it was found
    assert draft.teachers[4].object_ids == {1}
    assert draft.teachers[4].found == {2}
    assert draft.teachers[4].background_known
    assert draft.known == {1, 2}


def test_what_no_reference_shows_any_more_is_told_of() -> None:
    entries = propagated()
    entries[0] = pack(np.where(TWO == 1, TWO, 0).astype(np.uint8), MaskSource.USER)
    entries[5] = pack(np.where(TWO == 2, TWO, 0).astype(np.uint8), MaskSource.USER)
    table = {0: Reference(0, enabled=False), 5: Reference(5)}
    draft = draft_run(snapshot(entries, table, here=5), FORWARD)
    assert draft.untaught == {1}
    assert draft.summary == (
        "Would change 4 frames (6 to 9), 4 replaced. Object 1 is on no reference that is on, and stays."
    )
    # one that has no masks on the way is not worth a word
    draft = draft_run(snapshot({5: entries[5]}, table, here=5), FORWARD)
    assert draft.summary == "Would change 4 frames (6 to 9)."


def test_everything_is_made_anew_where_nothing_is_out_of_date() -> None:
    entries = propagated()
    draft = draft_run(snapshot(entries, {0: Reference(0)}), FORWARD)
    assert written(draft) == {index: {1, 2} for index in range(1, FRAMES)}
    assert draft.up_to_date == frozenset()
    entries[4] = corrected(entries[4], 1)
    asked = draft_run(snapshot(entries, {0: Reference(0)}, here=4), replace(FORWARD, anew=True))
    assert written(asked) == {index: {1, 2} for index in range(5, FRAMES)}


def test_a_run_that_was_stopped_is_begun_again() -> None:
    entries = propagated()
    for index in range(5, FRAMES):
        del entries[index]
    draft = draft_run(snapshot(entries, {0: Reference(0)}), FORWARD)
    assert written(draft) == {index: {1, 2} for index in range(1, FRAMES)}


def test_a_span_that_only_one_of_two_passes_came_by_is_made_anew() -> None:
    def half(object_id: int) -> StoredMask:
        return replace(found(), facts={object_id: FrameFacts(2, is_half=True), 2: FrameFacts(2)})

    entries = propagated()
    entries[5] = corrected(entries[5], 1)
    entries |= {index: found() for index in (3, 4, 6, 7, 8, 9)} | {index: half(1) for index in (1, 2)}
    table = {0: Reference(0), 5: Reference(5)}
    draft = draft_run(snapshot(entries, table), FORWARD)
    assert written(draft) == {index: {1} for index in range(1, 5)}
    assert draft.up_to_date == {2}
    # a mask that was confirmed stands, whoever came by
    table[2] = Reference(2, confirmed=frozenset({1}))
    entries[1] = found()
    assert draft_run(snapshot(entries, table), FORWARD).up_to_date == frozenset()  # nothing is out of date


def test_only_the_spans_that_a_correction_governs_are_made_anew() -> None:
    entries = propagated()
    entries[3] = corrected(entries[3], 1)
    entries |= {index: found() for index in (1, 2, 4, 5, 6, 7)}
    entries[7] = corrected(entries[7], 2)
    entries |= {index: found() for index in (8, 9)}
    table = {index: Reference(index) for index in (0, 3, 7)}
    entries[3] = corrected(entries[3], 2)
    draft = draft_run(snapshot(entries, table), FORWARD)
    # object 2 has references on 0, 3 and 7; object 1 only on 0 and 3, and it was not touched this time
    assert written(draft) == {index: {2} for index in (1, 2, 4, 5, 6)}
    assert draft.plan.passes == (
        Pass(0, range(1, 3)),
        Pass(3, range(2, 0, -1), partner=0),
        Pass(3, range(4, 7)),
        Pass(7, range(6, 3, -1), partner=3),
    )


def test_references_of_other_objects_do_not_divide_the_way() -> None:
    entries = propagated()
    entries[5] = corrected(entries[5], 2)
    entries |= {index: found() for index in (*range(1, 5), *range(6, FRAMES))}
    entries[8] = corrected(entries[8], 1)
    table = {0: Reference(0), 5: Reference(5)}
    draft = draft_run(snapshot(entries, table), FORWARD)
    assert draft.written == {1}
    assert draft.plan.passes == (
        Pass(0, range(1, 8)),
        Pass(8, range(7, 0, -1), partner=0),
        Pass(8, range(9, 10)),
    )
    # so is the way to the next reference
    table[8] = Reference(8)
    near = draft_run(snapshot(entries, table), replace(FORWARD, reach=Reach.REFERENCE))
    assert near.plan.frames == tuple(range(1, 8))
    # on the other object's reference the corrected one is found anew
    assert written(near)[5] == {1}
    assert draft.teachers[5].object_ids == {2}


def test_a_span_is_made_anew_as_a_whole() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    for index in (5, 6):  # a run after the correction was stopped
        found_again = entries[index].index_mask()
        rows = np.stack([found_again == key for key in (0, 1, 2)]).astype(np.float32)
        entries[index] = merge_result(entries[index], found_again, rows, (1, 2), {1})
    table = {0: Reference(0), 4: Reference(4)}
    draft = draft_run(snapshot(entries, table, here=4), FORWARD)
    assert written(draft) == {index: {1} for index in range(5, FRAMES)}


def test_a_new_object_is_looked_for_without_making_the_others_anew() -> None:
    entries = propagated()
    mask = entries[4].index_mask().copy()
    mask[0, 3] = 3
    entries[4] = repacked(entries[4], mask, {}, {3})
    draft = draft_run(snapshot(entries, {0: Reference(0)}, here=4, ids=(1, 2, 3)), BOTH)
    assert written(draft) == {index: {3} for index in range(FRAMES) if index not in (0, 4)}
    assert draft.up_to_date == {1, 2}
    assert draft.summary.endswith("Object 1, Object 2 are up to date and stay.")


def test_masks_that_are_missing_are_made_besides_what_is_out_of_date() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    del entries[9]
    draft = draft_run(snapshot(entries, {0: Reference(0)}, here=4), FORWARD)
    assert written(draft) == {5: {1}, 6: {1}, 7: {1}, 8: {1}, 9: {1, 2}}
    assert draft.up_to_date == frozenset()


def test_an_object_that_was_taken_off_a_frame_is_out_of_date_around_it() -> None:
    entries = propagated()
    mask = np.where(entries[4].index_mask() == 1, np.uint8(0), entries[4].index_mask())
    entries[4] = repacked(entries[4], mask, {}, {1})
    draft = draft_run(snapshot(entries, {0: Reference(0)}, here=4), FORWARD)
    assert written(draft) == {index: {1} for index in range(5, FRAMES)}
    assert draft.teachers[4].absent == {1}
    left_out = draft_run(
        snapshot(entries, {0: Reference(0), 4: Reference(4, left_out=frozenset({1}))}), FORWARD
    )
    assert left_out.up_to_date == frozenset()


def test_locked_frames_are_not_out_of_date() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    entries[7] = found()
    del entries[8]
    view = replace(snapshot(entries, {0: Reference(0)}, here=4), locked_frames=frozenset({8}))
    draft = draft_run(view, FORWARD)
    assert draft.up_to_date == {2}
    assert written(draft) == {index: {1} for index in (5, 6, 7, 9)}


def test_a_confirmed_object_makes_nothing_stale_and_is_not_overwritten_there() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    table = {0: Reference(0), 4: Reference(4, confirmed=frozenset({2}))}
    draft = draft_run(snapshot(entries, table), FORWARD)
    assert draft.up_to_date == {2}
    assert draft.teachers[4].object_ids == {1, 2}
    asked = draft_run(snapshot(entries, table), replace(FORWARD, anew=True))
    assert 4 not in written(asked)
    plain = {0: Reference(0), 4: Reference(4)}
    assert written(draft_run(snapshot(entries, plain), replace(FORWARD, anew=True)))[4] == {2}


def test_a_confirmed_mask_is_not_out_of_date_itself() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)  # younger than what was confirmed on frame 7
    entries |= {index: found() for index in (1, 2, 3, 5, 6, 8, 9)}
    entries[9] = corrected(entries[9], 2)
    table = {0: Reference(0), 4: Reference(4), 7: Reference(7, confirmed=frozenset({1})), 9: Reference(9)}
    draft = draft_run(snapshot(entries, table), FORWARD)
    assert draft.up_to_date == {1}
    assert written(draft) == {index: {2} for index in range(1, 9)}


def test_an_object_that_is_left_out_is_void_and_does_not_divide_the_way() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    table = {0: Reference(0), 4: Reference(4, left_out=frozenset({1, 2}))}
    draft = draft_run(snapshot(entries, table), replace(FORWARD, anew=True))
    assert draft.teachers[4].object_ids | draft.teachers[4].found == frozenset()
    assert draft.plan.passes == (Pass(0, range(1, FRAMES)),)


def test_a_run_that_was_cut_short_goes_on_with_what_it_was_to_do() -> None:
    entries = propagated()
    entries[4] = corrected(entries[4], 1)
    del entries[9]
    table = {0: Reference(0), 4: Reference(4)}
    draft = draft_run(snapshot(entries, table, here=4), FORWARD)
    rest = UnfinishedRun((Walk(6, range(7, 10)),), draft.written, kept=draft.scope.to_stretches())
    assert rest.kept == {(2, 5, 8)}
    again = draft_rest(snapshot(entries, table, here=4), UnfinishedRun.from_json(rest.to_json()))
    assert written(again) == {7: {1}, 8: {1}, 9: {1, 2}}
    # what an older version left behind makes everything anew
    old = {key: value for key, value in rest.to_json().items() if key != "kept"} | {"objects": None}
    whole = draft_rest(snapshot(entries, table, here=4), UnfinishedRun.from_json(old))
    assert written(whole) == {7: {1, 2}, 8: {1, 2}, 9: {1, 2}}


@pytest.mark.parametrize("bad", [[[0, 1, 2]], [[1, 3, 2]], [[1, 2]], [[1, -1, 2]], [["1", 1, 2]]])
def test_damaged_stretches_are_refused(bad: object) -> None:
    data = UnfinishedRun((Walk(0, range(1, 4)),)).to_json() | {"kept": bad}
    with pytest.raises(ValueError, match="no stretch of masks"):
        UnfinishedRun.from_json(data)


@given(st.dictionaries(st.integers(0, 20), st.frozensets(st.integers(1, 3), min_size=1)))
def test_a_scope_survives_as_stretches(kept: dict[int, frozenset[int]]) -> None:
    stretches = Scope(kept).to_stretches()
    assert Scope.of_stretches(stretches, range(21)).kept == kept
    assert len(stretches) <= sum(map(len, kept.values()))


def test_ends_of_passes_on_which_nothing_changes_are_left_out() -> None:
    plan = RunPlan(0, (Pass(0, range(1, 5)), Pass(4, range(3, 0, -1), partner=0), Pass(4, range(5, 9))))
    assert plan.without_idle({2, 3}) == RunPlan(
        0, (Pass(0, range(1, 4)), Pass(4, range(3, 1, -1), partner=0))
    )
    assert plan.without_idle({8}).passes == (Pass(4, range(5, 9)),)
    assert plan.without_idle(set(range(9))) == plan
