"""Exports as other programs read them: ffmpeg's own colour conversion, Pillow, the JSON module."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.export.compose import extended_colour
from app.export.options import Alpha, ExportOptions, Layout, Missing, Timing
from app.export.plan import plan_export
from app.export.planned import ExportPlan
from app.export.presets import PRESETS
from app.export.run import run_export
from app.media import open_source
from app.media.ffmpeg import Ffmpeg, run_ffmpeg
from app.media.masks import read_mask
from tests.barcode import barcode_frame, read_barcode
from tests.unit.app.export.conftest import BarcodeSource, Snapshot, document

WHOLE = ExportOptions(decontaminate=False, start_timecode="01:00:00:00")


def export(
    folder: Path, name: str, options: ExportOptions = WHOLE, snapshot: Snapshot | None = None
) -> ExportPlan:
    snapshot = snapshot or document(count=6)
    plan = plan_export(snapshot, PRESETS[name], options, folder)
    run_export(plan, BarcodeSource(snapshot.info))
    return plan


def decoded(path: Path, form: str, channels: int, filters: str = "") -> NDArray[Any]:
    """All frames of a movie, converted by ffmpeg: (N, H, W, C)."""
    scale = filters or "scale=flags=accurate_rnd+full_chroma_int+full_chroma_inp+bicubic"
    picture = ["-map", "0:V:0", "-fps_mode", "passthrough", "-vf", scale, "-pix_fmt", form]
    program = Ffmpeg(["-i", str(path), *picture, "-f", "rawvideo", "pipe:1"], read=True)
    data = b"".join(iter(lambda: program.stdout.read(1 << 16), b""))
    assert program.finish() == 0, program.last_message()
    size = next(match for line in program.messages if (match := re.search(r"Video:.* (\d+)x(\d+)", line)))
    kind = np.dtype("<u2") if form.endswith("le") else np.dtype(np.uint8)
    return np.frombuffer(data, kind).reshape(-1, int(size[2]), int(size[1]), channels)


def matte_of(snapshot: Snapshot, index: int, *object_ids: int) -> NDArray[np.uint8]:
    return np.max([snapshot.entries[index].matte(object_id) for object_id in object_ids], axis=0)


@pytest.mark.parametrize("size", [(96, 64), (97, 65)])
def test_prores_4444_as_an_editor_sees_it(size: tuple[int, int], tmp_path: Path) -> None:
    snapshot = document(*size, count=6)
    path = export(tmp_path, "prores4444", snapshot=snapshot).outputs[0].path
    frames = decoded(path, "rgba64le", 4)
    assert frames.shape == (6, size[1], size[0], 4)
    # not by the scaler, which makes 65520 of a full 12-bit alpha
    alphas = decoded(path, "gray12le", 1, "extractplanes=a")[..., 0] * (255 / 4095)
    for index, (frame, alpha) in enumerate(zip(frames, alphas, strict=True)):
        assert read_barcode(frame[..., :3]) == index
        meant = matte_of(snapshot, index, 1, 2).astype(float)
        assert np.abs(alpha - meant).max() <= 1
        assert (alpha[meant == 0] == 0).all()
        assert (alpha[meant == 255] == 255).all()
        assert np.abs(frame[..., :3] / 257 - barcode_frame(index, *size)).mean() < 1.0
    _, text, program = run_ffmpeg(
        ["-i", str(path), "-map", "0:V:0", "-c", "copy", "-f", "framecrc", "pipe:1"]
    )
    said = "\n".join(program.messages)
    assert "(ap4h / 0x68347061), yuva444p12le(tv, bt709" in said
    assert "timecode        : 01:00:00:00" in said
    assert "#tb 0: 1/24000" in text
    assert [int(line.split(",")[2]) for line in text.splitlines() if line[0] == "0"] == [
        1001 * index for index in range(6)
    ]


def test_straight_colour_reaches_over_the_edge_and_premultiplied_fades(tmp_path: Path) -> None:
    snapshot = document(count=2)
    meant = matte_of(snapshot, 1, 1, 2) / np.float32(255)
    picture = barcode_frame(1) / np.float32(255)
    straight = export(tmp_path, "qtrle", ExportOptions(), snapshot).outputs[0].path
    frame = decoded(straight, "rgba", 4)[1]
    np.testing.assert_array_equal(frame[..., 3], np.rint(meant * 255))
    np.testing.assert_array_equal(frame[..., :3], np.rint(extended_colour(picture, meant) * 255))
    premult = export(tmp_path, "qtrle", ExportOptions(alpha=Alpha.PREMULT, decontaminate=False), snapshot)
    assert premult.outputs[0].path.name == "shot_combined_premult_rle.mov"
    frame = decoded(premult.outputs[0].path, "rgba", 4)[1]
    np.testing.assert_array_equal(frame[..., :3], np.rint(picture * meant[..., None] * 255))
    facts = json.loads(premult.outputs[0].report.read_text(encoding="utf-8"))
    assert facts["alpha"] == "premultiplied with black"


@pytest.mark.parametrize("depth", [8, 16])
def test_archive_is_exact(depth: int, tmp_path: Path) -> None:
    snapshot = document(count=3)
    options = ExportOptions(bit_depth=depth, decontaminate=False, object_ids=(2,))
    path = export(tmp_path, "ffv1", options, snapshot).outputs[0].path
    assert path.name == "shot_Ball_straight.mkv"
    frames = decoded(path, "rgba64le" if depth == 16 else "rgba", 4)
    top = 257 if depth == 16 else 1
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame[..., :3], barcode_frame(index).astype(np.uint16) * top)
        np.testing.assert_array_equal(frame[..., 3], matte_of(snapshot, index, 2).astype(np.uint16) * top)


def test_web_movie_has_its_alpha_only_for_a_decoder_that_looks_for_it(tmp_path: Path) -> None:
    snapshot = document(97, 65, count=3)
    path = export(tmp_path, "webm", snapshot=snapshot).outputs[0].path
    assert decoded(path, "rgba", 4)[..., 3].min() == 255  # ffmpeg's own decoder does not see it
    program = Ffmpeg(
        ["-c:v", "libvpx-vp9", "-i", str(path), "-vf", "extractplanes=a", "-f", "rawvideo", "pipe:1"],
        read=True,
    )
    alpha = np.frombuffer(b"".join(iter(lambda: program.stdout.read(1 << 16), b"")), np.uint8)
    program.close()
    alpha = alpha.reshape(3, 66, 98)
    for index in range(3):
        meant = np.pad(matte_of(snapshot, index, 1, 2), ((0, 1), (0, 1)), mode="edge")
        assert np.abs(alpha[index].astype(int) - meant).max() <= 2


@pytest.mark.parametrize(("name", "mean"), [("luma_prores", 0.5), ("luma_h264", 2.0)])
def test_luma_mattes_are_limited_and_tagged(name: str, mean: float, tmp_path: Path) -> None:
    snapshot = document(count=4)
    path = export(tmp_path, name, ExportOptions(layout=Layout.EACH), snapshot).outputs[0].path
    assert path.stem == "shot_Anna_matte"
    grey = decoded(path, "gray", 1)[..., 0]  # ffmpeg expands the range, as editors do
    for index, frame in enumerate(grey):
        meant = matte_of(snapshot, index, 1)
        assert np.abs(frame.astype(int) - meant).mean() < mean
        assert frame[meant == 0].mean() < 1
    assert "(tv, bt709" in "\n".join(run_ffmpeg(["-i", str(path), "-f", "null", "-"])[2].messages)


def test_colour_tags_of_the_clip_are_carried_over(tmp_path: Path) -> None:
    snapshot = document(count=2)
    tagged = Snapshot(
        snapshot.path,
        _tagged(snapshot, matrix="bt601", space="bt470bg", primaries="bt470bg", transfer="bt470bg"),
        snapshot.objects,
        snapshot.entries,
    )
    path = export(tmp_path, "prores4444", snapshot=tagged).outputs[0].path
    said = "\n".join(run_ffmpeg(["-i", str(path), "-f", "null", "-"])[2].messages)
    assert "yuva444p12le(tv, bt470bg" in said
    assert np.abs(decoded(path, "rgba64le", 4)[1][..., :3] / 257 - barcode_frame(1)).mean() < 1


def _tagged(snapshot: Snapshot, **tags: str) -> Any:
    from dataclasses import replace

    return replace(snapshot.info, picture=replace(snapshot.info.picture, **tags))  # type: ignore[arg-type]


def test_green_screen_and_still(tmp_path: Path) -> None:
    snapshot = document(count=2)
    path = export(tmp_path, "green_screen", snapshot=snapshot).outputs[0].path
    frame = decoded(path, "rgb24", 3)[0]
    # away from the objects, whose edges bleed in half-size colour
    empty = cv2.dilate(matte_of(snapshot, 0, 1, 2), np.ones((17, 17), np.uint8)) == 0
    assert np.abs(frame[empty].mean(axis=0) - (0, 177, 64)).max() < 2
    Image.fromarray(np.full((10, 30, 3), (200, 100, 50), np.uint8)).save(tmp_path / "still.png")
    options = ExportOptions(background=tmp_path / "still.png", template="still")
    path = export(tmp_path, "green_screen_h264", options, snapshot).outputs[0].path
    assert np.abs(decoded(path, "rgb24", 3)[0][empty].mean(axis=0) - (200, 100, 50)).max() < 2


def test_review_movie_has_colours_and_a_line(tmp_path: Path) -> None:
    snapshot = document(192, 128, count=3)
    path = export(tmp_path, "overlay", snapshot=snapshot).outputs[0].path
    frames = decoded(path, "rgb24", 3)
    assert [read_barcode(frame) for frame in frames] == [0, 1, 2]
    matte = matte_of(snapshot, 2, 1) > 250
    matte[96:] = False
    mean = frames[2][matte].mean(axis=0)
    expected = barcode_frame(2, 192, 128)[matte].mean(axis=0) * 0.5 + np.array([255, 92, 92]) * 0.5
    assert np.abs(mean - expected).max() < 8
    assert frames[2][-14:, :60].max() > 200  # the line is white, where the picture has black patches


@pytest.mark.parametrize(
    ("alpha", "depth", "mode"),
    [
        (Alpha.MATTE, 8, "L"),
        (Alpha.MATTE, 16, "I;16"),
        (Alpha.STRAIGHT, 8, "RGBA"),
        (Alpha.PREMULT, 16, "RGBA"),
    ],
)
def test_png_sequences(alpha: Alpha, depth: int, mode: str, tmp_path: Path) -> None:
    snapshot = document(count=3)
    options = ExportOptions(alpha=alpha, bit_depth=depth, decontaminate=False, start_number=1001, in_point=1)
    output = export(tmp_path, "png", options, snapshot).outputs[0]
    assert [path.name for path in output.files] == [
        f"shot_combined_{alpha.value}_0100{n}.png" for n in (1, 2)
    ]
    with Image.open(output.files[1]) as picture:
        assert picture.mode == mode
        values = np.asarray(picture)
    meant = matte_of(snapshot, 2, 1, 2)
    if alpha is Alpha.MATTE:
        np.testing.assert_array_equal(values, meant.astype(np.uint16) * (257 if depth == 16 else 1))
        return
    np.testing.assert_array_equal(values[..., 3], meant)  # Pillow keeps the upper 8 of 16 bits
    if alpha is Alpha.STRAIGHT:
        np.testing.assert_array_equal(values[..., :3], barcode_frame(2))


def test_exr_as_ffmpeg_reads_it(tmp_path: Path) -> None:
    snapshot = document(count=2)
    output = export(tmp_path, "exr", ExportOptions(decontaminate=False), snapshot).outputs[0]
    program = Ffmpeg(["-i", str(output.files[1]), "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"], read=True)
    data = b"".join(iter(lambda: program.stdout.read(1 << 16), b""))
    program.close()
    green, blue, red, alpha = np.frombuffer(data, "<f2").reshape(4, 64, 96).astype(np.float64)
    meant = matte_of(snapshot, 1, 1, 2) / 255
    assert np.abs(alpha - meant).max() < 2**-11
    picture = barcode_frame(1) / 255
    linear = np.where(picture <= 0.04045, picture / 12.92, ((picture + 0.055) / 1.055) ** 2.4)
    for place, plane in enumerate((red, green, blue)):
        assert np.abs(plane - linear[..., place] * meant).max() < 2**-11
    assert b"Anna.A\0" in output.files[1].read_bytes()[:400]


def test_mattes_that_are_missing_are_held_or_black_or_left_out(tmp_path: Path) -> None:
    snapshot = document(count=5, masked=[1, 4])
    held = export(tmp_path, "ffv1", ExportOptions(alpha=Alpha.MATTE, missing=Missing.HOLD), snapshot)
    frames = decoded(held.outputs[0].path, "gray", 1)[..., 0]
    for frame, source in zip(frames, (1, 1, 1, 1, 4), strict=True):
        np.testing.assert_array_equal(frame, matte_of(snapshot, source, 1, 2))
    skip = export(tmp_path, "png", ExportOptions(missing=Missing.SKIP), snapshot)
    assert [path.name[-9:] for path in skip.outputs[0].files] == ["00001.png", "00004.png"]
    facts = json.loads(skip.outputs[0].report.read_text(encoding="utf-8"))
    assert facts["frames_without_matte"] == [0, 2, 3]
    assert facts["these_frames"] == "have no file"


def test_a_constant_rate_is_written_frame_by_frame(tmp_path: Path) -> None:
    options = ExportOptions(timing=Timing.CONSTANT, rate=Fraction(48000, 1001), decontaminate=False)
    path = export(tmp_path, "prores4444", options).outputs[0].path
    assert [read_barcode(frame[..., :3]) for frame in decoded(path, "rgba64le", 4)] == [
        index // 2 for index in range(12)
    ]
    with open_source(path) as source:
        assert (source.info.fps, source.info.frame_count) == (Fraction(48000, 1001), 12)


def test_data_sets(tmp_path: Path) -> None:
    snapshot = document(count=3)
    davis = export(tmp_path / "d", "davis", snapshot=snapshot).outputs[0]
    for index, path in enumerate(davis.files):
        assert path == tmp_path / f"d/shot/{index:05d}.png"
        np.testing.assert_array_equal(read_mask(path), snapshot.entries[index].index_mask())
    vos = export(tmp_path / "v", "youtube_vos", snapshot=snapshot).outputs[0]
    meta = json.loads((vos.path / "meta.json").read_text(encoding="utf-8"))
    assert meta["videos"]["shot"]["objects"]["2"] == {
        "category": "Ball",
        "frames": ["00000", "00001", "00002"],
    }
    coco = json.loads(
        export(tmp_path / "c", "coco", snapshot=snapshot).outputs[0].path.read_text(encoding="utf-8")
    )
    first = coco["annotations"][0]
    inside = snapshot.entries[0].index_mask() == 1
    assert first["area"] == inside.sum()
    assert first["iscrowd"] == 0
    assert first["attributes"] == {"track_id": 1}
    assert [item["name"] for item in coco["categories"]] == ["Anna", "Ball"]
    mots = export(tmp_path / "m", "mots_png", snapshot=snapshot).outputs[0]
    with Image.open(mots.files[0]) as picture:
        values = np.asarray(picture)
    np.testing.assert_array_equal(values, np.where(inside, 1001, np.where(values == 1002, 1002, 0)))
    text = export(tmp_path / "t", "mots_txt", snapshot=snapshot).outputs[0].path.read_text(encoding="ascii")
    assert text.splitlines()[0].split(" ")[:5] == ["0", "1001", "1", "64", "96"]


def test_handles_and_original_numbers_of_a_sequence(tmp_path: Path) -> None:
    from dataclasses import replace

    snapshot = document(count=6)
    info = replace(snapshot.info, numbers=tuple(range(1001, 1007)))
    numbered = replace(snapshot, info=info)
    plan = export(tmp_path, "davis", ExportOptions(in_point=2, out_point=3, handles=1), numbered)
    assert [path.stem for path in plan.outputs[0].files] == ["01002", "01003", "01004", "01005"]
