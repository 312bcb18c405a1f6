"""Decodes frames beside the window: the newest wish first, then those that will be wanted next."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.errors import UserError
from app.media import Frame, VideoInfo, VideoSource, open_source
from app.media.frame_cache import FrameCache
from app.worker.job import ErrorInfo
from app.worker.threads import end_thread

log = logging.getLogger(__name__)

_BACKWARD_STRETCH = 12


@dataclass(frozen=True)
class Opened:
    """A clip was opened (or, with ``error``, was not)."""

    generation: int
    path: Path
    info: VideoInfo | None
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class FrameReady:
    """A frame was decoded (or, with ``error``, was not)."""

    generation: int
    frame_index: int
    frame: Frame | None
    error: ErrorInfo | None = None


@dataclass(frozen=True)
class _Wish:
    generation: int
    frame_index: int
    step: int
    ahead: int


class _Mailbox:
    """The newest wish only: whatever was wanted before is of no use any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wish: _Wish | None = None
        self.leave = threading.Event()

    def put(self, wish: _Wish | None) -> None:
        with self._lock:
            self._wish = wish

    def take(self) -> _Wish | None:
        with self._lock:
            wish, self._wish = self._wish, None
            return wish

    @property
    def interrupted(self) -> bool:
        return self._wish is not None or self.leave.is_set()


class _DecodeWorker(QObject):
    """Lives in the decode thread and owns the decoder."""

    opened = Signal(object)
    frame_ready = Signal(object)

    def __init__(self, cache: FrameCache, mailbox: _Mailbox) -> None:
        super().__init__()
        self._cache = cache
        self._mailbox = mailbox
        self._source: VideoSource | None = None
        self._generation = 0

    @Slot(int, object)
    def open(self, generation: int, path: Path) -> None:
        """Open a clip. The former one is closed only when the new one can be read."""
        self._mailbox.leave.clear()
        try:
            source = open_source(path)
            first = source.frame(0)
        except UserError as error:
            self.opened.emit(Opened(generation, path, None, ErrorInfo(error.message, error.hint)))
            return
        except Exception as error:
            log.exception("opening %s", path)
            self.opened.emit(
                Opened(generation, path, None, ErrorInfo(f"{path.name} cannot be opened: {error}"))
            )
            return
        self.release()
        self._source, self._generation = source, generation
        self._cache.put((generation, 0), first)
        self.opened.emit(Opened(generation, path, source.info))

    @Slot()
    def serve(self) -> None:
        """Decode what is wanted now, then what will be wanted next, until a newer wish arrives."""
        while (wish := self._mailbox.take()) is not None and self._source is not None:
            if wish.generation != self._generation or self._mailbox.leave.is_set():
                continue  # meant for the clip before, or of no use any more
            if self._deliver(wish):
                self._prefetch(wish)

    @Slot()
    def release(self) -> None:
        """Close the decoder."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _deliver(self, wish: _Wish) -> bool:
        try:
            frame = self._frame(wish.frame_index, wish.step)
        except Exception as error:
            if not isinstance(error, UserError):
                log.exception("decoding frame %d", wish.frame_index)
                info = ErrorInfo(f"Frame {wish.frame_index} cannot be decoded: {error}")
            else:
                info = ErrorInfo(error.message, error.hint)
            self.frame_ready.emit(FrameReady(self._generation, wish.frame_index, None, info))
            return False
        self.frame_ready.emit(FrameReady(self._generation, wish.frame_index, frame))
        return True

    def _prefetch(self, wish: _Wish) -> None:
        assert self._source is not None
        count = self._source.info.frame_count
        for distance in range(1, wish.ahead + 1):
            index = wish.frame_index + distance * wish.step
            if self._mailbox.interrupted or not 0 <= index < count:
                return
            try:
                self._frame(index, wish.step)
            except (UserError, IndexError, OSError):
                return  # it is reported when the frame is wanted

    def _frame(self, index: int, step: int) -> Frame:
        assert self._source is not None
        cached = self._cache.get((self._generation, index))
        if cached is not None:
            return cached
        # decoders run forward only, so going back a stretch is decoded at once
        start = max(0, index - _BACKWARD_STRETCH) if step < 0 else index
        for current in range(start, index + 1):
            frame = self._source.frame(current)
            self._cache.put((self._generation, current), frame)
        return frame


class DecodeLane(QObject):
    """The window's side of decoding.

    Args:
        cache_bytes: How much memory decoded frames may take.
        parent: Owner.

    Signals:
        opened: An `Opened`.
        frame_ready: A `FrameReady` of the open clip.
    """

    opened = Signal(object)
    frame_ready = Signal(object)
    _open_wanted = Signal(int, object)
    _wish_placed = Signal()
    _release_wanted = Signal()

    def __init__(self, cache_bytes: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = FrameCache(cache_bytes)
        self._mailbox = _Mailbox()
        self._asked = 0
        self._generation = 0
        self._ahead = 0
        self._thread = QThread(self)
        self._thread.setObjectName("decode")
        self._worker = _DecodeWorker(self._cache, self._mailbox)
        self._worker.moveToThread(self._thread)
        self._open_wanted.connect(self._worker.open)
        self._wish_placed.connect(self._worker.serve)
        self._worker.opened.connect(self._on_opened)
        self._worker.frame_ready.connect(self._on_frame_ready)
        self._thread.finished.connect(self._worker.release)
        self._thread.finished.connect(self._worker.deleteLater)
        self._thread.start()

    def open(self, path: Path) -> None:
        """Open a clip; `opened` follows. The open one stays until then."""
        self._asked += 1
        self._mailbox.put(None)
        self._mailbox.leave.set()  # do not finish decoding ahead in the old clip
        self._open_wanted.emit(self._asked, path)

    def cached(self, frame_index: int) -> Frame | None:
        """The frame, if it is decoded already."""
        return self._cache.get((self._generation, frame_index))

    def request(self, frame_index: int, step: int = 1, *, ahead: bool = True) -> None:
        """Wish for a frame; `frame_ready` follows unless a newer wish replaces this one.

        Args:
            frame_index: 0-based.
            step: 1 or -1, the direction in which the next frames will be wanted.
            ahead: Decode the next ones as well.
        """
        self._mailbox.put(_Wish(self._generation, frame_index, step, self._ahead if ahead else 0))
        self._wish_placed.emit()

    def close(self) -> None:
        """End the thread and close the decoder."""
        self._mailbox.put(None)
        self._mailbox.leave.set()
        end_thread(self._thread, self._worker)
        self._cache.clear()

    @Slot(object)
    def _on_opened(self, opened: Opened) -> None:
        if opened.generation != self._asked:
            return
        if opened.info is not None:
            self._generation = opened.generation
            size = opened.info.width * opened.info.height * 3
            self._ahead = max(1, min(48, self._cache.max_bytes // size // 2))
        self.opened.emit(opened)

    @Slot(object)
    def _on_frame_ready(self, ready: FrameReady) -> None:
        if ready.generation == self._generation:
            self.frame_ready.emit(ready)
