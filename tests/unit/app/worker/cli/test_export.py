from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.project_file import Project, write_project
from app.document.snapshot import Work
from app.document.storage.clip_reference import refer_to
from app.export.png import write_index_png, write_matte_png
from app.media import open_source
from app.worker.cli import main
from tests.barcode import HEIGHT, WIDTH, convert, make_clip, read_barcode

Capture = pytest.CaptureFixture[str]
FRAMES = 12


def mask_of(index: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, :] = 1  # the bar code is inside the object
    mask[40:50, 10 + index : 30 + index] = 2
    return mask


def masks(folder: Path, frames: range = range(FRAMES), *, first: int = 0) -> Path:
    for index in frames:
        write_index_png(folder / f"{index + first:05d}.png", mask_of(index))
    return folder


@pytest.fixture
def movie(tmp_path: Path) -> Path:
    return make_clip(
        tmp_path / "shot.mov", "prores4444", FRAMES, rate="24000/1001", extra=("-timecode", "01:00:00:00")
    )


def export(source: Path, out: Path, *more: object) -> int:
    return main(["export", str(source), "--out", str(out), *(str(argument) for argument in more)])


def barcodes(path: Path) -> list[int]:
    with open_source(path) as source:
        return [read_barcode(frame) for frame in source.frames(0, source.info.frame_count)]


