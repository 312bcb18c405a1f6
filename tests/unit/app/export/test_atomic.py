"""Whatever goes wrong: a clear message, nothing half written, nothing else harmed."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.document.objects import ObjectInfo
from app.errors import ExportError, MediaError
from app.export.options import ExportOptions, Layout
from app.export.plan import plan_export
from app.export.planned import ExportPlan
from app.export.presets import PRESETS
from app.export.report import ExportProgress
from app.export.run import ExportStoppedError, run_export
from app.media import Frame, ffmpeg, open_source
from tests.unit.app.export.conftest import BarcodeSource, Snapshot, document

KINDS = ["prores4444", "png", "coco"]


def planned(
    folder: Path,
    name: str,
    options: ExportOptions | None = None,
    snapshot: Snapshot | None = None,
) -> ExportPlan:
    return plan_export(snapshot or document(count=6), PRESETS[name], options or ExportOptions(), folder)


def run(plan: ExportPlan, on_progress: Callable[[ExportProgress], None] | None = None) -> None:
    run_export(plan, BarcodeSource(plan.snapshot.info), on_progress)


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@contextmanager
def largest_file(nbytes: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as on a full disk; child processes inherit it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("name", ["prores4444", "ffv1", "png", "exr", "coco", "youtube_vos"])
def test_a_file_that_cannot_grow_leaves_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    plan = planned(tmp_path / "deep" / "er", name)
    with largest_file(200), pytest.raises(ExportError) as caught:
        run(plan)
    assert "grew larger" in caught.value.message or "could not be encoded" in caught.value.message
    assert caught.value.hint
    assert everything(tmp_path) == {"mine.txt": b"mine"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "may not be written"),
        (errno.ENOENT, "its folder has gone"),
        (errno.EISDIR, "in the way"),
    ],
)
def test_a_refused_name_leaves_the_former_export(
    name: str, number: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(planned(tmp_path, name))
    before = everything(tmp_path)

    def refuse(source: Any, target: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(ExportError, match=message):
        run(planned(tmp_path, name, ExportOptions(overwrite=True)))
    assert everything(tmp_path) == before


def test_a_disk_that_is_full_from_the_start_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mkdir = Path.mkdir

    def full(path: Path, *arguments: Any, **options: Any) -> None:
        if path.parent.name.startswith(".part-"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        mkdir(path, *arguments, **options)

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(ExportError, match="disk is full"):
        run(planned(tmp_path / "new" / "out", "png"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("stage", ["write", "verify"])
def test_a_folder_that_vanishes_is_told(name: str, stage: str, tmp_path: Path) -> None:
    target = tmp_path / "out"

    def vanish(progress: ExportProgress) -> None:
        if progress.stage == stage:
            shutil.rmtree(target, ignore_errors=True)

    with pytest.raises(ExportError) as caught:
        run(planned(target, name), vanish)
    assert str(target) in caught.value.message or "not there" in caught.value.message
    assert list(tmp_path.iterdir()) == []


def test_an_encoder_that_is_killed_is_told(tmp_path: Path) -> None:
    def kill(progress: ExportProgress) -> None:
        if progress.done == 3:
            for program in list(ffmpeg._running):
                if program._process.poll() is None:
                    os.kill(program._process.pid, signal.SIGKILL)

    with pytest.raises(ExportError, match=r"could not be encoded: the encoder was ended"):
        run(planned(tmp_path, "ffv1"), kill)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("done", [2, 8])
def test_stopping_keeps_what_was_finished_and_nothing_else(name: str, done: int, tmp_path: Path) -> None:
    layout = Layout.EACH if Layout.EACH in PRESETS[name].layouts else Layout.COMBINED
    plan = planned(tmp_path, name, ExportOptions(layout=layout))
    frames = 12 if layout is Layout.EACH else 0
    seen: list[int] = []
    with pytest.raises(ExportStoppedError):
        run_export(
            plan,
            BarcodeSource(plan.snapshot.info),
            lambda progress: seen.append(progress.done),
            lambda: bool(seen) and seen[-1] >= frames + done,
        )
    kept = {path for output in plan.outputs[:-1] for path in (*output.files, output.report)}
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == kept
    assert not list(tmp_path.rglob(".part-*"))


@pytest.mark.parametrize("name", ["png", "davis"])
def test_exporting_again_replaces_the_sequence_as_a_whole(name: str, tmp_path: Path) -> None:
    first = planned(tmp_path, name)
    run(first)
    folder = first.outputs[0].path
    (folder / "notes.txt").write_text("mine")
    (folder / "x_00000.png").write_bytes(b"mine")
    with pytest.raises(ExportError, match="would be replaced"):
        run(planned(tmp_path, name))
    again = planned(tmp_path, name, ExportOptions(overwrite=True, in_point=2, out_point=3))
    run(again)
    assert {path.name for path in folder.iterdir()} == {
        *(path.name for path in again.outputs[0].files),
        "notes.txt",
        "x_00000.png",
    }


@pytest.mark.parametrize("name", ["png", "davis"])
def test_other_frames_of_the_sequence_stay_unless_files_may_be_replaced(name: str, tmp_path: Path) -> None:
    run(planned(tmp_path, name, ExportOptions(in_point=0, out_point=1)))
    (folder,) = (path for path in tmp_path.iterdir() if path.is_dir())
    first = everything(folder)
    more = planned(tmp_path, name, ExportOptions(in_point=2, out_point=3))
    assert not more.existing()
    run(more)
    assert everything(folder).items() > first.items()
    assert len(everything(folder)) == 4
    again = planned(tmp_path, name, ExportOptions(in_point=2, out_point=3, overwrite=True))
    assert again.stale() == sorted(folder / path for path in first)
    run(again)
    assert len(everything(folder)) == 2


def test_what_a_killed_export_left_goes_with_the_next_one_a_day_later(tmp_path: Path) -> None:
    yesterday = time.time() - 25 * 3600
    ages = {
        ".part-0123456789ab": yesterday,
        ".part-ba9876543210": time.time() - 3600,
        ".part-mine": yesterday,
    }
    for name, age in ages.items():
        movie = tmp_path / name / "files" / "movie.mov"
        movie.parent.mkdir(parents=True)
        movie.write_bytes(b"a part")
        for path in (movie, movie.parent, tmp_path / name):
            os.utime(path, (age, age))
    run(planned(tmp_path, "mots_txt"))
    assert sorted(path.name for path in tmp_path.glob(".part-*")) == [".part-ba9876543210", ".part-mine"]


@pytest.mark.parametrize("name", ["prores4444", "exr", "mots_txt"])
@pytest.mark.parametrize(
    "clip", ["-i evil.mov", "ünïcode 影片 🎬.mov", '50%d it\'s "q".mov', "a'; rm -rf x #.mov"]
)
def test_any_name_of_clip_and_object(name: str, clip: str, tmp_path: Path) -> None:
    plain = document(count=2)
    snapshot = Snapshot(
        Path(clip), plain.info, (ObjectInfo(1, "-y 'é' %03d", (1, 2, 3)), plain.objects[1]), plain.entries
    )
    folder = tmp_path / "-out 'x' %d ü"
    plan = planned(folder, name, ExportOptions(object_ids=(1,)), snapshot)
    run(plan)
    assert all(path.is_file() for path in plan.outputs[0].files)
    assert not plan.outputs[0].files[0].name.startswith("-")


@pytest.mark.parametrize("name", KINDS)
def test_a_path_of_three_hundred_characters(name: str, tmp_path: Path) -> None:
    folder = tmp_path
    while len(str(folder)) < 300:
        folder = folder / ("d" * 60)
    run(planned(folder, name))
    with pytest.raises(ExportError, match="bytes long"):
        planned(folder, name, ExportOptions(template="{frame}" + "n" * 300 if name == "png" else "n" * 300))
    with pytest.raises(ExportError, match="too long"):
        run(planned(tmp_path / ("f" * 300), name))


def test_something_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="in the way"):
        run(planned(tmp_path / "file", "coco"))
    plan = planned(tmp_path, "prores4444", ExportOptions(overwrite=True))
    plan.outputs[0].path.mkdir()
    (plan.outputs[0].path / "mine").touch()
    with pytest.raises(ExportError, match="in the way"):
        run(plan)
    assert sorted(everything(tmp_path)) == ["file", f"{plan.outputs[0].path.name}/mine"]


@pytest.mark.parametrize("name", KINDS)
def test_a_report_that_cannot_be_written_is_told_before_the_work(name: str, tmp_path: Path) -> None:
    plan = planned(tmp_path, name)
    report = plan.outputs[0].report
    report.mkdir()
    with pytest.raises(ExportError) as caught:
        run(plan, lambda _: pytest.fail("it began"))
    assert caught.value.message == f"{report} cannot be written: a file or folder of that name is in the way."
    assert everything(tmp_path) == {}


@pytest.mark.parametrize("name", KINDS)
def test_a_report_that_cannot_be_written_any_more_moves_no_file(name: str, tmp_path: Path) -> None:
    run(planned(tmp_path, name))
    plan = planned(tmp_path, name, ExportOptions(overwrite=True))
    report = plan.outputs[0].report

    def block(_: ExportProgress) -> None:
        if not report.is_dir():
            report.unlink()
            report.mkdir()

    before = {file: file.stat().st_mtime_ns for file in plan.outputs[0].files}
    with pytest.raises(ExportError, match=r"report\.json cannot be written: .* in the way"):
        run(plan, block)
    assert {file: file.stat().st_mtime_ns for file in plan.outputs[0].files} == before


def test_a_folder_that_takes_no_report_is_told_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == tmp_path and mode == os.W_OK))
    with pytest.raises(ExportError, match=r"report\.json may not be written"):
        run(planned(tmp_path / "deep" / "er", "png"), lambda _: pytest.fail("it began"))
    assert list(tmp_path.iterdir()) == []


def test_missing_mattes_and_pictures_are_told_before_anything_is_written(tmp_path: Path) -> None:
    plan = planned(tmp_path / "out", "png", snapshot=document(count=6, masked=[0, 1, 5]))
    with pytest.raises(ExportError, match="2-4"):
        run_export(plan)
    with pytest.raises(ExportError, match="clip is needed"):
        run_export(planned(tmp_path / "out", "prores4444"))
    missing_still = ExportOptions(background=tmp_path / "none.png")
    with pytest.raises(ExportError, match="background"):
        run(planned(tmp_path / "out", "green_screen", missing_still))
    assert list(tmp_path.iterdir()) == []


def test_another_clip_and_an_unfinished_list_are_refused(tmp_path: Path) -> None:
    plan = planned(tmp_path / "out", "qtrle")
    with pytest.raises(MediaError, match=r"7 frames of 96x64 instead of 6 of 96x64"):
        run_export(plan, BarcodeSource(document(count=7).info))
    growing = document(count=6)
    growing = replace(growing, info=replace(growing.info, complete=False))
    with pytest.raises(ExportError, match="still being listed"):
        planned(tmp_path / "out", "png", snapshot=growing)
    assert list(tmp_path.iterdir()) == []


def test_a_picture_that_cannot_be_decoded_leaves_nothing(tmp_path: Path) -> None:
    class Damaged(BarcodeSource):
        def frame(self, index: int) -> Frame:
            if index == 4:
                raise MediaError("Frame 4 is damaged.", "Copy the file again.")
            return super().frame(index)

    plan = planned(tmp_path / "out", "prores4444")
    with pytest.raises(MediaError, match="Frame 4"):
        run_export(plan, Damaged(plan.snapshot.info))
    assert list(tmp_path.iterdir()) == []


def test_a_report_says_what_was_found(tmp_path: Path) -> None:
    plan = planned(tmp_path, "prores4444")
    report = run_export(plan, BarcodeSource(plan.snapshot.info))
    names = [check.name for check in report.outputs[0].checks]
    assert names == [
        "frame count",
        "picture size",
        "pixel format",
        "colour tags",
        "every frame",
        "order of frames",
        "alpha of sampled frames",
        "alpha 0 and full",
        "mean error of sampled frames",
        "frame times",
        "duration",
        "first timecode",
        "last timecode",
    ]
    with open_source(plan.outputs[0].path) as source:
        assert source.info.frame_count == 6
