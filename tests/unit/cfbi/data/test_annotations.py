from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from PIL import Image

from cfbi.data.annotations import davis_palette, read_index_mask
from cfbi.errors import DataError

IDS = np.array([[0, 1, 2], [3, 255, 0]], np.uint8)


def save(tmp_path: Path, picture: Image.Image, name: str = "mask.png") -> Path:
    picture.save(tmp_path / name)
    return tmp_path / name


def with_palette(mask: NDArray[np.uint8], palette: NDArray[np.uint8]) -> Image.Image:
    picture = Image.fromarray(mask)
    picture.putpalette(palette.tobytes())
    return picture


def test_palette_starts_with_the_colours_of_the_benchmark() -> None:
    assert davis_palette()[:5].tolist() == [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]]
    assert davis_palette()[255].tolist() == [224, 224, 192]
    assert len(np.unique(davis_palette(), axis=0)) == 256


def test_palette_index_is_the_object_id(tmp_path: Path) -> None:
    path = save(tmp_path, with_palette(IDS, davis_palette()))
    assert read_index_mask(path).tolist() == IDS.tolist()


def test_grey_0_255_is_one_object(tmp_path: Path) -> None:
    binary = np.array([[0, 255], [255, 0]], np.uint8)
    assert read_index_mask(save(tmp_path, Image.fromarray(binary))).tolist() == [[0, 1], [1, 0]]


def test_white_palette_entry_255_is_one_object_but_void_in_the_palette_of_the_benchmark(
    tmp_path: Path,
) -> None:
    binary = np.array([[0, 255], [255, 0]], np.uint8)
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    assert read_index_mask(save(tmp_path, with_palette(binary, ramp))).tolist() == [[0, 1], [1, 0]]
    assert read_index_mask(save(tmp_path, with_palette(binary, davis_palette()))).tolist() == binary.tolist()


def test_grey_ids_keep_their_values_and_void(tmp_path: Path) -> None:
    assert read_index_mask(save(tmp_path, Image.fromarray(IDS))).tolist() == IDS.tolist()


@pytest.mark.parametrize("mode", ["1", "LA", "RGB", "RGBA"])
def test_other_kinds_of_binary_picture(tmp_path: Path, mode: str) -> None:
    grey = Image.fromarray(np.array([[0, 255, 255], [0, 0, 255]], np.uint8))
    assert read_index_mask(save(tmp_path, grey.convert(mode))).tolist() == [[0, 1, 1], [0, 0, 1]]


def test_16_bit_binary_picture(tmp_path: Path) -> None:
    path = save(tmp_path, Image.fromarray(np.array([[0, 65535]], np.uint16)))
    assert read_index_mask(path).tolist() == [[0, 1]]


@given(hnp.arrays(np.uint8, (5, 7), elements=st.integers(0, 255)))
def test_palette_colours_become_ids_again(tmp_path: Path, mask: NDArray[np.uint8]) -> None:
    mask[0, 0] = 1  # a picture of black and grey alone is read as grey
    path = save(tmp_path, Image.fromarray(davis_palette()[mask]))
    assert read_index_mask(path).tolist() == mask.tolist()


def test_unknown_colour_is_refused_with_its_place(tmp_path: Path) -> None:
    colours = np.zeros((4, 5, 3), np.uint8)
    colours[2, 3] = (10, 20, 30)
    with pytest.raises(DataError, match=r"\(10, 20, 30\) at x 3, y 2"):
        read_index_mask(save(tmp_path, Image.fromarray(colours)))


def test_values_beyond_the_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="up to 700"):
        read_index_mask(save(tmp_path, Image.fromarray(np.array([[0, 700]], np.uint16))))


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no mask file .*gone\.png"):
        read_index_mask(tmp_path / "gone.png")
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(DataError, match=r"text\.png"):
        read_index_mask(tmp_path / "text.png")
    whole = save(tmp_path, with_palette(np.tile(IDS, (40, 40)), davis_palette())).read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) - 40])
    with pytest.raises(DataError, match=r"cut\.png"):
        read_index_mask(tmp_path / "cut.png")
