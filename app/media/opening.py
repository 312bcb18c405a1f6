"""Opens whatever the user points at."""

from pathlib import Path

from app.errors import MediaError
from app.media.image_folder import SUFFIXES, ImageFolderSource
from app.media.source import VideoSource
from app.media.video import FfmpegSource


def open_source(path: str | Path) -> VideoSource:
    """Open a clip.

    Args:
        path: A video file, or a folder of pictures of one size.

    Returns:
        The clip; close it when done.

    Raises:
        MediaError: There is nothing there, or it cannot be read as a clip.
    """
    path = Path(path)
    if path.is_dir():
        return ImageFolderSource(path)
    if not path.exists():
        raise MediaError(f"There is no file or folder {path}.", "Check the path.")
    if not path.is_file():
        raise MediaError(
            f"{path} is neither a file nor a folder.", "Give a video file or a folder of pictures."
        )
    if path.suffix.lower() in SUFFIXES:
        raise MediaError(f"{path} is a single picture.", f"Give its folder: {path.parent}")
    return FfmpegSource(path)
