"""Opens whatever the user points at."""

from __future__ import annotations

from pathlib import Path

from app.errors import MediaError
from app.i18n import tr
from app.media.disk_cache import ClipKey, DiskCache
from app.media.growing_list import GrowingList
from app.media.listing import Lister
from app.media.listing_cache import recall, remember
from app.media.picture_source import PictureSource
from app.media.sequence import SUFFIXES, sequence_in, sequence_of
from app.media.source import VideoSource
from app.media.stream_facts import read_stream_facts
from app.media.video import FfmpegSource


def open_source(path: str | Path) -> VideoSource:
    """Open a clip with all its frames.

    Args:
        path: A video file, a folder with a sequence of pictures, or one picture of a sequence.

    Returns:
        The clip; close it when done.

    Raises:
        MediaError: There is nothing there, or it cannot be read as a clip.
    """
    path, disk = Path(path), DiskCache()
    pictures = open_pictures(path)
    if pictures is not None:
        return pictures
    key = clip_key(path)
    listing = recall(key, disk)
    if listing is not None:
        return FfmpegSource(path, read_stream_facts(path), listing)
    lister = Lister(path)
    listing = lister.complete()
    remember(key, listing, disk)
    return FfmpegSource(path, lister.facts, listing)


def open_pictures(path: Path) -> PictureSource | None:
    """Open a sequence of pictures.

    Args:
        path: A folder, or one picture of the sequence.

    Returns:
        The clip; None for another kind of file.

    Raises:
        MediaError: There is nothing there, or it cannot be read as a clip.
    """
    if path.is_dir():
        return PictureSource(sequence_in(path), path.resolve().name)
    if not path.exists():
        raise MediaError(tr("There is no file or folder {path}.", path=path), tr("Check the path."))
    if not path.is_file():
        raise MediaError(
            tr("{path} is neither a file nor a folder.", path=path),
            tr("Give a video file or a folder of pictures."),
        )
    if path.suffix.lower() in SUFFIXES:
        sequence = sequence_of(path)
        return PictureSource(sequence, sequence.stem or path.resolve().parent.name)
    return None


def open_growing(
    path: Path, disk: DiskCache, patience_s: float | None
) -> tuple[FfmpegSource, GrowingList | None]:
    """Open a video file as soon as its first frames are known.

    Args:
        path: The file.
        disk: Where lists are remembered.
        patience_s: Seconds to wait for the whole list before taking a part of it; None to have all of it.

    Returns:
        The clip, and what goes on listing its frames; None when all are listed.

    Raises:
        MediaError: It cannot be read.
    """
    key = clip_key(path)
    listing = recall(key, disk)
    if listing is not None:
        return FfmpegSource(path, read_stream_facts(path), listing), None
    lister = Lister(path)
    growing = GrowingList(lister, key, disk)
    try:
        listing = growing.wait(patience_s)
    except MediaError:
        growing.close()
        raise
    source = FfmpegSource(path, lister.facts, listing)
    if listing.frames.complete:
        growing.close()
        return source, None
    return source, growing


def clip_key(*files: Path) -> ClipKey:
    """By what a clip is known in caches, see ``ClipKey.of``.

    Raises:
        MediaError: A file cannot be looked at.
    """
    try:
        return ClipKey.of(*files)
    except OSError as error:
        raise MediaError(
            tr("{path} cannot be read: {reason}.", path=files[0], reason=error.strerror),
            tr("Check its permissions."),
        ) from error
