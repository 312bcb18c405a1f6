from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from app.errors import ExportError
from app.export.png import matte_from_probability, write_index_png, write_matte_png
from app.media.masks import davis_palette
from cfbi.data.annotations import davis_palette as palette_of_the_reader
from cfbi.data.annotations import read_index_mask

MASK = np.array([[0, 1, 2], [3, 254, 255]], np.uint8)


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20)))
def test_index_masks_round_trip(tmp_path: Path, mask: NDArray[np.uint8]) -> None:
    write_index_png(tmp_path / "a.png", mask)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.mode == "P"
        np.testing.assert_array_equal(np.asarray(picture), mask)
    np.testing.assert_array_equal(read_index_mask(tmp_path / "a.png"), mask)


def test_palette_is_that_of_the_benchmark(tmp_path: Path) -> None:
    write_index_png(tmp_path / "deep/er/a.png", MASK)
    with Image.open(tmp_path / "deep/er/a.png") as picture:
        assert (picture.getpalette() or [])[:12] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]
    np.testing.assert_array_equal(davis_palette(), palette_of_the_reader())


@given(hnp.arrays(np.uint8, (4, 6)))
def test_mattes_round_trip(tmp_path: Path, matte: NDArray[np.uint8]) -> None:
    write_matte_png(tmp_path / "m.png", matte)
    with Image.open(tmp_path / "m.png") as picture:
        assert picture.mode == "L"
        np.testing.assert_array_equal(np.asarray(picture), matte)


@given(hnp.arrays(np.uint16, (4, 6)))
def test_mattes_of_sixteen_bits_round_trip(tmp_path: Path, matte: NDArray[np.uint16]) -> None:
    write_matte_png(tmp_path / "m.png", matte)
    with Image.open(tmp_path / "m.png") as picture:
        assert picture.mode == "I;16"
        np.testing.assert_array_equal(np.asarray(picture), matte)


@given(st.floats(0, 1, width=32))
def test_matte_is_the_rounded_probability(value: float) -> None:
    matte = matte_from_probability(np.full((1, 1), value, np.float32))
    assert matte.dtype == np.uint8
    assert abs(int(matte[0, 0]) - 255 * value) <= 0.5 + 1e-4
    assert matte_from_probability(np.array([[1.0001, -0.1]], np.float32)).tolist() == [[255, 0]]


def test_an_old_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_index_png(path, np.zeros((90, 90), np.uint8))
    write_index_png(path, MASK)
    assert read_index_mask(path).tolist() == MASK.tolist()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
    assert path.stat().st_mode & 0o777 == 0o666 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize("step", ["write", "replace"])
def test_full_disk_leaves_the_old_file_and_no_part_of_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a.png"
    write_index_png(path, MASK)

    def full(self: Path, data: Any) -> int:
        with self.open("wb") as file:
            file.write(bytes(data)[:20])
        raise OSError(errno.ENOSPC, "No space left on device")

    def full_rename(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if step == "write":
        monkeypatch.setattr(Path, "write_bytes", full)
    else:
        monkeypatch.setattr(os, "replace", full_rename)
    with pytest.raises(ExportError, match=r"disk is full: .*a\.png") as caught:
        write_index_png(path, np.zeros((4, 4), np.uint8))
    assert "Make room" in caught.value.hint
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.png"]
    assert read_index_mask(path).tolist() == MASK.tolist()


def test_other_obstacles_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="in the way"):
        write_index_png(tmp_path / "file" / "a.png", MASK)

    def refuse(self: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "touch", refuse)
    with pytest.raises(ExportError, match="may not be written"):
        write_index_png(tmp_path / "a.png", MASK)


def test_wrong_arrays_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="uint8"):
        write_index_png(tmp_path / "a.png", np.zeros((3, 3), np.int64))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(H, W\)"):
        write_matte_png(tmp_path / "a.png", np.zeros((3, 3, 3), np.uint8))
