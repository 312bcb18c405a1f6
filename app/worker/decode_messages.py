"""What the window and the decode thread tell each other. Free of Qt."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
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


@dataclass(frozen=True)
class ThumbnailWish:
    """Small pictures that the window wants, when there is nothing else to do.

    Attributes:
        generation: Of the clip.
        frames: Which frames, the most wanted first.
        size: Width and height in px.
    """

    generation: int
    frames: tuple[int, ...]
    size: tuple[int, int]


@dataclass(frozen=True)
class ThumbnailReady:
    """A small picture of a frame.

    Attributes:
        generation: Of the clip.
        frame_index: Which frame.
        picture: (h, w, 3) uint8 RGB of the size that was wished for; None if the frame cannot be decoded.
    """

    generation: int
    frame_index: int
    picture: Frame | None


class Mailbox:
    """The newest wish only: whatever was wanted before is of no use any more."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._wish: Wish | None = None
        self._thumbnails: ThumbnailWish | None = None
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

    def put_thumbnails(self, wish: ThumbnailWish | None) -> None:
        """Replace the thumbnails that are still wanted."""
        with self._news:
            self._thumbnails = wish if wish is not None and wish.frames else None

    @property
    def thumbnails(self) -> ThumbnailWish | None:
        """The thumbnails that are still wanted, None if there are none."""
        return self._thumbnails

    def thumbnail_done(self, wish: ThumbnailWish, frame_index: int) -> None:
        """A thumbnail of a wish is made, or never will be."""
        with self._news:
            if self._thumbnails is wish:
                rest = tuple(index for index in wish.frames if index != frame_index)
                self._thumbnails = replace(wish, frames=rest) if rest else None

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
