"""Locked pixels, drawn with the tools and held against everything, with real mouse and key events."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand, LockRegionsCommand
from app.document.locked import LockedRegion, locked_region
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.operations import set_in_point, set_out_point
from app.main_window import MainWindow
from app.tools.tool import ToolMode
from app.views.view_mode import ViewMode
from tests.fakes import FakeEngine
from tests.gui.conftest import Mouse
from tests.gui.test_propagation import finish

ALT, CTRL, SHIFT = (
    Qt.KeyboardModifier.AltModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
ShowFrame = Callable[[int], None]


def locked(window: MainWindow, frame: int = 0) -> np.ndarray:
    region = window.document.locked_region(frame)
    return np.zeros(window.document.masks.shape, bool) if region is None else region.pixels()


def finish_without_a_question(qtbot: QtBot, window: MainWindow) -> None:
    """Wait for the end of a run; whatever it asks, it is to go on."""
    run = window.propagation
    qtbot.waitUntil(lambda: run.go_on() or (not run.is_running and run.runner.is_idle), timeout=20000)


def lock_box(window: MainWindow, left: int, top: int, right: int, bottom: int, frames: range) -> LockedRegion:
    pixels = np.zeros(window.document.masks.shape, bool)
    pixels[top:bottom, left:right] = True
    region = locked_region(pixels)
    assert region is not None
    window.document.undo_stack.push(
        LockRegionsCommand(window.document, dict.fromkeys(frames, region), "Lock")
    )
    return region


def draw_locks(window: MainWindow) -> None:
    QTest.keyClick(window.canvas, Qt.Key.Key_L, ALT)


# ---- drawing ----


def test_the_brush_locks_and_with_alt_or_the_eraser_unlocks(open_window: MainWindow, mouse: Mouse) -> None:
    document = open_window.document
    open_window.canvas.set_brush_px(10)
    draw_locks(open_window)
    assert open_window.actions_table["lock_pixels"].isChecked()
    mouse.stroke((10, 20), (40, 20))
    area = locked(open_window)
    assert 300 <= area.sum() <= 420
    assert area[20, 25]
    assert 0 not in document.masks  # no object was painted
    assert (document.undo_stack.count(), document.undo_stack.undoText()) == (1, "Lock pixels of frame 0")
    mouse.stroke((40, 20), held=ALT)
    assert not locked(open_window)[20, 40]
    assert locked(open_window)[20, 30]
    assert document.undo_stack.undoText() == "Unlock pixels of frame 0"
    open_window.actions_table["eraser"].trigger()
    mouse.stroke((10, 20))
    assert not locked(open_window)[20, 10]
    for _ in range(3):
        QTest.keyClick(open_window.canvas, Qt.Key.Key_Z, CTRL)
    assert not document.locked_regions
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Y, CTRL)
    assert np.array_equal(locked(open_window), area)
    draw_locks(open_window)
    open_window.actions_table["brush"].trigger()
    mouse.stroke((20, 40))
    assert document.masks.index_mask(0)[40, 20] == 1


@pytest.mark.parametrize("name", ["rectangle", "ellipse", "lasso", "polygon"])
def test_outlines_lock(open_window: MainWindow, mouse: Mouse, name: str) -> None:
    draw_locks(open_window)
    open_window.actions_table[name].trigger()
    corners = [(10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0)]
    if name == "polygon":
        for corner in corners:
            mouse.stroke(corner)
        QTest.keyClick(open_window.canvas, Qt.Key.Key_Return)
    elif name == "lasso":
        mouse.stroke(*corners, corners[0])
    else:
        mouse.stroke(corners[0], corners[2])
    expected = np.pi * 100 if name == "ellipse" else 400
    assert abs(int(locked(open_window).sum()) - expected) <= 45
    assert open_window.document.undo_stack.count() == 1
    assert 0 not in open_window.document.masks


def test_fill_locks_an_area_of_one_kind(open_window: MainWindow, mouse: Mouse) -> None:
    document = open_window.document
    mask = np.zeros((48, 64), np.uint8)
    mask[10:20, 10:20], mask[30:40, 10:20] = 1, 1
    document.put_mask(0, pack(mask, MaskSource.USER))
    draw_locks(open_window)
    open_window.actions_table["fill"].trigger()
    mouse.stroke((15, 15))
    assert locked(open_window).sum() == 100
    mouse.stroke((50, 5))
    assert locked(open_window).sum() == 48 * 64 - 100
    mouse.stroke((15, 15), held=ALT)  # all that hangs together goes
    assert locked(open_window).sum() == 0
    assert document.masks.index_mask(0).sum() == 200


def test_smart_select_locks_what_it_finds(qtbot: QtBot, open_window: MainWindow, mouse: Mouse) -> None:
    draw_locks(open_window)
    open_window.actions_table["smart"].trigger()
    mouse.stroke((5, 5), (32, 32))
    edit = open_window.document.lock_edit
    assert edit is not None
    qtbot.waitUntil(lambda: bool(edit.pixels.any()), timeout=10000)
    assert not open_window.document.locked_regions  # only a preview
    QTest.keyClick(open_window.canvas, Qt.Key.Key_Return)
    area = locked(open_window)
    assert area[12:24, 12:24].all()
    assert abs(int(area.sum()) - 256) <= 20


def test_the_pixels_of_the_object_are_locked_and_copied_to_a_span(
    open_window: MainWindow, mouse: Mouse, show_frame: ShowFrame
) -> None:
    document, actions = open_window.document, open_window.actions_table
    QTest.keyClick(open_window.canvas, Qt.Key.Key_L, ALT | SHIFT)
    assert open_window.status_text.text() == "The current object has no mask on this frame."
    actions["copy_locks"].trigger()
    assert open_window.status_text.text() == "No pixels are locked on this frame."
    mouse.stroke((18, 18))
    QTest.keyClick(open_window.canvas, Qt.Key.Key_L, ALT | SHIFT)
    area = locked(open_window)
    assert np.array_equal(area, document.masks.index_mask(0) == 1)
    lock_box(open_window, 50, 40, 60, 46, range(4, 5))
    set_in_point(document, 2)
    set_out_point(document, 6)
    steps = document.undo_stack.count()
    actions["copy_locks"].trigger()
    assert document.undo_stack.count() == steps + 1
    assert sorted(document.locked_regions) == [0, 2, 3, 4, 5, 6]
    assert document.locked_region(2) is document.locked_region(6)
    assert locked(open_window, 4).sum() == area.sum() + 60
    assert open_window.status_text.text() == "Pixels are locked on 5 frames."
    show_frame(4)
    actions["unlock_pixels"].trigger()
    assert sorted(document.locked_regions) == [0, 2, 3, 5, 6]
    actions["unlock_span"].trigger()
    assert sorted(document.locked_regions) == [0]
    actions["unlock_span"].trigger()
    assert open_window.status_text.text() == "No pixels are locked there."
    document.undo()
    document.undo()
    document.undo()
    assert sorted(document.locked_regions) == [0, 4]


def test_another_frame_or_switching_off_drops_what_is_being_drawn(
    open_window: MainWindow, mouse: Mouse
) -> None:
    document = open_window.document
    draw_locks(open_window)
    mouse.press(10, 10)
    assert document.lock_edit is not None
    document.set_current_frame(3)
    mouse.release(10, 10)
    assert not document.locked_regions
    document.set_current_frame(0)
    mouse.press(10, 10)
    draw_locks(open_window)
    assert document.lock_edit is None
    assert document.undo_stack.count() == 0


# ---- showing ----


def image(window: MainWindow) -> QImage:
    return window.canvas.grab().toImage()


def test_a_hatch_shows_them_and_can_be_switched_off(open_window: MainWindow, mouse: Mouse) -> None:
    canvas = open_window.canvas
    canvas.leaveEvent(None)  # the ring of the brush is no matter here
    plain = image(open_window)
    lock_box(open_window, 40, 30, 60, 44, range(3))
    hatched = image(open_window)
    corner, opposite = (canvas.viewport.to_widget(QPointF(*at)) for at in ((40, 30), (60, 44)))
    inside = outside = 0
    for y in range(0, plain.height(), 3):
        for x in range(plain.width()):
            if plain.pixel(x, y) != hatched.pixel(x, y):
                if corner.x() - 1 <= x <= opposite.x() + 1 and corner.y() - 1 <= y <= opposite.y() + 1:
                    inside += 1
                else:
                    outside += 1
    rows = (opposite.y() - corner.y()) / 3
    assert outside == 0
    assert 0.08 < inside / (rows * (opposite.x() - corner.x())) < 0.3  # quiet
    open_window.actions_table["show_locks"].trigger()
    assert image(open_window) == plain
    open_window.actions_table["show_locks"].trigger()
    assert image(open_window) == hatched
    canvas.set_mode(ViewMode.ORIGINAL)
    bare = image(open_window)
    lock_box(open_window, 0, 0, 20, 20, range(1))
    assert image(open_window) == bare
    # whoever locks wants to see it
    open_window.actions_table["show_locks"].trigger()
    draw_locks(open_window)
    mouse.stroke((5, 5))
    assert open_window.actions_table["show_locks"].isChecked()
    assert canvas.mode is ViewMode.OVERLAY


def test_the_timeline_marks_and_tells_them(open_window: MainWindow) -> None:
    timeline = open_window.timeline
    plain = timeline.grab().toImage()
    region = lock_box(open_window, 0, 0, 8, 4, range(4, 8))
    marked = timeline.grab().toImage()
    changed = {
        timeline.frame_at(x)
        for y in range(plain.height())
        for x in range(plain.width())
        if plain.pixel(x, y) != marked.pixel(x, y)
    }
    assert {5, 6} <= changed <= {3, 4, 5, 6, 7, 8}  # the ends may reach a px beyond
    assert region.pixel_count == 32
    assert timeline.model.describe(5) == "Frame 5: no mask, 32 locked pixels"
    assert timeline.model.describe(8) == "Frame 8: no mask"


# ---- held ----


@pytest.fixture
def two_soft_objects(open_window: MainWindow) -> MainWindow:
    """Objects 1 and 2 side by side on frames 0 to 2, soft on 1 and 2; a block of both is locked."""
    document = open_window.document
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    mask = np.zeros((48, 64), np.uint8)
    mask[8:40, 8:30], mask[8:40, 30:52] = 1, 2
    soft = {
        1: np.where(mask == 1, 200, 20).astype(np.uint8),
        2: np.where(mask == 2, 180, 30).astype(np.uint8),
    }
    for index in range(3):
        mattes = soft if index else None
        document.put_mask(index, pack(mask, MaskSource.PROPAGATED if index else MaskSource.USER, mattes))
    lock_box(open_window, 20, 12, 40, 24, range(4))
    return open_window


def fixed(window: MainWindow) -> dict[tuple[int, int], np.ndarray]:
    """What locked pixels hold, by frame and plane."""
    masks, found = window.document.masks, {}
    for frame, region in window.document.locked_regions.items():
        entry, pixels = masks.entry(frame), region.pixels()
        found[frame, 0] = masks.index_mask(frame)[pixels]
        for key in (1, 2, 3, 4):
            matte = np.zeros(masks.shape, np.uint8) if entry is None else entry.matte(key)
            found[frame, key] = matte[pixels]
    return found


def same(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(np.array_equal(first[key], second[key]) for key in first)


def test_a_stroke_leaves_them_and_tells_how_many(two_soft_objects: MainWindow, mouse: Mouse) -> None:
    window, before = two_soft_objects, fixed(two_soft_objects)
    window.document.set_current_object(2)
    window.canvas.set_brush_px(8)
    mouse.stroke((10, 18), (50, 18))
    assert same(fixed(window), before)
    assert window.document.masks.index_mask(0)[18, [15, 19, 25, 35]].tolist() == [2, 2, 1, 2]
    # 10 px of the locked block are of object 1, and the brush is 8 px thick
    count = int(window.status_text.text().split()[0])
    assert window.status_text.text() == f"{count} locked pixels of frame 0 left as they are."
    assert 70 <= count <= 90


def test_a_stroke_on_locked_pixels_alone_is_no_step(two_soft_objects: MainWindow, mouse: Mouse) -> None:
    window, steps = two_soft_objects, two_soft_objects.document.undo_stack.count()
    window.document.set_current_object(2)
    window.canvas.set_brush_px(4)
    mouse.stroke((25, 18))
    assert window.document.undo_stack.count() == steps
    assert "locked pixels of frame 0 left" in window.status_text.text()


@pytest.mark.parametrize("way", ["forward", "fused"])
def test_a_run_leaves_them(
    qtbot: QtBot,
    two_soft_objects: MainWindow,
    engine: FakeEngine,
    show_frame: ShowFrame,
    way: str,
) -> None:
    window, document = two_soft_objects, two_soft_objects.document
    if way == "fused":
        document.put_mask(6, document.masks.entry(0))
        window.actions_table["set_reference"].trigger()
        show_frame(6)
        window.actions_table["set_reference"].trigger()
        show_frame(0)
    lock_box(window, 0, 0, 30, 48, range(4, 5))  # on a frame without a mask: nothing may come there
    before = fixed(window)
    engine.rewrite = lambda step, mask: np.where(mask == 1, 2, np.where(mask == 2, 1, 0)).astype(np.uint8)
    window.actions_table["propagate_forward" if way == "forward" else "propagate_to_next"].trigger()
    finish_without_a_question(qtbot, window)
    assert same(fixed(window), before)
    assert document.masks.source(1) is MaskSource.PROPAGATED
    assert document.masks.source(5) is MaskSource.PROPAGATED
    assert not document.masks.index_mask(4)[:, :30].any()
    assert document.masks.index_mask(4)[20, 45] > 0
    # around the block the network is followed
    assert document.masks.index_mask(1)[10, 10] == 2 or way == "fused"
    told = window.propagate_panel.text
    assert "locked pixels on" in told
    assert told.endswith(window.status_text.text())


def test_the_network_goes_on_from_the_locked_pixels(
    qtbot: QtBot, two_soft_objects: MainWindow, engine: FakeEngine
) -> None:
    window, document = two_soft_objects, two_soft_objects.document
    engine.rewrite = lambda step, mask: np.zeros_like(mask) if step == 1 else mask
    window.actions_table["propagate_forward"].trigger()
    finish_without_a_question(qtbot, window)
    # what it lost outside the block stays lost; the block is handed on from frame to frame
    assert (document.masks.index_mask(2) > 0).sum() == 20 * 12
    assert (document.masks.index_mask(6) > 0).sum() == 0 or document.masks.index_mask(6)[18, 25] == 1


def test_pixels_locked_while_a_run_is_under_way_are_held(
    qtbot: QtBot, open_window: MainWindow, mouse: Mouse, engine: FakeEngine
) -> None:
    import threading

    mouse.stroke((18, 18), (40, 18))
    engine.gate = threading.Event()
    open_window.actions_table["propagate_forward"].trigger()
    qtbot.waitUntil(lambda: engine.stepped.acquire(blocking=False), timeout=10000)
    lock_box(open_window, 30, 10, 64, 26, range(1, 12))
    engine.gate.set()
    finish(qtbot, open_window)
    document = open_window.document
    for frame in range(1, 12):
        assert not document.masks.index_mask(frame)[10:26, 30:].any()
        assert not document.masks.matte(frame, 1)[10:26, 30:].any()
        assert document.masks.index_mask(frame)[18, 18] == 1


def test_rejecting_a_take_leaves_them(qtbot: QtBot, open_window: MainWindow, engine: FakeEngine) -> None:
    document, mask = open_window.document, np.zeros((48, 64), np.uint8)
    mask[8:40, 8:30] = 1
    document.put_mask(0, pack(mask, MaskSource.USER))
    for index in range(1, 12):
        document.put_mask(index, pack(np.roll(mask, 20, axis=1), MaskSource.PROPAGATED))
    open_window.actions_table["propagate_forward"].trigger()
    finish(qtbot, open_window)
    lock_box(open_window, 0, 0, 64, 20, range(1, 6))
    before = fixed(open_window)
    with qtbot.waitSignal(open_window.bulk.finished, timeout=20000):
        open_window.actions_table["reject_take"].trigger()
    assert same(fixed(open_window), before)
    assert document.masks.index_mask(3)[30, 45] == 1  # the former mask
    assert document.masks.index_mask(3)[15, 45] == 0  # the locked part of the new one
    assert np.array_equal(document.masks.index_mask(8), np.roll(mask, 20, axis=1))
    assert "locked pixels on 5 frames" in open_window.status_text.text()
    document.undo()
    assert document.masks.index_mask(3)[30, 15] == 1


@pytest.mark.parametrize("what", ["merge", "remove"])
def test_an_object_with_locked_pixels_cannot_go(
    qtbot: QtBot, two_soft_objects: MainWindow, what: str
) -> None:
    window, before = two_soft_objects, two_soft_objects.document.masks.entries()
    with qtbot.waitSignal(window.bulk.finished, timeout=20000):
        if what == "merge":
            window.objects.merge(1, 2)
        else:
            window.object_panel.menu(1).actions()[-1].trigger()
    assert window.banner.message == "Frame 0 has locked pixels of Object 1."
    assert window.document.masks.entries() == before
    assert len(window.document.objects) == 2
    window.actions_table["unlock_span"].trigger()
    if what == "remove":
        window.object_panel.menu(1).actions()[-1].trigger()
        assert len(window.document.objects) == 1


def test_an_object_beside_locked_pixels_can_go(qtbot: QtBot, open_window: MainWindow) -> None:
    document = open_window.document
    document.undo_stack.push(AddObjectCommand(document, new_object(2)))
    mask = np.zeros((48, 64), np.uint8)
    mask[:9, :9], mask[30:, 30:] = 1, 2
    document.put_mask(0, pack(mask, MaskSource.USER))
    lock_box(open_window, 20, 20, 64, 48, range(1))
    with qtbot.waitSignal(open_window.bulk.finished, timeout=20000):
        open_window.object_panel.menu(1).actions()[-1].trigger()
    assert [info.object_id for info in document.objects] == [2]
    assert (document.masks.index_mask(0) == 2).sum() == 18 * 34


def test_clearing_leaves_them(two_soft_objects: MainWindow) -> None:
    window, before = two_soft_objects, fixed(two_soft_objects)
    window.document.set_current_object(1)
    window.actions_table["clear_object"].trigger()
    assert (window.document.masks.index_mask(0) == 1).sum() == 120
    assert window.status_text.text() == "120 locked pixels of frame 0 left as they are."
    window.actions_table["clear_frame"].trigger()
    assert (window.document.masks.index_mask(0) > 0).sum() == 240
    assert window.status_text.text() == "240 locked pixels of frame 0 left as they are."
    steps = window.document.undo_stack.count()
    window.actions_table["clear_frame"].trigger()
    assert window.document.undo_stack.count() == steps
    assert same(fixed(window), before)


_NAMES = (
    "grow",
    "shrink",
    "invert",
    "fill_holes",
    "copy_next",
    "copy_previous",
    "clear_object",
    "clear_frame",
    "propagate_forward",
    "propagate_back_1",
    "reject_take",
    "set_reference",
)
_TOOLS = (
    ToolMode.BRUSH,
    ToolMode.ERASER,
    ToolMode.LASSO,
    ToolMode.RECTANGLE,
    ToolMode.ELLIPSE,
    ToolMode.FILL,
    ToolMode.MOVE,
)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_a_hand_does_changes_a_locked_pixel(
    qtbot: QtBot, two_soft_objects: MainWindow, mouse: Mouse, engine: FakeEngine, seed: int
) -> None:
    window, document, rng = two_soft_objects, two_soft_objects.document, random.Random(seed)
    before, start = fixed(window), document.undo_stack.index()
    engine.rewrite = lambda step, mask: np.roll(mask, (step % 5, 3), (0, 1))
    for _ in range(16):
        document.set_current_frame(rng.randrange(4))
        document.set_current_object(rng.choice(document.objects).object_id)
        qtbot.waitUntil(lambda: window.canvas.shown_frame == document.current_frame, timeout=10000)
        if rng.random() < 0.5:
            window.actions_table[rng.choice(_TOOLS).value].trigger()
            window.tool_settings.hardness = rng.choice((0.2, 1.0))
            window.tool_settings.reach = rng.choice((0, 2))
            window.canvas.set_brush_px(rng.choice((6, 20)))
            mouse.stroke(*[(rng.uniform(2, 62), rng.uniform(2, 46)) for _ in range(4)])
        else:
            window.actions_table[rng.choice(_NAMES)].trigger()
            window.propagation.go_on()
        qtbot.waitUntil(
            lambda: (
                not window.bulk.is_busy and (window.propagation.go_on() or not window.propagation.is_running)
            ),
            timeout=20000,
        )
        assert same(fixed(window), before)
    while document.undo_stack.index() > start:
        document.undo()
        assert same(fixed(window), before)
