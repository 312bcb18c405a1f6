"""What the window and the decode thread tell each other. Free of Qt."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from app.media import Frame, VideoInfo
from app.worker.job import ErrorInfo


@dataclass(frozen=True)
class Opened:
    """A clip was opened (or, with ``error``, was not)."""

    generation: int
    path: Path
    info: VideoInfo | None
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class Grown:
    """More frames of the open clip are known.

    Attributes:
        generation: Of the clip.
        info: What is known now.
        error: Why no more frames will come, although there may be some.
    """

    generation: int
    info: VideoInfo
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class FrameReady:
    """A frame was decoded (or, with ``error``, was not).

    Attributes:
        generation: Of the clip.
        frame_index: Which frame.
        frame: Its picture.
        error: Why there is none.
        is_proxy: The picture is an enlarged small one, until the exact one follows.
        stand_in: The frame that is shown instead, because this one is damaged.
    """

    generation: int
    frame_index: int
    frame: Frame | None
    error: ErrorInfo | None = None
    is_proxy: bool = False
    stand_in: int | None = None


@dataclass(frozen=True)
class Wish:
    """A frame that the window wants.

    Attributes:
        generation: Of the clip.
        frame_index: Which frame.
        step: 1 or -1, the direction in which the next frames will be wanted.
        ahead: How many of them to decode as well.
    """

    generation: int
    frame_index: int
    step: int
    ahead: int


class Mailbox:
    """The newest wish only: whatever was wanted before is of no use any more."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._wish: Wish | None = None
        self._leave = False

    def put(self, wish: Wish | None) -> None:
        """Replace the wish that is still there."""
        with self._news:
            self._wish = wish
            self._news.notify_all()

    def take(self) -> Wish | None:
        """The newest wish, once."""
        with self._news:
            wish, self._wish = self._wish, None
            return wish

    def leave(self, leave: bool = True) -> None:
        """Ask the thread to drop what it does, or (False) to go on as usual."""
        with self._news:
            self._leave = leave
            self._news.notify_all()

    @property
    def interrupted(self) -> bool:
        """Whether there is something newer to do."""
        return self._wish is not None or self._leave

    @property
    def leaving(self) -> bool:
        """Whether to drop everything."""
        return self._leave

    def rests(self, seconds: float) -> bool:
        """Wait for something newer to do; True if nothing came in so many seconds."""
        with self._news:
            return not self._news.wait_for(lambda: self.interrupted, seconds)
