"""Plays the clip at its own rate from the frames that are decoded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal

from app.document.document import Document
from app.media import VideoInfo

_FASTEST = 8


def due_frame(info: VideoInfo, origin: int, clip_ms: float) -> int:
    """The frame that is due some time after another one appeared.

    Args:
        info: Of the clip. Where its rate varies, each frame is due at its own time.
        origin: The frame that appeared.
        clip_ms: Time in the clip since then, in milliseconds; negative while it plays backward.

    Returns:
        A frame index; where the rate is constant, it may lie outside the clip.
    """
    if info.is_vfr and info.frame_map is not None:
        return info.frame_map.index_at(info.frame_map.seconds(origin) + Fraction(clip_ms) / 1000)
    return origin + int(clip_ms * float(info.fps) / 1000)


class Playback(QObject):
    """Moves the current frame by the clock. Frames that come too late are dropped and counted.

    Args:
        document: Whose current frame.
        is_ready: Whether a frame can be shown at once.
        want: Asks for a frame and those after it, in a direction of 1 or -1.
        parent: Owner.

    Signals:
        playing_changed: Started or stopped.
        speed_changed: The speed as a factor, negative backward, 0 when stopped.
        dropped_changed: Number of frames dropped since the start.
    """

    playing_changed = Signal(bool)
    speed_changed = Signal(int)
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
        self._speed = 1
        self._held = False
        self.loops = False
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_tick)
        document.clip_changed.connect(self.stop)

    @property
    def is_playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    @property
    def speed(self) -> int:
        """As a factor of the clip's rate, negative backward; 0 when it does not run."""
        return self._speed if self.is_playing else 0

    def toggle(self) -> None:
        """Play forward, or pause."""
        if self.is_playing:
            self.stop()
        else:
            self.play()

    def shuttle(self, way: int) -> None:
        """One press of the key that plays backward (-1) or forward (1).

        It plays that way, faster with every press, and slower where it plays the other way.

        While the key that pauses is held it goes one frame.
        """
        if self._held:
            self._document.set_current_frame(self._document.current_frame + way)
        elif not self.is_playing:
            self.play(way)
        elif self._speed * way > 0:
            self.play(way * min(_FASTEST, 2 * abs(self._speed)))
        else:
            self.play(way if abs(self._speed) == 1 else -way * (abs(self._speed) // 2))

    def hold(self) -> None:
        """The key that pauses is down: pause, and let ``shuttle`` go single frames until ``release``."""
        self.stop()
        self._held = True

    def release(self) -> None:
        """The key that pauses is up."""
        self._held = False

    def play(self, speed: int = 1) -> None:
        """Play from the current frame, from the other end if there is no more frame that way.

        Args:
            speed: Factor of the clip's rate, negative backward; while it plays, this changes it.
        """
        info = self._document.info
        if info is None or info.frame_count < 2 or (self.is_playing and speed == self._speed):
            return
        goes_on = self.is_playing
        self._speed = speed
        first, last = self._span()
        end, start = (last, first) if speed > 0 else (first, last)
        current = self._document.current_frame
        if current == end or (self.loops and not first <= current <= last):
            self._document.set_current_frame(start)
        self._waiting_for = -1
        self._rebase()
        if not goes_on:
            self._dropped = 0
            self.dropped_changed.emit(0)
            self._timer.start(max(4, min(16, int(500 / float(info.fps)))))
            self.playing_changed.emit(True)
        self.speed_changed.emit(speed)

    def stop(self) -> None:
        """Pause."""
        if self.is_playing:
            self._timer.stop()
            self.playing_changed.emit(False)
            self.speed_changed.emit(0)

    def _span(self) -> tuple[int, int]:
        """First and last frame to play: from in to out when it loops, else the whole clip."""
        if self.loops and self._document.frame_range:
            return self._document.frame_range[0], self._document.frame_range[-1]
        return 0, self._document.frame_count - 1

    def _rebase(self) -> None:
        self._origin = self._document.current_frame
        self._clock.start()

    def _on_tick(self) -> None:
        info = self._document.info
        if info is None:
            self.stop()
            return
        first, last = self._span()
        step = 1 if self._speed > 0 else -1
        current, end = self._document.current_frame, last if step > 0 else first
        due = due_frame(info, self._origin, self._clock.elapsed() * self._speed)
        target = min(due, end) if step > 0 else max(due, end)
        if (target - current) * step <= 0:
            if current == end:  # it came to the end of its span in another way
                self._at_end(first, last)
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
        if skipped and abs(self._speed) == 1:  # faster than that, leaving out frames is what it is for
            self._dropped += skipped
            self.dropped_changed.emit(self._dropped)
        self._document.set_current_frame(target)
        if target == end:
            self._at_end(first, last)

    def _at_end(self, first: int, last: int) -> None:
        if not self.loops:
            self.stop()
            return
        info = self._document.info
        end, start = (last, first) if self._speed > 0 else (first, last)
        seen = self._clock.elapsed() * float(info.fps) * abs(self._speed) / 1000 if info is not None else 0.0
        # the last frame is seen as long as any other before it starts again
        if seen >= abs(end - self._origin) + 1:
            self._document.set_current_frame(start)
            self._rebase()
