"""Where a project's clip lies, and how to know it again. Free of Qt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.media import VideoInfo
from app.media.fingerprint import clip_size, find_clip, fingerprint


@dataclass(frozen=True)
class ClipReference:
    """A clip as a project names it.

    Attributes:
        absolute: Where it was, as a full path.
        relative: Where it was as seen from the project's folder; empty if there is no such path.
        mark: Fingerprint of its content; empty if it is not known.
        size: Of its file in bytes; None for a folder of pictures, or if it is not known.
        info: Size, length and rate; None in projects of schema version 1.
    """

    absolute: str
    relative: str = ""
    mark: str = ""
    size: int | None = None
    info: VideoInfo | None = None

    @property
    def name(self) -> str:
        """Its file or folder name."""
        return Path(self.absolute).name

    def to_json(self) -> dict[str, Any]:
        """As JSON types."""
        data: dict[str, Any] = {
            "absolute": self.absolute,
            "relative": self.relative,
            "fingerprint": self.mark,
            "size": self.size,
        }
        if self.info is not None:
            data["video"] = {
                "width": self.info.width,
                "height": self.info.height,
                "frame_count": self.info.frame_count,
                "fps": str(self.info.fps),
            }
        return data

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ClipReference:
        """From JSON.

        Raises:
            ValueError: Something is of the wrong type or out of range.
            KeyError: Something is missing.
        """
        absolute, relative, mark, size = (
            data[key] for key in ("absolute", "relative", "fingerprint", "size")
        )
        if not all(isinstance(text, str) for text in (absolute, relative, mark)) or not absolute:
            raise ValueError("the clip has no path")
        if size is not None and not isinstance(size, int):
            raise ValueError(f"{size!r} is no size of a clip")
        video = data.get("video")
        info = None if video is None else _info(video, Path(absolute).name)
        return cls(absolute, relative, mark, size, info)


def _info(video: Mapping[str, Any], name: str) -> VideoInfo:
    width, height, count = (video[key] for key in ("width", "height", "frame_count"))
    if not all(isinstance(value, int) and 0 < value < 1 << 31 for value in (width, height, count)):
        raise ValueError("the clip has no size")
    fps = Fraction(str(video["fps"]))
    if fps <= 0:
        raise ValueError("the clip has no rate")
    return VideoInfo(width, height, count, fps, name)


def refer_to(clip: Path, info: VideoInfo, project: Path) -> ClipReference:
    """Name a clip for a project file. A clip that cannot be read now is named without its fingerprint.

    Args:
        clip: Where the clip lies.
        info: Its size, length and rate.
        project: The project file.
    """
    clip = clip.absolute()
    try:
        relative = Path(os.path.relpath(clip, project.absolute().parent)).as_posix()
    except ValueError:  # on another drive
        relative = ""
    try:
        mark, size = fingerprint(clip), clip_size(clip)
    except OSError:
        mark, size = "", None
    return ClipReference(str(clip), relative, mark, size, info)


@dataclass(frozen=True)
class ClipSearch:
    """Outcome of looking for a project's clip.

    Attributes:
        path: Where something was found; None for nowhere.
        is_same: Whether its content is the one that the project was made with, as far as anybody can tell.
    """

    path: Path | None
    is_same: bool = False


def locate(reference: ClipReference, project: Path) -> ClipSearch:
    """Look for a clip: beside the project as it was, where it was, and by content around the project.

    Args:
        reference: The clip.
        project: The project file, which may have moved together with it.
    """
    folder = project.absolute().parent
    places = [folder / reference.relative] if reference.relative else []
    places += [Path(reference.absolute), folder / reference.name]
    found = [Path(os.path.normpath(place)) for place in places if place.exists()]
    for place in found:
        if is_same_clip(reference, place):
            return ClipSearch(place, True)
    if reference.mark:
        moved = find_clip(reference.mark, reference.size, folder)
        if moved is not None:
            return ClipSearch(moved, True)
    return ClipSearch(found[0] if found else None)


def is_same_clip(reference: ClipReference, clip: Path) -> bool:
    """Whether a clip has the content of the one that a project was made with."""
    try:
        return not reference.mark or fingerprint(clip) == reference.mark
    except OSError:
        return False
