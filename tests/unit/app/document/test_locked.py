"""Locked pixels: whatever is done, they keep their objects and mattes."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.document.bulk import merged, split_parts
from app.document.commands import (
    AddObjectCommand,
    BulkCommand,
    LockRegionsCommand,
    PropagateCommand,
    SettleTakeCommand,
)
from app.document.document import Document
from app.document.editing import MaskEdit
from app.document.lock_edit import LockEdit
from app.document.locked import (
    LockedRegion,
    held_text,
    hold,
    holding,
    locked_region,
    read_region,
    united_regions,
)
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.operations import clear_frame, clear_object, import_mask
from app.errors import UserError
from app.tools.temporal import Stroke, carried
from tests.unit.app.document.documents import new_document
from tests.unit.app.document.strategies import SHAPE, entries
from tests.unit.app.document.test_undo_history import actions, perform

regions = hnp.arrays(np.bool_, SHAPE)


def planes(entry: StoredMask | None, shape: tuple[int, int] = SHAPE) -> dict[int, np.ndarray]:
    """The index mask (0), (H, W) uint8, and the mattes of all objects that there may be, (H, W) uint16."""
    if entry is None:
        return {key: np.zeros(shape, np.uint8) for key in range(255)}
    return {0: entry.index_mask(), **{key: entry.fine_matte(key) for key in range(1, 255)}}


@given(regions)
def test_a_region_is_what_was_locked(pixels: np.ndarray) -> None:
    region = locked_region(pixels)
    if not pixels.any():
        assert region is None
        return
    assert region is not None
    assert region.pixel_count == pixels.sum()
    assert np.array_equal(region.pixels(), pixels)
    assert not region.pixels().flags.writeable
    assert read_region(SHAPE, region.data) == region


def test_damaged_regions_are_refused() -> None:
    good = locked_region(np.ones(SHAPE, bool))
    assert good is not None
    for data in (b"", b"none", good.data[:-9], zlib.compress(bytes(4)), zlib.compress(bytes(5000))):
        with pytest.raises(ValueError, match="locked"):
            read_region(SHAPE, data)
    with pytest.raises(ValueError, match="locks nothing"):
        read_region(SHAPE, zlib.compress(bytes(5)))
    assert read_region(SHAPE, good.data).pixel_count == 35


@given(regions, regions)
def test_regions_unite(first: np.ndarray, second: np.ndarray) -> None:
    found = united_regions(locked_region(first), locked_region(second))
    assert found == locked_region(first | second)


@given(st.none() | entries(), st.none() | entries(), regions)
@settings(max_examples=60)
def test_a_change_is_held_off_from_locked_pixels_and_from_no_others(
    before: StoredMask | None, after: StoredMask | None, pixels: np.ndarray
) -> None:
    held = hold(before, after, locked_region(pixels))
    was, wanted, now = planes(before), planes(after), planes(held.entry)
    differs = np.zeros(SHAPE, bool)
    for key in was:
        assert np.array_equal(now[key][pixels], was[key][pixels])
        assert np.array_equal(now[key][~pixels], wanted[key][~pixels])
        differs |= was[key] != wanted[key]
    assert held.pixel_count == (differs & pixels).sum()
    if not held.pixel_count:
        assert held.entry is after


def test_what_is_known_of_the_new_masks_stays_known() -> None:
    before = pack(np.full(SHAPE, 1, np.uint8), MaskSource.USER)
    after = pack(np.full(SHAPE, 2, np.uint8), MaskSource.PROPAGATED)
    pixels = np.zeros(SHAPE, bool)
    pixels[0, :3] = True
    held = hold(before, after, locked_region(pixels))
    assert held.entry is not None
    assert (held.entry.source, held.entry.serial, held.pixel_count) == (after.source, after.serial, 3)
    assert held.entry.object_ids == (1, 2)
    # all of the change was locked: nothing happened
    everything = locked_region(np.ones(SHAPE, bool))
    assert hold(before, None, everything).entry is before
    assert hold(None, None, everything).entry is None


def test_what_is_told() -> None:
    assert held_text({}) == held_text({3: 0}) == ""
    assert held_text({3: 1}) == "1 locked pixel of frame 3 left as it is."
    assert held_text({3: 1234}) == "1,234 locked pixels of frame 3 left as they are."
    assert held_text({3: 1000, 4: 234}) == "1,234 locked pixels on 2 frames left as they are."


# ---- drawing ----


def test_a_region_is_drawn_and_unlocked_again() -> None:
    edit = LockEdit(0, None, SHAPE)
    assert edit.region() is None
    edit.paint(np.array([[200, 127, 128]], np.uint8), (1, 2, 4, 3))
    assert np.flatnonzero(edit.pixels.ravel()).tolist() == [15, 17]
    region = edit.region()
    again = LockEdit(0, region, SHAPE)
    again.paint(np.ones((1, 3), bool), (1, 2, 4, 3))
    again.paint(np.ones((1, 1), bool), (1, 2, 2, 3), erase=True)
    assert np.flatnonzero(again.pixels.ravel()).tolist() == [16, 17]
    assert again.changes_anything
    assert again.restart() == (1, 2, 4, 3)
    assert not again.changes_anything
    assert again.region() is region


# ---- editing ----


@given(entries(), regions, st.data())
@settings(max_examples=60)
def test_no_stroke_changes_a_locked_pixel(
    before: StoredMask, pixels: np.ndarray, data: st.DataObject
) -> None:
    edit = MaskEdit(0, before, SHAPE, frozenset({2}), locked_region(pixels))
    for _ in range(data.draw(st.integers(1, 3))):
        object_id, erase = data.draw(st.sampled_from((1, 3, *before.known_ids))), data.draw(st.booleans())
        if data.draw(st.booleans()):
            edit.replace(data.draw(hnp.arrays(np.uint8, SHAPE)), object_id)
        else:
            edit.paint(
                data.draw(hnp.arrays(np.uint8, SHAPE)), (0, 0, SHAPE[1], SHAPE[0]), object_id, erase=erase
            )
    was, now = planes(before), planes(edit.patch().after)
    for key in was:
        assert np.array_equal(now[key][pixels], was[key][pixels]), key


def test_a_stroke_counts_the_locked_pixels_that_it_would_have_changed() -> None:
    mask = np.zeros(SHAPE, np.uint8)
    mask[0, :2] = 1
    pixels = np.zeros(SHAPE, bool)
    pixels[0, :4] = True
    edit = MaskEdit(0, pack(mask, MaskSource.USER), SHAPE, frozenset(), locked_region(pixels))
    edit.paint(np.ones((2, 3), bool), (0, 0, 3, 2), 1)
    assert edit.left_px == 1  # two are the object's already
    edit.paint(np.ones((1, 5), bool), (0, 0, 5, 1), 1, erase=True)
    assert edit.left_px == 3
    assert (edit.mask[0] == [1, 1, 0, 0, 0, 0, 0]).all()
    edit.restart()
    assert edit.left_px == 0
    edit.replace(np.full(SHAPE, 255, np.uint8), 1)
    assert edit.left_px == 2


# ---- everything that changes a document ----

FRAMES = range(4)


def locked_document(seed: int) -> tuple[Document, dict[int, np.ndarray]]:
    """Three soft objects on three of four frames, and pixels locked on three."""
    document, rng = new_document(), np.random.default_rng(seed)
    shape = document.masks.shape
    for object_id in (2, 3):
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))
    for frame in range(3):
        weights = rng.random((4, *shape)) ** 3
        probability = weights / weights.sum(axis=0)
        index = probability.argmax(axis=0).astype(np.uint8)
        mattes = {key: np.floor(probability[key] * 255).astype(np.uint8) for key in (1, 2)}
        source = MaskSource.USER if frame == 0 else MaskSource.PROPAGATED
        document.put_mask(frame, pack(index, source, mattes))
    locked = {frame: rng.random(shape) < 0.3 for frame in (0, 1, 3)}
    table = {frame: locked_region(pixels) for frame, pixels in locked.items()}
    document.undo_stack.push(LockRegionsCommand(document, table, "Lock"))
    return document, locked


def bulk(document: Document, transform, *, partly: bool = True) -> None:
    counts: dict[int, int] = {}
    held = holding(transform, document.locked_regions, counts)
    before = document.masks.entries()
    masks: dict[int, StoredMask | None] = {index: held(index, entry) for index, entry in before.items()}
    if partly or not counts:
        document.undo_stack.push(BulkCommand(document, "Bulk", masks))


def run(document: Document, seed: int) -> PropagateCommand:
    """A run that began before the pixels were locked, and paints all of them."""
    command = PropagateCommand(document, seed, frozenset(), "Propagate")
    document.undo_stack.push(command)
    rng = np.random.default_rng(seed)
    for frame in FRAMES:
        index = rng.integers(0, 4, document.masks.shape).astype(np.uint8)
        soft = {1: rng.integers(0, 256, document.masks.shape).astype(np.uint8)}
        command.record(frame, pack(index, MaskSource.PROPAGATED, soft))
    command.close()
    return command


def change(document: Document, kind: str, seed: int) -> None:
    rng, stack = np.random.default_rng(seed), document.undo_stack
    frame, shape = seed % 4, document.masks.shape
    entry = document.masks.entry(frame)
    if kind == "run":
        run(document, seed)
    elif kind == "reject" and document.take is not None:
        take = document.take
        former = {
            index: hold(document.masks.entry(index), take[index].before, document.locked_region(index)).entry
            for index in take.open_frames
        }
        stack.push(SettleTakeCommand(document, take, take.open_frames, accept=False, former=former))
    elif kind == "import":
        import_mask(document, frame, rng.integers(1, 4, shape).astype(np.uint8), 10)
    elif kind == "merge":
        bulk(document, merged(1, 2))
    elif kind == "split" and entry is not None:
        held = hold(entry, split_parts(entry, 1, [2]), document.locked_region(frame))
        stack.push(BulkCommand(document, "Split", {frame: held.entry}))
    elif kind == "carry" and entry is not None:
        before, after = (pack(rng.integers(0, 4, shape).astype(np.uint8), MaskSource.USER) for _ in range(2))
        stroke = Stroke.between(9, 1, before, after, 9)
        bulk(document, lambda index, item: carried(stroke, {index: item}).get(index, item))
    elif kind == "clear":
        clear_object(document, frame, 1 + seed % 3)
    elif kind == "clear_frame":
        clear_frame(document, frame)
    elif kind == "replace":
        document.set_current_frame(frame)
        edit = document.begin_edit()
        edit.replace(rng.integers(0, 256, shape).astype(np.uint8), document.current_object_id)
        patch = document.finish_edit()
        if patch is not None:
            stack.push(BulkCommand(document, "Replace", {frame: patch.after}))


kinds = ("run", "reject", "import", "merge", "split", "carry", "clear", "clear_frame", "replace")
plain = actions.filter(lambda action: action[0] not in ("remove", "lock_pixels", "undo", "redo"))


@given(
    st.integers(0, 9),
    st.lists(
        plain
        | st.tuples(st.sampled_from(kinds), st.integers(0, 99))
        | st.sampled_from([("undo",), ("redo",)]),
        min_size=1,
        max_size=8,
    ),
)
@settings(max_examples=60)
def test_no_command_changes_a_locked_pixel(seed: int, sequence: list) -> None:
    document, locked = locked_document(seed)
    shape, stack = document.masks.shape, document.undo_stack
    base, start = stack.index(), {frame: planes(document.masks.entry(frame), shape) for frame in locked}
    for action in sequence:
        if action[0] == "undo":
            if stack.index() > base:
                stack.undo()
        elif action[0] in kinds and len(action) == 2 and isinstance(action[1], int):
            with suppress(UserError):  # an object or a frame may be locked as a whole
                change(document, *action)
        else:
            perform(document, action)
        for frame, pixels in locked.items():
            now = planes(document.masks.entry(frame), shape)
            for key in (0, 1, 2, 3):
                assert np.array_equal(now[key][pixels], start[frame][key][pixels]), (action, frame, key)


def test_the_masks_of_a_run_are_held_only_where_that_was_not_done_yet() -> None:
    document, locked = locked_document(1)
    command = PropagateCommand(document, 1, frozenset(), "Propagate")
    document.undo_stack.push(command)
    region, base = document.locked_region(1), document.masks.entry(1)
    wanted = pack(np.zeros(document.masks.shape, np.uint8), MaskSource.PROPAGATED)
    held = hold(base, wanted, region)
    assert held.entry is not None
    command.record(1, held.entry, base, held=(region, held.pixel_count))
    assert document.masks.entry(1) is held.entry
    command.record(2, wanted, document.masks.entry(2))
    assert document.masks.entry(2) is wanted
    command.record(3, wanted)
    assert command.held == {1: held.pixel_count}
    counted: Mapping[int, int] = command.held
    assert counted[1] <= locked[1].sum()


def test_regions_of_another_size_are_refused() -> None:
    document = new_document()
    with pytest.raises(ValueError, match="another size"):
        document.put_locked_regions({0: LockedRegion((3, 3), b"", 1)})
    assert not document.locked_regions
