"""A clip stored as one picture per frame."""

import re
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from app.errors import MediaError
from app.media.source import Frame, VideoInfo, VideoSource

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
"""File name endings that are read as pictures."""

_FPS = Fraction(25)
_READ_ERRORS = (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError)


class ImageFolderSource(VideoSource):
    """The pictures of a folder in counting order ("f9" before "f10"), all of one size.

    Args:
        folder: Where the pictures lie. Hidden files and other kinds of files are left alone.

    Raises:
        MediaError: No pictures, or a picture is unreadable or of another size than the first.
    """

    def __init__(self, folder: Path) -> None:
        self._files = list_pictures(folder)
        if not self._files:
            kinds = ", ".join(sorted(SUFFIXES))
            raise MediaError(f"The folder {folder} holds no pictures.", f"Pictures end in {kinds}.")
        sizes = [_picture_size(path) for path in self._files]  # reads the heads of the files only
        for path, size in zip(self._files, sizes, strict=True):
            if size != sizes[0]:
                expected = f"{sizes[0][0]}x{sizes[0][1]}"
                raise MediaError(
                    f"{path} is {size[0]}x{size[1]}, but {self._files[0].name} is {expected}.",
                    "All pictures of a clip must have the same size; move the others to another folder.",
                )
        self._info = VideoInfo(sizes[0][0], sizes[0][1], len(self._files), _FPS, folder.resolve().name)

    @property
    def info(self) -> VideoInfo:
        """Size, length and rate (25: pictures do not tell)."""
        return self._info

    @property
    def files(self) -> tuple[Path, ...]:
        """The pictures in frame order."""
        return tuple(self._files)

    def frame(self, index: int) -> Frame:
        """Read one picture, see ``VideoSource.frame``."""
        self.check_index(index)
        frame = _read_picture(self._files[index])
        if frame.shape != (self._info.height, self._info.width, 3):
            raise MediaError(
                f"{self._files[index]} changed its size since the clip was opened.", "Open the clip again."
            )
        return frame

    def close(self) -> None:
        """Nothing is held open."""


def list_pictures(folder: Path) -> list[Path]:
    """The pictures of a folder in counting order.

    Args:
        folder: Where to look.

    Returns:
        Files by their name; not those whose name starts with a dot.

    Raises:
        MediaError: The folder cannot be read.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES and path.name[0] != "." and path.is_file()
        ]
    except OSError as error:
        raise MediaError(
            f"The folder {folder} cannot be read: {error.strerror}.", "Check its permissions."
        ) from error
    return sorted(found, key=lambda path: _natural_key(path.name))


def _natural_key(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"([0-9]+)", name)
    return [(1, int(part), part) if part.isdecimal() else (0, 0, part.lower()) for part in parts] + [
        (0, 0, name)
    ]


def _picture_size(path: Path) -> tuple[int, int]:
    try:
        with Image.open(path) as picture:
            width, height = picture.size
            # the orientations that swap the sides
            turned = _has_orientation(picture) and picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except _READ_ERRORS as error:
        raise _unreadable(path, error) from error
    return (height, width) if turned else (width, height)


def _has_orientation(picture: Image.Image) -> bool:
    # cameras write these; to look for EXIF in a PNG, Pillow would have to decode it
    return picture.format in ("JPEG", "MPO", "TIFF", "WEBP")


def _read_picture(path: Path) -> Frame:
    try:
        with Image.open(path) as picture:
            upright = ImageOps.exif_transpose(picture) if _has_orientation(picture) else picture
            if upright.mode.startswith("I"):
                # Pillow would clip 16 bits to 255 instead of scaling them
                grey = (np.clip(np.asarray(upright), 0, 65535).astype(np.uint32) + 128) // 257
                frame = np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2)
            elif upright.mode == "F":
                raise MediaError(
                    f"{path} holds floating point values.", "Save the pictures with 8 or 16 bits."
                )
            else:
                frame = np.array(upright.convert("RGB"))
    except _READ_ERRORS as error:
        raise _unreadable(path, error) from error
    frame.setflags(write=False)
    return frame


def _unreadable(path: Path, error: BaseException) -> MediaError:
    return MediaError(
        f"The picture {path} cannot be read: {error}.", "Replace it, or move it out of the folder."
    )
