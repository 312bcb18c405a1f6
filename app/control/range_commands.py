"""Commands on stretches and states of frames: in and out points, locks."""

from __future__ import annotations

from collections.abc import Callable

from app.document.commands import LockFramesCommand
from app.document.document import Document
from app.document.operations import clear_points, set_in_point, set_out_point


class RangeCommands:
    """What the actions for in and out points and locked frames do.

    Args:
        document: Whose frames.
        go_to: Goes to a frame, and stops playback.
    """

    def __init__(self, document: Document, go_to: Callable[[int], None]) -> None:
        self._document = document
        self._go_to = go_to

    def table(self) -> dict[str, Callable[[], object]]:
        """By action."""
        document = self._document
        return {
            "set_in": lambda: set_in_point(document, document.current_frame),
            "set_out": lambda: set_out_point(document, document.current_frame),
            "go_in": lambda: self._go_to(document.frame_range[0]),
            "go_out": lambda: self._go_to(document.frame_range[-1]),
            "clear_in_out": lambda: clear_points(document),
            "lock_frame": self._toggle_lock,
        }

    def _toggle_lock(self) -> None:
        document = self._document
        frame = document.current_frame
        locks = frame not in document.locked_frames
        document.cancel_edit()
        document.undo_stack.push(LockFramesCommand(document, {frame}, locks))
