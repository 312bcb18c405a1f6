"""Small pictures of frames on disk, to look at while scrubbing until the exact frame is decoded."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from app.media.source import Frame, VideoInfo

LONG_SIDE = 640
"""Of a proxy, in pixels."""

_QUALITY = 80


def proxy_size(info: VideoInfo) -> tuple[int, int]:
    """Width and height of a clip's proxies; that of the clip if it is not larger."""
    scale = min(1.0, LONG_SIDE / max(info.width, info.height))
    return max(1, round(info.width * scale)), max(1, round(info.height * scale))


class ProxyStore:
    """The proxies of one clip. Not for several threads at once.

    Args:
        folder: Where they lie; made if needed.
        max_bytes: How much they may take.
    """

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._sizes: dict[int, int] = {}
        self._broken = False
        try:
            folder.mkdir(exist_ok=True)
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".jpg") and entry.name[:-4].isdecimal():
                        self._sizes[int(entry.name[:-4])] = entry.stat().st_size
        except OSError:
            self._broken = True
        self._bytes = sum(self._sizes.values())

    @property
    def is_full(self) -> bool:
        """Whether no more can be kept, for lack of room or because the disk refuses."""
        return self._broken or self._bytes >= self._max_bytes

    def __contains__(self, index: int) -> bool:
        return index in self._sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def put(self, index: int, small: NDArray[np.uint8]) -> None:
        """Keep the proxy of a frame, (h, w, 3) uint8 RGB. If that fails, the store is full from now on."""
        _, data = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        temporary = self._folder / f"{index}.{os.getpid()}.tmp"
        try:
            temporary.write_bytes(data.tobytes())
            os.replace(temporary, self._path(index))
        except OSError:
            self._broken = True
            temporary.unlink(missing_ok=True)
            return
        self._bytes += len(data) - self._sizes.get(index, 0)
        self._sizes[index] = len(data)

    def get(self, index: int, size: tuple[int, int]) -> Frame | None:
        """The proxy of a frame at another size.

        Args:
            index: Of the frame.
            size: Width and height.

        Returns:
            (H, W, 3) uint8 RGB, read-only; None if there is none.
        """
        if index not in self._sizes:
            return None
        try:
            small = cv2.imdecode(np.fromfile(self._path(index), np.uint8), cv2.IMREAD_COLOR)
        except (OSError, cv2.error):
            small = None
        if small is None:
            self._bytes -= self._sizes.pop(index)
            return None
        kind = cv2.INTER_AREA if size[0] < small.shape[1] else cv2.INTER_LINEAR
        frame = cv2.resize(small, size, interpolation=kind)[:, :, ::-1].astype(np.uint8)
        frame = np.ascontiguousarray(frame)
        frame.setflags(write=False)
        return frame

    def _path(self, index: int) -> Path:
        return self._folder / f"{index}.jpg"
