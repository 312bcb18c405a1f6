from __future__ import annotations

import os
import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from app.document.storage.clip_reference import ClipReference, ClipSearch, is_same_clip, locate, refer_to
from app.media import VideoInfo
from app.media.fingerprint import fingerprint
from tests.fakes import write_clip

INFO = VideoInfo(64, 48, 12, Fraction(25), "clip")


@pytest.fixture(params=["file", "folder"])
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "folder":
        return write_clip(tmp_path / "shot" / "clip")
    path = tmp_path / "shot" / "clip.mp4"
    path.parent.mkdir()
    path.write_bytes(os.urandom(1000) * 300)
    return path


def test_a_clip_is_found_where_it_was(clip: Path, tmp_path: Path) -> None:
    reference = refer_to(clip, INFO, tmp_path / "a.cfbiproj")
    assert reference.relative == f"shot/{clip.name}"
    assert ClipReference.from_json(reference.to_json()) == replace(
        reference, info=replace(INFO, name=clip.name)
    )
    assert locate(reference, tmp_path / "a.cfbiproj") == ClipSearch(clip, True)
    # the project alone has moved
    assert locate(reference, tmp_path / "elsewhere" / "deep" / "a.cfbiproj") == ClipSearch(clip, True)


def test_a_clip_that_moved_with_its_project_is_found(clip: Path, tmp_path: Path) -> None:
    reference = refer_to(clip, INFO, tmp_path / "a.cfbiproj")
    shutil.move(clip.parent, tmp_path / "new" / "shot")
    found = locate(reference, tmp_path / "new" / "a.cfbiproj")
    assert found == ClipSearch(tmp_path / "new" / "shot" / clip.name, True)


def test_a_renamed_clip_is_found_by_its_content(clip: Path, tmp_path: Path) -> None:
    reference = refer_to(clip, INFO, tmp_path / "a.cfbiproj")
    renamed = tmp_path / "other" / "take 7.mov"
    shutil.move(clip, tmp_path / "x")
    renamed.parent.mkdir()
    (tmp_path / "x").rename(renamed)
    assert locate(reference, tmp_path / "a.cfbiproj") == ClipSearch(renamed, True)


def test_another_clip_in_its_place_is_told_apart(clip: Path, tmp_path: Path) -> None:
    reference = refer_to(clip, INFO, tmp_path / "a.cfbiproj")
    if clip.is_dir():
        next(clip.iterdir()).write_bytes(b"another picture")
    else:
        clip.write_bytes(b"another clip")
    assert locate(reference, tmp_path / "a.cfbiproj") == ClipSearch(clip, False)
    shutil.rmtree(clip.parent)
    assert locate(reference, tmp_path / "a.cfbiproj") == ClipSearch(None, False)


def test_without_a_fingerprint_the_path_counts(clip: Path, tmp_path: Path) -> None:
    reference = ClipReference(str(clip))
    assert locate(reference, tmp_path / "a.cfbiproj") == ClipSearch(clip, True)
    assert is_same_clip(reference, clip)


def test_a_missing_clip_can_still_be_named(tmp_path: Path) -> None:
    reference = refer_to(tmp_path / "gone.mp4", INFO, tmp_path / "a.cfbiproj")
    assert (reference.mark, reference.size, reference.relative) == ("", None, "gone.mp4")


def test_head_middle_tail_and_size_count(tmp_path: Path) -> None:
    path = tmp_path / "clip"
    content = bytearray(1_000_000)
    path.write_bytes(content)
    marks = {fingerprint(path)}
    for place in (0, 500_000, 999_999):
        changed = bytearray(content)
        changed[place] = 1
        path.write_bytes(changed)
        marks.add(fingerprint(path))
    path.write_bytes(content + b"\0")
    marks.add(fingerprint(path))
    assert len(marks) == 5
    path.write_bytes(b"")
    assert len(fingerprint(path)) == 32
    (tmp_path / "empty").mkdir()
    assert len(fingerprint(tmp_path / "empty")) == 32
