from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.errors import ExportError
from app.worker.batch.jobs_file import read_jobs
from app.worker.cli import main, propagate, run
from cfbi.evaluation import read_index_mask

pytestmark = pytest.mark.usefixtures("drifting_network")
MakeMask = Callable[..., Path]
Capture = pytest.CaptureFixture[str]

TWO_JOBS = """
[defaults]
out = "results"
direction = "forward"

[[job]]
name = "first"
clip = "walk"
masks = ["mask.png"]
[[job.export]]
preset = "png"
[[job.export]]
preset = "davis"
out = "benchmark"

[[job]]
name = "second"
clip = "walk"
masks = ["mask.png@2"]
range = "2:5"
export = [{ preset = "png", layout = "each", round_trips = ["nk"] }]
"""


def jobs(folder: Path, text: str = TWO_JOBS) -> Path:
    path = folder / "jobs.toml"
    path.write_text(text, encoding="utf-8")
    return path


def times(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*.png")}


def test_all_jobs_are_done_once(clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture) -> None:
    start = read_index_mask(make_mask(1))
    path = jobs(tmp_path)
    assert main(["run", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("first: done\nsecond: done\n")
    assert "[1/2] first: propagating\n[1/2] first: exporting png\n" in said.err.replace("cfbi: ", "")
    mattes = sorted((tmp_path / "results" / "first").glob("walk_*/*.png"))
    assert [path.name for path in mattes] == [f"walk_Object 1_matte_{number:05d}.png" for number in range(6)]
    for number, matte in enumerate(mattes):
        with Image.open(matte) as picture:
            moved = np.roll(start, number, axis=1)
            shown = np.asarray(picture)
            # the given mask has edges as soft as the network's, and its outline
            np.testing.assert_array_equal(
                shown if number else shown > 127, moved * 213 if number else moved > 0
            )
    for number in range(6):
        np.testing.assert_array_equal(
            read_index_mask(tmp_path / "benchmark" / "walk" / f"{number:05d}.png"),
            np.roll(start, number, axis=1),
        )
    # what was not to be propagated is not missing
    second = tmp_path / "results" / "second"
    assert [path.name[-9:] for path in sorted(second.glob("walk_*/*.png"))] == [
        "00002.png",
        "00003.png",
        "00004.png",
    ]
    assert len(list(second.glob("*.nk"))) == 1
    # again: nothing is left to do
    before = times(tmp_path)
    assert main(["run", str(path)]) == 0
    assert capsys.readouterr().out == "first: done before\nsecond: done before\n"
    assert times(tmp_path) == before


def test_a_changed_mask_does_its_job_anew(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    make_mask(1)
    path = jobs(tmp_path, TWO_JOBS.replace("mask.png@2", "other.png@2"))
    make_mask(1, name="other.png")
    assert main(["run", str(path)]) == 0
    make_mask(1, 2, name="other.png")
    capsys.readouterr()
    assert main(["run", str(path)]) == 0
    assert capsys.readouterr().out.endswith("first: done before\nsecond: done\n")
    assert len(list((tmp_path / "results" / "second").glob("walk_*/*.png"))) == 6


def test_a_failed_job_does_not_stop_the_others_and_is_tried_again(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mask(1)
    path = jobs(tmp_path)
    perform = run.perform_export

    def full_disk(request: run.ExportRequest, *rest: object) -> object:
        if request.preset == "davis":
            raise ExportError("The disk is full.", "Make room.")
        return perform(request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "perform_export", full_disk)
    assert main(["run", str(path)]) == 1
    assert capsys.readouterr().out.endswith("first: failed: The disk is full. Make room.\nsecond: done\n")
    state = json.loads((tmp_path / "jobs.state.json").read_text())
    assert state["errors"] == {"first": "The disk is full. Make room."}
    before = times(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("app.worker.cli.propagate.session_maker", None)  # nothing is propagated again
    assert main(["run", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out.endswith("first: done\nsecond: done before\n")
    assert {key: value for key, value in times(tmp_path).items() if key in before} == before
    assert len(list((tmp_path / "benchmark").rglob("*.png"))) == 6
    assert json.loads((tmp_path / "jobs.state.json").read_text())["errors"] == {}


def test_files_that_were_in_the_way_are_in_the_way_of_the_next_try_too(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    """Only what a try has begun to write may be replaced by the next one."""
    make_mask(1)
    path = jobs(tmp_path)
    mine = tmp_path / "benchmark" / "walk" / "00003.png"
    masks = tmp_path / "results" / "second" / "masks" / "index" / "walk_00003.png"
    for file in (mine, masks):
        file.parent.mkdir(parents=True)
        file.write_bytes(b"mine")
    for _ in range(2):
        assert main(["run", str(path)]) == 1
        said = capsys.readouterr().out
        assert "00003.png would be replaced" in said
        assert "already holds index of something else" in said
        assert mine.read_bytes() == masks.read_bytes() == b"mine"
    for file in (mine, masks):
        file.unlink()
    masks.parent.rmdir()
    assert main(["run", str(path)]) == 0


@pytest.mark.allow_logs
def test_a_job_that_fails_in_an_unforeseen_way_does_not_stop_the_others(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mask(1)
    perform = run.perform_export

    def broken(request: run.ExportRequest, *rest: object) -> object:
        if request.preset == "davis":
            raise RuntimeError("nobody thought of this")
        return perform(request, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "perform_export", broken)
    assert main(["run", str(jobs(tmp_path))]) == 1
    assert "Something unexpected went wrong: nobody thought of this" in capsys.readouterr().out


def test_arguments_that_make_no_sense_fail_their_job_alone(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    make_mask(1)
    text = """
[[job]]
name = "first"
clip = "walk"
masks = ["mask.png"]
out = "out"
weights = "-x"
[[job]]
name = "second"
clip = "walk"
masks = ["mask.png"]
out = "out"
"""
    assert main(["run", str(jobs(tmp_path, text))]) == 1
    assert capsys.readouterr().out.splitlines()[-2:] == [
        "first: failed: Argument --weights: expected one argument. See `cfbi propagate --help`.",
        "second: done",
    ]


def test_ctrl_c_ends_the_batch_and_the_next_run_goes_on(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mask(1)
    path = jobs(tmp_path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "perform_export", interrupted)
        assert main(["run", str(path)]) == 130
    masks = times(tmp_path / "results" / "first" / "masks")
    assert len(masks) == 12
    assert main(["run", str(path)]) == 0
    assert times(tmp_path / "results" / "first" / "masks") == masks
    assert capsys.readouterr().out.endswith("first: done\nsecond: done\n")


def test_masks_that_are_there_already_and_only_some_jobs(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    mask = make_mask(3)
    folder = tmp_path / "annotations"
    folder.mkdir()
    for number in range(6):
        (folder / f"{number + 10}.png").write_bytes(mask.read_bytes())
    text = """
[[job]]
clip = "walk"
mattes = "annotations"
first_number = 10
out = "a"
export = [{ preset = "coco" }]
[[job]]
name = "not this one"
project = "missing.cfbiproj"
out = "b"
export = [{ preset = "png" }]
"""
    assert main(["run", str(jobs(tmp_path, text)), "--only", "walk"]) == 0
    assert [path.name for path in (tmp_path / "a" / "walk").iterdir() if "report" not in path.name] == [
        "walk_coco.json"
    ]
    capsys.readouterr()
    assert main(["run", str(jobs(tmp_path, text)), "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"walk: coco -> {tmp_path / 'a' / 'walk'}",
        f"not this one: png -> {tmp_path / 'b' / 'not this one'}",
    ]
    assert main(["run", str(jobs(tmp_path, text)), "--only", "nobody"]) == 1
    assert main(["run", str(jobs(tmp_path, text))]) == 1
    assert "not this one: failed: There is no" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[job]\n", "is no TOML"),
        ("", "has no jobs"),
        ("[jobs]\n", "unknown table 'jobs'"),
        ("[defaults]\nclip = 'x'\n[[job]]\n", "[defaults] cannot have 'clip'"),
        ("[[job]]\nklip = 'x'\n", "job 1 has the unknown key 'klip'"),
        ("[[job]]\nclip = 'x'\nout = 'o'\n", "job 1 has neither project, masks nor mattes"),
        ("[[job]]\nproject = 'x'\nmattes = 'y'\nout = 'o'\n", "job 1 has project and mattes"),
        ("[[job]]\nmasks = ['x.png']\nout = 'o'\n", "job 1 has no clip"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\n", "job 1 has no out"),
        ("[[job]]\nclip = 'c'\nmasks = 'x.png'\nout = 'o'\n", "masks is no list"),
        ("[[job]]\nclip = 'c'\nmasks = [3]\nout = 'o'\n", "masks are a list of texts"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png@y']\nout = 'o'\n", "after @ comes a frame number"),
        ("[[job]]\nclip = 3\nmasks = ['x.png']\nout = 'o'\n", "clip cannot be 3"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nrange = '3'\n", "range '3' is not A:B"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\ndirection = 'up'\n", "direction cannot be 'up'"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nmax_side = 'big'\n", 'max_side cannot be "big"'),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nmax_side = 3\n", "max_side: 3 is too small"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nscales = [9]\n", "and 8 at most"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nscales = [true]\n", "scales are a list"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nfirst_number = 9\n", "has first_number, but"),
        ("[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nfuse = 'no'\n", 'fuse cannot be "no"'),
        (
            "[[job]]\nclip = 'c'\nmasks = ['x.png']\nout = 'o'\nscales = [-1]\n",
            "scales are a list of numbers",
        ),
        ("[[job]]\nproject = 'p'\nout = 'o'\n", "job 1 has nothing to do"),
        ("[[job]]\nproject = 'p'\nout = 'o'\nexport = [{}]\n", "export 1 names no preset"),
        (
            "[[job]]\nproject = 'p'\nout = 'o'\nexport = [{preset = 'gif'}]\n",
            "export 1: There is no export preset 'gif'",
        ),
        (
            "[[job]]\nproject = 'p'\nout = 'o'\nexport = [{preset = 'png', depth = 3}]\n",
            "no export option depth",
        ),
        (
            "[[job]]\nproject = 'p'\nout = 'o'\nexport = [{preset = 'png', motion_blur = true}]\n",
            "motion_blur cannot be True",
        ),
        ("[[job]]\nproject = 'p'\nout = 'o'\nexport = [{preset = 'png', round_trips = ['x']}]\n", "kind 'x'"),
        (
            "[[job]]\nproject = 'p'\nout = 'o'\nexport = [{preset = 'png'}]\n" * 2,
            "jobs 1 and 2 are both called p",
        ),
    ],
)
def test_a_wrong_job_file_is_told_before_any_work(
    tmp_path: Path, capsys: Capture, text: str, message: str
) -> None:
    assert main(["run", str(jobs(tmp_path, text))]) == 1
    assert message in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["jobs.toml"]


def test_a_damaged_state_file_is_not_overwritten(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    make_mask(1)
    for content, message in (
        ("{", "cannot be read"),
        ('{"schema_version": 9, "steps": {}, "errors": {}}', "version 9"),
    ):
        (tmp_path / "jobs.state.json").write_text(content)
        assert main(["run", str(jobs(tmp_path))]) == 1
        assert message in capsys.readouterr().err
        assert (tmp_path / "jobs.state.json").read_text() == content


def test_the_example_of_the_manual_is_a_job_file(tmp_path: Path, repo_dir: Path, capsys: Capture) -> None:
    manual = (repo_dir / "docs" / "queue-and-batch.md").read_text(encoding="utf-8")
    example = manual.split("```toml\n", 1)[1].split("```", 1)[0]
    assert main(["run", str(jobs(tmp_path, example)), "--list"]) == 0
    assert [line.split(" -> ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "shot 010: propagate, exr, luma_prores",
        "020: prores4444",
        "030: prores4444",
    ]


def test_an_export_may_have_its_own_motion_blur(tmp_path: Path) -> None:
    text = """
[[job]]
project = "p"
out = "o"
export = [{ preset = "png", motion_blur = 180 }, { preset = "exr" }]
"""
    (job,) = read_jobs(jobs(tmp_path, text))
    assert [step.options.motion_blur for step in job.exports] == [180.0, None]


def test_arguments_of_propagate(tmp_path: Path) -> None:
    text = """
[defaults]
out = "o"
fuse = false
scales = [1, 1.3]
[[job]]
clip = "c"
masks = ["m.png"]
direction = "both"
range = ":9"
max_side = 480
stop_at_cuts = true
hard_edges = true
close_up = false
late_objects = "merge"
"""
    (job,) = read_jobs(jobs(tmp_path, text))
    assert job.propagate == (
        *("--direction", "both", "--late-objects", "merge", "--range", ":9", "--max-side", "480"),
        *("--no-fuse", "--stop-at-cuts", "--hard-edges", "--no-close-up", "--scales", "1", "1.3"),
    )
    parser = argparse.ArgumentParser()
    propagate.declare(parser)
    args = parser.parse_args(["c", "--mask", "m.png", "--out", "o", *job.propagate])
    assert (args.fuse, args.scales, args.stop_at_cuts, args.max_side) == (False, [1.0, 1.3], True, 480)
    assert not args.match_edges
    assert args.close_up is False


@pytest.mark.parametrize(
    ("entry", "hint"),
    [
        ('preset = "png"', 'missing = "black", "hold" or "skip"'),
        ('preset = "png", missing = "black", object_ids = [7]', "object_ids = [1, 2]"),
        ('preset = "png", missing = "black", in_point = 4, out_point = 90', "Give an in_point before the"),
        ('preset = "green_screen", missing = "skip"', 'missing = "black" or "hold"'),
        ('preset = "png", missing = "black", alpha = "opaque"', "The key is alpha."),
        ('preset = "png", missing = "black", template = "all"', "The key is template."),
        ('preset = "prores4444", missing = "black", timing = "conform"', 'rate = "25"'),
        ('preset = "png", missing = "black", start_timecode = "noon"', 'start_timecode = "01:00:00:00"'),
    ],
)
def test_hints_name_the_keys_of_the_job(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, entry: str, hint: str
) -> None:
    mask = make_mask(1)
    (tmp_path / "given").mkdir()
    mask.rename(tmp_path / "given" / "00000.png")
    text = f'[[job]]\nclip = "walk"\nmattes = "given"\nout = "results"\nexport = [{{ {entry} }}]\n'
    assert main(["run", str(jobs(tmp_path, text))]) == 1
    said = capsys.readouterr().out
    assert hint in said
    assert "--" not in said
    assert "Choose" not in said


def test_hints_of_what_is_in_the_way_name_the_keys_of_the_job(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    make_mask(1)
    path = jobs(tmp_path)
    for file in ("benchmark/walk/00003.png", "results/second/masks/index/walk_00003.png"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_bytes(b"mine")
    assert main(["run", str(path)]) == 1
    said = capsys.readouterr().out
    assert "Give the export overwrite = true to replace it, or another out or template." in said
    assert "Give the job another out or name, or delete what is there." in said
    assert "--" not in said


def test_what_the_masks_lack_is_told_with_the_key_of_the_job(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    mask = make_mask(1)
    (tmp_path / "given").mkdir()
    mask.rename(tmp_path / "given" / "00900.png")
    text = '[[job]]\nclip = "walk"\nmattes = "given"\nout = "o"\nexport = [{ preset = "png" }]\n'
    assert main(["run", str(jobs(tmp_path, text))]) == 1
    assert "the number of its first frame with first_number." in capsys.readouterr().out


def test_a_second_run_on_the_same_state_is_refused(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_mask(1)
    path = jobs(tmp_path)
    perform = run.perform_export
    codes: list[int] = []

    def meanwhile(*given: object) -> object:
        monkeypatch.setattr(run, "perform_export", perform)
        codes.append(main(["run", str(path)]))
        return perform(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "perform_export", meanwhile)
    assert main(["run", str(path)]) == 0
    assert codes == [1]
    said = capsys.readouterr()
    assert (
        f"{tmp_path / 'jobs.state.json'} is in use by another run (process {os.getpid()}).\n"
        "  Wait for it or stop it, or name another state file with --state." in said.err
    )
    assert said.out.endswith("first: done\nsecond: done\n")
    # it is free again
    assert main(["run", str(path)]) == 0
    assert capsys.readouterr().out == "first: done before\nsecond: done before\n"


def test_a_state_file_that_cannot_be_locked_is_told_before_any_work(
    clip: Path, make_mask: MakeMask, tmp_path: Path, capsys: Capture
) -> None:
    make_mask(1)
    path = jobs(tmp_path)
    (tmp_path / "file").write_text("mine")
    assert main(["run", str(path), "--state", str(tmp_path / "file" / "state.json")]) == 1
    said = capsys.readouterr().err
    assert "state.json cannot be written: " in said
    assert "Name another one with --state." in said
    assert not (tmp_path / "results").exists()
