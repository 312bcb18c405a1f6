"""The tour of four steps, on the sample clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.views.tour_bubble import TourBubble

if TYPE_CHECKING:
    from app.main_window import MainWindow


@dataclass(frozen=True)
class _Step:
    title: str
    text: str
    target: QWidget


class Tour(QObject):
    """Shows where things are. It starts by itself once, when the sample is opened for the first time."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._place = -1
        self._waits_for_clip = False
        self.bubble = TourBubble(window)
        self.bubble.next_wanted.connect(self.next)
        self.bubble.end_wanted.connect(self.end)
        window.clip.opened.connect(self._on_opened)
        window.clip.failed.connect(self._on_failed)

    @property
    def is_running(self) -> bool:
        """Whether a step is shown."""
        return self._place >= 0

    def start(self) -> None:
        """Begin, with the sample if no clip is open."""
        if self._window.document.info is None:
            self._waits_for_clip = True
            self._window.files.open_sample()
        else:
            self._show(0)

    @Slot()
    def next(self) -> None:
        """On to the next step, or the end."""
        if self._place + 1 < len(self._steps()):
            self._show(self._place + 1)
        else:
            self.end()

    @Slot()
    def end(self) -> None:
        """No more of it; it will not start by itself again."""
        self._place = -1
        self.bubble.hide()
        self._window.settings.tour_seen = True
        self._window.canvas.setFocus()

    def _show(self, place: int) -> None:
        self._place = place
        steps = self._steps()
        step = steps[place]
        self.bubble.show_step(step.target, step.title, step.text, place + 1, len(steps))

    def _steps(self) -> list[_Step]:
        window, keys = self._window, self._window.actions_table
        return [
            _Step(
                tr("Paint an object"),
                tr(
                    "Take the brush ({key}) and paint the object on this frame. Alt takes pixels away. "
                    "Every object has a row here, with its own colour.",
                    key=keys.key_of("brush"),
                ),
                window.object_panel,
            ),
            _Step(
                tr("Let the network carry it on"),
                tr(
                    "Propagate forward ({key}), backward or both ways. You can go on painting and scrubbing "
                    "meanwhile.",
                    key=keys.key_of("propagate_forward"),
                ),
                window.propagate_panel,
            ),
            _Step(
                tr("Look, and correct"),
                tr(
                    "Scrub through the clip. Where a mask is wrong, paint it right and propagate again from "
                    "there: a corrected frame is a reference. What you painted is never overwritten."
                ),
                window.player_bar,
            ),
            _Step(
                tr("Export mattes"),
                tr(
                    "Choose where they go ({key}): Premiere, Resolve, After Effects, Nuke, or plain "
                    "pictures. Every export is opened again and compared.",
                    key=keys.key_of("export"),
                ),
                window.export_button(),
            ),
        ]

    @Slot()
    def _on_opened(self) -> None:
        from resources import sample

        first_time = not self._window.settings.tour_seen
        is_sample = self._window.document.path == sample.paths().video
        if self._waits_for_clip or (first_time and is_sample and not self.is_running):
            self._waits_for_clip = False
            self._show(0)

    @Slot()
    def _on_failed(self) -> None:
        self._waits_for_clip = False
