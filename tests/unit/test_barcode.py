from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.media import open_source
from tests.barcode import CODECS, COLOURS, barcode_frame, make_clip, read_barcode, read_colours


def test_numbers_survive_resizing_and_noise() -> None:
    random = np.random.default_rng(0)
    for number in (0, 1, 511, 512, 1023, *random.integers(0, 1024, 20).tolist()):
        picture = barcode_frame(number)
        assert read_barcode(picture) == number
        assert read_barcode(cv2.resize(picture, (250, 130), interpolation=cv2.INTER_LINEAR)) == number
        assert read_barcode(picture.astype(np.float32) / 255) == number
        noisy = np.clip(picture + random.normal(0, 20, picture.shape), 0, 255)
        assert read_barcode(noisy) == number


def test_other_pictures_are_no_bar_codes() -> None:
    with pytest.raises(ValueError, match="no bar code"):
        read_barcode(np.zeros((64, 96, 3), np.uint8))
    damaged = barcode_frame(5)
    damaged[:16, 8:16] = 0  # one bit lost
    with pytest.raises(ValueError, match="no bar code"):
        read_barcode(damaged)


def test_colours_are_where_they_are_read() -> None:
    np.testing.assert_array_equal(read_colours(barcode_frame(9)), COLOURS)


@pytest.mark.parametrize(
    ("codec", "suffix"), [(name, ".gif" if name == "gif" else ".mkv") for name in CODECS]
)
def test_every_codec_keeps_numbers(tmp_path: Path, codec: str, suffix: str) -> None:
    path = make_clip(tmp_path / f"clip{suffix}", codec, 5)
    with open_source(path) as source:
        assert [read_barcode(frame) for frame in source.frames(0, 5)] == [0, 1, 2, 3, 4]
