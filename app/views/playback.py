"""Plays the clip at its own rate from the frames that are decoded."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from app.document.document import Document


class Playback(QObject):
    """Moves the current frame by the clock. Frames that come too late are dropped and counted.

    Args:
        document: Whose current frame.
        is_ready: Whether a frame can be shown at once.
        want: Asks for a frame and those after it, in a direction of 1 or -1.
        parent: Owner.

    Signals:
        playing_changed: Started or stopped.
        dropped_changed: Number of frames dropped since the start.
    """

    playing_changed = Signal(bool)
    dropped_changed = Signal(int)

    def __init__(
        self,
        document: Document,
        is_ready: Callable[[int], bool],
        want: Callable[[int, int], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._is_ready = is_ready
        self._want = want
        self._clock = QElapsedTimer()
        self._origin = 0
        self._dropped = 0
        self._waiting_for = -1
        self._step = 1
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        document.clip_changed.connect(self.stop)

    @property
    def is_playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    def toggle(self) -> None:
        """Play or pause."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    def play(self, step: int = 1) -> None:
        """Play from the current frame, from the other end if there is no more frame that way.

        Args:
            step: 1 forward, -1 backward; while it plays, this turns it round.
        """
        info = self._document.info
        if info is None or info.frame_count < 2 or (self.is_playing and step == self._step):
            return
        self.stop()
        self._step = step
        end, start = (info.frame_count - 1, 0) if step > 0 else (0, info.frame_count - 1)
        if self._document.current_frame == end:
            self._document.set_current_frame(start)
        self._dropped = 0
        self._waiting_for = -1
        self.dropped_changed.emit(0)
        self._rebase()
        self._timer.start(max(4, min(16, int(500 / float(info.fps)))))
        self.playing_changed.emit(True)

    def stop(self) -> None:
        """Pause."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def _rebase(self) -> None:
        self._origin = self._document.current_frame
        self._clock.start()

    def _on_tick(self) -> None:
        info = self._document.info
        if info is None:
            self.stop()
            return
        current, last, step = self._document.current_frame, info.frame_count - 1, self._step
        due = self._origin + step * int(self._clock.elapsed() * float(info.fps) / 1000)
        target = max(0, min(last, due))
        if (target - current) * step <= 0:
            return
        while target != current and not self._is_ready(target):
            target -= step
        if target == current:
            # nothing to show: wait for the decoder rather than run away from it
            if self._waiting_for != current + step:
                self._waiting_for = current + step
                self._want(current + step, step)
            self._rebase()
            return
        self._waiting_for = -1
        skipped = abs(target - current) - 1
        if skipped:
            self._dropped += skipped
            self.dropped_changed.emit(self._dropped)
        self._document.set_current_frame(target)
        if target == (last if step > 0 else 0):
            self.stop()
