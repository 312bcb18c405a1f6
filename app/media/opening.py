"""Opens whatever the user points at."""

from __future__ import annotations

from pathlib import Path

from app.errors import MediaError
from app.media.picture_source import PictureSource
from app.media.sequence import SUFFIXES, sequence_in, sequence_of
from app.media.source import VideoSource
from app.media.video import FfmpegSource


def open_source(path: str | Path) -> VideoSource:
    """Open a clip.

    Args:
        path: A video file, a folder with a sequence of pictures, or one picture of a sequence.

    Returns:
        The clip; close it when done.

    Raises:
        MediaError: There is nothing there, or it cannot be read as a clip.
    """
    return open_pictures(Path(path)) or FfmpegSource(Path(path))


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
        raise MediaError(f"There is no file or folder {path}.", "Check the path.")
    if not path.is_file():
        raise MediaError(
            f"{path} is neither a file nor a folder.", "Give a video file or a folder of pictures."
        )
    if path.suffix.lower() in SUFFIXES:
        sequence = sequence_of(path)
        return PictureSource(sequence, sequence.stem or path.resolve().parent.name)
    return None
