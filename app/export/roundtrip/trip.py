"""What a round trip tells another program: a clip, its mattes, and which frames of them belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from app.export.options import Alpha


@dataclass(frozen=True)
class Footage:
    """A movie file or a numbered sequence of pictures.

    Attributes:
        path: The movie, or the first picture of the sequence.
        name: For people.
        first: Frame of the clip, counted from 0, that its first frame shows; 0 for the clip itself.
        frame_count: Frames.
        alpha: How to take its pixels; a matte is a grey picture that is the matte itself.
        digits: Of the number that ends the name of a picture, before its ending; 0 for a movie.
        start: Timecode of a movie's first frame, counted in frames; the number of a sequence's first picture.
        has_audio: Whether a movie has sound.
    """

    path: Path
    name: str
    first: int
    frame_count: int
    alpha: Alpha
    digits: int = 0
    start: int = 0
    has_audio: bool = False

    @property
    def is_sequence(self) -> bool:
        """Whether it is a sequence of pictures."""
        return self.digits > 0

    @property
    def prefix(self) -> str:
        """What stands before the number in the name of a picture."""
        return self.path.stem[: -self.digits]

    def holds(self, frames: range) -> bool:
        """Whether it has these frames of the clip."""
        return self.first <= frames.start and frames.stop <= self.first + self.frame_count


@dataclass(frozen=True)
class RoundTrip:
    """A clip and its mattes, of one size and one constant rate.

    Attributes:
        name: Of the timeline or composition.
        width: In pixels.
        height: In pixels.
        rate: Frames per second, exact.
        clip: The clip that the mattes were made from.
        mattes: From the bottom to the top.
        shown: Frames of the clip that the timeline shows, counted from 0; handles lie outside.
        drop_frame: Whether timecodes skip numbers.
        pixel_aspect: Width of a pixel by its height.

    Raises:
        ValueError: Footage that lacks shown frames, or a name that does not fit its digits.
    """

    name: str
    width: int
    height: int
    rate: Fraction
    clip: Footage
    mattes: tuple[Footage, ...]
    shown: range
    drop_frame: bool = False
    pixel_aspect: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not self.shown or self.shown.step != 1:
            raise ValueError("a round trip shows at least one frame, in order")
        for footage in (self.clip, *self.mattes):
            if not footage.holds(self.shown):
                raise ValueError(f"{footage.path.name} lacks frames of {self.shown}")
            if footage.is_sequence and not re.search(f"[0-9]{{{footage.digits}}}$", footage.path.stem):
                raise ValueError(f"{footage.path.name} does not end in {footage.digits} digits")

    @property
    def has_sequence(self) -> bool:
        """Whether the clip or a matte is a sequence of pictures."""
        return any(footage.is_sequence for footage in (self.clip, *self.mattes))

    @property
    def frame_number(self) -> int:
        """Number of the clip's frame 0 where frames are numbered, so that sequences keep their numbers."""
        for footage in (*self.mattes, self.clip):
            if footage.is_sequence:
                return footage.start - footage.first
        return 1
