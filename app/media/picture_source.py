"""A clip stored as one picture per frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np

from app.errors import MediaError
from app.i18n import tr
from app.media.frame_map import FrameMap
from app.media.picture_heads import PictureHead, read_head
from app.media.sequence import PictureSequence, missing_text
from app.media.source import Frame, PictureFormat, VideoInfo, VideoSource
from app.media.stills import read_still

_FPS = Fraction(25)
_HEADS = 300
"""So many pictures are looked into before the clip opens; the others when they are read."""


class PictureSource(VideoSource):
    """A sequence of pictures of one size.

    Args:
        sequence: The pictures.
        name: What the clip is called.

    Raises:
        MediaError: A picture is unreadable or of another size than the first.
    """

    def __init__(self, sequence: PictureSequence, name: str) -> None:
        self._files = sequence.files
        head = read_head(self._files[0])
        places = np.unique(np.linspace(0, len(self._files) - 1, _HEADS).round().astype(int))
        for path in (self._files[place] for place in places[1:].tolist()):
            other = read_head(path)
            if (other.width, other.height) != (head.width, head.height):
                raise MediaError(
                    tr(
                        "{path} is {width}x{height}, but {name} is {first_width}x{first_height}.",
                        path=path,
                        width=other.width,
                        height=other.height,
                        name=self._files[0].name,
                        first_width=head.width,
                        first_height=head.height,
                    ),
                    tr("All pictures of a clip must have the same size; move the others to another folder."),
                )
        self._info = _info(sequence, name, head)

    @property
    def info(self) -> VideoInfo:
        """Size, length and rate (25: pictures do not tell)."""
        return self._info

    @property
    def files(self) -> tuple[Path, ...]:
        """The pictures in frame order."""
        return self._files

    def frame(self, index: int) -> Frame:
        """Read one picture, see ``VideoSource.frame``."""
        self.check_index(index)
        frame = read_still(self._files[index])
        if frame.shape != (self._info.height, self._info.width, 3):
            raise MediaError(
                tr(
                    "{path} is {picture_width}x{picture_height}, but the clip is {width}x{height}.",
                    path=self._files[index],
                    picture_width=frame.shape[1],
                    picture_height=frame.shape[0],
                    width=self._info.width,
                    height=self._info.height,
                ),
                tr("All pictures of a clip must have the same size; open the clip again if it changed."),
            )
        return frame

    def close(self) -> None:
        """Nothing is held open."""


def _info(sequence: PictureSequence, name: str, head: PictureHead) -> VideoInfo:
    count = len(sequence.files)
    stamps = np.arange(count, dtype=np.int64)
    if sequence.numbers:
        # a missing picture is a gap in time, as it was when the pictures were made
        stamps = (np.array(sequence.numbers, np.int64) - sequence.numbers[0]) // sequence.step
    stamps.setflags(write=False)
    keys = np.arange(count, dtype=np.int64)
    keys.setflags(write=False)
    suffix = sequence.files[0].suffix.lower()[1:]
    notes = []
    if sequence.missing:
        notes.append(
            tr(
                "Numbers are missing in {pattern}: {missing}. The pictures that are there keep their "
                "numbers.",
                pattern=sequence.pattern,
                missing=missing_text(sequence.missing),
            )
        )
    if head.is_float:
        notes.append(tr("Linear light is shown through the sRGB curve; values outside 0 to 1 are clipped."))
    if head.has_alpha:
        notes.append(tr("The transparency of the source is not used."))
    return VideoInfo(
        head.width,
        head.height,
        count,
        _FPS,
        name,
        is_vfr=bool(sequence.missing),
        frame_map=FrameMap(stamps, 1 / _FPS, keys),
        sample_aspect=head.sample_aspect,
        picture=PictureFormat(
            codec={"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix),
            bit_depth=head.bit_depth,
            is_float=head.is_float,
            transfer="linear" if head.is_float else "",
            has_alpha=head.has_alpha,
        ),
        numbers=sequence.numbers,
        notes=tuple(notes),
    )
