"""Random use of the window: what a person may do, chosen by chance (seeded), one event at a time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.main_window import MainWindow
from app.tools.tool import ToolMode
from app.views.view_mode import ViewMode
from tests.robot import Robot

_NONE, _LEFT = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
_MOST_OBJECTS = 12
_TOOLS = [mode for mode in ToolMode if mode is not ToolMode.PAN]
_PLAIN_ACTIONS = (
    *(view.value for view in ViewMode),
    *("onion", "wipe", "toggle_overlay", "theme_dark", "theme_light", "fit", "actual", "zoom_in", "zoom_out"),
    *("step_back", "step_forward", "leap_back", "leap_forward", "previous_reference", "next_reference"),
    *("grow", "shrink", "fill_holes", "invert", "copy_next", "clear_object", "clear_frame", "lock_frame"),
    *("set_in", "set_out", "clear_in_out", "set_reference", "drop_reference", "smaller", "larger", "softer"),
    *("compare", "accept_take", "reject_take", "stop", "continue_run", "timeline_zoom_in", "timeline_fit"),
    *("play", "play_forward", "play_back", "pause", "first", "last"),
)
_RUNS = ("propagate_forward", "propagate_backward", "propagate_both", "propagate_forward_1")


class Monkey:
    """Chooses what to do next and does it, one event at a time."""

    def __init__(self, window: MainWindow, seed: int, folder: Path) -> None:
        self.window, self.document = window, window.document
        self.robot = Robot(window)
        self.chance = random.Random(seed)
        self.folder = folder
        self.done: Counter[str] = Counter()
        self.patience = 0

    def events(self, clip: Path) -> Iterator[str]:
        """Endless actions on a clip; every ``next`` sends about one event. Yields what was done."""
        yield from self._open(clip)
        choices: list[tuple[Callable[[], Iterator[str]], int]] = [
            (self._stroke, 30),
            (self._plain, 40),
            (self._scrub, 12),
            (self._run, 5),
            (self._history, 14),
            (self._objects, 6),
            (self._finish, 6),
            (self._wheel, 4),
            (self._save, 1),
            (self._export, 1),
        ]
        ways, weights = zip(*choices, strict=True)
        while True:
            way = self.chance.choices(ways, weights)[0]
            self.done[way.__name__.strip("_")] += 1
            yield from way()

    def _open(self, clip: Path) -> Iterator[str]:
        yield from self._wait(lambda: not self.window.propagation.is_running)
        self.window.files.open(clip)
        yield "open"
        yield from self._wait(lambda: self.document.path == clip and self.window.canvas.shown_frame >= 0)

    def _wait(self, condition: Callable[[], bool]) -> Iterator[str]:
        for _ in range(4000):
            self.window.propagation.go_on()
            if condition():
                return
            yield "wait"

    def _point(self) -> tuple[float, float]:
        info = self.document.info
        assert info is not None
        return self.chance.uniform(-20, info.width + 20), self.chance.uniform(-20, info.height + 20)

    def _stroke(self) -> Iterator[str]:
        mode = self.chance.choice(_TOOLS)
        self.window.actions_table[mode.value].trigger()
        yield mode.value
        if self.chance.random() < 0.1:
            self.window.tool_options.reach.setValue(self.chance.choice((0, 0, 3)))
        held = self.chance.choice((_NONE, _NONE, Qt.KeyboardModifier.AltModifier))
        canvas, at = self.window.canvas, self._point()
        QTest.mousePress(canvas, _LEFT, held, self.robot.at(*at))
        yield f"{mode.value}: press"
        for _ in range(self.chance.randrange(1, 12)):
            at = at[0] + self.chance.uniform(-60, 60), at[1] + self.chance.uniform(-60, 60)
            place = QPointF(self.robot.at(*at))
            event = QMouseEvent(
                QEvent.Type.MouseMove, place, canvas.mapToGlobal(place), Qt.MouseButton.NoButton, _LEFT, held
            )
            QApplication.sendEvent(canvas, event)
            yield f"{mode.value}: move"
            if self.chance.random() < 0.02:
                self.window.actions_table[self.chance.choice(("step_forward", "undo", "grow"))].trigger()
                yield f"{mode.value}: something else in between"
        QTest.mouseRelease(canvas, _LEFT, held, self.robot.at(*at))
        yield f"{mode.value}: release"
        if mode in (ToolMode.POLYGON, ToolMode.SMART) and self.chance.random() < 0.4:
            self.robot.key(Qt.Key.Key_Return)
            yield f"{mode.value}: Enter"

    def _plain(self) -> Iterator[str]:
        name = self.chance.choice(_PLAIN_ACTIONS)
        self.window.actions_table[name].trigger()
        yield name

    def _scrub(self) -> Iterator[str]:
        frame = self.document.current_frame
        for _ in range(self.chance.randrange(3, 25)):
            frame += self.chance.randrange(-4, 6)
            self.document.set_current_frame(frame)
            yield "scrub"

    def _run(self) -> Iterator[str]:
        name = self.chance.choice(_RUNS)
        self.window.actions_table[name].trigger()
        yield name
        if self.chance.random() < 0.3:
            yield from self._wait(lambda: not self.window.propagation.is_running)
        else:
            self.window.propagation.go_on()

    def _history(self) -> Iterator[str]:
        for _ in range(self.chance.randrange(1, 6)):
            name = self.chance.choice(("undo", "undo", "redo"))
            self.window.actions_table[name].trigger()
            yield name

    def _objects(self) -> Iterator[str]:
        window, ids = self.window, [info.object_id for info in self.document.objects]
        kind = self.chance.randrange(7)
        if not ids or (kind == 0 and len(ids) < _MOST_OBJECTS):
            window.object_panel.add_object()
        else:
            one, other = self.chance.choice(ids), self.chance.choice(ids)
            todo: list[Callable[[], object]] = [
                lambda: self.document.set_current_object(one),
                lambda: window.objects.merge(one, other),
                lambda: window.objects.split(one),
                lambda: window.objects.toggle_lock(one),
                lambda: window.objects.toggle_solo(one),
                lambda: window.objects.raise_by(one, self.chance.choice((-1, 1))),
                lambda: window.objects.remove(one) if len(ids) > 4 else None,
            ]
            todo[kind]()
        yield "objects"

    def _finish(self) -> Iterator[str]:
        panel = self.window.finish_panel
        name = self.chance.choice(
            ("threshold", "softness", "grow_px", "feather_px", "chatter_frames", "motion_blur_degrees")
        )
        panel.slider(name).setValue(self.chance.randrange(0, 1000))
        yield f"finish {name}"
        if self.chance.random() < 0.3:
            panel.reset_button.click()
            yield "finish reset"

    def _wheel(self) -> Iterator[str]:
        for _ in range(self.chance.randrange(1, 5)):
            self.window.canvas.zoom_to(self.chance.uniform(0.2, 16), QPointF(self.chance.randrange(600), 200))
            yield "zoom"

    def _save(self) -> Iterator[str]:
        self.window.actions_table["save"].trigger()
        yield "save"

    def _export(self) -> Iterator[str]:
        document = self.document
        if self.window.export.is_running or not document.masks.entries():
            return
        first = min(document.current_frame, document.frame_count - 4)
        document.put_points(max(0, first), max(0, first) + 3)
        self.window.actions_table["export"].trigger()  # the dialog is answered by a timer
        yield "export"
