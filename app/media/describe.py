"""Says in words what is known about a clip."""

from __future__ import annotations

from app.i18n import tr, trn
from app.media.source import VideoInfo

_MATRICES = {"rgb": "RGB", "bt709": "BT.709", "bt601": "BT.601", "bt2020": "BT.2020"}


def short_description(info: VideoInfo) -> str:
    """Size and rate, for the status line."""
    size = f"{info.width} × {info.height}"
    if info.sample_aspect != 1:
        width, height = info.display_size
        size = tr("{size} (shown {width} × {height})", size=size, width=width, height=height)
    rate = tr("{fps:.5g} fps", fps=float(info.fps))
    if info.is_vfr and not info.numbers:
        rate = tr("{rate} on average", rate=rate)
    parts = [size, rate] if info.complete else [size, rate, tr("still listing frames")]
    return " · ".join(parts)


def long_description(info: VideoInfo) -> str:
    """All that is worth knowing, a line each."""
    lines = [
        f"{info.picture.codec} {info.picture.pixel_format}".strip() + f": {', '.join(_picture_facts(info))}",
        trn(
            "{count} frame, {rate} fps",
            "{count} frames, {rate} fps",
            info.frame_count,
            rate=f"{info.fps.numerator}/{info.fps.denominator}",
        ),
        tr("first timecode {timecode}", timecode=info.timecode(0)) if info.start_timecode is not None else "",
        tr("numbers {first} to {last}", first=info.numbers[0], last=info.numbers[-1]) if info.numbers else "",
        tr("turned {angle}° clockwise", angle=info.rotation) if info.rotation else "",
        tr("sound: {codec}", codec=info.audio_codec) if info.has_audio else "",
        *info.notes,
    ]
    return "\n".join(line for line in lines if line)


def _picture_facts(info: VideoInfo) -> list[str]:
    picture = info.picture
    matrix = _MATRICES.get(picture.matrix, picture.matrix)
    if picture.matrix_guessed:
        matrix = tr("{matrix} (assumed)", matrix=matrix)
    if picture.is_float:
        return [tr("{bits}-bit float", bits=picture.bit_depth), matrix]
    spread = tr("full range") if picture.full_range else tr("limited range")
    return [tr("{bits}-bit", bits=picture.bit_depth), matrix, spread]
