from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.errors import MediaError
from app.media import open_source
from app.media.image_folder import list_pictures


def picture(value: int, width: int = 20, height: int = 12) -> Image.Image:
    frame = np.zeros((height, width, 3), np.uint8)
    frame[..., 0], frame[..., 1], frame[..., 2] = value, 255 - value, 7
    return Image.fromarray(frame)


def test_counting_order_and_values(tmp_path: Path) -> None:
    for number in (1, 2, 10, 9, 100):
        picture(number).save(tmp_path / f"f{number}.png")
    (tmp_path / "notes.txt").write_text("not a frame")
    (tmp_path / ".hidden.png").write_text("not a frame")
    with open_source(tmp_path) as source:
        assert (source.info.width, source.info.height, source.info.frame_count) == (20, 12, 5)
        assert source.info.name == tmp_path.name
        assert [int(frame[0, 0, 0]) for frame in source.frames(0, 5)] == [1, 2, 9, 10, 100]
        assert [int(frame[0, 0, 0]) for frame in source.frames(4, -1, -1)] == [100, 10, 9, 2, 1]
        assert source.frame(0)[0, 0].tolist() == [1, 254, 7]
        assert not source.frame(0).flags.writeable
        with pytest.raises(IndexError):
            source.frame(5)


@pytest.mark.parametrize("suffix", ["png", "jpg", "jpeg", "bmp", "webp", "tif", "tiff", "PNG"])
def test_kinds_of_picture(tmp_path: Path, suffix: str) -> None:
    picture(200).save(tmp_path / f"a.{suffix}", quality=95)
    with open_source(tmp_path) as source:
        assert np.abs(source.frame(0)[6, 10].astype(int) - [200, 55, 7]).max() <= 6


def test_other_modes_become_rgb(tmp_path: Path) -> None:
    Image.fromarray(np.full((12, 20), 90, np.uint8)).save(tmp_path / "0.png")
    Image.fromarray(np.full((12, 20), 65535, np.uint16)).save(tmp_path / "1.png")
    Image.fromarray(np.full((12, 20, 4), (10, 20, 30, 0), np.uint8)).save(tmp_path / "2.png")
    with open_source(tmp_path) as source:
        assert [frame[3, 3].tolist() for frame in source.frames(0, 3)] == [
            [90, 90, 90],
            [255, 255, 255],
            [10, 20, 30],
        ]


def test_turned_photo_is_shown_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture(50, 20, 12).save(tmp_path / "a.jpg", exif=exif)
    with open_source(tmp_path) as source:
        assert (source.info.width, source.info.height) == (12, 20)
        assert source.frame(0).shape == (20, 12, 3)


def test_other_size_is_named(tmp_path: Path) -> None:
    for number in range(3):
        picture(1).save(tmp_path / f"{number}.png")
    picture(1, width=21).save(tmp_path / "1.png")
    with pytest.raises(MediaError, match=r"1\.png is 21x12, but 0\.png is 20x12") as caught:
        open_source(tmp_path)
    assert "same size" in caught.value.hint


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no pictures"):
        open_source(tmp_path)
    (tmp_path / "0.png").write_text("no picture")
    with pytest.raises(MediaError, match=r"0\.png cannot be read"):
        open_source(tmp_path)


def test_truncated_picture_is_named_when_it_is_read(tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)).save(tmp_path / "0.png")
    whole = (tmp_path / "0.png").read_bytes()
    (tmp_path / "0.png").write_bytes(whole[: len(whole) // 2])
    with open_source(tmp_path) as source, pytest.raises(MediaError, match=r"0\.png cannot be read"):
        source.frame(0)


def test_picture_that_changes_afterwards(tmp_path: Path) -> None:
    picture(1).save(tmp_path / "0.png")
    with open_source(tmp_path) as source:
        picture(1, width=5).save(tmp_path / "0.png")
        with pytest.raises(MediaError, match="changed its size"):
            source.frame(0)


def test_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        list_pictures(tmp_path / "gone")
