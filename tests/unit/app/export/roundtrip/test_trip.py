from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.errors import ExportError
from app.export.roundtrip import write
from app.export.roundtrip.write import KINDS, check_kinds, write_round_trip
from tests.unit.app.export.roundtrip.trips import movies, sequences


def test_footage_must_hold_what_is_shown(tmp_path: Path) -> None:
    trip = movies(tmp_path)
    with pytest.raises(ValueError, match="lacks frames"):
        replace(trip, shown=range(4, 90))
    with pytest.raises(ValueError, match="lacks frames"):
        replace(trip, shown=range(10, 96))
    with pytest.raises(ValueError, match="at least one frame"):
        replace(trip, shown=range(10, 10))
    with pytest.raises(ValueError, match="does not end in 6 digits"):
        replace(trip, clip=replace(trip.clip, digits=6))


def test_numbered_pictures_keep_their_numbers(tmp_path: Path) -> None:
    assert movies(tmp_path).frame_number == 1
    assert sequences(tmp_path).frame_number == 996  # frame 5 is picture 1001
    assert replace(sequences(tmp_path), mattes=()).frame_number == 100


def test_files_appear_side_by_side(tmp_path: Path) -> None:
    pytest.importorskip("opentimelineio")
    written = write_round_trip(movies(tmp_path), tmp_path / "out" / "shot.v1", list(KINDS))
    assert [path.name for path in written] == ["shot.v1.otio", "shot.v1.fcpxml", "shot.v1.jsx", "shot.v1.nk"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(path.name for path in written)


def test_unknown_kinds_and_a_missing_library_are_said_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="kind 'aaf'"):
        check_kinds(["nk", "aaf"])

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(write.otio.importlib, "import_module", missing)
    with pytest.raises(ExportError) as caught:
        write_round_trip(movies(tmp_path), tmp_path / "shot", ["nk", "otio"])
    assert "library that is not installed" in caught.value.message
    assert "cfbi-studio[otio]" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
