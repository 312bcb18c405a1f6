from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.document.locked import LockedRegion, locked_region
from app.document.mask_store import MaskSource, StoredMask, pack
from app.document.objects import new_object
from app.document.packed_matte import pack_matte
from app.document.project_file import Project
from app.document.snapshot import Work
from app.document.storage import journal, journal_format
from app.document.storage.clip_reference import ClipReference
from app.document.storage.journal import Change, JournalHead, JournalWriter, read_journal, summarise
from app.document.storage.takes_change import TakesChange, ToldTakes
from app.document.takes import Take, TakenFrame, TakeRecord
from app.document.unfinished import UnfinishedRun, Walk
from app.errors import ProjectReadError
from tests.unit.app.document.strategies import entries, locked, takes, works

HEAD = JournalHead("session", ClipReference("/clips/a.mp4"), "/projects/a.cfbiproj", 0)

changes = st.lists(
    st.tuples(
        st.dictionaries(st.integers(0, 5), st.none() | entries(), max_size=3),
        st.none() | works(),
        st.dictionaries(st.integers(0, 5), st.none() | locked, max_size=3),
        st.none() | st.lists(takes, max_size=2, unique_by=lambda take: take.take_id),
    ),
    max_size=6,
)


def mask(value: int) -> StoredMask:
    return pack(np.full((4, 4), value, np.uint8), MaskSource.USER)


def put_together(base: Work, steps: list) -> tuple[dict[int, StoredMask], Work, dict[int, LockedRegion]]:
    found, work, regions = dict(base.entries), base, dict(base.locked_regions)
    for masks, changed, locks, _ in steps:
        for table, changes in ((found, masks), (regions, locks)):
            for index, item in changes.items():
                if item is None:
                    table.pop(index, None)
                else:
                    table[index] = item
        work = changed or work
    return found, work, regions


@given(works(), changes, st.data())
@settings(max_examples=25)
def test_whatever_is_cut_off_the_whole_changes_are_restored(
    tmp_path: Path, base: Work, steps: list, data: st.DataObject
) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    writer.append(Change(1, {}, base))
    ends = [path.stat().st_size]
    told = ToldTakes(Take.of(record) for record in base.takes)
    present = [list(base.takes)]
    for number, (masks, work, locks, records) in enumerate(steps, 2):
        present.append(present[-1] if records is None else records)
        news = None if records is None else told.news(Take.of(record) for record in records)
        writer.append(Change(number, masks, work, locks, news))
        ends.append(path.stat().st_size)
    cut = ends[0] + data.draw(st.integers(0, 1 << 40)) % (ends[-1] - ends[0] + 1)
    whole = sum(end <= cut for end in ends) - 1
    content = path.read_bytes()
    path.write_bytes(content[:cut] + data.draw(st.sampled_from((b"", b"\0" * 30, b"torn"))))
    found = read_journal(path)
    assert found.sequence == whole + 1
    project = Project(Path("a"), HEAD.clip, base)
    expected, state, regions = put_together(base, steps[:whole])
    restored = found.onto(project)
    assert restored.entries == expected
    assert restored.objects == state.objects
    assert restored.locked_regions == regions
    assert list(restored.takes) == present[whole]
    # going on where the torn record was
    resumed = JournalWriter(path, found.head, found)
    resumed.append(Change(found.sequence + 1, {9: mask(7)}))
    again = read_journal(path)
    assert again.sequence == found.sequence + 1
    assert again.onto(project).entries == {**expected, 9: again.masks[9][1]}
    assert again.onto(project).locked_regions == regions
    assert list(again.onto(project).takes) == present[whole]
    assert dict(again.masks) == {**found.masks, 9: (again.sequence, mask(7))}


