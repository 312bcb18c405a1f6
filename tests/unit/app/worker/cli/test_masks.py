from __future__ import annotations

import argparse
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from app.errors import UserError
from app.export.png import write_index_png, write_matte_png
from app.media import VideoInfo
from app.media.masks import MaskArgument
from app.worker.cli.masks import parse_mask, read_masks

INFO = VideoInfo(6, 4, 10, Fraction(25), "clip.mp4")


def saved(path: Path, mask: NDArray[np.uint8]) -> Path:
    write_index_png(path, mask)
    return path


def painted(object_id: int = 1) -> NDArray[np.uint8]:
    mask = np.zeros((4, 6), np.uint8)
    mask[1:3, 2:5] = object_id
    return mask


def test_what_is_no_frame_number() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="frame number"):
        parse_mask("a.png@x")


def test_masks_by_frame(tmp_path: Path) -> None:
    first, second = saved(tmp_path / "a.png", painted()), saved(tmp_path / "b.png", painted(7))
    masks = read_masks([MaskArgument(first, 0), MaskArgument(second, 9)], INFO)
    assert list(masks) == [0, 9]
    np.testing.assert_array_equal(masks[9], painted(7))


def test_0_255_mask_is_object_1(tmp_path: Path) -> None:
    write_matte_png(tmp_path / "a.png", painted(255))
    np.testing.assert_array_equal(read_masks([MaskArgument(tmp_path / "a.png", 3)], INFO)[3], painted(1))


def test_empty_mask_beside_a_painted_one_says_that_the_object_is_gone(tmp_path: Path) -> None:
    first = saved(tmp_path / "a.png", painted())
    empty = saved(tmp_path / "b.png", painted(0))
    assert list(read_masks([MaskArgument(first, 0), MaskArgument(empty, 5)], INFO)) == [0, 5]


@pytest.mark.parametrize(
    ("mask", "frame", "message"),
    [
        (painted(), 10, r"a\.png is for frame 10, but clip\.mp4 has only frames 0 to 9"),
        (np.ones((5, 6), np.uint8), 0, r"a\.png is 6x5, but clip\.mp4 is 6x4"),
        (painted(0), 0, r"a\.png shows no object: its pixels are only 0 \(background\)\."),
        (painted(255), 0, r"a\.png shows no object: its pixels are only 0 \(background\) and 255 \(void\)"),
    ],
)
def test_masks_that_do_not_fit(tmp_path: Path, mask: NDArray[np.uint8], frame: int, message: str) -> None:
    path = saved(tmp_path / "a.png", mask)
    with pytest.raises(UserError, match=message) as caught:
        read_masks([MaskArgument(path, frame)], INFO)
    assert caught.value.hint


def test_two_masks_for_a_frame(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", painted())
    with pytest.raises(UserError, match="two masks for frame 4"):
        read_masks([MaskArgument(path, 4), MaskArgument(path, 4)], INFO)


def test_unreadable_mask(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no mask file .*gone\.png"):
        read_masks([MaskArgument(tmp_path / "gone.png", 0)], INFO)
