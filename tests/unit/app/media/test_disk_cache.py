from __future__ import annotations

import os
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
from platformdirs import user_cache_path

from app.media import FrameMap, VideoInfo
from app.media.disk_cache import ClipKey, DiskCache, folder_bytes
from app.media.listing import Listing
from app.media.listing_cache import forget, recall, remember
from app.media.proxies import ProxyStore, proxy_size
from tests.barcode import COLOURS, barcode_frame, read_barcode, read_colours


def key(folder: Path, name: str = "a.mp4", content: bytes = b"clip") -> ClipKey:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return ClipKey.of(path)


def fill(cache: DiskCache, of: ClipKey, size: int, used: float) -> Path:
    folder = cache.folder(of)
    assert folder is not None
    (folder / "data").write_bytes(b"x" * size)
    os.utime(folder / "clip.json", (used, used))
    return folder


def test_a_changed_clip_is_another_clip(tmp_path: Path) -> None:
    first = key(tmp_path)
    assert ClipKey.of(tmp_path / "a.mp4") == first
    assert key(tmp_path, content=b"clip and more").name != first.name
    pictures = [tmp_path / f"{number}.png" for number in range(3)]
    for path in pictures:
        path.write_bytes(b"p")
    assert ClipKey.of(*pictures).name != ClipKey.of(*pictures[:2]).name


def test_it_lies_in_the_users_cache_folder(tmp_path: Path) -> None:
    cache = DiskCache()
    assert cache.root == user_cache_path("cfbi-studio", appauthor=False) / "clips"
    folder = cache.folder(key(tmp_path / "clips"))
    assert folder is not None
    assert folder.parent == cache.root
    assert [path.name for path in (tmp_path / "clips").iterdir()] == ["a.mp4"]


def test_cleaning_removes_what_is_stale_then_what_is_old(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", max_bytes=2500)
    keys = {name: key(tmp_path / "clips", name) for name in ("old", "newer", "open", "changed", "gone")}
    folders = {name: fill(cache, keys[name], 1000, used) for used, name in enumerate(keys, 1)}
    away = key(tmp_path / "drive", "away")
    folders["away"] = fill(cache, away, 100, 9)
    shutil.rmtree(tmp_path / "drive")  # a drive that was pulled out may come back
    (tmp_path / "clips" / "changed").write_bytes(b"another clip")
    (tmp_path / "clips" / "gone").unlink()
    (cache.root / "rubbish").mkdir()
    freed = cache.clean(keep=keys["open"])
    assert freed >= 3000
    assert {name for name, folder in folders.items() if folder.exists()} == {"newer", "open", "away"}
    assert not (cache.root / "rubbish").exists()
    assert folder_bytes(cache.root) <= 2500


def test_the_open_clip_stays_even_if_it_is_too_large(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path / "cache", max_bytes=10)
    opened = key(tmp_path / "clips")
    folder = fill(cache, opened, 1000, 1)
    assert cache.clean(keep=opened) == 0
    assert folder.exists()
    assert cache.clear() > 1000
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file is in the way")
    cache = DiskCache(tmp_path / "cache")
    assert cache.folder(key(tmp_path / "clips")) is None
    assert (cache.clean(), cache.clear()) == (0, 0)
    store = ProxyStore(tmp_path / "cache" / "p", 10**6)
    assert store.is_full
    assert len(store) == 0


def test_lists_of_frames_are_remembered(tmp_path: Path) -> None:
    cache, clip = DiskCache(tmp_path / "cache"), key(tmp_path / "clips")
    stamps = np.cumsum(np.arange(2500) % 3 + 1).astype(np.int64)
    listing = Listing(FrameMap(stamps, Fraction(1, 90000), np.array([0, 100], np.int64)), tuple(range(2500)))
    assert recall(clip, cache) is None
    remember(clip, listing, cache)
    assert recall(clip, cache) is listing
    forget()
    read = recall(clip, cache)
    assert read is not None
    np.testing.assert_array_equal(read.frames.stamps, stamps)
    assert read.frames.keys.tolist() == [0, 100]
    assert (read.frames.time_base, read.checks) == (Fraction(1, 90000), listing.checks)
    assert read.frames.complete
    forget()
    for damaged in (
        b"",
        b"PK\x03\x04 no archive",
        (cache.root / clip.name / "frames.npz").read_bytes()[:-400],
    ):
        (cache.root / clip.name / "frames.npz").write_bytes(damaged)
        assert recall(clip, cache) is None


def test_proxies(tmp_path: Path) -> None:
    info = VideoInfo(1920, 1080, 9, Fraction(25), "clip")
    assert proxy_size(info) == (640, 360)
    assert proxy_size(VideoInfo(96, 64, 9, Fraction(25), "clip")) == (96, 64)
    store = ProxyStore(tmp_path / "p", 10**6)
    for index in (3, 4):
        store.put(index, barcode_frame(index, 240, 135))
    store = ProxyStore(tmp_path / "p", 10**6)
    assert (len(store), 3 in store, 5 in store, store.is_full) == (2, True, False, False)
    frame = store.get(4, (480, 270))
    assert frame is not None
    assert (frame.shape, frame.flags.writeable, read_barcode(frame)) == ((270, 480, 3), False, 4)
    # the colours are in their order
    assert np.abs(read_colours(frame) - np.array(COLOURS)).max() < 12
    assert store.get(5, (480, 270)) is None
    (tmp_path / "p" / "3.jpg").write_bytes(b"damaged")
    assert store.get(3, (480, 270)) is None
    assert 3 not in store


def test_proxies_know_when_to_stop(tmp_path: Path) -> None:
    store = ProxyStore(tmp_path / "p", 3000)
    for index in range(20):
        if store.is_full:
            break
        store.put(index, barcode_frame(index))
    assert 1 <= len(store) < 20
    shutil.rmtree(tmp_path / "p")
    store = ProxyStore(tmp_path / "p", 10**6)
    shutil.rmtree(tmp_path / "p")
    store.put(0, barcode_frame(0))
    assert store.is_full
