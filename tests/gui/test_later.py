from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from app.document.commands import AddObjectCommand
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.main_window import MainWindow
from app.views.later import Later
from tests.paint_turns import PaintTurns


def test_what_is_asked_for_comes_once_after_so_many_turns(qtbot: QtBot) -> None:
    owner, order = QObject(), list[str]()
    first, second = Later(1, owner), Later(2, owner)
    second.due.connect(lambda: order.append("second"))
    first.due.connect(lambda: order.append("first"))
    for later in (second, first, second, first):
        later.ask()
    assert second.is_waiting
    qtbot.waitUntil(lambda: not second.is_waiting)
    assert order == ["first", "second"]
    first.ask()
    first.stop()
    second.ask()
    qtbot.waitUntil(lambda: len(order) == 3)
    assert order[2:] == ["second"]


def _watched(qtbot: QtBot, window: MainWindow) -> PaintTurns:
    qtbot.waitUntil(lambda: window.trust.is_idle and not window.timeline._later.is_waiting)
    qtbot.wait(50)
    return PaintTurns([window.canvas, window.timeline])


def _put_masks(window: MainWindow) -> None:
    mask = pack(np.eye(48, 64, dtype=np.uint8), MaskSource.PROPAGATED)
    window.document.put_masks(dict.fromkeys(range(12), mask))


def test_canvas_and_timeline_are_painted_in_turns_of_their_own(qtbot: QtBot, open_window: MainWindow) -> None:
    painted = _watched(qtbot, open_window)
    open_window.canvas.aside.is_on = False  # whose answer may come in any turn, the timeline's included
    _put_masks(open_window)
    open_window.document.put_objects(open_window.document.objects)
    open_window.document.set_current_frame(1)
    canvas, timeline = painted.turns
    assert not canvas
    assert not timeline
    qtbot.waitUntil(lambda: bool(canvas and timeline))
    qtbot.wait(50)
    assert len(canvas) == 1
    assert set(canvas).isdisjoint(timeline)


def test_the_frame_on_screen_is_drawn_beside_the_window_before_it_is_painted(
    qtbot: QtBot, open_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = open_window.canvas
    painted = _watched(qtbot, open_window)
    monkeypatch.setattr("app.views.canvas.compose", None)  # nothing is drawn in the window's thread
    _put_masks(open_window)
    qtbot.waitUntil(lambda: bool(painted.turns[0]))
    recipe = canvas.recipe(0, canvas._frame)
    assert recipe.masks is not None
    assert recipe.key in open_window.drawn


def test_nobody_waits_for_ever(qtbot: QtBot) -> None:
    owner, order = QObject(), list[str]()
    greedy, modest = Later(1, owner), Later(2, owner)

    def again() -> None:
        order.append("greedy")
        if len(order) < 20:
            greedy.ask()

    greedy.due.connect(again)
    modest.due.connect(lambda: order.append("modest"))
    modest.ask()
    greedy.ask()
    qtbot.waitUntil(lambda: len(order) >= 20)
    assert order.index("modest") == 1


def _on_screen(window: MainWindow) -> QImage:
    return window.screen().grabWindow(window.winId()).toImage()


def test_after_another_layout_the_screen_shows_what_would_be_painted(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    window, document = open_window, open_window.document
    _put_masks(window)
    for _ in range(2):  # the timeline grows by a lane, and the canvas shrinks
        document.undo_stack.push(AddObjectCommand(document, new_object(len(document.objects) + 1)))
        qtbot.wait(100)
        qtbot.waitUntil(lambda: window.trust.is_idle)
    canvas = window.canvas
    qtbot.waitUntil(lambda: canvas._unmade() is None)
    qtbot.wait(50)
    assert _on_screen(window) == window.grab().toImage().convertToFormat(_on_screen(window).format())
