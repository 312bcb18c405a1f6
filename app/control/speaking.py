"""Says what a key has done, for who cannot see it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QAbstractButton, QApplication

from app.action_specs import SPECS
from app.i18n import mark, tr
from app.views.announce import announce

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SECTIONS = {mark("Edit"), mark("Tools"), mark("View"), mark("Timeline"), mark("Playback")}
_TELL_THEMSELVES = {
    "key_cursor",  # the canvas gets the focus, and describes itself
    "play",  # the frame is told when it stops
    "play_back",
    "play_forward",
    "pause",
    "smaller",  # the size itself is said
    "larger",
    "softer",
    "harder",
}
_TOOLS = {spec.name for spec in SPECS if spec.group == "tool"}
_STEPS = {
    "step_back",
    "step_forward",
    "leap_back",
    "leap_forward",
    "first",
    "last",
    "previous_reference",
    "next_reference",
    "worst_frame",
    "next_worst_frame",
    "go_in",
    "go_out",
}
"""Commands that go to another frame, which is what has to be said."""


class Speaking(QObject):
    """Names commands that leave nothing else to hear, and the frame that a command went to.

    It has to be made before the commands are connected: what *Undo* will take back is in its text only until
    then.

    Args:
        window: Whose commands.
    """

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        for spec in SPECS:
            action = window.actions_table[spec.name]
            if spec.name in _STEPS:
                action.triggered.connect(partial(QTimer.singleShot, 0, self._tell_frame))
            elif spec.section in _SECTIONS and spec.name not in _TELL_THEMSELVES:
                action.triggered.connect(partial(self._tell, spec.name, bool(spec.group)))
        window.canvas.brush_changed.connect(self._on_brush)
        window.canvas.hardness_changed.connect(self._on_hardness)
        window.clip.playback.playing_changed.connect(self._follow_pace)
        window.propagation.running_changed.connect(self._follow_pace)

    def _tell(self, name: str, is_choice: bool, *_: object) -> None:
        action = self._window.actions_table[name]
        focus = QApplication.focusWidget()
        if isinstance(focus, QAbstractButton) and action in focus.actions():
            return  # a button that is pressed tells its state itself
        text = action.text().split("\t")[0].replace("&", "")
        if text.endswith("…"):
            return  # a dialog comes
        if name in _TOOLS and focus is self._window.canvas:
            return  # which describes itself
        if action.isCheckable() and not is_choice:
            text = tr("{text}: on", text=text) if action.isChecked() else tr("{text}: off", text=text)
        announce(self._window, text)

    @Slot()
    def _tell_frame(self) -> None:
        """The canvas and the timeline tell the frame themselves while they have the focus."""
        window, document = self._window, self._window.document
        tells = (window.canvas, window.timeline)
        if document.info is None or (QApplication.focusWidget() in tells and not window.canvas.is_quiet):
            return
        announce(
            window, tr("Frame {frame} of {count}", frame=document.current_frame, count=document.frame_count)
        )

    @Slot()
    def _follow_pace(self, *_: object) -> None:
        """Frames that pass by themselves are not told one by one."""
        passing = self._window.clip.playback.is_playing or self._window.propagation.is_running
        self._window.canvas.set_quiet(passing)
        self._window.timeline.set_quiet(passing)

    @Slot(float)
    def _on_brush(self, diameter: float) -> None:
        if not self._window.options_bar.isAncestorOf(QApplication.focusWidget() or self._window):
            announce(self._window, tr("Brush size {size:.0f} px", size=diameter))

    @Slot(float)
    def _on_hardness(self, hardness: float) -> None:
        if not self._window.options_bar.isAncestorOf(QApplication.focusWidget() or self._window):
            announce(self._window, tr("Hardness {percent:.0f} %", percent=100 * hardness))
