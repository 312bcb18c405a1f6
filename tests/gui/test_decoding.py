"""The way of frames to the canvas: long clips that open before they are listed, proxies, damage, caches."""

from __future__ import annotations

import sys
import threading
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

import app.worker.decode_worker
import app.worker.open_clip
from app.errors import MediaError
from app.main_window import MainWindow
from app.media import FrameMap, VideoInfo
from app.media.disk_cache import DiskCache
from app.media.frame_cache import FrameCache
from app.media.listing import Lister, Listing
from app.media.listing_cache import forget
from app.views.playback import due_frame
from app.worker.decode_messages import FrameReady, Mailbox, Wish
from app.worker.decode_worker import DecodeWorker
from app.worker.slack import give_back
from tests.barcode import barcode_frame, make_clip, read_barcode
from tests.fakes import write_clip
from tests.gui.conftest import open_clip

SIZE = (96, 64)


@pytest.fixture
def long_clip(tmp_path: Path) -> Iterator[Path]:
    yield make_clip(tmp_path / "media" / "long.mkv", ["-c:v", "mjpeg", "-q:v", "2"], 90)
    forget()


class Gate:
    """Holds the list of frames back after its first part."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: bool = False) -> None:
        self.event = threading.Event()
        lists = Lister._lists

        def gated(lister: Lister) -> Iterator[Listing]:
            lister._every_s = 0.0
            made = lists(lister)
            assert isinstance(made, Generator)
            yield next(made)
            assert self.event.wait(20)
            if fails:
                made.close()
                raise MediaError("The network drive is gone.")
            yield from made

        monkeypatch.setattr(Lister, "_lists", gated)
        monkeypatch.setattr(app.worker.open_clip, "_PATIENCE_S", 0.0)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> None:
    (tmp_path / "media").mkdir()


def test_a_clip_is_usable_while_its_frames_are_listed(
    qtbot: QtBot, window: MainWindow, long_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    open_clip(qtbot, window, long_clip)
    document = window.document
    first = document.frame_count
    assert 0 < first < 90
    assert document.info is not None
    assert not document.info.complete
    assert "still listing" in window.status_clip.text()
    document.set_current_frame(first - 1)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == first - 1)
    changes: list[int] = []
    document.clip_changed.connect(lambda: changes.append(1))
    gate.event.set()
    qtbot.waitUntil(lambda: document.info is not None and document.info.complete)
    assert document.frame_count == 90
    assert changes == []
    assert document.current_frame == first - 1
    assert "still listing" not in window.status_clip.text()
    assert window.status_text.text() == ""
    assert window.timeline.frame_at(window.timeline.width()) == 89
    document.set_current_frame(89)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 89)
    frame = window.clip.lane.cached(89)
    assert frame is not None
    assert read_barcode(frame) == 89


def test_a_list_that_breaks_off_is_told_and_what_is_known_stays(
    qtbot: QtBot, window: MainWindow, long_clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, fails=True)
    open_clip(qtbot, window, long_clip)
    first = window.document.frame_count
    gate.event.set()
    qtbot.waitUntil(lambda: "network drive is gone" in window.banner.message)
    assert window.document.frame_count == first
    # nothing is to wait for an end that will never be known
    assert window.document.info is not None
    assert window.document.info.complete
    assert "still listing" not in window.status_clip.text()
    assert window.status_text.text() == ""


def test_closing_while_frames_are_listed(
    qtbot: QtBot, window: MainWindow, long_clip: Path, clip_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch)
    open_clip(qtbot, window, long_clip)
    gate.event.set()
    open_clip(qtbot, window, clip_path)  # another clip: what the old one still tells is not for it
    assert window.document.frame_count == 12


def test_missing_numbers_are_told(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for number in (4, 5, 9):
        Image.fromarray(barcode_frame(number)).save(tmp_path / "media" / f"shot.{number:04d}.png")
    open_clip(qtbot, window, tmp_path / "media" / "shot.0005.png")
    assert window.document.frame_count == 3
    assert "6 to 8" in window.banner.message
    assert "numbers 4 to 9" in window.status_clip.toolTip()


def test_a_damaged_frame_is_told_once(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = make_clip(tmp_path / "media" / "clip.mov", "prores", 6)
    data = bytearray(path.read_bytes())
    place = -1
    for _ in range(4):
        place = data.index(b"icpf", place + 1)
    data[place : place + 64] = b"\xff" * 64
    path.write_bytes(data)
    open_clip(qtbot, window, path)
    window.document.set_current_frame(3)
    qtbot.waitUntil(lambda: "Frame 3 is damaged; frame 2 is shown" in window.banner.message)
    assert window.canvas.shown_frame == 3


# ---- the worker alone, in this thread ----


class Worker:
    """A decode worker whose messages are kept."""

    def __init__(self, disk: DiskCache, path: Path, *, frames: int) -> None:
        self.mailbox = Mailbox()
        self.cache = FrameCache(SIZE[0] * SIZE[1] * 3 * frames)
        self.worker = DecodeWorker(self.cache, self.mailbox, disk, rest_s=0.0)
        self.ready: list[FrameReady] = []
        self.freed: list[int] = []
        self.worker.frame_ready.connect(self.ready.append)
        self.worker.cache_cleared.connect(self.freed.append)
        self.worker.open(1, path, True)

    def wish(self, index: int, step: int = 1) -> list[FrameReady]:
        self.ready.clear()
        self.mailbox.put(Wish(1, index, step, 0))
        self.worker.serve()
        return list(self.ready)

    def idle(self, rounds: int) -> None:
        for _ in range(rounds):
            self.worker._on_idle(1)


@pytest.fixture
def disk(tmp_path: Path) -> DiskCache:
    return DiskCache(tmp_path / "cache")


def test_proxies_are_shown_until_the_exact_frame_is_there(
    qtbot: QtBot, long_clip: Path, disk: DiskCache
) -> None:
    made = Worker(disk, long_clip, frames=10)
    try:
        assert [ready.is_proxy for ready in made.wish(60)] == [False]  # there is none yet
        made.idle(13)
        proxies = list(disk.root.rglob("*.jpg"))
        assert len(proxies) == 90
        assert list(long_clip.parent.iterdir()) == [long_clip]
        proxy, exact = made.wish(20)
        assert (proxy.is_proxy, proxy.frame_index, exact.is_proxy, exact.frame_index) == (True, 20, False, 20)
        assert proxy.frame is not None
        assert exact.frame is not None
        assert read_barcode(proxy.frame) == read_barcode(exact.frame) == 20
        assert proxy.frame.shape == exact.frame.shape
        # the next ones are decoded anyway, so they are not shown twice
        assert [ready.is_proxy for ready in made.wish(21)] == [False]
        # only exact frames are kept in memory
        assert made.cache.get((1, 20)) is exact.frame
    finally:
        made.worker.release()


def test_a_newer_wish_takes_the_place_of_the_exact_frame(
    qtbot: QtBot, long_clip: Path, disk: DiskCache
) -> None:
    made = Worker(disk, long_clip, frames=10)
    try:
        made.idle(13)
        made.ready.clear()
        # the playhead moves on as soon as the proxy of frame 50 is seen
        seen = []

        def move_on(ready: FrameReady) -> None:
            seen.append((ready.frame_index, ready.is_proxy))
            if seen == [(50, True)]:
                made.mailbox.put(Wish(1, 80, 1, 0))

        made.worker.frame_ready.connect(move_on)
        made.mailbox.put(Wish(1, 50, 1, 0))
        made.worker.serve()
        assert seen == [(50, True), (80, True), (80, False)]
    finally:
        made.worker.release()


def test_clips_that_fit_into_memory_have_no_proxies(qtbot: QtBot, long_clip: Path, disk: DiskCache) -> None:
    made = Worker(disk, long_clip, frames=90)
    try:
        made.idle(3)
        assert list(disk.root.rglob("*.jpg")) == []
    finally:
        made.worker.release()


def test_frames_of_the_former_clip_are_dropped(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    open_clip(qtbot, window, write_clip(tmp_path / "first", count=12))
    qtbot.waitUntil(lambda: window.clip.lane.cached(11) is not None, timeout=10000)
    window.document.undo_stack.setClean()
    open_clip(qtbot, window, write_clip(tmp_path / "second", count=2))
    qtbot.waitUntil(lambda: window.clip.lane.cached(1) is not None, timeout=10000)
    assert window.clip.lane.bytes_used == 2 * 48 * 64 * 3


def test_memory_of_the_former_clip_is_given_back_once_the_next_one_is_shown(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool]] = []

    def note() -> bool:
        here = threading.get_ident()
        seen.append((window.canvas.shown_frame, here == main))
        return True

    main = threading.get_ident()
    monkeypatch.setattr(app.worker.decode_worker, "give_back", note)
    open_clip(qtbot, window, write_clip(tmp_path / "media" / "first", 5))
    window.document.set_current_frame(3)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 3)
    assert seen == []
    open_clip(qtbot, window, write_clip(tmp_path / "media" / "second", 5))
    qtbot.waitUntil(lambda: bool(seen))
    window.document.set_current_frame(2)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 2)
    assert seen == [(0, False)]


def test_giving_memory_back_is_for_glibc_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not give_back()


def test_clearing_the_cache(qtbot: QtBot, long_clip: Path, disk: DiskCache) -> None:
    made = Worker(disk, long_clip, frames=10)
    try:
        made.idle(13)
        made.worker.clear_cache()
        assert made.freed[0] > 10000
        assert list(disk.root.rglob("*.jpg")) == []
        made.idle(1)
        assert len(list(disk.root.rglob("*.jpg"))) == 8  # they are made anew
    finally:
        made.worker.release()


def test_proxies_of_a_sequence_of_pictures(qtbot: QtBot, tmp_path: Path, disk: DiskCache) -> None:
    for number in range(3):
        Image.fromarray(barcode_frame(number, 960, 640)).save(tmp_path / "media" / f"{number}.png")
    made = Worker(disk, tmp_path / "media", frames=100)  # less than one of these
    try:
        made.idle(1)
        assert len(list(disk.root.rglob("*.jpg"))) == 3
        proxy, exact = made.wish(2), made.wish(2, step=-1)
        assert [ready.is_proxy for ready in proxy + exact] == [False, False]
        proxy, exact = made.wish(0)
        assert (proxy.is_proxy, exact.is_proxy) == (True, False)
        assert proxy.frame is not None
        assert proxy.frame.shape == (640, 960, 3)
        assert read_barcode(proxy.frame) == 0
    finally:
        made.worker.release()


def test_the_command_clears_the_cache(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_table["clear_cache"].trigger()
    qtbot.waitUntil(lambda: "Cache cleared: 0 MiB" in window.status_text.text())


def test_frames_before_the_first_wish_keep_their_numbers(
    qtbot: QtBot, long_clip: Path, disk: DiskCache
) -> None:
    made = Worker(disk, long_clip, frames=10)
    try:
        ready = made.wish(30, step=-1)
        assert ready[-1].frame is not None
        assert read_barcode(ready[-1].frame) == 30
        # a stretch before it is decoded with it, since playing backward will want it
        kept = [index for index in range(90) if (1, index) in made.cache]
        assert kept == list(range(21, 31))
        frame = made.cache.get((1, 25))
        assert frame is not None
        np.testing.assert_equal(read_barcode(frame), 25)
    finally:
        made.worker.release()


def info(stamps: list[int]) -> VideoInfo:
    made = FrameMap(np.array(stamps, np.int64), Fraction(1, 1000), np.array([0], np.int64))
    mean, nominal, varies = made.rate()
    return VideoInfo(96, 64, len(made), mean, "clip", nominal, varies, made)


def test_playback_follows_the_frames_own_times() -> None:
    # frames 0, 1, 2, then one that comes a second late
    uneven = info([500, 540, 580, 1620, 1660])
    shown = [due_frame(uneven, 0, milliseconds) for milliseconds in (0, 39, 40, 90, 1100, 1119, 1120, 5000)]
    assert shown == [0, 0, 1, 2, 2, 2, 3, 4]
    assert [due_frame(uneven, 4, -milliseconds) for milliseconds in (0, 1, 40, 41, 1080, 9000)] == [
        4,
        3,
        3,
        2,
        2,
        0,
    ]
    even = info(list(range(0, 2000, 40)))
    assert [due_frame(even, 10, milliseconds) for milliseconds in (0, 79, 80, -80, -79)] == [10, 11, 12, 8, 9]
