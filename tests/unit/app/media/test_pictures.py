from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from app.errors import MediaError
from app.media import VideoInfo, open_source
from app.media.sequence import list_pictures
from tests.barcode import COLOURS, barcode_frame, convert, make_clip, read_barcode, read_colours


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
        with pytest.raises(MediaError, match=r"0\.png is 5x12, but the clip is 20x12"):
            source.frame(0)


def test_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        list_pictures(tmp_path / "gone")


def write(path: Path, number: int, size: tuple[int, int] = (96, 64)) -> Path:
    Image.fromarray(barcode_frame(number, *size)).save(path)
    return path


def shown(path: Path) -> tuple[VideoInfo, list[int]]:
    with open_source(path) as source:
        return source.info, [read_barcode(frame) for frame in source.frames(0, source.info.frame_count)]


def test_gaps_are_named_and_numbers_kept(tmp_path: Path) -> None:
    for number in (8, 9, 10, 11, 15, 16, 20, 21):
        write(tmp_path / f"shot.{number}.png", number)
    info, numbers = shown(tmp_path)
    assert numbers == [8, 9, 10, 11, 15, 16, 20, 21]
    assert info.numbers == tuple(numbers)
    assert info.number(4) == 15
    assert info.notes[0].startswith("Numbers are missing in shot.#.png: 12 to 14, 17 to 19.")
    # a gap takes its time: frame 4 comes seven pictures after the first one
    assert info.frame_map is not None
    assert info.frame_map.pts(4) == 7
    assert info.is_vfr
    assert (info.fps, str(info.timecode(4))) == (25, "00:00:00:07")


def test_every_fifth_number_is_no_gap(tmp_path: Path) -> None:
    for number in (0, 5, 10, 20):
        write(tmp_path / f"{number:05d}.png", number)
    info, numbers = shown(tmp_path)
    assert numbers == [0, 5, 10, 20]
    assert info.notes[0].startswith("Numbers are missing in #####.png: 15.")


def test_one_picture_opens_its_sequence_and_no_other(tmp_path: Path) -> None:
    for number in (3, 1, 2):
        write(tmp_path / f"a_{number:04d}.png", number)
        write(tmp_path / f"a_mask_{number:04d}.png", 100 + number)
        write(tmp_path / f"b2_{number:04d}.png", 200 + number)
        Image.fromarray(barcode_frame(300 + number)).save(tmp_path / f"a_{number:04d}.webp", lossless=True)
    write(tmp_path / "a.png", 77)
    assert shown(tmp_path / "a_0002.png")[1] == [1, 2, 3]
    assert shown(tmp_path / "a_mask_0001.png")[1] == [101, 102, 103]
    assert shown(tmp_path / "b2_0001.png")[1] == [201, 202, 203]
    assert shown(tmp_path / "a_0003.webp")[1] == [301, 302, 303]
    info, numbers = shown(tmp_path / "a.png")
    assert (numbers, info.numbers) == ([77], ())
    assert shown(tmp_path / "a_0002.png")[0].name == "a"
    with pytest.raises(MediaError, match=r"holds 5 sequences of pictures: .*a_####\.png \(3\)") as caught:
        open_source(tmp_path)
    assert "Open one picture" in caught.value.hint


def test_the_clear_majority_of_a_folder_is_its_sequence(tmp_path: Path) -> None:
    for number in range(1990, 2011):
        write(tmp_path / f"{number}.png", number - 1990)
    write(tmp_path / "cover.png", 500)
    info, numbers = shown(tmp_path)
    assert numbers == list(range(21))
    assert (info.number(0), info.number(20)) == (1990, 2010)


def test_the_number_is_what_differs(tmp_path: Path) -> None:
    for number in (9, 10, 11):
        write(tmp_path / f"sh010_{number}_1080p.png", number)
    assert shown(tmp_path)[1] == [9, 10, 11]
    assert shown(tmp_path)[0].numbers == (9, 10, 11)


def test_of_a_picture_without_others_only_a_number_at_the_end_is_one_of_a_frame(tmp_path: Path) -> None:
    write(tmp_path / "still4k.png", 4)
    write(tmp_path / "plate_v2.1001.png", 5)
    still, numbers = shown(tmp_path / "still4k.png")
    assert (still.name, still.numbers, numbers) == ("still4k", (), [4])
    plate, numbers = shown(tmp_path / "plate_v2.1001.png")
    assert (plate.name, plate.numbers, numbers) == ("plate_v2", (1001,), [5])


def test_one_number_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "f9.png", 9)
    write(tmp_path / "f09.png", 9)
    with pytest.raises(MediaError, match=r"holds frame 9 twice: f09\.png and f9\.png"):
        open_source(tmp_path)


