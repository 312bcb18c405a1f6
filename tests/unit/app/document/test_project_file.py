from __future__ import annotations

import json
import sys
import zipfile
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.locked import locked_region
from app.document.mask_store import MaskSource, pack
from app.document.objects import ObjectInfo, new_object
from app.document.project_file import Project, is_project, read_project, write_project
from app.document.references import Reference
from app.document.snapshot import Work
from app.document.storage.clip_reference import ClipReference
from app.document.storage.mask_codec import decode_mask, encode_mask
from app.document.storage.migrations import SCHEMA_VERSION
from app.document.takes import TakenFrame, TakeRecord
from app.errors import ProjectReadError, ProjectWriteError
from app.media import VideoInfo
from tests.unit.app.document.strategies import SHAPE, entries, works

FIRST = Path(__file__).parent / "data" / "schema_1"
CLIP = ClipReference(
    "/clips/a.mp4",
    "../clips/a.mp4",
    "ab12",
    77,
    VideoInfo(SHAPE[1], SHAPE[0], 41, Fraction(24000, 1001), "a.mp4"),
)


@given(works())
@settings(max_examples=40)
def test_a_project_is_read_as_it_was_written(tmp_path: Path, work: Work) -> None:
    project = Project(tmp_path / "a.cfbiproj", CLIP, work, session="s", sequence=9)
    write_project(project)
    assert read_project(project.path) == project
    assert [item.name for item in tmp_path.iterdir()] == ["a.cfbiproj"]


def some_project(path: Path) -> Project:
    mask = np.zeros(SHAPE, np.uint8)
    mask[1:3, 2:5] = 1
    soft = {1: np.full(SHAPE, 90, np.uint8)}
    painted, after, before = (
        pack(mask, MaskSource.USER),
        pack(mask, MaskSource.PROPAGATED, soft),
        pack(2 * mask, MaskSource.PROPAGATED),
    )
    work = Work(
        objects=(new_object(1), new_object(2)),
        entries={3: painted, 4: after},
        takes=(
            TakeRecord(7, "First", {4: TakenFrame(None, before), 5: TakenFrame(None, before, 0.0)}),
            TakeRecord(8, "Second", {4: TakenFrame(before, after, 0.5)}, frozenset({4})),
        ),
        reference_table={3: Reference(3, frozenset({1}), frozenset({2}), enabled=False)},
        declined_references=frozenset({4, 5, 9}),
        locked_frames=frozenset({1, 2, 3, 7}),
        locked_regions=dict.fromkeys((2, 3, 6), locked_region(mask > 0)),
        reviewed=frozenset({(3, 1)}),
        current_object_id=1,
    )
    project = Project(path, CLIP, work)
    write_project(project)
    return project


@given(st.data())
@settings(max_examples=150)
def test_any_damage_is_a_clear_error_or_harmless(tmp_path: Path, data: st.DataObject) -> None:
    good = tmp_path / "good.cfbiproj"
    project = read_project(good) if good.exists() else some_project(good)
    content = bytearray(good.read_bytes())
    kind = data.draw(st.sampled_from(("flip", "cut", "insert", "zero")))
    position = data.draw(st.integers(0, len(content) - 1))
    if kind == "flip":
        content[position] ^= data.draw(st.integers(1, 255))
    elif kind == "cut":
        del content[position : position + data.draw(st.integers(1, len(content)))]
    elif kind == "insert":
        content[position:position] = data.draw(st.binary(min_size=1, max_size=9))
    else:
        content[position : position + 40] = bytes(len(content[position : position + 40]))
    bad = tmp_path / "bad.cfbiproj"
    bad.write_bytes(content)
    try:
        found = read_project(bad)
    except ProjectReadError as caught:
        error = caught
    else:
        assert found.work.entries == project.work.entries
        return
    assert str(bad) in error.message or "later version" in error.message
    assert error.hint


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 300) | st.floats() | st.text(max_size=3) | st.just(1 << 70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


def places(state: Any, path: tuple = ()) -> list[tuple]:
    found = [path] if path else []
    items = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


def rewritten(source: Path, target: Path, state: Any) -> None:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, json.dumps(state) if name == "project.json" else old.read(name))


