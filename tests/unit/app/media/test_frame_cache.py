from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media import frame_cache
from app.media.frame_cache import FrameCache


def test_least_recently_used_makes_room() -> None:
    cache = FrameCache(max_bytes=300)
    for key in range(3):
        cache.put(key, np.full(100, key, np.uint8))
    assert cache.get(0) is not None  # now 1 is the oldest
    cache.put(3, np.zeros(100, np.uint8))
    assert [key in cache for key in range(4)] == [True, False, True, True]
    assert cache.get(1) is None
    assert cache.bytes_used == 300


def test_replacing_and_clearing_keep_the_count_right() -> None:
    cache = FrameCache(max_bytes=300)
    cache.put("a", np.zeros(100, np.uint8))
    cache.put("a", np.zeros(250, np.uint8))
    assert (len(cache), cache.bytes_used) == (1, 250)
    cache.put("a", np.zeros(301, np.uint8))  # too large: the old one is outdated, the new one is not kept
    assert (len(cache), cache.bytes_used) == (0, 0)
    cache.put("b", np.zeros(10, np.uint8))
    cache.clear()
    assert (len(cache), cache.bytes_used, cache.max_bytes) == (0, 0, 300)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 150))), st.integers(0, 300))
def test_never_above_the_limit_and_the_newest_is_kept(puts: list[tuple[int, int]], limit: int) -> None:
    cache = FrameCache(limit)
    for key, size in puts:
        cache.put(key, np.zeros(size, np.uint8))
        assert cache.bytes_used <= limit
        assert (key in cache) == (size <= limit)


def test_many_threads() -> None:
    cache = FrameCache(max_bytes=1000)

    def work(seed: int) -> None:
        for key in np.random.default_rng(seed).integers(0, 30, 400).tolist():
            if cache.get(key) is None:
                cache.put(key, np.full(100, key, np.uint8))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert cache.bytes_used == 100 * len(cache) <= 1000


def test_many_frames_are_freed_by_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_cache, "_FREED_AT_ONCE", 100)
    freed: list[int] = []

    class Noted(np.ndarray[tuple[int, ...], np.dtype[np.uint8]]):
        def __del__(self) -> None:
            freed.append(threading.get_ident())

    cache = FrameCache(max_bytes=300)
    for key in range(3):
        cache.put(key, np.zeros(100, np.uint8).view(Noted))
    cache.clear()
    assert (len(cache), cache.bytes_used) == (0, 0)
    for thread in threading.enumerate():
        if thread.name == "freeing frames":
            thread.join(10)
    assert len(freed) == 3
    assert threading.get_ident() not in freed
