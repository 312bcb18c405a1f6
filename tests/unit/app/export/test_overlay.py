from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from app.errors import ExportError
from app.export.overlay import OverlayWriter, draw_overlay, overlay_video
from app.media import open_source


def test_objects_get_colours_and_the_rest_stays() -> None:
    frame = np.full((2, 3, 3), 100, np.uint8)
    mask = np.array([[0, 1, 2], [255, 1, 0]], np.uint8)
    mixed = draw_overlay(frame, mask)
    assert mixed[0, 0].tolist() == mixed[1, 0].tolist() == [100, 100, 100]
    assert mixed[0, 1].tolist() == [178, 50, 50]
    assert mixed[0, 2].tolist() == [50, 178, 50]
    assert frame.min() == frame.max() == 100


def test_video_of_odd_size_is_padded_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "over lay.mp4"
    frames = [np.full((33, 47, 3), (20 * i, 200, 60), np.uint8) for i in range(6)]
    with overlay_video(path, 47, 33, Fraction(30000, 1001)) as video:
        for frame in frames:
            video.write(frame)
        assert video.size == (48, 34)
        assert not path.exists()
    with open_source(path) as source:
        info = source.info
        assert (info.width, info.height, info.frame_count, info.fps) == (48, 34, 6, Fraction(30000, 1001))
        for index, frame in enumerate(frames):
            assert np.abs(source.frame(index)[:33, :47].astype(int) - frame).max() <= 4
    assert [entry.name for entry in tmp_path.iterdir()] == ["over lay.mp4"]


def write_frames(
    path: Path, shape: tuple[int, int], count: int = 1, after: Callable[..., None] | None = None
) -> None:
    """Write black frames into a 640x480 video; ``after`` is called with the writer after each."""
    with overlay_video(path, 640, 480, Fraction(25)) as video:
        for _ in range(count):
            video.write(np.zeros((*shape, 3), np.uint8))
            if after is not None:
                after(video)


def test_nothing_is_left_after_an_error(tmp_path: Path) -> None:
    def stop(video: OverlayWriter) -> None:
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        write_frames(tmp_path / "o.mp4", (480, 640), after=stop)
    assert list(tmp_path.iterdir()) == []


def test_encoder_that_fails_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"o\.nonsense could not be encoded: .*format"):
        write_frames(tmp_path / "o.nonsense", (480, 640), count=20)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_of_the_encoder_is_told_as_such(tmp_path: Path) -> None:
    def fill(video: OverlayWriter) -> None:
        video._program.messages.append("[out#0/mp4 @ 0x1] [error] Error writing: No space left on device")
        video._program._process.kill()
        video._program._process.wait()

    with pytest.raises(ExportError, match="disk is full"):
        write_frames(tmp_path / "o.mp4", (480, 640), count=2, after=fill)
    assert list(tmp_path.iterdir()) == []


def test_frames_of_another_size_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected"):
        write_frames(tmp_path / "o.mp4", (481, 640))