@given(st.data())
@settings(max_examples=150)
def test_any_other_state_is_a_clear_error_or_a_whole_project(tmp_path: Path, data: st.DataObject) -> None:
    good, bad = tmp_path / "good.cfbiproj", tmp_path / "bad.cfbiproj"
    if not good.exists():
        some_project(good)
    with zipfile.ZipFile(good) as archive:
        state = json.loads(archive.read("project.json"))
    *parents, last = data.draw(st.sampled_from(places(state)))
    inner = state
    for key in parents:
        inner = inner[key]
    if data.draw(st.booleans()):
        inner[last] = data.draw(json_values)
    else:
        del inner[last]
    rewritten(good, bad, state)
    try:
        found = read_project(bad)
    except ProjectReadError:
        return
    write_project(replace(found, path=tmp_path / "again.cfbiproj"))
    assert read_project(tmp_path / "again.cfbiproj").work == found.work


def test_schema_1_is_migrated() -> None:
    project = read_project(FIRST)
    assert project.clip == ClipReference("/clips/dancer.mp4")
    work = project.work
    assert work.objects == (
        ObjectInfo(1, "Dancer", (255, 92, 92), True),
        ObjectInfo(2, "Röck", (74, 214, 130), False),
    )
    # a reference taught whatever its mask showed
    assert dict(work.reference_table) == {4: Reference(4, confirmed=frozenset({1, 2}))}
    assert sorted(work.entries) == [4, 5]
    assert (work.entries[4].source, work.entries[5].source) == (MaskSource.USER, MaskSource.PROPAGATED)
    assert work.entries[4].index_mask()[2, 3] == 1
    assert work.entries[5].matte(1).max() == 200
    assert work.current_frame == 4


def test_a_migrated_project_is_saved_as_the_present_one(tmp_path: Path) -> None:
    project = replace(read_project(FIRST), path=tmp_path / "new.cfbiproj")
    write_project(project)
    assert read_project(project.path) == project


def test_schema_2_is_migrated(tmp_path: Path) -> None:
    project = some_project(tmp_path / "a.cfbiproj")
    with zipfile.ZipFile(project.path) as archive:
        state = json.loads(archive.read("project.json"))
        # frames that share a region share its bytes
        assert [name for name in archive.namelist() if name.startswith("locks/")] == ["locks/000002.bits"]
    state["schema_version"] = 2
    del state["locked_regions"], state["takes"]
    rewritten(project.path, tmp_path / "b.cfbiproj", state)
    found = read_project(tmp_path / "b.cfbiproj")
    assert found.work == replace(project.work, locked_regions={}, takes=())


def test_schema_3_is_migrated(tmp_path: Path) -> None:
    project = some_project(tmp_path / "a.cfbiproj")
    with zipfile.ZipFile(project.path) as archive:
        state = json.loads(archive.read("project.json"))
        # what the document has anyway, and what two takes hold, lies there once
        assert [name for name in archive.namelist() if name.startswith("takes/")] == ["takes/000000.mask"]
        assert state["takes"][1]["frames"]["4"] == ["takes/000000.mask", "masks/000004.mask", 0.5]
    state["schema_version"] = 3
    del state["takes"]
    rewritten(project.path, tmp_path / "b.cfbiproj", state)
    assert read_project(tmp_path / "b.cfbiproj").work == replace(project.work, takes=())


def test_a_project_with_mattes_of_eight_bits_opens_as_it_was(tmp_path: Path) -> None:
    work = read_project(FIRST.parent / "schema_4.cfbiproj").work
    ramp = (np.arange(192) * 255 / 191).round().astype(np.uint8).reshape(12, 16)
    assert sorted(work.entries) == [3, 4]
    assert work.takes[0].frames[4].after is work.entries[4]
    for object_id, matte in ((1, ramp), (2, 255 - ramp)):
        np.testing.assert_array_equal(work.entries[4].matte(object_id), matte)
        np.testing.assert_array_equal(
            work.entries[4].fine_matte(object_id), matte.astype(np.uint16) * 257
        )  # white is white
    project = Project(tmp_path / "a.cfbiproj", CLIP, work)
    write_project(replace(project, clip=replace(CLIP, info=None)))
    assert read_project(project.path).work == work


@pytest.mark.parametrize(
    ("taught", "reference"),
    [
        (None, Reference(3, frozenset({1, 2}))),
        ([2], Reference(3, frozenset({2}), frozenset({1}))),
        ([], Reference(3, frozenset(), frozenset({1, 2}))),
    ],
)
def test_references_of_schema_5_teach_what_they_taught(
    tmp_path: Path, taught: list[int] | None, reference: Reference
) -> None:
    project = some_project(tmp_path / "a.cfbiproj")
    with zipfile.ZipFile(project.path) as archive:
        state = json.loads(archive.read("project.json"))
    state["schema_version"] = 5
    state["references"] = [{"frame": 3, "objects": taught, "enabled": True}]
    rewritten(project.path, tmp_path / "b.cfbiproj", state)
    assert dict(read_project(tmp_path / "b.cfbiproj").work.reference_table) == {3: reference}


