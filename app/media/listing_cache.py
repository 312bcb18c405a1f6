"""Remembers lists of frames: in memory for this run, on disk for clips that take long to list."""

from __future__ import annotations

import os
from collections import OrderedDict
from fractions import Fraction
from io import BytesIO
from threading import Lock
from zipfile import BadZipFile

import numpy as np

from app.media.disk_cache import ClipKey, DiskCache
from app.media.frame_map import FrameMap
from app.media.listing import Listing

_IN_MEMORY = 8
_WORTH_A_FILE = 2000
_NAME = "frames.npz"

_known: OrderedDict[ClipKey, Listing] = OrderedDict()
_lock = Lock()


def recall(key: ClipKey, disk: DiskCache) -> Listing | None:
    """The whole list of a clip's frames, if it was remembered."""
    with _lock:
        if key in _known:
            _known.move_to_end(key)
            return _known[key]
    try:
        content = BytesIO((disk.root / key.name / _NAME).read_bytes())
        with np.load(content, allow_pickle=False) as stored:
            stamps, keys = stored["stamps"].astype(np.int64), stored["keys"].astype(np.int64)
            base = Fraction(int(stored["base"][0]), int(stored["base"][1]))
            checks = tuple(stored["checks"].tolist())
    except (OSError, ValueError, KeyError, EOFError, ZeroDivisionError, BadZipFile):
        return None
    if not len(stamps) or np.any(np.diff(stamps) < 0) or len(checks) not in (0, len(stamps)):
        return None
    for array in (stamps, keys):
        array.setflags(write=False)
    listing = Listing(FrameMap(stamps, base, keys), checks)
    _keep(key, listing)
    return listing


def remember(key: ClipKey, listing: Listing, disk: DiskCache) -> None:
    """Keep the whole list of a clip's frames."""
    _keep(key, listing)
    if len(listing.frames) < _WORTH_A_FILE:
        return
    folder = disk.folder(key)
    if folder is None:
        return
    frames = listing.frames
    temporary = folder / f"frames.{os.getpid()}.tmp"
    try:
        with temporary.open("wb") as stream:
            np.savez(
                stream,
                stamps=frames.stamps,
                keys=frames.keys,
                base=np.array([frames.time_base.numerator, frames.time_base.denominator], np.int64),
                checks=np.array(listing.checks, np.int64),
            )
        os.replace(temporary, folder / _NAME)
    except OSError:
        temporary.unlink(missing_ok=True)


def forget() -> None:
    """Forget what is in memory."""
    with _lock:
        _known.clear()


def _keep(key: ClipKey, listing: Listing) -> None:
    with _lock:
        _known[key] = listing
        _known.move_to_end(key)
        while len(_known) > _IN_MEMORY:
            _known.popitem(last=False)
