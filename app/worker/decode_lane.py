"""The window's side of decoding."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal, Slot

from app.media import Frame
from app.media.disk_cache import DiskCache
from app.media.frame_cache import FrameCache
from app.worker.decode_messages import (
    FrameReady,
    Grown,
    Mailbox,
    Opened,
    ThumbnailReady,
    ThumbnailWish,
    Wish,
)
from app.worker.decode_worker import DecodeWorker
from app.worker.threads import end_thread


class DecodeLane(QObject):
    """Opens clips and decodes frames in a thread of its own.

    Args:
        cache_bytes: How much memory decoded frames may take.
        disk_bytes: How much lists of frames and proxies may take on disk.
        parent: Owner.

    Signals:
        opened: An `Opened`.
        grown: A `Grown` of the open clip.
        frame_ready: A `FrameReady` of the open clip.
        thumbnail_ready: A `ThumbnailReady` of the open clip.
        went_ahead: Frames of the open clip that will be wanted next are decoded.
        cache_cleared: Bytes that `clear_cache` has freed.
    """

    opened = Signal(object)
    grown = Signal(object)
    frame_ready = Signal(object)
    thumbnail_ready = Signal(object)
    went_ahead = Signal()
    cache_cleared = Signal(object)
    _open_wanted = Signal(int, object, bool)
    _wish_placed = Signal()
    _thumbnails_wanted = Signal()
    _clear_wanted = Signal()

    def __init__(self, cache_bytes: int, disk_bytes: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cache = FrameCache(cache_bytes)
        self._mailbox = Mailbox()
        self._asked = 0
        self._generation = 0
        self._ahead = 0
        self._thread = QThread(self)
        self._thread.setObjectName("decode")
        self._worker = DecodeWorker(self._cache, self._mailbox, DiskCache(max_bytes=disk_bytes))
        self._worker.moveToThread(self._thread)
        self._open_wanted.connect(self._worker.open)
        self._wish_placed.connect(self._worker.serve)
        self._thumbnails_wanted.connect(self._worker.serve_thumbnails)
        self._clear_wanted.connect(self._worker.clear_cache)
        self._worker.opened.connect(self._on_opened)
        self._worker.grown.connect(self._on_grown)
        self._worker.frame_ready.connect(self._on_frame_ready)
        self._worker.thumbnail_ready.connect(self._on_thumbnail_ready)
        self._worker.went_ahead.connect(self._on_went_ahead)
        self._worker.cache_cleared.connect(self.cache_cleared)
        self._thread.finished.connect(self._worker.release)
        self._thread.finished.connect(self._worker.deleteLater)
        self._thread.start()

    def open(self, path: Path, *, whole: bool = True) -> None:
        """Open a clip; `opened` follows. The open one stays until then.

        Args:
            path: What to open.
            whole: Wait until all frames are listed; otherwise a long clip opens with its first ones, and
                `grown` tells of the others.
        """
        self._asked += 1
        self._mailbox.put(None)
        self._mailbox.leave()  # do not finish decoding ahead in the old clip
        self._open_wanted.emit(self._asked, path, whole)

    def cached(self, frame_index: int) -> Frame | None:
        """The exact frame, if it is decoded already."""
        return self._cache.get((self._generation, frame_index))

    def request(self, frame_index: int, step: int = 1, *, ahead: bool = True) -> None:
        """Wish for a frame; `frame_ready` follows unless a newer wish replaces this one.

        Args:
            frame_index: 0-based.
            step: 1 or -1, the direction in which the next frames will be wanted.
            ahead: Decode the next ones as well.
        """
        self._mailbox.put(Wish(self._generation, frame_index, step, self._ahead if ahead else 0))
        self._wish_placed.emit()

    def request_thumbnails(self, frames: Iterable[int], size: tuple[int, int]) -> None:
        """Wish for small pictures, in place of those that were wished for before and are not there yet.

        `thumbnail_ready` follows for each one, when the decoder has nothing else to do.

        Args:
            frames: Which frames, the most wanted first.
            size: Width and height in px.
        """
        self._mailbox.put_thumbnails(ThumbnailWish(self._generation, tuple(frames), size))
        self._thumbnails_wanted.emit()

    @property
    def bytes_used(self) -> int:
        """Memory that decoded frames take."""
        return self._cache.bytes_used

    def clear_cache(self) -> None:
        """Remove everything that is kept on disk; `cache_cleared` follows."""
        self._clear_wanted.emit()

    def close(self) -> None:
        """End the thread and close the decoder."""
        self._mailbox.put(None)
        self._mailbox.put_thumbnails(None)
        self._mailbox.leave()
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
    def _on_grown(self, grown: Grown) -> None:
        if grown.generation == self._generation:
            self.grown.emit(grown)

    @Slot(object)
    def _on_frame_ready(self, ready: FrameReady) -> None:
        if ready.generation == self._generation:
            self.frame_ready.emit(ready)

    @Slot(object)
    def _on_thumbnail_ready(self, ready: ThumbnailReady) -> None:
        if ready.generation == self._generation:
            self.thumbnail_ready.emit(ready)

    @Slot(int)
    def _on_went_ahead(self, generation: int) -> None:
        if generation == self._generation:
            self.went_ahead.emit()
