"""Decodes frames beside the window: the newest wish first, then those that will be wanted next."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import cv2
import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from app.errors import MediaError, UserError
from app.i18n import tr
from app.media import Frame
from app.media.disk_cache import DiskCache
from app.media.frame_cache import FrameCache
from app.media.listing import Listing
from app.media.listing_cache import forget
from app.worker.decode_messages import FrameReady, Grown, Mailbox, Opened, ThumbnailReady, ThumbnailWish, Wish
from app.worker.job import ErrorInfo
from app.worker.open_clip import OpenClip
from app.worker.slack import give_back

log = logging.getLogger(__name__)

_BACKWARD_STRETCH = 12
_NEAR = 24
_DEFAULT_REST_S = 0.12
_FINISH_S = 0.15
_NEWS_AFTER = 8


class DecodeWorker(QObject):
    """Lives in the decode thread and owns the decoder.

    Args:
        cache: Gets the decoded frames.
        mailbox: Brings the wishes.
        disk: Where lists of frames and proxies are kept.
        rest_s: How long the playhead rests on a proxy before the exact frame is decoded.

    Signals:
        opened: An `Opened`.
        grown: A `Grown`.
        frame_ready: A `FrameReady`.
        thumbnail_ready: A `ThumbnailReady`.
        went_ahead: Frames that will be wanted next are in the cache (generation).
        cache_cleared: Bytes that clearing the disk cache has freed.
    """

    opened = Signal(object)
    grown = Signal(object)
    frame_ready = Signal(object)
    thumbnail_ready = Signal(object)
    went_ahead = Signal(int)
    cache_cleared = Signal(object)
    _listed = Signal(int, object, object)
    _idle = Signal(int)

    def __init__(
        self, cache: FrameCache, mailbox: Mailbox, disk: DiskCache, rest_s: float = _DEFAULT_REST_S
    ) -> None:
        super().__init__()
        self._cache = cache
        self._mailbox = mailbox
        self._disk = disk
        self._rest_s = rest_s
        self._clip: OpenClip | None = None
        self._generation = 0
        self._shown = 0
        self._is_clean = False
        self._is_slack = False
        self._is_idle_due = False
        self._listed.connect(self._on_listed)
        # queued: what the window wants in the meantime comes first
        self._idle.connect(self._on_idle, Qt.ConnectionType.QueuedConnection)

    @Slot(int, object, bool)
    def open(self, generation: int, path: Path, whole: bool) -> None:
        """Open a clip. The former one is closed only when the new one can be read."""
        self._mailbox.leave(False)
        clip = None
        try:
            clip = OpenClip(path, self._disk, self._cache.max_bytes, whole=whole)
            first = clip.source.frame(0)
        except Exception as error:  # noqa: BLE001 - no clip may end the thread
            if clip is not None:
                clip.close()
            self.opened.emit(
                Opened(generation, path, None, _told(error, tr("{name} cannot be opened", name=path.name)))
            )
            return
        self._is_slack = self._clip is not None
        self.release()
        self._clip, self._generation, self._shown = clip, generation, 0
        self._cache.clear()  # the former clip's frames would only be in the way
        self._cache.put((generation, 0), first)
        self.opened.emit(Opened(generation, path, clip.info))
        clip.follow(lambda listing, error: self._listed.emit(generation, listing, error))
        self._want_idle()

    @Slot()
    def serve(self) -> None:
        """Decode what is wanted now, then what will be wanted next, until a newer wish arrives."""
        is_shown = False
        while (wish := self._mailbox.take()) is not None and self._clip is not None:
            if wish.generation != self._generation or self._mailbox.leaving:
                continue  # meant for the clip before, or of no use any more
            is_shown = self._deliver(self._clip, wish)
            if is_shown:
                for _ in self._prefetch(self._clip, wish):
                    self.went_ahead.emit(wish.generation)
        if self._is_slack and is_shown:
            self._is_slack = False  # the window has let go of the former clip, too
            give_back()
        self._want_idle()

    @Slot()
    def serve_thumbnails(self) -> None:
        """Other thumbnails are wanted; they are made when there is nothing else to do."""
        self._want_idle()

    @Slot()
    def release(self) -> None:
        """Close the decoder."""
        if self._clip is not None:
            self._clip.close()
            self._clip = None

    @Slot()
    def clear_cache(self) -> None:
        """Remove everything that is kept on disk; proxies of the open clip are made anew."""
        if self._clip is not None:
            self._clip.drop_proxies()
        freed = self._disk.clear()
        forget()
        if self._clip is not None:
            self._clip.renew_proxies()
        self.cache_cleared.emit(freed)
        self._want_idle()

    @Slot(int, object, object)
    def _on_listed(self, generation: int, listing: Listing, error: MediaError | None) -> None:
        if self._clip is not None and generation == self._generation:
            info, told = self._clip.extend(listing), None
            if error is not None:
                # no more will come, so nobody is to wait for it
                info, told = replace(info, complete=True), ErrorInfo(error.message, error.hint)
            self.grown.emit(Grown(generation, info, told))
            self._want_idle()

    # ---- what is wanted ----

    def _deliver(self, clip: OpenClip, wish: Wish) -> bool:
        """Give the frame that is wanted. False if there is a newer wish, or no such frame."""
        index = wish.frame_index
        try:
            frame = self._cache.get((self._generation, index))
            distance = index - self._shown
            if frame is None and not 0 <= distance <= _NEAR:
                proxy = clip.proxy(index)
                if proxy is not None:
                    self.frame_ready.emit(FrameReady(self._generation, index, proxy, is_proxy=True))
                    if abs(distance) > _NEAR and not self._mailbox.rests(self._rest_s):
                        return False
            if frame is None:
                frame = self._frame(clip, index, wish.step)
        except Exception as error:  # noqa: BLE001 - no frame may end the thread
            told = _told(error, tr("Frame {frame} cannot be decoded", frame=index))
            self.frame_ready.emit(FrameReady(self._generation, index, None, told))
            return False
        if frame is None:
            return False
        self._shown = index
        instead = clip.source.stand_in(index)
        self.frame_ready.emit(FrameReady(self._generation, index, frame, stand_in=instead))
        return True

    def _prefetch(self, clip: OpenClip, wish: Wish) -> Iterator[None]:
        """Decode what will be wanted next. Yields from time to time, and at the end, if there is news."""
        fresh = 0
        for distance in range(1, wish.ahead + 1):
            index = wish.frame_index + distance * wish.step
            if self._mailbox.interrupted or not 0 <= index < clip.info.frame_count:
                break
            if self._cache.get((self._generation, index)) is not None:
                continue
            try:
                if self._frame(clip, index, wish.step) is None:
                    break
            except (UserError, IndexError, OSError):
                break  # it is reported when the frame is wanted
            fresh += 1
            if fresh % _NEWS_AFTER == 0:
                yield
        if fresh % _NEWS_AFTER:
            yield

    def _frame(self, clip: OpenClip, index: int, step: int) -> Frame | None:
        """A frame from the cache or the decoder; None if something newer came up before it was there."""
        cached = self._cache.get((self._generation, index))
        if cached is not None:
            return cached
        begun = monotonic()

        def interrupted() -> bool:
            # a frame that is nearly there is finished, so that something is seen while the playhead moves
            late = monotonic() - begun > _FINISH_S
            return self._mailbox.leaving or (late and self._mailbox.interrupted)

        # decoders run forward only, so going back a stretch is decoded at once
        start = max(0, index - _BACKWARD_STRETCH) if step < 0 else index
        frame = None
        for current in range(start, index + 1):
            frame = clip.source.frame_unless(current, interrupted)
            if frame is None:
                return None
            self._cache.put((self._generation, current), frame)
        return frame

    # ---- what can be done when nothing is wanted ----

    def _want_idle(self) -> None:
        if not self._is_idle_due:
            self._is_idle_due = True
            self._idle.emit(self._generation)

    @Slot(int)
    def _on_idle(self, generation: int) -> None:
        self._is_idle_due = False
        if self._clip is None or self._mailbox.interrupted:
            return  # the wish that interrupts asks again
        if not self._is_clean:
            self._is_clean = True
            self._disk.clean(keep=self._clip.key)
        wish = self._mailbox.thumbnails
        if wish is not None:
            self._make_thumbnail(self._clip, wish)
            self._want_idle()
        elif self._clip.make_proxies(self._shown, self._has_better_to_do):
            self._want_idle()

    def _has_better_to_do(self) -> bool:
        return self._mailbox.interrupted or self._mailbox.thumbnails is not None

    def _make_thumbnail(self, clip: OpenClip, wish: ThumbnailWish) -> None:
        """Make the next one; then whatever the window has asked for meanwhile comes first."""
        if wish.generation != self._generation:
            self._mailbox.put_thumbnails(None)  # meant for the clip before
            return
        index = wish.frames[0]
        picture: Frame | None = None
        try:
            exact = self._cache.get((self._generation, index))
            if exact is None:
                picture = clip.thumbnail(
                    index,
                    wish.size,
                    lambda: self._mailbox.interrupted or self._mailbox.thumbnails is not wish,
                )
                if picture is None:
                    return
            else:
                picture = np.asarray(cv2.resize(exact, wish.size, interpolation=cv2.INTER_AREA), np.uint8)
                picture.setflags(write=False)
        except (UserError, IndexError, OSError):
            pass  # it is reported when the frame itself is wanted
        self._mailbox.thumbnail_done(wish, index)
        self.thumbnail_ready.emit(ThumbnailReady(self._generation, index, picture))
        if self._mailbox.thumbnails is None:
            clip.end_thumbnails()


def _told(error: Exception, what: str) -> ErrorInfo:
    if isinstance(error, UserError):
        return ErrorInfo(error.message, error.hint)
    log.error("%s", what, exc_info=error)
    return ErrorInfo(f"{what}: {error}")