@pytest.mark.parametrize("suffix", ["tif", "png"])
def test_pictures_of_16_bits(tmp_path: Path, suffix: str) -> None:
    for number in (0, 1, 2):
        picture16 = barcode_frame(number).astype(np.uint16) * 257
        cv2.imwrite(str(tmp_path / f"s.{98 + number:03d}.{suffix}"), picture16[:, :, ::-1])
    check_deep(tmp_path / f"s.099.{suffix}", 16)


@pytest.mark.parametrize(("pixels", "depth"), [("gbrp10le", 10), ("gbrp12le", 12), ("rgb24", 8)])
def test_dpx(tmp_path: Path, pixels: str, depth: int) -> None:
    clip = make_clip(tmp_path / "clip.mkv", "ffv1", 3)
    convert(clip, tmp_path / "s.%03d.dpx", ["-pix_fmt", pixels, "-start_number", "98"])
    check_deep(tmp_path / "s.099.dpx", depth)


def check_deep(path: Path, depth: int) -> None:
    info, numbers = shown(path)
    assert numbers == [0, 1, 2]
    assert info.numbers == (98, 99, 100)
    assert (info.picture.bit_depth, info.picture.is_float) == (depth, False)
    with open_source(path) as source:
        np.testing.assert_array_equal(read_colours(source.frame(2)), COLOURS)


def test_16_bits_are_rounded_not_cut(tmp_path: Path) -> None:
    values = np.array([[0, 128, 129, 257, 65406, 65407, 65535, 32896]], np.uint16)
    expected = [0, 0, 1, 1, 254, 255, 255, 128]
    cv2.imwrite(str(tmp_path / "colour.png"), np.repeat(values[:, :, None], 3, axis=2))
    cv2.imwrite(str(tmp_path / "grey.tif"), values)
    for name in ("colour.png", "grey.tif"):
        with open_source(tmp_path / name) as source:
            assert source.frame(0)[0, :, 1].tolist() == expected


def srgb(light: float) -> int:
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))


@pytest.mark.parametrize("name", ["light.exr", "light.tiff"])
def test_linear_light_is_shown_through_the_srgb_curve(tmp_path: Path, name: str) -> None:
    light = np.array([0.0, 0.002, 0.18, 0.5, 1.0, 7.5, -0.5, np.inf, np.nan], np.float32)
    picture = np.stack([light, light / 2, np.full_like(light, 0.25)], axis=1)[None]
    rows = np.repeat(picture, 4, axis=0)
    if name.endswith("exr"):
        raw = np.ascontiguousarray(rows.transpose(2, 0, 1)[[1, 2, 0]])  # green, blue, red planes
        (tmp_path / "raw").write_bytes(raw.tobytes())
        before = ["-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-s", "9x4"]
        convert(tmp_path / "raw", tmp_path / name, ["-c:v", "exr", "-update", "1"], before=before)
    else:
        cv2.imwrite(str(tmp_path / name), rows[:, :, ::-1])
    with open_source(tmp_path / name) as source:
        frame = source.frame(0)
        assert (source.info.picture.is_float, source.info.picture.bit_depth) == (True, 32)
        assert "sRGB" in source.info.notes[0]
    expected = [0, srgb(0.002), srgb(0.18), srgb(0.5), 255, 255, 0, 255, 0]
    assert frame[2, :, 0].tolist() == expected
    assert frame[2, :6, 1].tolist() == [0, srgb(0.001), srgb(0.09), srgb(0.25), srgb(0.5), 255]
    assert frame[2, :7, 2].tolist() == [srgb(0.25)] * 7


def test_exr_of_half_floats_with_alpha(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mkv", "ffv1", 2)
    extra = ["-pix_fmt", "gbrapf32le", "-c:v", "exr", "-format", "half"]
    convert(clip, tmp_path / "s.%04d.exr", [*extra, "-start_number", "1001"])
    info, numbers = shown(tmp_path / "s.1001.exr")
    assert (numbers, info.numbers) == ([0, 1], (1001, 1002))
    assert (info.picture.bit_depth, info.picture.is_float, info.picture.has_alpha) == (16, True, True)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_turned_tiff_is_shown_upright(tmp_path: Path, kind: type) -> None:
    corners = {1: (0, 0), 2: (0, 5), 3: (3, 5), 4: (3, 0), 5: (0, 0), 6: (0, 3), 7: (5, 3), 8: (5, 0)}
    for turn, corner in corners.items():
        values = np.zeros((4, 6), kind)
        values[0, 0] = np.iinfo(kind).max
        path = tmp_path / f"turn{turn}" / "a.tif"
        path.parent.mkdir()
        Image.fromarray(values).save(path, tiffinfo={0x0112: turn})
        with open_source(path) as source:
            frame = source.frame(0)[..., 0]
            assert (source.info.height, source.info.width) == frame.shape == ((6, 4) if turn > 4 else (4, 6))
        assert [tuple(place) for place in np.argwhere(frame == 255).tolist()] == [corner]