def test_a_folder_of_masks_becomes_a_movie_that_shows_the_right_frames(
    movie: Path, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    code = export(
        *(masks(tmp_path / "masks"), out, "--clip", movie, "--preset", "prores4444", "--range", "3:9"),
        *("--handles", "2", "--round-trip", "fcpxml,nk", "--round-trip", "jsx"),
    )
    assert code == 0
    written = out / "shot_combined_straight.mov"
    assert barcodes(written) == list(range(1, 11))
    with open_source(written) as source:
        assert str(source.info.start_timecode) == "01:00:00:01"
        assert str(source.info.fps) == "24000/1001"
    said = capsys.readouterr().out
    assert f"{written}: 10 frames" in said
    assert "checks passed" in said
    # the timeline shows frames 3 to 8 of both
    root = ElementTree.fromstring((out / "shot_combined_straight.mov.fcpxml").read_bytes())
    starts = {clip.get("start") for clip in root.iter("asset-clip")}
    assert starts == {f"{(24 * 3600 + 3) * 1001}/24000s"}
    assert {clip.get("duration") for clip in root.iter("asset-clip")} == {f"{6 * 1001}/24000s"}
    assert sorted(path.suffix for path in out.iterdir()) == [".fcpxml", ".json", ".jsx", ".mov", ".nk"]


def written(path: Path, movie: Path, *, in_point: int | None = None, out_point: int | None = None) -> Path:
    """A project with two objects on all frames."""
    entries = {index: pack(mask_of(index), MaskSource.USER) for index in range(FRAMES)}
    objects = (new_object(1), new_object(2))
    work = Work(objects=objects, entries=entries, in_point=in_point, out_point=out_point)
    with open_source(movie) as source:
        write_project(Project(path, refer_to(movie, source.info, path), work))
    return path


def test_a_project_is_exported_with_its_in_and_out_points(
    movie: Path, tmp_path: Path, capsys: Capture
) -> None:
    project = written(tmp_path / "shot.cfbiproj", movie, in_point=4, out_point=7)
    out = tmp_path / "out"
    assert (
        export(project, out, "--preset", "png", "--layout", "each", "--objects", "2", "--start-number", 1001)
        == 0
    )
    files = sorted(out.rglob("*.png"))
    assert [path.name for path in files] == [
        f"shot_Object 2_matte_{number:05d}.png" for number in range(1001, 1005)
    ]
    for place, path in enumerate(files):
        with Image.open(path) as picture:
            np.testing.assert_array_equal(np.asarray(picture), (mask_of(4 + place) == 2) * np.uint8(255))
    # the clip may have gone elsewhere
    moved = movie.rename(tmp_path / "moved.mov")
    (tmp_path / "elsewhere").mkdir()
    far = project.rename(tmp_path / "elsewhere" / "shot.cfbiproj")
    moved = moved.rename(tmp_path / "elsewhere" / "sub.mov")
    assert export(far, tmp_path / "second", "--preset", "davis", "--clip", moved) == 0
    assert len(list((tmp_path / "second").rglob("*.png"))) == 4


def test_a_clip_of_other_content_is_not_taken_for_that_of_the_project(
    movie: Path, tmp_path: Path, capsys: Capture
) -> None:
    path = written(tmp_path / "shot.cfbiproj", movie)
    movie.unlink()
    make_clip(movie, "ffv1", FRAMES)  # of the same name, size and length
    assert export(path, tmp_path / "out", "--preset", "png") == 1
    said = capsys.readouterr().err
    assert f"{movie} is another clip than the one that {path} was made with" in said
    assert "--clip" in said
    assert not (tmp_path / "out").exists()
    assert export(path, tmp_path / "out", "--preset", "png", "--clip", movie) == 0


def test_soft_mattes_of_propagate_are_used(movie: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    for index in range(FRAMES):
        write_index_png(made / "index" / f"shot_{index:05d}.png", (mask_of(index) == 2) * np.uint8(7))
        write_matte_png(
            made / "matte" / f"shot_{index:05d}.png", np.full((HEIGHT, WIDTH), 10 * index, np.uint8)
        )
    assert export(made, tmp_path / "out", "--clip", movie, "--preset", "png") == 0
    for index, path in enumerate(sorted((tmp_path / "out").rglob("*.png"))):
        with Image.open(path) as picture:
            assert set(np.unique(np.asarray(picture)).tolist()) == {10 * index}


@pytest.mark.parametrize("white", [255, (128, 0, 0)], ids=["black and white", "coloured"])
def test_soft_mattes_belong_to_the_object_of_any_kind_of_mask(
    movie: Path, tmp_path: Path, white: int | tuple[int, int, int]
) -> None:
    made = tmp_path / "made"
    write_matte_png(made / "matte" / "shot_00003.png", np.full((HEIGHT, WIDTH), 90, np.uint8))
    (made / "index").mkdir()
    inside = (mask_of(3) == 2).astype(np.uint8)
    Image.fromarray(np.multiply.outer(inside, np.uint8(white))).save(made / "index" / "shot_00003.png")
    assert export(made, tmp_path / "out", "--clip", movie, "--preset", "png", "--range", "3:4") == 0
    (path,) = (tmp_path / "out").rglob("*.png")
    with Image.open(path) as picture:
        assert set(np.unique(np.asarray(picture)).tolist()) == {90}


def test_a_report_names_the_clip_by_its_whole_path(
    movie: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(movie.parent)
    source = masks(tmp_path / "masks", range(1))
    arguments = ("--clip", movie.name, "--preset", "png", "--range", "0:1")
    assert export(source, tmp_path / "out", *arguments) == 0
    (report,) = (tmp_path / "out").glob("*.report.json")
    assert json.loads(report.read_text("utf-8"))["clip"] == str(movie)


def test_a_mask_that_cannot_be_read_is_named(movie: Path, tmp_path: Path, capsys: Capture) -> None:
    made = tmp_path / "made"
    write_matte_png(made / "matte" / "shot_00003.png", np.full((HEIGHT, WIDTH), 90, np.uint8))
    (made / "index").mkdir()
    (made / "index" / "shot_00003.png").write_bytes(b"no picture")
    assert export(made, tmp_path / "out", "--clip", movie, "--preset", "png") == 1
    assert "index/shot_00003.png cannot be read" in capsys.readouterr().err


def test_soft_mattes_of_sixteen_bits_are_used_as_they_are(movie: Path, tmp_path: Path) -> None:
    made = tmp_path / "made"
    ramp = np.linspace(4000, 61000, HEIGHT * WIDTH).astype(np.uint16).reshape(HEIGHT, WIDTH)
    for index in range(FRAMES):
        write_index_png(made / "index" / f"shot_{index:05d}.png", (mask_of(index) == 2) * np.uint8(7))
        write_matte_png(made / "matte" / f"shot_{index:05d}.png", ramp)
    arguments = ("--clip", movie, "--preset", "png", "--bit-depth", "16")
    assert export(made, tmp_path / "out", *arguments) == 0
    path = min((tmp_path / "out").rglob("*.png"))
    with Image.open(path) as picture:
        np.testing.assert_allclose(np.asarray(picture).astype(int), ramp, atol=17)


def test_mattes_of_all_objects_are_blurred_along_their_motion(movie: Path, tmp_path: Path) -> None:
    folder = tmp_path / "masks"
    for index in range(FRAMES):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[10:30, 5 + 4 * index : 25 + 4 * index] = 1
        write_index_png(folder / f"{index:05d}.png", mask)
    common = ("--clip", movie, "--preset", "png", "--bit-depth", 16)
    for degrees, ramp in ((0, [1, 1, 1, 1]), (180, [0.75, 1, 1, 1]), (360, [0.625, 0.875, 1, 1])):
        out = tmp_path / str(degrees)
        assert export(folder, out, *common, "--motion-blur", degrees) == 0
        with Image.open(sorted(out.rglob("*.png"))[6]) as picture:
            row = np.asarray(picture)[20] / 65535
        assert row[29:33] == pytest.approx(ramp, abs=2e-3)
        assert row[49:53] == pytest.approx([1 - value for value in ramp], abs=2e-3)
        assert row.sum() == pytest.approx(20, abs=0.01)


def test_frames_without_a_matte_are_named_and_need_a_choice(
    movie: Path, tmp_path: Path, capsys: Capture
) -> None:
    source, out = masks(tmp_path / "masks", range(2, 9), first=1001), tmp_path / "out"
    common = ("--clip", movie, "--first-number", 1001, "--preset", "png")
    assert export(source, out, *common) == 1
    said = capsys.readouterr().err
    assert "5 of the frames to export have no matte: 0-1, 9-11." in said
    assert "--missing black, hold or skip" in said
    assert not out.exists()
    assert export(source, out, *common, "--missing", "skip") == 0
    assert len(list(out.rglob("*.png"))) == 7
    assert export(source, out, *common, "--missing", "black") == 1
    said = capsys.readouterr().err
    assert "would be replaced" in said
    assert "--force" in said
    assert export(source, out, *common, "--missing", "black", "--force") == 0
    assert len(list(out.rglob("*.png"))) == FRAMES


def test_a_dry_run_writes_nothing(movie: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    code = export(
        *(masks(tmp_path / "masks"), out, "--clip", movie, "--preset", "exr", "--layout", "each"),
        *("--name", "{object_id}/{clip}.{frame:04}", "--round-trip", "nk", "--dry-run"),
    )
    assert code == 0
    said = capsys.readouterr().out
    assert f"  {out / '2' / 'shot.0011.exr'}\n" in said
    assert f"  {out / 'shot_exr.nk'}\n" in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--preset", "prores"), "There is no export preset 'prores'."),
        (("--preset", "png", "--name", "{klip}_{frame}"), "unknown token {klip}"),
        (("--preset", "png", "--objects", "1,x"), "object_ids cannot be"),
        (("--preset", "png", "--objects", "1,²"), "object_ids cannot be"),
        (("--preset", "png", "--objects", "9"), "There is no object 9."),
        (("--preset", "png", "--range", "9"), "The range '9' is not A:B."),
        (("--preset", "png", "--range", "4:99"), "do not lie in shot.mov"),
        (("--preset", "png", "--motion-blur", "361"), "motion_blur cannot be '361'"),
        (("--preset", "png", "--motion-blur", "much"), "It is a number of degrees, 0 to 360."),
        (("--preset", "coco", "--round-trip", "nk"), "does not go with round-trip files"),
        (("--preset", "png", "--round-trip", "aaf"), "no round-trip file of the kind 'aaf'"),
        (("--preset", "prores4444", "--rate", "fast", "--timing", "conform"), "rate cannot be 'fast'"),
        (("--preset", "png", "--first-number", "5"), "is for frame -5"),
    ],
)
def test_wrong_choices_are_said(
    movie: Path, tmp_path: Path, capsys: Capture, arguments: tuple[str, ...], message: str
) -> None:
    source = masks(tmp_path / "masks")
    assert export(source, tmp_path / "out", "--clip", movie, *arguments) == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_wrong_sources_are_said(movie: Path, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "empty").mkdir()
    other = make_clip(tmp_path / "other.mov", "mjpeg", 3, size=(48, 32))
    source = masks(tmp_path / "masks", range(3))
    (tmp_path / "broken.cfbiproj").write_bytes(b"no zip")
    for arguments, message in (
        ((source, tmp_path / "out"), "does not say which clip"),
        ((tmp_path / "empty", tmp_path / "out", "--clip", movie), "There are no masks in"),
        ((source, tmp_path / "out", "--clip", other), "but other.mov is 48x32"),
        ((tmp_path / "broken.cfbiproj", tmp_path / "out"), "cannot be read as a project"),
    ):
        assert export(*arguments, "--preset", "png") == 1
        assert message in capsys.readouterr().err


def test_an_encoder_that_writes_something_else_is_caught_and_nothing_stays(
    movie: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.export.run as run

    def half(plan: object, path: Path, *rest: object) -> list[object]:
        short = convert(path, path.with_name("short.mov"), ["-c", "copy", "-frames:v", "5"])
        return original(plan, short, *rest)  # type: ignore[no-any-return]

    original = run.check_movie
    monkeypatch.setattr(run, "check_movie", half)
    out = tmp_path / "out"
    assert export(masks(tmp_path / "masks"), out, "--clip", movie, "--preset", "luma_prores") == 1
    assert "did not read back as it should" in capsys.readouterr().err
    assert [path for path in out.rglob("*") if path.is_file()] == []


def test_presets_are_listed(capsys: Capture) -> None:
    assert main(["presets"]) == 0
    said = capsys.readouterr().out
    assert "prores4444" in said
    assert "Premiere, Resolve, After Effects" in said
    assert main(["presets", "exr", "--json"]) == 0
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["name"], facts["round trips"]) == ("exr", ["otio", "jsx", "nk"])
    assert main(["presets", "exr"]) == 0
    assert "read back:        within half precision" in capsys.readouterr().out
    assert main(["presets", "nothing"]) == 1


def test_stopping_with_the_keyboard_leaves_no_parts(
    movie: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import app.worker.cli.export as command

    perform: Callable[..., object] = command.perform_export

    def interrupted(request: object, snapshot: object, on_progress: object, should_stop: object) -> object:
        def stop(progress: object) -> None:
            raise KeyboardInterrupt

        return perform(request, snapshot, stop, should_stop)

    monkeypatch.setattr(command, "perform_export", interrupted)
    out = tmp_path / "out"
    assert export(masks(tmp_path / "masks"), out, "--clip", movie, "--preset", "png") == 130
    assert [path for path in out.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        (("--objects", "7"), "with --objects"),
        (("--range", "9:40"), "Give --range A:B"),
        (("--alpha", "opaque"), "The option is --alpha."),
        (("--bit-depth", "12"), "The option is --bit-depth."),
        (("--timing", "conform"), "Give it with --rate"),
        (("--rate", "25"), "Give --timing constant or conform as well, or no --rate."),
        (("--start-timecode", "noon"), "Write it as --start-timecode 01:00:00:00."),
        (("--motion-blur", "fast"), "It is a number of degrees, 0 to 360. The option is --motion-blur."),
        (("--name", "all"), "The option is --name."),
        (("--name", "{clip"), "The option is --name."),
        (("--round-trip", "fcpxml", "--timing", "constant", "--rate", "12"), "The option is --round-trip."),
        (("--background", "nothing.png", "--preset", "green_screen"), "with --background"),
        (("--missing", "skip", "--preset", "green_screen"), "Give --missing black or hold"),
        (("--clip", "shot2.mov"), "--first-number"),
    ],
)
def test_hints_name_the_options_to_use(
    movie: Path, tmp_path: Path, capsys: Capture, more: tuple[str, ...], hint: str
) -> None:
    make_clip(tmp_path / "shot2.mov", "prores4444", 3)
    source = masks(tmp_path / "masks")
    place = (str(tmp_path / text) if text.endswith(".mov") else text for text in more)
    assert export(source, tmp_path / "out", "--clip", movie, "--preset", "png", *place) == 1
    said = capsys.readouterr().err
    assert hint in said
    assert not {"Choose", "tick", "dialog"} & set(said.replace(".", " ").split())


def test_a_clip_without_a_single_matte_is_told_with_the_option(
    movie: Path, tmp_path: Path, capsys: Capture
) -> None:
    source = masks(tmp_path / "masks", range(5, 8))
    assert export(source, tmp_path / "out", "--clip", movie, "--preset", "png", "--range", "0:3") == 1
    assert "with --range" in capsys.readouterr().err
