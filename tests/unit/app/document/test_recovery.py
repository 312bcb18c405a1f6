from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from app.document.mask_store import MaskSource, pack, without_objects
from app.document.objects import ObjectInfo, new_object
from app.document.recovery import RecoveryWriter, decode_mask, encode_mask, read_session
from app.errors import ProjectReadError

planes = hnp.arrays(np.uint8, (5, 7))


@given(planes, st.dictionaries(st.integers(1, 254), planes, max_size=3), st.sampled_from(MaskSource))
def test_mask_files_round_trip(mask, mattes, source) -> None:
    entry = pack(mask, source, mattes)
    assert decode_mask(encode_mask(entry)) == entry
    rest = without_objects(entry, set(entry.object_ids[:1]))
    if rest is not None:
        assert decode_mask(encode_mask(rest)) == rest


@given(st.data())
def test_a_damaged_mask_file_is_refused(data) -> None:
    good = encode_mask(pack(np.eye(6, dtype=np.uint8), MaskSource.USER))
    position = data.draw(st.integers(0, len(good) - 1))
    flipped = bytearray(good)
    flipped[position] ^= data.draw(st.integers(1, 255))
    for bad in (bytes(flipped), good[:position]):
        try:
            entry = decode_mask(bad)
        except (ValueError, KeyError, TypeError):
            continue
        # a flip in the header may still be a header, but never a mask of another size
        assert entry.index_mask().size == 36


def save(writer: RecoveryWriter, masks: dict[int, int]) -> None:
    entries = {
        index: pack(np.full((4, 4), value, np.uint8), MaskSource.USER) for index, value in masks.items()
    }
    writer.save(
        Path("clip.mp4"), (ObjectInfo(2, "Döggy", (1, 2, 3), False), new_object(5)), entries, frozenset(masks)
    )


def test_a_session_is_read_back(tmp_path: Path) -> None:
    writer = RecoveryWriter(tmp_path / "session")
    save(writer, {0: 1, 7: 2})
    save(writer, {7: 3, 9: 2})
    work = read_session(tmp_path / "session")
    assert work.clip == Path("clip.mp4")
    assert work.objects == (ObjectInfo(2, "Döggy", (1, 2, 3), False), new_object(5))
    assert {index: int(entry.index_mask()[0, 0]) for index, entry in work.entries.items()} == {7: 3, 9: 2}
    assert work.references == {7, 9}
    assert len(list((tmp_path / "session").iterdir())) == 3
    writer.discard()
    assert not (tmp_path / "session").exists()


def test_unchanged_masks_are_not_written_again(tmp_path: Path) -> None:
    writer = RecoveryWriter(tmp_path)
    entries = {index: pack(np.full((4, 4), index, np.uint8), MaskSource.USER) for index in range(3)}
    writer.save(Path("c"), (), entries, frozenset())
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.mask")}
    writer.save(Path("c"), (), entries, frozenset())
    assert {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.mask")} == before


def test_a_state_that_leads_elsewhere_or_is_damaged_is_refused(tmp_path: Path) -> None:
    writer = RecoveryWriter(tmp_path / "s")
    save(writer, {0: 1})
    state = tmp_path / "s" / "state.json"
    text = state.read_text()
    name = next((tmp_path / "s").glob("*.mask")).name
    (tmp_path / name).write_bytes((tmp_path / "s" / name).read_bytes())
    for bad in (
        text.replace(name, f"../{name}"),
        text[:40],
        text.replace('"schema_version": 1', '"schema_version": 9'),
        "[]",
    ):
        state.write_text(bad)
        with pytest.raises(ProjectReadError) as caught:
            read_session(tmp_path / "s")
        assert caught.value.hint
    with pytest.raises(ProjectReadError):
        read_session(tmp_path / "none")
