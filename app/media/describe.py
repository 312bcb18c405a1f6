"""Says in words what is known about a clip."""

from __future__ import annotations

from app.media.source import VideoInfo

_MATRICES = {"rgb": "RGB", "bt709": "BT.709", "bt601": "BT.601", "bt2020": "BT.2020"}


def short_description(info: VideoInfo) -> str:
    """Size and rate, for the status line."""
    shown = "" if info.sample_aspect == 1 else " (shown {} × {})".format(*info.display_size)
    rate = f"{float(info.fps):.5g} fps{' on average' if info.is_vfr and not info.numbers else ''}"
    more = "" if info.complete else " · still listing frames"
    return f"{info.width} × {info.height}{shown} · {rate}{more}"


def long_description(info: VideoInfo) -> str:
    """All that is worth knowing, a line each."""
    picture = info.picture
    depth = f"{picture.bit_depth}-bit{' float' if picture.is_float else ''}"
    spread = "" if picture.is_float else ", full range" if picture.full_range else ", limited range"
    matrix = _MATRICES.get(picture.matrix, picture.matrix) + (" (assumed)" if picture.matrix_guessed else "")
    lines = [
        f"{picture.codec} {picture.pixel_format}".strip() + f": {depth}, {matrix}{spread}",
        f"{info.frame_count} frames, {info.fps.numerator}/{info.fps.denominator} fps",
        f"first timecode {info.timecode(0)}" if info.start_timecode is not None else "",
        f"numbers {info.numbers[0]} to {info.numbers[-1]}" if info.numbers else "",
        f"turned {info.rotation}° clockwise" if info.rotation else "",
        f"sound: {info.audio_codec}" if info.has_audio else "",
        *info.notes,
    ]
    return "\n".join(line for line in lines if line)
