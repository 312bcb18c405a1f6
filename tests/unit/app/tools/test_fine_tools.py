"""Tools and commands on mattes finer than 8 bits, in a document."""

from __future__ import annotations

import numpy as np
import pytest

from app.document.document import Document
from app.document.editing import MaskEdit
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.packed_matte import WHITE
from app.tools.brush import BrushTool
from app.tools.mask_operations import copy_to, fill_all_holes, grow, invert
from app.tools.move import MoveTool
from app.tools.temporal import Stroke, carried
from app.tools.tool import Tool, ToolEvent, ToolPort, ToolSettings
from tests.unit.app.document.documents import new_document

SIZE = (12, 16)
RAMP = np.array([0, 9_007, 20_033, 33_033, 47_070, WHITE], np.uint16)


def refuse(text: str) -> None:
    pytest.fail(text)


def ramps() -> np.ndarray:
    """A box whose left side is soft, with values between those of 8 bits."""
    matte = np.zeros(SIZE, np.uint16)
    matte[3:9, 3:9] = RAMP
    matte[3:9, 9:12] = WHITE
    return matte


@pytest.fixture
def document() -> Document:
    made = new_document()
    made.put_objects((new_object(1), new_object(2)))
    made.set_current_object(1)
    matte = ramps()
    entry = pack((matte >= 32768).astype(np.uint8), MaskSource.PROPAGATED, {1: matte})
    made.put_mask(0, entry)
    return made


def stored(document: Document, frame: int = 0) -> np.ndarray:
    entry = document.masks.entry(frame)
    assert entry is not None
    return entry.fine_matte(1)


def drag(tool: Tool, *points: tuple[float, float]) -> None:
    # zoomed in so far that the handles do not cover the object
    events = [ToolEvent(*point, scale=100.0) for point in points]
    tool.press(events[0])
    for event in events[1:]:
        tool.move(event)
    tool.release()


def test_a_copied_mask_is_as_fine_and_can_be_undone(document: Document) -> None:
    was = stored(document).copy()
    assert copy_to(document, refuse, 1)
    assert np.array_equal(stored(document, 1), was)
    assert document.undo_stack.count() == 1
    document.undo()
    assert document.masks.entry(1) is None
    document.redo()
    assert np.array_equal(stored(document, 1), was)


def test_a_mask_that_is_moved_by_whole_pixels_is_the_same_elsewhere(document: Document) -> None:
    was = stored(document).copy()
    tool = MoveTool(document, ToolSettings(), ToolPort(refuse))
    drag(tool, (9.0, 6.0), (10.0, 6.0), (11.0, 8.0))
    wanted = np.zeros_like(was)
    wanted[2:, 2:] = was[:-2, :-2]
    assert np.array_equal(stored(document), wanted)
    document.undo()
    assert np.array_equal(stored(document), was)


def test_a_mask_that_is_scaled_has_more_levels_than_8_bits(document: Document) -> None:
    tool = MoveTool(document, ToolSettings(), ToolPort(refuse))
    drag(tool, (12.0, 6.0), (14.0, 6.0))  # the handle in the middle of the right side
    found = stored(document)
    soft = found[(found > 0) & (found < WHITE)]
    assert soft.size > 20
    assert (soft % 257 != 0).mean() > 0.5


@pytest.mark.parametrize("pixels", [1, -1])
def test_a_mask_that_grows_or_shrinks_keeps_its_values(document: Document, pixels: int) -> None:
    was = stored(document).copy()
    assert grow(document, refuse, pixels)
    found = stored(document)
    assert np.array_equal(found[6, 3 - pixels : 9 - pixels], was[6, 3:9])
    assert set(found.ravel().tolist()) == set(was.ravel().tolist())


def test_inverting_twice_is_nothing(document: Document) -> None:
    was = stored(document).astype(int)
    assert invert(document, refuse)
    # stored in sixteenths of an 8-bit step
    assert np.abs(stored(document).astype(int) - (WHITE - was)).max() <= 33
    assert invert(document, refuse)
    assert np.abs(stored(document).astype(int) - was).max() <= 33


def test_filling_holes_leaves_the_edge(document: Document) -> None:
    matte = ramps()
    matte[5:7, 10] = 5_000
    entry = pack((matte >= 32768).astype(np.uint8), MaskSource.PROPAGATED, {1: matte})
    document.put_mask(0, entry)
    assert fill_all_holes(document, refuse)
    found = stored(document)
    assert (found[5:7, 10] == WHITE).all()
    assert np.array_equal(found[:, :9], entry.fine_matte(1)[:, :9])


@pytest.mark.parametrize("erases", [False, True])
def test_a_soft_brush_has_more_levels_than_8_bits(document: Document, erases: bool) -> None:
    was = stored(document).copy()
    settings = ToolSettings(brush_px=9.0, hardness=0.0)
    drag(BrushTool(document, settings, ToolPort(refuse), erases=erases), (9.5, 8.7))
    found = stored(document)
    changed = (found != was) & (found > 0) & (found < WHITE)
    assert np.count_nonzero(changed) > 8
    assert (found[changed] % 257 != 0).mean() > 0.8
    # what the brush did not reach is the same
    assert np.array_equal(found[:4], was[:4])
    document.undo()
    assert np.array_equal(stored(document), was)


def test_a_stroke_that_is_carried_leaves_the_fine_edge_around_it(document: Document) -> None:
    entry = document.masks.entry(0)
    assert entry is not None
    edit = MaskEdit(1, entry, SIZE)
    edit.paint(np.ones((2, 4), np.bool_), (8, 9, 12, 11), 1)
    after = edit.patch().after
    assert after is not None
    found = carried(Stroke.between(1, 1, entry, after, 2), {0: entry})[0]
    assert found.fine_matte(1)[9, 9:11].tolist() == [WHITE, WHITE]
    assert np.array_equal(found.fine_matte(1)[:8], entry.fine_matte(1)[:8])
