"""What is told about a video: its facts and its list of frames, put together."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from app.i18n import tr
from app.media.frame_map import FrameMap
from app.media.source import VideoInfo
from app.media.stream_facts import StreamFacts
from app.media.timecode import Timecode

_MATRIX_NAMES = {"bt709": "BT.709", "bt601": "BT.601", "bt2020": "BT.2020"}
_HDR = {"smpte2084": "PQ", "arib-std-b67": "HLG"}


def video_info(path: Path, facts: StreamFacts, frames: FrameMap) -> VideoInfo:
    """What is known about a video file.

    Args:
        path: The file.
        facts: About its stream.
        frames: Its frames, as far as they are listed.

    Returns:
        The facts for everybody who shows, propagates or exports the clip.
    """
    mean, nominal, varies = frames.rate()
    return VideoInfo(
        facts.width,
        facts.height,
        len(frames),
        mean,
        path.name,
        nominal,
        varies,
        frames,
        _timecode(facts.timecode, nominal),
        facts.rotation,
        facts.sample_aspect,
        facts.picture,
        facts.audio_codec,
        complete=frames.complete,
        notes=tuple(_notes(facts, varies)),
    )


def _timecode(text: str, rate: Fraction) -> Timecode | None:
    try:
        return Timecode.parse(text, rate) if text else None
    except ValueError:
        return None


def _notes(facts: StreamFacts, varies: bool) -> list[str]:
    picture = facts.picture
    notes = []
    if picture.matrix_guessed:
        name = _MATRIX_NAMES[picture.matrix]
        notes.append(
            tr(
                "The file does not name its colour matrix; {name} is assumed, as usual for its size.",
                name=name,
            )
        )
    if picture.interlaced:
        notes.append(
            tr("Interlaced, top field first; both fields are shown in one picture.")
            if picture.interlaced == "top"
            else tr("Interlaced, bottom field first; both fields are shown in one picture.")
        )
    if facts.sample_aspect != 1:
        ratio = f"{facts.sample_aspect.numerator}:{facts.sample_aspect.denominator}"
        notes.append(
            tr(
                "The pixels are not square ({ratio}): the canvas shows them so, masks keep the stored "
                "{width}×{height}.",
                ratio=ratio,
                width=facts.width,
                height=facts.height,
            )
        )
    if varies:
        notes.append(tr("The frame rate varies; every stored frame is shown once, at its own time."))
    if picture.transfer in _HDR:
        notes.append(
            tr("High dynamic range ({kind}) is shown without tone mapping.", kind=_HDR[picture.transfer])
        )
    if picture.has_alpha:
        notes.append(tr("The transparency of the source is not used."))
    return notes
