"""OpenTimelineIO, written by its own library: the clip on one track, each matte on a track above it."""

from __future__ import annotations

import importlib
from typing import Any
from urllib.parse import quote

from app.errors import ExportError
from app.export.roundtrip.trip import Footage, RoundTrip
from app.i18n import tr


def otio_text(trip: RoundTrip) -> str:
    """The timeline as OTIO JSON.

    How the alpha is meant stands in ``metadata["cfbi"]["alpha"]`` of each media reference; the format has no
    field for it.

    Args:
        trip: What to describe.

    Raises:
        ExportError: The library is not installed.
    """
    library = _library()
    rate = float(trip.rate)

    def span(start: int, count: int) -> Any:
        time = library.opentime
        return time.TimeRange(time.RationalTime(start, rate), time.RationalTime(count, rate))

    def reference(footage: Footage) -> Any:
        about = {"cfbi": {"alpha": footage.alpha.value, "first_clip_frame": footage.first}}
        available = span(footage.start, footage.frame_count)
        if not footage.is_sequence:
            return library.schema.ExternalReference(footage.path.resolve().as_uri(), available, about)
        return library.schema.ImageSequenceReference(
            target_url_base=f"{footage.path.resolve().parent.as_uri().rstrip('/')}/",
            name_prefix=quote(footage.prefix),
            name_suffix=quote(footage.path.suffix),
            start_frame=footage.start,
            frame_step=1,
            rate=rate,
            frame_zero_padding=footage.digits,
            available_range=available,
            metadata=about,
        )

    timeline = library.schema.Timeline(trip.name)
    start = trip.clip.start if not trip.clip.is_sequence else 0
    timeline.global_start_time = library.opentime.RationalTime(start + trip.shown.start, rate)
    for footage in (trip.clip, *trip.mattes):
        track = library.schema.Track(footage.name, kind=library.schema.TrackKind.Video)
        inside = footage.start + trip.shown.start - footage.first
        track.append(library.schema.Clip(footage.name, reference(footage), span(inside, len(trip.shown))))
        timeline.tracks.append(track)
    text: str = library.adapters.write_to_string(timeline, "otio_json")
    return text


def require() -> None:
    """Make sure that the library is there.

    Raises:
        ExportError: It is not installed.
    """
    _library()


def _library() -> Any:
    try:
        return importlib.import_module("opentimelineio")
    except ImportError as error:
        raise ExportError(
            tr("OpenTimelineIO files need a library that is not installed."),
            tr('Install it with pip install "cfbi-studio[otio]", or leave the OpenTimelineIO file out.'),
            about="round_trips",
        ) from error
