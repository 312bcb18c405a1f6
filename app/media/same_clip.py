"""Whether the file of a clip is still the one that masks were made for."""

from __future__ import annotations

from pathlib import Path

from app.errors import MediaError
from app.i18n import tr
from app.media.source import VideoInfo


def refuse_another(path: Path, meant: VideoInfo, found: VideoInfo) -> None:
    """Make sure that a clip, opened again, has the size and the frames that are known of it.

    Args:
        path: The clip.
        meant: What is known of it; where its frames are still being listed, there may be more.
        found: What its file has now, completely listed.

    Raises:
        MediaError: It has others.
    """
    is_long_enough = found.frame_count >= meant.frame_count
    same_length = found.frame_count == meant.frame_count if meant.complete else is_long_enough
    if (meant.width, meant.height) == (found.width, found.height) and same_length:
        return
    raise MediaError(
        tr(
            "{path} is not the clip that the mattes were made for: it has {frame_count} frames of "
            "{width}x{height} instead of {meant_frame_count} of {meant_width}x{meant_height}.",
            path=path,
            frame_count=found.frame_count,
            width=found.width,
            height=found.height,
            meant_frame_count=meant.frame_count,
            meant_width=meant.width,
            meant_height=meant.height,
        ),
        tr("Put the former file back. To use this one, save the project and open it again."),
    )
