from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ExportError
from app.export.roundtrip.fcpxml import fcpxml_text
from tests.unit.app.export.roundtrip.trips import FILM, HOUR, NASTY, movies, sequences

# what the DTD of FCPXML 1.10 allows of the elements that are written here
CHILDREN = {
    "fcpxml": ["resources", "event"],
    "resources": ["format", "asset"],
    "format": [],
    "asset": ["media-rep"],
    "media-rep": [],
    "event": ["project"],
    "project": ["sequence"],
    "sequence": ["spine"],
    "spine": ["asset-clip"],
    "asset-clip": ["note", "asset-clip"],
    "note": [],
}
REQUIRED = {
    "fcpxml": {"version"},
    "format": {"id"},
    "asset": {"id"},
    "media-rep": {"src"},
    "sequence": {"format"},
    "asset-clip": {"ref"},
}
ALLOWED = {
    "fcpxml": set(),
    "format": {"name", "frameDuration", "fieldOrder", "width", "height", "paspH", "paspV", "colorSpace"},
    "asset": {"name", "start", "duration", "hasVideo", "format", "hasAudio", "videoSources", "audioSources"},
    "media-rep": {"kind"},
    "event": {"name"},
    "project": {"name"},
    "sequence": {"duration", "tcStart", "tcFormat"},
    "asset-clip": {"lane", "offset", "name", "start", "duration", "tcFormat"},
}
TIMES = ("frameDuration", "start", "duration", "offset", "tcStart")


def seconds(text: str) -> Fraction:
    match = re.fullmatch(r"(\d+)(?:/(\d+))?s", text)
    assert match, text
    assert int(match[2] or 1) < 2**31
    assert int(match[1]) < 2**63
    return Fraction(int(match[1]), int(match[2] or 1))


def checked(text: str, rate: Fraction) -> ElementTree.Element:
    """Parse, and check against the rules of the DTD."""
    assert text.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n')
    root = ElementTree.fromstring(text.encode("utf-8"))
    identities: dict[str, str] = {}
    for element in root.iter():
        tag, names = element.tag, set(element.attrib)
        tags = [child.tag for child in element]
        assert set(tags) <= set(CHILDREN[tag]), tag
        assert tags == sorted(tags, key=CHILDREN[tag].index), tag
        assert REQUIRED.get(tag, set()) <= names, tag
        assert names <= ALLOWED.get(tag, set()) | REQUIRED.get(tag, set()), tag
        for name in names & set(TIMES):
            frames = seconds(element.attrib[name]) * rate
            assert frames.denominator == 1, (tag, name, element.attrib[name])
        if "id" in names:
            assert element.attrib["id"] not in identities
            identities[element.attrib["id"]] = tag
    for element in root.iter():
        if "ref" in element.attrib:
            assert identities[element.attrib["ref"]] == "asset"
        if "format" in element.attrib:
            assert identities[element.attrib["format"]] == "format"
    return root


def test_clip_and_mattes_show_the_same_timecode(tmp_path: Path) -> None:
    trip = movies(tmp_path)
    text = fcpxml_text(trip)
    root = checked(text, FILM)
    assert root.attrib["version"] == "1.10"
    form = root.find("resources/format")
    assert form is not None
    assert form.attrib == {"id": "r1", "frameDuration": "1001/24000s", "width": "1920", "height": "1080"}
    assets = root.findall("resources/asset")
    for asset, footage in zip(assets, [trip.clip, *trip.mattes], strict=True):
        source = asset.find("media-rep")
        assert source is not None
        assert Path(unquote(urlparse(source.attrib["src"]).path)) == footage.path
        assert asset.attrib["name"] == footage.name
        assert seconds(asset.attrib["start"]) * FILM == footage.start
        assert seconds(asset.attrib["duration"]) * FILM == footage.frame_count
    assert [asset.get("hasAudio") for asset in assets] == ["1", None, None, None]
    sequence = root.find("event/project/sequence")
    assert sequence is not None
    assert sequence.attrib["tcStart"] == f"{(HOUR + 10) * 1001}/24000s"
    assert sequence.attrib["tcFormat"] == "NDF"
    assert seconds(sequence.attrib["duration"]) * FILM == 80
    below = sequence.find("spine/asset-clip")
    assert below is not None
    above = below.findall("asset-clip")
    assert [clip.get("lane") for clip in (below, *above)] == [None, "1", "2", "3"]
    for clip in (below, *above):
        assert seconds(clip.attrib["offset"]) * FILM == HOUR + 10
        assert seconds(clip.attrib["start"]) * FILM == HOUR + 10
        assert seconds(clip.attrib["duration"]) * FILM == 80
    assert [clip.findtext("note") for clip in above] == [
        "The alpha is straight.",
        "A luma matte: white is the object.",
        "The alpha is premultiplied with black.",
    ]
    assert above[0].attrib["name"] == f"{NASTY} straight"


@given(
    rate=st.sampled_from([Fraction(25), FILM, Fraction(30000, 1001), Fraction(50), Fraction(1250, 99)]),
    start=st.integers(0, 24 * 3600 * 60),
    first=st.integers(0, 10),
    drop=st.booleans(),
)
def test_every_time_lies_on_a_frame(rate: Fraction, start: int, first: int, drop: bool) -> None:
    trip = movies(Path("/clips"), name="plain")
    trip = replace(trip, rate=rate, shown=range(max(5, first), 90), drop_frame=drop)
    trip = replace(trip, clip=replace(trip.clip, start=start), pixel_aspect=Fraction(16, 15))
    root = checked(fcpxml_text(trip), rate)
    assert {element.get("tcFormat") for element in root.iter() if element.get("tcFormat")} == {
        "DF" if drop else "NDF"
    }


@given(st.text())
def test_any_name_is_well_formed(name: str) -> None:
    checked(fcpxml_text(movies(Path("/clips"), name=name)), FILM)


def test_sequences_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="sequence of pictures"):
        fcpxml_text(sequences(tmp_path))
