"""What is drawn ahead or kept from before is what would be drawn now."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect
from PySide6.QtGui import QColor, QImage, QPixmap, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.control.drawing import likely_next
from app.document.commands import AddObjectCommand, ChangeObjectCommand, RemoveObjectCommand
from app.document.finish import MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow
from app.media.frame_cache import FrameCache
from app.scene.recipe import Recipe
from app.views.live_scene import LiveScene
from app.worker.finish_worker import Finished, FinishWish
from tests.fakes import write_clip
from tests.gui.conftest import Mouse, open_clip, seen

Step = Callable[[MainWindow], object]


def shot(widget: QWidget) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 blue, green, red of a widget."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return pixels[..., :3].copy()


def stroke(window: MainWindow, x: int, y: int) -> None:
    Mouse(window).stroke((x, y), (x + 9, y + 3))


def put(window: MainWindow, frame_index: int, left: int) -> None:
    mask = np.zeros((48, 64), np.uint8)
    mask[10:30, left : left + 20], mask[25:40, left + 10 : left + 25] = 1, 2
    soft = np.clip(np.add.outer(np.arange(48), np.arange(64)) * 2, 0, 255).astype(np.uint8)
    window.document.put_mask(frame_index, pack(mask, MaskSource.PROPAGATED, {1: soft}))


def add(window: MainWindow) -> None:
    document = window.document
    object_id = document.next_object_id()
    if object_id is not None and len(document.objects) < 4:
        document.undo_stack.push(AddObjectCommand(document, new_object(object_id)))


def begin(window: MainWindow, view: str, *, onion: bool) -> None:
    """Two objects on three frames, whatever was done before."""
    document, canvas = window.document, window.canvas
    while document.can_undo:
        document.undo()
    document.set_current_frame(0)
    add(window)
    for object_id in (1, 2):
        document.set_visible(object_id, True)
        document.set_solo(object_id, False)
    for index in range(3):
        put(window, index, 10 * index)
    window.actions_table[view].trigger()
    window.actions_table["onion"].setChecked(onion)
    canvas.set_onion(onion)
    canvas.set_opacity(0.45)
    canvas.fit()


def with_current(change: Callable[[MainWindow, int], object]) -> Step:
    def step(window: MainWindow) -> None:
        if window.document.object(window.document.current_object_id) is not None:
            change(window, window.document.current_object_id)

    return step


def changed(**changes: object) -> Step:
    return with_current(
        lambda window, key: window.document.undo_stack.push(
            ChangeObjectCommand(window.document, key, **changes)
        )
    )


def trigger(*names: str) -> st.SearchStrategy[Step]:
    return st.sampled_from(names).map(lambda name: lambda window: window.actions_table[name].trigger())


def remove(window: MainWindow, object_id: int) -> None:
    if len(window.document.objects) > 1:
        window.document.undo_stack.push(RemoveObjectCommand(window.document, object_id))


places = st.tuples(st.integers(0, 55), st.integers(0, 44))
steps: st.SearchStrategy[Step] = st.one_of(
    places.map(lambda at: lambda window: stroke(window, *at)),
    st.tuples(st.integers(0, 2), st.integers(0, 40)).map(lambda at: lambda window: put(window, *at)),
    st.integers(0, 2).map(lambda index: lambda window: window.document.set_current_frame(index)),
    trigger("undo", "redo"),
    trigger("overlay", "outline", "matte", "cutout", "original", "confidence", "compare"),
    trigger("onion", "wipe"),
    trigger("grow", "invert", "copy_next", "clear_frame"),
    trigger("fit", "actual"),
    st.floats(0, 1).map(lambda value: lambda window: window.canvas.set_opacity(value)),
    st.sampled_from((0.7, 1.5, 3.0, 9.0, 14.0)).map(
        lambda zoom: lambda window: window.canvas.zoom_to(zoom, QPointF(200, 150))
    ),
    st.just(add),
    st.just(with_current(remove)),
    st.just(with_current(lambda window, key: window.document.set_solo(key, True))),
    st.just(with_current(lambda window, key: window.document.set_visible(key, False))),
    st.sampled_from(((10, 200, 10), (250, 0, 250))).map(lambda color: changed(color=color)),
    st.sampled_from((MatteFinish(), MatteFinish(grow_px=3), MatteFinish(chatter_frames=1))).map(
        lambda finish: changed(finish=finish)
    ),
    st.sampled_from((None, QColor(0, 90, 0))).map(
        lambda color: lambda window: window.canvas.set_cutout_ground(color)
    ),
)


@pytest.fixture
def prompt(open_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """A window whose threads for finishing and drawing do at once what is asked of them."""
    finishing, drawing = open_window.finishing, open_window.drawing
    worker = finishing.lane._worker

    def finish(wish: FinishWish) -> None:
        mattes = {object_id: worker._matte(wish, object_id) for object_id in wish.finishes}
        finishing._on_finished(Finished(wish, mattes))

    def draw(recipes: tuple[Recipe, ...]) -> None:
        for recipe in recipes:
            if open_window.drawn.get(recipe.key) is None:
                open_window.drawn.put(recipe.key, recipe.pixels())

    monkeypatch.setattr(finishing.lane, "request", finish)
    monkeypatch.setattr(drawing.lane, "request", draw)
    open_window.resize(760, 560)
    return open_window


@settings(max_examples=16, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    view=st.sampled_from(("overlay", "outline", "matte", "confidence")),
    onion=st.booleans(),
    todo=st.lists(steps, min_size=4, max_size=10),
)
def test_what_is_kept_looks_like_what_is_drawn_anew(
    qtbot: QtBot, prompt: MainWindow, view: str, onion: bool, todo: list[Step]
) -> None:
    window, canvas = prompt, prompt.canvas
    begin(window, view, onion=onion)
    for step in todo:
        step(window)
        qtbot.waitUntil(lambda: canvas.shown_frame == window.document.current_frame, timeout=10000)
        window.drawing.plan()
        kept, timeline = shot(canvas), shot(window.timeline)
        canvas._made, canvas._live = FrameCache(1 << 26), LiveScene()
        window.timeline._ground = None
        anew = shot(canvas)
        canvas._made = window.drawn  # with all that was kept before
        assert np.array_equal(kept, anew)
        assert np.array_equal(timeline, shot(window.timeline))


def test_a_frame_that_was_drawn_ahead_is_not_drawn_again(
    prompt: MainWindow, show_frame: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(4):
        put(prompt, index, 5 * index)
    show_frame(1)
    prompt.drawing.plan()
    monkeypatch.setattr(prompt.canvas, "_live", None)  # whoever draws needs it
    show_frame(2)
    shown = seen(prompt).astype(int)
    monkeypatch.undo()
    tinted = shown - prompt.clip.lane.cached(2)
    assert tinted[28, 15, 0] > 20
    assert abs(tinted[45, 50]).max() == 0


def test_the_thread_draws_what_the_canvas_would(qtbot: QtBot, open_window: MainWindow) -> None:
    canvas, document = open_window.canvas, open_window.document
    for index in range(6):
        put(open_window, index, 5 * index)
    shot(canvas)
    qtbot.waitUntil(lambda: open_window.clip.lane.cached(3) is not None, timeout=10000)
    wanted = canvas.recipe(3, open_window.clip.lane.cached(3))
    open_window.drawing.plan()
    qtbot.waitUntil(lambda: open_window.drawn.get(wanted.key) is not None, timeout=10000)
    made = open_window.drawn.get(wanted.key)
    assert made is not None
    assert not made.flags.writeable
    document.set_current_frame(3)
    qtbot.waitUntil(lambda: canvas.shown_frame == 3, timeout=10000)
    kept = shot(canvas)
    open_window.drawn.clear()
    assert np.array_equal(kept, shot(canvas))


def test_nothing_is_drawn_ahead_during_a_stroke(prompt: MainWindow, mouse: Mouse) -> None:
    mouse.press(20, 20)
    asked: list[tuple[Recipe, ...]] = []
    prompt.drawing.lane.request = asked.append  # type: ignore[method-assign]
    prompt.drawing.plan()
    mouse.release(20, 20)
    assert asked == [()]


def test_pictures_that_stand_for_others_are_not_kept(prompt: MainWindow) -> None:
    shot(prompt.canvas)
    prompt.drawn.clear()
    frame = prompt.clip.lane.cached(0)
    assert frame is not None
    prompt.canvas.set_frame(0, np.zeros_like(frame), is_exact=False)
    assert seen(prompt).max() == 0
    assert len(prompt.drawn) == 0
    prompt.canvas.set_frame(0, frame)
    assert np.array_equal(seen(prompt), frame)
    assert len(prompt.drawn) == 1


def test_another_clip_shows_nothing_of_the_first(qtbot: QtBot, prompt: MainWindow, tmp_path: Path) -> None:
    shot(prompt.canvas)
    keys: list[Hashable] = [prompt.canvas.recipe(0, prompt.clip.lane.cached(0)).key]
    path = write_clip(tmp_path / "other", count=3)
    open_clip(qtbot, prompt, path)
    keys.append(prompt.canvas.recipe(0, prompt.clip.lane.cached(0)).key)
    assert keys[0] != keys[1]
    assert prompt.drawn.get(keys[0]) is None


def test_a_stroke_over_another_object_moves_its_outline_too(prompt: MainWindow, mouse: Mouse) -> None:
    document, canvas = prompt.document, prompt.canvas
    add(prompt)
    put(prompt, 0, 20)
    prompt.actions_table["outline"].trigger()
    document.set_current_object(2)
    canvas.set_brush_px(12)
    shot(canvas)
    mouse.press(22, 12)
    shot(canvas)
    mouse.move(35, 12)
    during = shot(canvas)
    canvas._live = LiveScene()
    assert np.array_equal(during, shot(canvas))
    mouse.release(35, 12)


@pytest.mark.parametrize("kept", [True, False])
def test_a_part_of_the_canvas_is_painted_as_the_whole(prompt: MainWindow, kept: bool) -> None:
    canvas = prompt.canvas
    put(prompt, 0, 20)
    whole = canvas.grab().toImage()
    if not kept:
        prompt.drawn.clear()
    for rect in (QRect(90, 70, 33, 21), QRect(0, 0, 60, 280), QRect(5, 5, 1, 1)):
        part = QPixmap(rect.size())
        canvas.render(part, QPoint(0, 0), QRegion(rect))
        assert part.toImage().convertToFormat(whole.format()) == whole.copy(rect)


def test_the_ring_of_the_brush_leaves_no_trace(qtbot: QtBot, prompt: MainWindow, mouse: Mouse) -> None:
    put(prompt, 0, 20)
    prompt.canvas.leaveEvent(None)  # type: ignore[arg-type]  # the pointer may rest here since another test
    clean = shot(prompt.canvas)
    for x in range(10, 50, 5):
        mouse.move(x, 20)
        prompt.canvas.repaint()
    QTest.mouseMove(prompt.timeline)
    prompt.canvas.leaveEvent(None)  # type: ignore[arg-type]
    assert np.array_equal(clean, shot(prompt.canvas))


@pytest.mark.parametrize(
    ("frame", "step", "expected"),
    [
        (5, 1, [5, 6, 7, 4, 8, 9]),
        (5, -1, [5, 4, 3, 6, 2, 1]),
        (10, 3, [10, 13, 16, 11, 9, 19]),
        (0, -1, [0, 1]),
        (19, 1, [19, 18]),
    ],
)
def test_the_way_of_the_playhead_comes_first(frame: int, step: int, expected: list[int]) -> None:
    assert likely_next(frame, step, 20, 6) == expected
