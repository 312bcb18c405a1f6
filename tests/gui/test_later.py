from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject
from pytestqt.qtbot import QtBot

from app.document.mask_store import MaskSource, pack
from app.main_window import MainWindow
from app.views.later import Later


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


class _Painted(QObject):
    """Notes which widget is painted."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.names.append(type(watched).__name__)
        return False


def test_masks_of_many_frames_have_canvas_and_timeline_painted_one_after_the_other(
    qtbot: QtBot, open_window: MainWindow
) -> None:
    canvas, timeline, trust = open_window.canvas, open_window.timeline, open_window.trust
    qtbot.waitUntil(lambda: trust.is_idle and not timeline._later.is_waiting)
    painted = _Painted()
    for widget in (canvas, timeline):
        widget.installEventFilter(painted)
    mask = pack(np.eye(48, 64, dtype=np.uint8), MaskSource.PROPAGATED)
    open_window.document.put_masks(dict.fromkeys(range(12), mask))
    open_window.document.put_objects(open_window.document.objects)
    assert canvas._later.is_waiting
    assert timeline._later.is_waiting
    assert painted.names == []
    qtbot.waitUntil(lambda: "Canvas" in painted.names and painted.names[-1] == "Timeline")
    assert painted.names.count("Canvas") == 1
