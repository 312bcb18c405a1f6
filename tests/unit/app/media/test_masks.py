from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from app.errors import MediaError
from app.export.png import write_index_png
from app.media.masks import MaskArgument, davis_palette, mask_argument, read_mask
from cfbi import DataError
from cfbi.evaluation import read_index_mask


def test_file_with_and_without_frame() -> None:
    assert mask_argument("a/b.png") == MaskArgument(Path("a/b.png"), 0)
    assert mask_argument("a/b.png@12") == MaskArgument(Path("a/b.png"), 12)
    assert mask_argument("me@home/b.png") == MaskArgument(Path("me@home/b.png"), 0)
    assert mask_argument("me@home/b@2.png@7") == MaskArgument(Path("me@home/b@2.png"), 7)


def test_existing_file_with_at_sign_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "b@2"
    path.touch()
    assert mask_argument(str(path)) == MaskArgument(path, 0)


@pytest.mark.parametrize("text", ["a.png@", "a.png@x", "a.png@-1", "a.png@1.5"])
def test_what_is_no_frame_number(text: str) -> None:
    with pytest.raises(MediaError, match="frame number"):
        mask_argument(text)


def outcome(read: Callable[[Path], np.ndarray], path: Path) -> object:
    """What comes of reading: the mask, or the message."""
    try:
        return read(path).tolist()
    except (MediaError, DataError) as error:
        return error.message


@given(
    st.sampled_from(["P", "L", "1", "I;16", "RGB", "RGBA", "LA", "grey RGB", "white P"]),
    st.one_of(
        hnp.arrays(np.uint8, (4, 5), elements=st.sampled_from([0, 255])),
        hnp.arrays(np.uint8, (4, 5), elements=st.integers(0, 255)),
    ),
)
def test_the_window_reads_masks_as_the_benchmark_does(tmp_path: Path, kind: str, mask: np.ndarray) -> None:
    path = tmp_path / "mask.png"
    if kind in ("P", "white P"):
        picture = Image.fromarray(mask)
        palette = davis_palette()
        if kind == "white P":
            palette[255] = 255
        picture.putpalette(palette.tobytes())
    elif kind in ("RGB", "RGBA"):
        picture = Image.fromarray(davis_palette()[mask]).convert(kind)
    elif kind == "grey RGB":
        picture = Image.fromarray(np.repeat(mask[..., None], 3, axis=2))
    elif kind == "1":
        picture = Image.fromarray(mask > 0)
    elif kind == "I;16":
        picture = Image.fromarray(mask.astype(np.uint16) * (257 if mask.max() == 255 else 1))
    else:
        picture = Image.fromarray(mask).convert(kind)
    picture.save(path)
    assert outcome(read_mask, path) == outcome(read_index_mask, path)


@given(hnp.arrays(np.uint8, (3, 4)))
def test_what_was_exported_reads_back(tmp_path: Path, mask: np.ndarray) -> None:
    write_index_png(tmp_path / "a.png", mask)
    np.testing.assert_array_equal(read_mask(tmp_path / "a.png"), mask)


@pytest.mark.parametrize("kind", ["L", "RGB", "LA"])
def test_a_matte_with_soft_edges_is_one_object(tmp_path: Path, kind: str) -> None:
    matte = np.zeros((40, 60), np.uint8)
    matte[:, 20:] = 255
    matte[:, 12:20] = np.linspace(20, 240, 8 * 40).reshape(40, 8).astype(np.uint8)
    Image.fromarray(matte).convert(kind).save(tmp_path / "matte.png")
    for read in (read_mask, read_index_mask):
        np.testing.assert_array_equal(read(tmp_path / "matte.png"), matte >= 128)


def test_a_mask_with_much_void_is_one(tmp_path: Path) -> None:
    mask = np.full((40, 60), 255, np.uint8)
    mask[0, :20] = np.arange(20) % 12
    Image.fromarray(mask).save(tmp_path / "mask.png")
    for read in (read_mask, read_index_mask):
        np.testing.assert_array_equal(read(tmp_path / "mask.png"), mask)


def test_colours_that_are_no_objects(tmp_path: Path) -> None:
    Image.new("RGB", (4, 3), (1, 2, 3)).save(tmp_path / "a.png")
    with pytest.raises(MediaError, match=r"colour \(1, 2, 3\) at x 0, y 0, which stands for no object"):
        read_mask(tmp_path / "a.png")


@pytest.mark.parametrize("pixels", [6000, 100])
def test_a_huge_picture_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pixels: int) -> None:
    Image.new("L", (100, 90)).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pixels)  # 9000 pixels: a warning, or an error
    with pytest.raises(MediaError, match=r"a\.png is too large"):
        read_mask(tmp_path / "a.png")


def test_what_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(MediaError, match=r"a\.png cannot be read"):
        read_mask(tmp_path / "a.png")
    with pytest.raises(MediaError, match=r"no mask file .*gone\.png"):
        read_mask(tmp_path / "gone.png")
