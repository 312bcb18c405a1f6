from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from app.export.roundtrip.otio import otio_text
from tests.unit.app.export.roundtrip.trips import HOUR, NASTY, movies, sequences

otio = pytest.importorskip("opentimelineio")


def local(url: str) -> Path:
    assert urlparse(url).scheme == "file"
    return Path(unquote(urlparse(url).path))


def test_the_library_reads_back_clip_and_mattes_at_their_timecodes(tmp_path: Path) -> None:
    trip = movies(tmp_path)
    timeline = otio.adapters.read_from_string(otio_text(trip), "otio_json")
    assert timeline.name == NASTY
    assert timeline.global_start_time.value == HOUR + 10
    assert Fraction(timeline.global_start_time.rate).limit_denominator(1001) == trip.rate
    footage = [trip.clip, *trip.mattes]
    assert [track.name for track in timeline.video_tracks()] == [entry.name for entry in footage]
    for track, entry in zip(timeline.video_tracks(), footage, strict=True):
        (clip,) = track
        assert local(clip.media_reference.target_url) == entry.path
        assert clip.media_reference.metadata["cfbi"]["alpha"] == entry.alpha.value
        available = clip.media_reference.available_range
        assert (available.start_time.value, available.duration.value) == (entry.start, entry.frame_count)
        # all show the same timecode, whatever handles they have
        assert (clip.source_range.start_time.value, clip.source_range.duration.value) == (HOUR + 10, 80)
    assert timeline.duration().value == 80


def test_sequences_name_each_picture(tmp_path: Path) -> None:
    timeline = otio.adapters.read_from_string(otio_text(sequences(tmp_path)), "otio_json")
    clip, matte = (track[0] for track in timeline.video_tracks())
    assert local(clip.media_reference.target_url_for_image_number(0)) == tmp_path / "plate" / "a b.0100.exr"
    assert clip.media_reference.number_of_images_in_sequence() == 100
    assert local(matte.media_reference.target_url_for_image_number(5)) == tmp_path / "out" / "m_01006.exr"
    assert clip.source_range.start_time.value == 110
    assert matte.source_range.start_time.value == 1006
