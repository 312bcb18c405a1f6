from __future__ import annotations

import errno
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from app.document.project_file import read_project
from app.export import png
from app.export.mattes import finished_matte, neighbours_of
from app.matte.finishing import to_bytes
from app.media import open_source
from app.worker.cli import main
from cfbi.evaluation import read_index_mask
from tests.unit.app.worker.cli.conftest import SIZE

pytestmark = pytest.mark.usefixtures("drifting_network")
MakeMask = Callable[..., Path]
Capture = pytest.CaptureFixture[str]


def grey(path: Path) -> NDArray[np.uint8]:
    with Image.open(path) as picture:
        assert picture.mode == "L"
        return np.asarray(picture)


def written(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def propagate(clip: Path, out: Path, *more: object) -> int:
    return main(["propagate", str(clip), "--out", str(out), *(str(argument) for argument in more)])


def test_one_object(clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    mask, out = make_mask(1), tmp_path / "out"
    assert propagate(clip, out, "--mask", mask, "--hard-edges") == 0
    names = [f"walk_{number:05d}.png" for number in range(6)]
    expected = [f"{kind}/{name}" for kind in ("index", "matte") for name in names] + ["propagation.json"]
    assert written(out) == expected
    start = read_index_mask(mask)
    for number, name in enumerate(names):
        moved = np.roll(start, number, axis=1)
        np.testing.assert_array_equal(read_index_mask(out / "index" / name), moved)
        np.testing.assert_array_equal(grey(out / "matte" / name), moved * (213 if number else 255))
    said = capsys.readouterr().out
    assert said.startswith("6 frames, 1 object, in ")
    assert "frames per second" in said
    assert str(out / "matte") in said


def test_several_objects_have_a_folder_of_mattes_each(
    clip: Path, make_mask: MakeMask, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert propagate(clip, out, "--mask", make_mask(2, 5)) == 0
    assert {path.parent.name for path in (out / "matte").rglob("*.png")} == {"2", "5"}
    mask = read_index_mask(out / "index/walk_00003.png")
    np.testing.assert_array_equal(grey(out / "matte/5/walk_00003.png"), (mask == 5) * np.uint8(213))


def test_object_that_a_later_mask_brings(clip: Path, make_mask: MakeMask, tmp_path: Path) -> None:
    out = tmp_path / "out"
    later = make_mask(1, 3, name="b.png")
    assert propagate(clip, out, "--mask", make_mask(1), "--mask", f"{later}@4") == 0
    assert not (read_index_mask(out / "index/walk_00003.png") == 3).any()
    np.testing.assert_array_equal(read_index_mask(out / "index/walk_00004.png"), read_index_mask(later))
    assert (grey(out / "matte/3/walk_00000.png") == 0).all()
    assert (grey(out / "matte/3/walk_00005.png") == 213).any()


def test_overlay_in_the_order_of_the_clip_and_padded_to_even_size(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert propagate(clip, out, "--mask", f"{make_mask(1)}@3", "--direction", "both", "--overlay") == 0
    said = capsys.readouterr()
    assert "33x24 is padded to 34x24" in said.err
    assert str(out / "walk_overlay.mp4") in said.out
    with open_source(out / "walk_overlay.mp4") as video:
        assert (video.info.width, video.info.height, video.info.frame_count) == (34, 24, 6)
        for index, frame in enumerate(video.frames(0, 6)):
            assert abs(int(frame[20, 20, 0]) - 10 * index) <= 4
            mask = read_index_mask(out / f"index/walk_{index:05d}.png")
            y, x = np.argwhere(mask == 1).mean(axis=0).astype(int)
            assert int(frame[y, x, 0]) > int(frame[y, x, 1]) + 60


def test_range_and_direction(clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"

    def frames() -> list[str]:
        return [path.stem[-5:] for path in sorted((out / "index").iterdir())]

    mask = f"{make_mask(1)}@3"
    assert propagate(clip, out, "--mask", mask, "--range", "1:5", "--direction", "backward") == 0
    assert frames() == ["00001", "00002", "00003"]
    assert "1 of 4 frames cannot be reached" in capsys.readouterr().err
    assert propagate(clip, out, "--mask", mask, "--range", "4:") == 0
    assert frames() == ["00001", "00002", "00003", "00004", "00005"]
    summary = json.loads((out / "propagation.json").read_text())
    assert (summary["frames"], summary["objects"], summary["finished"]) == ([4, 6], [1], True)


def test_same_clip_again_replaces_another_clip_needs_force(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    mask, out = make_mask(1), tmp_path / "out"
    assert propagate(clip, out, "--mask", mask) == 0
    assert propagate(clip, out, "--mask", mask) == 0
    other = clip.rename(tmp_path / "run")
    capsys.readouterr()
    assert propagate(other, out, "--mask", mask) == 1
    assert f"{out} already holds index and matte of {clip}" in capsys.readouterr().err
    assert len(list((out / "index").iterdir())) == 6
    assert propagate(other, out, "--mask", mask, "--force") == 0
    assert len(list((out / "index").iterdir())) == 12


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--mask", "{good}@6"], "for frame 6, but walk has only frames 0 to 5"),
        (["--mask", "{empty}"], "shows no object"),
        (["--mask", "{void}"], "and 255 (void)"),
        (["--mask", "{small}"], "is 20x20, but walk is 33x24"),
        (["--mask", "{text}"], "cannot be read"),
        (["--mask", "{good}@5", "--range", "0:3"], "cannot be reached forward"),
        (["--mask", "{good}", "--range", "3:9"], "range 3:9 does not lie in walk, which has frames 0 to 5"),
        (["--mask", "{good}", "--range", "4:4"], "range 4:4 does not lie in walk"),
        (["--mask", "{good}", "--from", "4", "--to", "2"], "--from 4 --to 2 does not lie in walk"),
        (["--mask", "{good}", "--to", "6"], "--to 6 does not lie in walk, which has frames 0 to 5"),
        (["--mask", "{good}", "--to", "6"], "--from is at most --to, and --to at most 5."),
    ],
)
def test_bad_input_is_told_without_a_traceback_and_nothing_is_written(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, more: list[str], message: str
) -> None:
    masks = {
        "good": make_mask(1),
        "empty": make_mask(name="empty.png"),
        "void": make_mask(255, name="void.png"),
        "small": make_mask(1, name="small.png", size=(20, 20)),
        "text": tmp_path / "text.png",
    }
    masks["text"].write_text("no picture")
    assert propagate(clip, tmp_path / "out", *(text.format(**masks) for text in more)) == 1
    said = capsys.readouterr()
    assert said.err.startswith("cfbi: error: ")
    assert message in said.err
    assert len(said.err.splitlines()) == 2  # the error and what to do about it
    assert said.out == ""
    assert not (tmp_path / "out").exists()


def test_unreadable_video(make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"no video")
    assert propagate(clip, tmp_path / "out", "--mask", make_mask(1)) == 1
    assert "clip.mp4 cannot be read: moov atom not found" in capsys.readouterr().err


def test_full_disk(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask, out, count = make_mask(1), tmp_path / "out", 0
    write = Path.write_bytes

    def fills_up(self: Path, data: Any) -> int:
        nonlocal count
        count += 1
        if count > 5:
            write(self, bytes(data)[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", fills_up)
    assert propagate(clip, out, "--mask", mask) == 1
    said = capsys.readouterr().err
    assert "disk is full" in said
    assert str(out / "matte" / "walk_00002.png") in said
    assert [name for name in written(out) if ".part" in name] == []
    assert len(list((out / "index").iterdir())) == 3
    assert len(list((out / "matte").iterdir())) == 2
    for path in (out / "index").iterdir():
        assert read_index_mask(path).shape == SIZE
    assert json.loads((out / "propagation.json").read_text())["finished"] is False


def test_out_that_is_a_file(clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "out").touch()
    assert propagate(clip, tmp_path / "out", "--mask", make_mask(1)) == 1
    assert "is a file, not a folder" in capsys.readouterr().err


def test_interrupt_keeps_what_is_finished(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mask, out = make_mask(1), tmp_path / "out"

    def interrupt(path: Path, index_mask: NDArray[np.uint8]) -> None:
        if path.name == "walk_00003.png":
            raise KeyboardInterrupt
        png.write_index_png(path, index_mask)

    monkeypatch.setattr("app.worker.cli.output.write_index_png", interrupt)
    assert propagate(clip, out, "--mask", mask) == 130
    assert "stopped" in capsys.readouterr().err
    assert len(list((out / "matte").iterdir())) == 3


@pytest.mark.parametrize("text", ["5", "a:b", "-1:3", "1:2:3"])
def test_wrong_range_is_a_usage_error(clip: Path, text: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as caught:
        propagate(clip, Path("out"), "--mask", "m.png", f"--range={text}")
    assert caught.value.code == 2
    assert "is not A:B" in capsys.readouterr().err


def test_other_objects_in_the_same_folder_need_force_which_clears_the_old_ones(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    out = tmp_path / "out"
    assert propagate(clip, out, "--mask", make_mask(2, 5)) == 0
    capsys.readouterr()
    one = make_mask(1, name="one.png")
    assert propagate(clip, out, "--mask", one, "--range", "0:3") == 1
    assert "for other objects: 2, 5 instead of 1" in capsys.readouterr().err
    assert propagate(clip, out, "--mask", one, "--range", "0:3", "--force") == 0
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png")) == [
        f"{kind}/walk_0000{index}.png" for kind in ("index", "matte") for index in range(3)
    ]


def frames_of(out: Path) -> list[int]:
    return [int(path.stem[-5:]) for path in sorted((out / "index").iterdir())]


def test_from_and_to(clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    mask = make_mask(1)
    assert propagate(clip, tmp_path / "a", "--mask", mask, "--from", 2, "--to", 4) == 0
    assert frames_of(tmp_path / "a") == [2, 3, 4]
    assert propagate(clip, tmp_path / "b", "--mask", mask, "--to", 1) == 0
    assert frames_of(tmp_path / "b") == [0, 1]
    assert propagate(clip, tmp_path / "c", "--mask", mask, "--to", 1, "--range", "0:3") == 1
    assert "Both --range and --from or --to" in capsys.readouterr().err
    assert propagate(clip, tmp_path / "c", "--mask", mask, "--from", 4, "--to", 2) == 1
    assert propagate(clip, tmp_path / "c", "--mask", mask, "--to", 6) == 1
    assert "frames 0 to 5" in capsys.readouterr().err


def test_between_two_masks_both_sides_are_fused(clip: Path, make_mask: MakeMask, tmp_path: Path) -> None:
    masks = ("--mask", make_mask(1), "--mask", f"{make_mask(1, name='b.png')}@4", "--direction", "both")
    fused, single = tmp_path / "fused", tmp_path / "single"
    assert propagate(clip, fused, *masks) == 0
    assert propagate(clip, single, *masks, "--no-fuse") == 0
    assert frames_of(fused) == frames_of(single) == list(range(6))
    # the square drifts by a pixel per frame from either side, in the direction of the pass
    matte = grey(fused / "matte/walk_00001.png")[8]
    edge = np.flatnonzero(np.diff(matte.astype(int)))
    assert len(set(matte.tolist())) > 2  # a blend, where a single pass knows only 0 and 213
    assert set(np.unique(grey(single / "matte/walk_00001.png")).tolist()) == {0, 213}
    assert edge.size


def test_late_objects_are_merged(clip: Path, make_mask: MakeMask, tmp_path: Path) -> None:
    late = np.zeros(SIZE, np.uint8)
    late[16:20, 20:26] = 2
    png.write_index_png(tmp_path / "late.png", late)
    masks = ("--mask", make_mask(1), "--mask", f"{tmp_path / 'late.png'}@3")
    whole, merged = tmp_path / "whole", tmp_path / "merged"
    assert propagate(clip, whole, *masks) == 0
    assert propagate(clip, merged, *masks, "--late-objects", "merge") == 0
    drifted = np.roll(read_index_mask(make_mask(1)), 3, axis=1)
    np.testing.assert_array_equal(read_index_mask(whole / "index/walk_00003.png"), late)
    found = read_index_mask(merged / "index/walk_00003.png")
    np.testing.assert_array_equal(found == 2, late == 2)
    np.testing.assert_array_equal(found == 1, drifted == 1)
    np.testing.assert_array_equal(read_index_mask(merged / "index/walk_00005.png"), np.roll(found, 2, axis=1))


def test_stop_at_cuts_says_where(make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in range(8):
        noise = np.random.default_rng(int(number >= 5)).integers(0, 255, (*SIZE, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number}.png")
    assert propagate(folder, tmp_path / "out", "--mask", make_mask(1), "--stop-at-cuts", "--overlay") == 0
    assert frames_of(tmp_path / "out") == [0, 1, 2, 3, 4]
    summary = json.loads((tmp_path / "out" / "propagation.json").read_text())
    said = capsys.readouterr()
    fps = float(re.search(r"([0-9.]+) frames per second", said.out)[1])  # type: ignore[index]
    assert summary["frames_per_second"] == pytest.approx(fps, abs=0.01)  # of the frames that were done
    assert "cut between frames 4 and 5: the masks end there. Give a mask on frame 5." in said.err
    both = ("--mask", make_mask(1), "--mask", f"{make_mask(1)}@6", "--stop-at-cuts", "--overlay")
    assert propagate(folder, tmp_path / "both", *both) == 0
    assert frames_of(tmp_path / "both") == [0, 1, 2, 3, 4, 6, 7]
    with open_source(tmp_path / "both" / "shots_overlay.mp4") as video:
        assert video.info.frame_count == 8
    assert "frames 4 and 5" in capsys.readouterr().err
    assert propagate(folder, tmp_path / "all", "--mask", make_mask(1)) == 0
    assert frames_of(tmp_path / "all") == list(range(8))


@pytest.mark.parametrize("arguments", [("--scales", "0"), ("--scales", "x"), ("--from", "-1"), ("--to", "x")])
def test_arguments_that_make_no_sense(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, arguments: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit):
        propagate(clip, tmp_path / "out", "--mask", make_mask(1), *arguments)
    assert arguments[0] in capsys.readouterr().err


def test_mattes_of_sixteen_bits(clip: Path, make_mask: MakeMask, tmp_path: Path) -> None:
    assert propagate(clip, tmp_path / "out", "--mask", make_mask(1), "--matte-bits", 16) == 0
    with Image.open(tmp_path / "out/matte/walk_00003.png") as picture:
        values = np.unique(np.asarray(picture)).tolist()
    assert values[0] == 0
    assert values[1:] == pytest.approx([65535 * (0.8 - 0.05) / 0.9], abs=1)


def test_black_and_white_are_solid_unless_they_are_wanted_as_the_network_gave_them(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    command = ["propagate", str(clip), "--mask", str(make_mask(1))]
    for name, ends, expected in (
        ("standard", [], (0.05, 0.95, 213)),  # the stand-in is 0.8 sure
        ("raw", ["0", "1"], (0.0, 1.0, 204)),
        ("hard", ["0.1", "0.8"], (0.1, 0.8, 255)),
    ):
        out, project = tmp_path / name, tmp_path / f"{name}.cfbiproj"
        clipped = ["--clip", *ends] if ends else []
        assert main([*command, "--out", str(out), "--project", str(project), *clipped]) == 0
        assert grey(out / "matte/walk_00003.png").max() == expected[2]
        work = read_project(project).work
        assert (work.objects[0].finish.clip_black, work.objects[0].finish.clip_white) == expected[:2]
        assert work.entries[3].matte(1).max() == 204  # what is stored is not touched
    assert main([*command, "--out", str(tmp_path / "x"), "--clip", "0.7", "1"]) == 1
    assert "--clip 0.7 1 is out of range" in capsys.readouterr().err


def test_given_masks_get_the_edges_that_the_studio_gives_them(
    clip: Path, make_mask: MakeMask, tmp_path: Path
) -> None:
    out, project = tmp_path / "out", tmp_path / "walk.cfbiproj"
    given = ("--mask", make_mask(2, 5), "--mask", f"{make_mask(2, name='b.png')}@4", "--project", project)
    assert propagate(clip, out, *given, "--late-objects", "merge") == 0
    work = read_project(project).work
    soft = 0
    for frame, entry in work.entries.items():
        for info in work.objects:
            around = neighbours_of(work.entries.get, frame, info.finish)
            shown = to_bytes(finished_matte(entry, info.object_id, info.finish, None, around))
            found = grey(out / f"matte/{info.object_id}/walk_{frame:05d}.png")
            np.testing.assert_array_equal(found, shown)
            soft += frame in (0, 4) and len(np.unique(found)) > 2
    assert soft >= 2


def test_given_masks_stay_hard_if_that_is_wanted(clip: Path, make_mask: MakeMask, tmp_path: Path) -> None:
    out, project = tmp_path / "out", tmp_path / "walk.cfbiproj"
    assert propagate(clip, out, "--mask", make_mask(1), "--hard-edges", "--project", project) == 0
    assert set(np.unique(grey(out / "matte/walk_00000.png")).tolist()) == {0, 255}
    assert not read_project(project).work.objects[0].finish.match_edges
