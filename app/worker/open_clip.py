"""The clip that the decode thread has open: its frames, its growing list, its proxies. Free of Qt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.errors import MediaError
from app.media import Frame, VideoInfo, VideoSource
from app.media.disk_cache import DiskCache
from app.media.growing_list import GrowingList, Tell
from app.media.listing import Listing
from app.media.opening import clip_key, open_growing, open_pictures
from app.media.proxies import ProxyStore, proxy_size
from app.media.video import FfmpegSource

_BATCH = 8
_PATIENCE_S = 0.3


class OpenClip:
    """A clip with what belongs to it. It belongs to one thread.

    Args:
        path: What to open.
        disk: Where its list of frames and its proxies are kept.
        memory: Bytes of decoded frames that are kept in memory; a clip that fits needs no proxies.
        whole: Wait until all frames are listed.

    Raises:
        MediaError: It cannot be opened.
    """

    def __init__(self, path: Path, disk: DiskCache, memory: int, *, whole: bool) -> None:
        self._disk = disk
        self._memory = memory
        self._growing: GrowingList | None = None
        self._reduced: VideoSource | None = None
        self._tiny: VideoSource | None = None
        self._proxies: ProxyStore | None = None
        self._proxy_at = (-1, 0)  # where proxies were begun at, and how far they have come
        pictures = open_pictures(path)
        self.source: VideoSource
        if pictures is not None:
            self.key = clip_key(*pictures.files)
            self.source = pictures
        else:
            self.key = clip_key(path)
            self.source, self._growing = open_growing(path, disk, None if whole else _PATIENCE_S)
        self._open_proxies()

    @property
    def info(self) -> VideoInfo:
        """What is known about the clip by now."""
        return self.source.info

    def follow(self, tell: Tell) -> None:
        """Have longer lists of frames told, by another thread, until the list is whole."""
        if self._growing is not None:
            self._growing.tell(tell)

    def extend(self, listing: Listing) -> VideoInfo:
        """Take a longer list of frames; returns what is known now."""
        for source in (self.source, self._reduced, self._tiny):
            if isinstance(source, FfmpegSource):
                source.extend(listing)
        self._open_proxies()
        return self.info

    def proxy(self, index: int) -> Frame | None:
        """The small picture of a frame, enlarged to the size of the clip; None if there is none."""
        if self._proxies is None:
            return None
        return self._proxies.get(index, (self.info.width, self.info.height))

    def make_proxies(self, start: int, interrupted: Callable[[], bool]) -> bool:
        """Make some of the missing proxies.

        Args:
            start: Frame to begin at; those before it come last.
            interrupted: Asked before each one.

        Returns:
            Whether there is more to make.
        """
        count = self.info.frame_count
        for _ in range(_BATCH):
            if self._proxies is None or self._proxies.is_full or len(self._proxies) >= count:
                return False
            if interrupted():
                return True
            begun, index = self._proxy_at
            if begun != start:
                index = start
            while index in self._proxies:
                index = (index + 1) % count
            self._proxy_at = start, index
            if self._reduced is None:
                self._reduced = self.source.reduced(proxy_size(self.info))
            try:
                self._proxies.put(index, self._reduced.frame(index))
            except MediaError:
                self.drop_proxies()  # the same is said when the frame itself is wanted
                return False
        return True

    def thumbnail(self, index: int, size: tuple[int, int], interrupted: Callable[[], bool]) -> Frame | None:
        """A small picture of a frame, from its proxy or else by decoding it at that size.

        Args:
            index: Of the frame.
            size: Width and height; the same until `end_thumbnails`.
            interrupted: Asked now and then while decoding goes on.

        Returns:
            (h, w, 3) uint8 RGB, read-only; None when interrupted.

        Raises:
            MediaError: The frame cannot be decoded.
            IndexError: There is no such frame.
        """
        known = None if self._proxies is None else self._proxies.get(index, size)
        if known is not None:
            return known
        if self._tiny is None:
            self._tiny = self.source.reduced(size)
        return self._tiny.frame_unless(index, interrupted)

    def end_thumbnails(self) -> None:
        """No more are wanted for now: close their decoder."""
        if self._tiny is not None:
            self._tiny.close()
            self._tiny = None

    def drop_proxies(self) -> None:
        """Let go of the proxies: none are made or shown until the list grows, or they are renewed."""
        self._proxies = None
        self._proxy_at = (-1, 0)
        if self._reduced is not None:
            self._reduced.close()
            self._reduced = None

    def renew_proxies(self) -> None:
        """Begin anew, after the disk cache was cleared."""
        self.drop_proxies()
        self._open_proxies()

    def close(self) -> None:
        """Stop decoding and listing."""
        if self._growing is not None:
            self._growing.close()
        self.end_thumbnails()
        self.drop_proxies()
        self.source.close()

    def _open_proxies(self) -> None:
        info = self.info
        if self._proxies is None and info.frame_count * info.width * info.height * 3 > self._memory:
            folder = self._disk.folder(self.key)
            if folder is not None:
                self._proxies = ProxyStore(folder / "proxies", self._disk.max_bytes)
