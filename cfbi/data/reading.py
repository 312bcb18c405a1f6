"""Reading pictures and masks fast, and naming a broken file once instead of stopping the training."""

import logging
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import read_index_mask
from cfbi.errors import DataError

log = logging.getLogger(__name__)

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")


class Complaints:
    """Broken files: each is logged once, and remembered so that it is not tried again."""

    def __init__(self) -> None:
        self._known: set[Path] = set()

    def __contains__(self, path: Path) -> bool:
        return path in self._known

    def add(self, path: Path, reason: str) -> None:
        """Remember ``path``, and warn unless it is known."""
        if path not in self._known:
            self._known.add(path)
            log.warning("left out of training: %s: %s", path, reason)


def read_picture(path: Path, *, shrink: int = 1) -> NDArray[np.uint8]:
    """Read a colour picture.

    Args:
        path: JPEG, WebP, PNG or BMP.
        shrink: 1, 2, 4 or 8: decode at this fraction of the size, which is faster.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        DataError: The file cannot be read.
    """
    flag = {
        1: cv2.IMREAD_COLOR,
        2: cv2.IMREAD_REDUCED_COLOR_2,
        4: cv2.IMREAD_REDUCED_COLOR_4,
        8: cv2.IMREAD_REDUCED_COLOR_8,
    }[shrink]
    data = _bytes(path)
    decoded = cv2.imdecode(data, flag) if is_whole(data) else None
    if decoded is None:
        raise DataError(f"The picture {path} is damaged.", "Replace it or take it away.")
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)


def is_whole(data: NDArray[np.uint8]) -> bool:
    """Whether a JPEG or PNG has its end: OpenCV fills what is cut off with grey and does not complain.

    Args:
        data: Content of the file, (bytes,) uint8.
    """
    head, tail = data[:4].tobytes(), data[-4096:].tobytes()
    if head.startswith(b"\xff\xd8"):
        return b"\xff\xd9" in tail
    return b"IEND" in tail if head == b"\x89PNG" else True


def read_grey(path: Path) -> NDArray[np.uint8]:
    """Read the stored values of an 8-bit grey or palette PNG.

    Returns:
        (H, W) uint8.

    Raises:
        DataError: The file cannot be read or is no 8-bit grey or palette picture.
    """
    data = _bytes(path)
    if _has_palette(data):  # OpenCV would give the colours
        return read_index_mask(path)
    decoded = cv2.imdecode(data, cv2.IMREAD_UNCHANGED) if is_whole(data) else None
    if decoded is None:
        raise DataError(f"The mask {path} is damaged.", "Replace it or take it away.")
    if decoded.ndim != 2 or decoded.dtype != np.uint8:
        raise DataError(f"The mask {path} is no grey picture of 8 bits.", "Save it as one.")
    return decoded.astype(np.uint8, copy=False)


def _has_palette(data: NDArray[np.uint8]) -> bool:
    return data[:4].tobytes() == b"\x89PNG" and len(data) > 25 and int(data[25]) == 3


def _bytes(path: Path) -> NDArray[np.uint8]:
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}.", "Check the path and its permissions.") from error
    if data.size == 0:
        raise DataError(f"{path} is empty.", "Replace it or take it away.")
    return data
