"""Cuts in generated clips: shots with texture, motion, flashes and fades."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from app.media.cuts import difference, signature, watch_cuts
from app.media.source import Frame

WIDTH, HEIGHT = 160, 90


def scene(seed: int, width: int = WIDTH * 3) -> Frame:
    """A wide picture: large coloured patches and fine texture."""
    rng = np.random.default_rng(seed)
    patches = cv2.resize(rng.integers(0, 256, (6, 16, 3), dtype=np.uint8), (width, HEIGHT))
    texture = cv2.GaussianBlur(rng.normal(0, 30, (HEIGHT, width, 3)).astype(np.float32), (0, 0), 2)
    return np.clip(patches + texture, 0, 255).astype(np.uint8)


def shot(seed: int, count: int = 12, pan_px: int = 2) -> list[Frame]:
    """A panning camera over a scene, and a box that crosses it fast."""
    wide, frames = scene(seed), []
    for index in range(count):
        frame = wide[:, index * pan_px : index * pan_px + WIDTH].copy()
        frame[30:60, (index * 9) % WIDTH : (index * 9) % WIDTH + 20] = (250, 30, 30)
        frames.append(frame)
    return frames


def cuts(frames: list[Frame], before: Frame | None = None) -> list[int]:
    found = list(watch_cuts(frames, before))
    assert all(handed is given for (handed, _), given in zip(found, frames, strict=True))
    return [index for index, (_, is_cut) in enumerate(found) if is_cut]


@pytest.mark.parametrize("pair", [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)])
def test_a_hard_cut_is_found_from_both_sides(pair: tuple[int, int]) -> None:
    clip = shot(pair[0]) + shot(pair[1])
    assert cuts(clip) == [12]
    assert cuts(clip[::-1]) == [12]


@pytest.mark.parametrize("pan_px", [0, 3, 8])
def test_motion_is_no_cut(pan_px: int) -> None:
    assert cuts(shot(1, 30, pan_px)) == []


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_is_no_cut(length: int) -> None:
    clip = shot(1, 24)
    for index in range(10, 10 + length):
        clip[index] = np.full_like(clip[index], 255)
    assert cuts(clip) == []


def test_a_flash_on_the_cut_itself() -> None:
    clip = [*shot(1), np.full((HEIGHT, WIDTH, 3), 255, np.uint8), *shot(2)]
    assert cuts(clip)[0] == 12


def test_exposure_that_jumps_is_no_cut() -> None:
    clip = shot(1, 24)
    dark = [np.clip(frame * 0.55, 0, 255).astype(np.uint8) for frame in clip]
    assert cuts(clip[:12] + dark[12:]) == []


def test_a_slow_fade_is_no_cut() -> None:
    first, second = shot(1, 40, 0), shot(2, 40, 0)
    mixed = [
        cv2.addWeighted(a, 1 - index / 39, b, index / 39, 0)
        for index, (a, b) in enumerate(zip(first, second, strict=True))
    ]
    assert cuts(mixed) == []


def test_short_shots_in_a_row() -> None:
    clip = shot(1, 5) + shot(2, 5) + shot(3, 5)
    assert cuts(clip) == [5, 10]


def test_a_cut_right_at_the_start_and_at_the_end() -> None:
    assert cuts(shot(2, 4), before=shot(1, 1)[0]) == [0]
    assert cuts(shot(1, 6) + shot(2, 1)) == [6]
    assert cuts(shot(1, 4), before=shot(1, 1)[0]) == []


def test_no_more_is_read_ahead_than_needed() -> None:
    read: list[int] = []

    def reading(frames: list[Frame]) -> Iterator[Frame]:
        for index, frame in enumerate(frames):
            read.append(index)
            yield frame

    watched = watch_cuts(reading(shot(1, 8) + shot(2, 8)))
    for _ in range(4):
        next(watched)
    assert read == [0, 1, 2, 3]
    for _ in range(5):
        next(watched)
    assert read == list(range(12))  # frame 8 and the three after it


def test_flat_pictures() -> None:
    black, white = np.zeros((HEIGHT, WIDTH, 3), np.uint8), np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    assert difference(signature(black), signature(black)) == 0
    assert difference(signature(black), signature(white)) == pytest.approx(0, abs=1e-6)  # a fade, not a place
    assert cuts([black] * 6 + shot(1, 6)) == [6]
    assert list(watch_cuts([])) == []
