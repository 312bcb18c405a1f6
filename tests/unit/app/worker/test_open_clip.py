"""The open clip's proxies."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.media.disk_cache import DiskCache
from app.media.proxies import ProxyStore
from app.worker.open_clip import OpenClip

COUNT = 40


@pytest.fixture
def clip(tmp_path: Path) -> OpenClip:
    folder = tmp_path / "clip"
    folder.mkdir()
    for index in range(COUNT):
        cv2.imwrite(str(folder / f"{index:03d}.png"), np.full((48, 64, 3), 5 * index, np.uint8))
    return OpenClip(folder, DiskCache(tmp_path / "cache"), 0, whole=True)


def test_proxies_are_made_from_the_playhead_on_and_each_is_looked_for_once(
    clip: OpenClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    contains, put = ProxyStore.__contains__, ProxyStore.put
    made: list[int] = []

    def counted(store: ProxyStore, index: int) -> bool:
        asked.append(index)
        return contains(store, index)

    def noted(store: ProxyStore, index: int, small: np.ndarray) -> None:
        made.append(index)
        put(store, index, small)

    monkeypatch.setattr(ProxyStore, "__contains__", counted)
    monkeypatch.setattr(ProxyStore, "put", noted)
    assert clip.make_proxies(30, lambda: False)
    assert made == list(range(30, 38))
    while clip.make_proxies(10, lambda: False):
        pass
    assert made[8:] == [*range(10, 30), 38, 39, *range(10)]
    # for every frame not all that are there are gone through again: a long clip has 90,000
    assert len(asked) <= 3 * COUNT
    clip.close()


def test_proxies_are_made_anew_after_the_cache_was_cleared(clip: OpenClip) -> None:
    while clip.make_proxies(5, lambda: False):
        pass
    clip._disk.clear()
    clip.renew_proxies()
    while clip.make_proxies(5, lambda: False):
        pass
    assert all(clip.proxy(index) is not None for index in range(COUNT))
    clip.close()