def test_a_change_that_is_in_the_project_is_not_put_on_top_of_it(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal", HEAD)
    for number in (1, 2, 3):
        writer.append(Change(number, {number: mask(number)}))
    # killed after the save, before the journal knew of it; meanwhile frame 3 was painted
    saved = Project(Path("a"), HEAD.clip, Work(entries={2: mask(9)}), session="session", sequence=2)
    found = read_journal(tmp_path / "journal")
    assert found.onto(saved).entries == {2: mask(9), 3: mask(3)}
    # somebody else has saved the project since
    other = Project(Path("a"), HEAD.clip, Work(entries={5: mask(5)}), session="other", sequence=9)
    assert sorted(found.onto(other).entries) == [1, 2, 3, 5]
    assert sorted(found.onto(None).entries) == [1, 2, 3]


def test_saving_empties_the_journal_but_for_what_came_since(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    for number in (1, 2, 3):
        writer.append(Change(number, {number: mask(number)}, Work(objects=(new_object(number),))))
    writer.rebase(JournalHead("session", HEAD.clip, "/projects/b.cfbiproj", 2))
    found = read_journal(path)
    assert found.head.project == "/projects/b.cfbiproj"
    assert dict(found.masks) == {3: (3, mask(3))}
    assert found.work is not None
    assert found.work[1].objects == (new_object(3),)
    writer.rebase(JournalHead("session", HEAD.clip, "/projects/b.cfbiproj", 3))
    assert read_journal(path).is_empty
    assert read_journal(path).sequence == 3
    assert summarise(path) is None


def test_a_journal_is_written_anew_when_most_of_it_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_SLACK_BYTES", 5000)
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    sizes = []
    for number in range(1, 100):
        writer.append(Change(number, {0: mask(number)}))
        sizes.append(path.stat().st_size)
    assert max(sizes) <= 5000
    assert dict(read_journal(path).masks) == {0: (99, mask(99))}


def test_a_change_does_not_weigh_all_masks_that_were_written_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    rng = np.random.default_rng(0)
    noise = [pack(rng.integers(0, 9, (60, 80)).astype(np.uint8), MaskSource.USER) for _ in range(100)]
    weighed: list[StoredMask] = []

    def size(entry: StoredMask) -> int:
        weighed.append(entry)
        return len(entry.index)

    monkeypatch.setattr(StoredMask, "nbytes", property(size), raising=False)
    writer.append(Change(1, dict(enumerate(noise[:50]))))
    for number, entry in enumerate(noise[50:], 2):
        writer.append(Change(number, {number + 50: entry}))
    assert weighed == []  # the file is far from the size at which it matters
    monkeypatch.setattr(journal, "_SLACK_BYTES", path.stat().st_size)
    writer.append(Change(90, {0: mask(1)}))
    assert len(weighed) == 100
    writer.append(Change(91, {0: mask(2)}))  # four times as much as there is would be too much
    assert len(weighed) == 100
    assert read_journal(path).masks[0] == (91, mask(2))


def test_what_could_not_be_written_comes_with_the_next_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    writer.append(Change(1, {0: mask(1)}))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("app.document.storage.journal.os.fsync", full)
    for number in (2, 3):
        with pytest.raises(OSError, match="No space"):
            writer.append(Change(number, {number: mask(number)}))
    monkeypatch.undo()
    writer.append(Change(4, {4: mask(4)}))
    assert sorted(read_journal(path).masks) == [0, 2, 3, 4]


def test_locked_pixels_alone_are_something_to_restore(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    region = locked_region(np.ones((4, 4), bool))
    writer.append(Change(1, regions=dict.fromkeys(range(900), region)))
    assert path.stat().st_size < 1000  # frames that share a region share its bytes
    assert summarise(path) is not None
    assert read_journal(path).onto(None).locked_regions == dict.fromkeys(range(900), region)
    writer.append(Change(2, regions=dict.fromkeys(range(899))))
    writer.rebase(JournalHead("session", HEAD.clip, "/projects/b.cfbiproj", 1))
    saved = Project(
        Path("b"),
        HEAD.clip,
        Work(locked_regions=dict.fromkeys(range(900), region)),
        session="session",
        sequence=1,
    )
    assert read_journal(path).onto(saved).locked_regions == {899: region}
    writer.rebase(JournalHead("session", HEAD.clip, "/projects/b.cfbiproj", 2))
    assert summarise(path) is None


def test_news_of_a_take_do_not_go_through_all_its_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []

    class Table(dict[int, TakenFrame]):
        def __getitem__(self, index: int) -> TakenFrame:
            read.append(index)
            return super().__getitem__(index)

        def __iter__(self) -> Iterator[int]:
            raise AssertionError("all frames are gone through")

    take = Take.of(TakeRecord(7, "Run", {index: TakenFrame(None, mask(1)) for index in range(50)}))
    told = ToldTakes([take])
    monkeypatch.setattr(take, "_frames", Table(take.table))
    monkeypatch.setattr(Take, "to_record", None)  # it would copy the table
    take.record(50, None, mask(2), 0.5)
    take.record(3, None, mask(3), 0.25)
    news = TakeRecord(7, "Run", {50: TakenFrame(None, mask(2), 0.5), 3: TakenFrame(None, mask(3), 0.25)})
    assert told.news([take]) == TakesChange((7,), (news,))
    assert sorted(read) == [3, 50]
    assert told.news([take]) == TakesChange((7,))
    take.settle(frozenset({3}))
    assert told.news([take]) == TakesChange((7,), (TakeRecord(7, "Run", {}, frozenset({3})),))


def test_a_take_grows_frame_by_frame_and_shares_the_masks_of_its_records(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    writer, told, take = JournalWriter(path, HEAD), ToldTakes(), Take("Propagate")
    writer.append(Change(1, {9: mask(9)}))
    size = path.stat().st_size
    rng = np.random.default_rng(0)
    for number in range(2, 6):
        after = pack(rng.integers(0, 3, (60, 80)).astype(np.uint8), MaskSource.PROPAGATED)
        take.record(number, None, after, 1.0)
        writer.append(Change(number, {number: after}, takes=told.news([take])))
        assert path.stat().st_size - size < after.nbytes + 1000
        size = path.stat().st_size
    take.settle(frozenset({3}))
    writer.append(Change(6, takes=told.news([take])))
    assert path.stat().st_size - size < 1000  # no mask is written again
    found = read_journal(path).onto(None)
    assert found.takes == (take.to_record(),)
    assert found.takes[0].frames[4].after is found.entries[4]
    assert told.news([take]).records == ()
    assert summarise(path) is not None
    # written anew
    writer.rebase(JournalHead("session", HEAD.clip, "/projects/b.cfbiproj", 5))
    assert read_journal(path).onto(None).takes == (take.to_record(),)
    # undone, and done again
    writer.append(Change(7, takes=told.news([])))
    assert read_journal(path).onto(None).takes == ()
    writer.append(Change(8, takes=told.news([take])))
    assert read_journal(path).onto(None).takes == (take.to_record(),)
    writer.rebase(JournalHead("session", HEAD.clip, "/projects/b.cfbiproj", 8))
    assert read_journal(path).is_empty
    assert summarise(path) is None


def test_journals_from_before_locked_pixels_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.document.storage.journal_format.SCHEMA_VERSION", 2)
    encode = journal_format._record
    monkeypatch.setattr(
        "app.document.storage.journal_format._record",
        lambda header, blobs: encode(
            {key: header[key] for key in header if key not in ("locked", "takes", "pool")}, blobs
        ),
    )
    JournalWriter(tmp_path / "journal", HEAD).append(Change(1, {3: mask(1)}))
    monkeypatch.undo()
    found = read_journal(tmp_path / "journal")
    assert found.onto(None).entries == {3: mask(1)}
    assert not found.regions


def test_journals_with_mattes_of_eight_bits_are_read_and_gone_on_with(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    path.write_bytes((Path(__file__).parent / "data" / "schema_4.journal").read_bytes())
    found = read_journal(path)
    (entry,) = (entry for _, entry in found.masks.values())
    assert entry is not None
    assert entry.fine_matte(1)[0, :3].tolist() == [0, 257, 3 * 257]
    fine = replace(entry, mattes={1: pack_matte(np.full((12, 16), 30_000, np.uint16))})
    JournalWriter(path, found.head, found).append(Change(2, {5: fine}))
    assert read_journal(path).onto(None).entries == {4: entry, 5: fine}


def test_a_summary_tells_what_there_is_to_offer(tmp_path: Path) -> None:
    writer = JournalWriter(tmp_path / "journal", HEAD)
    run = UnfinishedRun((Walk(3, range(4, 10)),))
    writer.append(Change(1, {0: mask(1), 1: mask(1)}, Work(unfinished_run=run)))
    writer.append(Change(2, {1: mask(2)}))
    summary = summarise(tmp_path / "journal")
    assert summary is not None
    assert (summary.head, summary.frame_count, summary.run_left) == (HEAD, 2, 6)


@given(st.data())
@settings(max_examples=100)
def test_damage_is_an_error_or_an_earlier_state(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "journal"
    writer = JournalWriter(path, HEAD)
    for number in (1, 2, 3):
        taken = TakenFrame(mask(7), mask(8))
        news = TakesChange((1,), (TakeRecord(1, "Run", {number: taken}),))
        writer.append(Change(number, {number: mask(number)}, Work(objects=(new_object(number),)), takes=news))
    content = bytearray(path.read_bytes())
    position = data.draw(st.integers(0, 1 << 40)) % len(content)
    content[position] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        found = read_journal(path)
    except ProjectReadError:
        return
    assert sorted(found.masks) == list(range(1, found.sequence + 1))
    kept = {} if found.takes is None else found.takes[1].records[0].frames
    assert sorted(kept) == sorted(found.masks)
    assert all(item == (index, mask(index)) for index, item in found.masks.items())


def test_a_rest_of_a_run_shrinks_frame_by_frame() -> None:
    run: UnfinishedRun | None = UnfinishedRun(
        (Walk(3, range(4, 6)), Walk(3, range(2, 0, -1))), frozenset({1})
    )
    assert run is not None
    seen = []
    for index in (4, 5, 2, 1):
        assert run is not None
        run = run.after(index)
        seen.append(run)
    assert seen[0] == UnfinishedRun((Walk(4, range(5, 6)), Walk(3, range(2, 0, -1))), frozenset({1}))
    assert seen[2] == UnfinishedRun((Walk(2, range(1, 0, -1)),), frozenset({1}))
    assert seen[3] is None


def test_a_rest_of_a_run_keeps_the_cuts_that_it_goes_across() -> None:
    run = UnfinishedRun((Walk(3, range(4, 6)),), ignored_cuts=frozenset({(4, 5), (1, 2)}))
    rest = run.after(4)
    assert rest == UnfinishedRun((Walk(4, range(5, 6)),), ignored_cuts=frozenset({(4, 5), (1, 2)}))
    told = run.to_json()
    assert told["ignored_cuts"] == [[1, 2], [4, 5]]
    assert UnfinishedRun.from_json(told) == run
    del told["ignored_cuts"]  # files from before they were kept
    assert UnfinishedRun.from_json(told).ignored_cuts == frozenset()


@pytest.mark.parametrize("pair", [[4], [4, 6], [5, 4], [-1, 0], ["4", "5"], [4, True], 4, None])
def test_a_cut_of_a_rest_that_is_no_pair_of_neighbours_is_damage(pair: object) -> None:
    told = UnfinishedRun((Walk(3, range(4, 6)),)).to_json()
    with pytest.raises(ValueError, match="no cut"):
        UnfinishedRun.from_json({**told, "ignored_cuts": [pair]})