def test_a_project_from_before_dropped_references_were_kept_has_none(tmp_path: Path) -> None:
    project = some_project(tmp_path / "a.cfbiproj")
    with zipfile.ZipFile(project.path) as archive:
        state = json.loads(archive.read("project.json"))
    assert state["declined_references"] == [[4, 5], [9, 9]]
    del state["declined_references"]
    rewritten(project.path, tmp_path / "b.cfbiproj", state)
    assert read_project(tmp_path / "b.cfbiproj").work == replace(
        project.work, declined_references=frozenset()
    )


def test_masks_that_are_shared_are_one_when_they_were_read(tmp_path: Path) -> None:
    work = read_project(some_project(tmp_path / "a.cfbiproj").path).work
    first, second = work.takes
    assert second.frames[4].after is work.entries[4]
    assert second.frames[4].before is first.frames[4].after is first.frames[5].after


def test_later_versions_and_missing_files_say_so(tmp_path: Path) -> None:
    project = some_project(tmp_path / "a.cfbiproj")
    with zipfile.ZipFile(project.path) as archive:
        state = json.loads(archive.read("project.json"))
    state["schema_version"] = SCHEMA_VERSION + 1
    rewritten(project.path, tmp_path / "b.cfbiproj", state)
    with pytest.raises(ProjectReadError, match=rf"later version.*schema {SCHEMA_VERSION + 1}"):
        read_project(tmp_path / "b.cfbiproj")
    with pytest.raises(ProjectReadError, match=r"There is no .*c\.cfbiproj"):
        read_project(tmp_path / "c.cfbiproj")
    with pytest.raises(ProjectReadError, match=r"There is no .*state\.json"):
        read_project(tmp_path)
    (tmp_path / "d.cfbiproj").write_bytes(b"no archive")
    with pytest.raises(ProjectReadError, match=r"d\.cfbiproj cannot be read as a project"):
        read_project(tmp_path / "d.cfbiproj")


def test_a_folder_may_not_lead_elsewhere(tmp_path: Path) -> None:
    name = next(FIRST.glob("000004*")).name
    (tmp_path / name).write_bytes((FIRST / name).read_bytes())
    folder = tmp_path / "s"
    folder.mkdir()
    text = (FIRST / "state.json").read_text(encoding="utf-8")
    (folder / "state.json").write_text(text.replace(name, f"../{name}"), encoding="utf-8")
    with pytest.raises(ProjectReadError, match="no file name"):
        read_project(folder)


def test_what_was_there_survives_a_failed_save(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = some_project(tmp_path / "a.cfbiproj")

    def full(entry: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.document.project_file.encode_mask", full)
    with pytest.raises(ProjectWriteError, match="No space left") as caught:
        write_project(replace(project, work=Work(entries=project.work.entries)))
    assert caught.value.hint
    monkeypatch.undo()
    assert read_project(project.path) == project
    assert len(list(tmp_path.iterdir())) == 1
    with pytest.raises(ProjectWriteError):
        write_project(replace(project, path=tmp_path / "none" / "a.cfbiproj"))


def test_projects_are_known_by_their_ending() -> None:
    assert is_project(Path("a/My Project.CFBIPROJ"))
    assert not is_project(Path("a/cfbiproj.mp4"))


@given(entries())
def test_masks_round_trip(entry) -> None:
    found = decode_mask(encode_mask(entry))
    assert found == entry
    assert found.serial == entry.serial
    assert found.older == entry.older


@given(st.data())
@pytest.mark.parametrize("schema", [1, 2])
def test_damaged_masks_are_refused(schema: int, data: st.DataObject) -> None:
    good = next(FIRST.glob("000005*")).read_bytes()
    if schema == 2:
        good = encode_mask(decode_mask(good))
    position = data.draw(st.integers(0, 1 << 40)) % len(good)  # serial numbers grow, and the file with them
    flipped = bytearray(good)
    flipped[position] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(flipped), good[:position]):
        try:
            entry = decode_mask(bad)
        except (ValueError, KeyError, TypeError):
            continue
        # the first schema had no checksum of the header: it may be another header, but not of another size
        assert schema == 1
        assert entry.index_mask().size == 12 * 16


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_saving_through_a_link_writes_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    there = tmp_path / "disk" / "a.cfbiproj"
    there.write_bytes(b"old")
    link = tmp_path / "link.cfbiproj"
    link.symlink_to(there)
    write_project(Project(link, ClipReference("/clips/a.mp4"), Work()))
    assert link.is_symlink()
    assert read_project(there).work == Work()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.cfbiproj", "disk", "link.cfbiproj"]
