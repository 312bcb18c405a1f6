"""FCPXML 1.10 for Final Cut Pro, Resolve and Premiere converters: mattes as connected clips above the clip.

All times are fractions of a second whose denominator is the numerator of the rate, so that each of them lies
on a frame: Final Cut Pro refuses others.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree

from app.errors import ExportError
from app.export.options import Alpha
from app.export.roundtrip.trip import Footage, RoundTrip
from app.i18n import tr

_HOW = {
    Alpha.STRAIGHT: "The alpha is straight.",
    Alpha.PREMULT: "The alpha is premultiplied with black.",
    Alpha.MATTE: "A luma matte: white is the object.",
}
# what XML 1.0 cannot hold, escaped or not
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def fcpxml_text(trip: RoundTrip) -> str:
    """The timeline as FCPXML.

    The format has no field for how the alpha is meant; it stands in the note of each matte.

    Args:
        trip: What to describe.

    Raises:
        ExportError: There is a sequence of pictures, which the format has no media for.
    """
    if trip.has_sequence:
        raise ExportError(
            tr("FCPXML cannot name a sequence of pictures as media."),
            tr("Choose a movie preset for Final Cut Pro, or leave the FCPXML file out."),
            about="round_trips",
        )
    root = ElementTree.Element("fcpxml", version="1.10")
    resources = ElementTree.SubElement(root, "resources")
    aspect = trip.pixel_aspect
    form = {
        "id": "r1",
        "frameDuration": _time(trip, 1),
        "width": str(trip.width),
        "height": str(trip.height),
    }
    if aspect != 1:
        form |= {"paspH": str(aspect.numerator), "paspV": str(aspect.denominator)}
    ElementTree.SubElement(resources, "format", form)
    for number, footage in enumerate((trip.clip, *trip.mattes), start=2):
        _asset(resources, trip, footage, f"r{number}")
    event = ElementTree.SubElement(root, "event", name=_text(trip.name))
    project = ElementTree.SubElement(event, "project", name=_text(trip.name))
    begin = _time(trip, trip.clip.start + trip.shown.start)
    length = _time(trip, len(trip.shown))
    sequence = ElementTree.SubElement(
        project,
        "sequence",
        format="r1",
        duration=length,
        tcStart=begin,
        tcFormat="DF" if trip.drop_frame else "NDF",
    )
    spine = ElementTree.SubElement(sequence, "spine")
    below = _clip(spine, trip, trip.clip, "r2")
    below.set("offset", begin)
    for lane, matte in enumerate(trip.mattes, start=1):
        # the time of a connected clip is that inside the clip it hangs on, which starts at its timecode
        above = _clip(below, trip, matte, f"r{lane + 2}")
        above.set("lane", str(lane))
        above.set("offset", begin)
        note = ElementTree.SubElement(above, "note")
        note.text = _HOW.get(matte.alpha, "")
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n{body}\n'


def _asset(resources: ElementTree.Element, trip: RoundTrip, footage: Footage, identity: str) -> None:
    facts = {
        "id": identity,
        "name": _text(footage.name),
        "start": _time(trip, footage.start),
        "duration": _time(trip, footage.frame_count),
        "hasVideo": "1",
        "format": "r1",
        "videoSources": "1",
    }
    if footage.has_audio:
        facts |= {"hasAudio": "1", "audioSources": "1"}
    asset = ElementTree.SubElement(resources, "asset", facts)
    ElementTree.SubElement(asset, "media-rep", kind="original-media", src=footage.path.resolve().as_uri())


def _clip(
    parent: ElementTree.Element, trip: RoundTrip, footage: Footage, identity: str
) -> ElementTree.Element:
    return ElementTree.SubElement(
        parent,
        "asset-clip",
        ref=identity,
        name=_text(footage.name),
        start=_time(trip, footage.start + trip.shown.start - footage.first),
        duration=_time(trip, len(trip.shown)),
        tcFormat="DF" if trip.drop_frame else "NDF",
    )


def _time(trip: RoundTrip, frames: int) -> str:
    return f"{frames * trip.rate.denominator}/{trip.rate.numerator}s"


def _text(name: str) -> str:
    return _NOT_XML.sub("_", name)
