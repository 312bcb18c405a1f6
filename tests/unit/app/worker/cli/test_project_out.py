from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.document.mask_store import MaskSource
from app.document.project_file import read_project
from app.document.storage.clip_reference import ClipSearch, locate
from app.errors import ProjectReadError
from app.export.png import write_index_png
from app.media import open_source
from app.worker.cli import main
from app.worker.cli.given import GivenMasks
from app.worker.cli.project_out import ProjectOut
from app.worker.project_holder import lock_path, refuse_open
from app.worker.project_lock import ProjectLock
from cfbi.evaluation import read_index_mask

pytestmark = pytest.mark.usefixtures("drifting_network")


def propagate(clip: Path, folder: Path, mask: Path, project: Path, *more: str) -> int:
    arguments = [str(clip), "--out", str(folder / "out"), "--mask", str(mask), "--project", str(project)]
    return main(["propagate", *arguments, *more])


def test_a_run_is_written_as_a_project(
    clip: Path, make_mask: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.cfbiproj"
    mask = make_mask(2, 5)
    assert propagate(clip, tmp_path, mask, path) == 0
    assert f"Project: {path}" in capsys.readouterr().out
    project = read_project(path)
    work = project.work
    assert [info.object_id for info in work.objects] == [2, 5]
    assert sorted(work.entries) == list(range(6))
    assert work.references == {0}
    assert work.entries[0].source is MaskSource.USER
    assert work.entries[3].source is MaskSource.PROPAGATED
    start = read_index_mask(mask)
    assert np.array_equal(work.entries[0].index_mask(), start)
    moved = np.roll(start, 3, axis=1)
    assert np.array_equal(work.entries[3].index_mask(), moved)
    assert np.array_equal(work.entries[3].matte(5), (moved == 5) * np.uint8(204))
    assert locate(project.clip, path) == ClipSearch(clip, True)


def test_a_late_mask_lies_over_what_the_run_brought_and_speaks_only_of_its_objects(
    clip: Path, make_mask: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "walk.cfbiproj"
    first = make_mask(1)
    late = np.zeros(read_index_mask(first).shape, np.uint8)
    late[16:20, 20:26] = 2
    write_index_png(tmp_path / "late.png", late)
    more = ("--mask", f"{tmp_path / 'late.png'}@3", "--late-objects", "merge")
    assert propagate(clip, tmp_path, first, path, *more) == 0
    entry = read_project(path).work.entries[3]
    assert entry.source is MaskSource.USER
    assert entry.tells_of(2)
    assert not entry.tells_of(1)
    assert np.array_equal(entry.index_mask(), read_index_mask(tmp_path / "out/index/walk_00003.png"))
    assert entry.object_ids == (1, 2)
    assert entry.matte(1).max() == 204
    assert np.array_equal(entry.matte(2), (late == 2) * np.uint8(255))
    start = read_project(path).work.entries[0]
    assert start.tells_of(1)
    assert start.tells_of(2)


def test_no_mask_is_older_than_one_that_the_run_knew_from_its_start(
    clip: Path, make_mask: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "walk.cfbiproj"
    mask = make_mask(1)
    more = ("--mask", f"{mask}@3", "--direction", "forward")
    assert propagate(clip, tmp_path, mask, path, *more) == 0
    entries = read_project(path).work.entries
    assert entries[3].source is MaskSource.USER
    assert entries[3].serial < min(entries[index].serial for index in (1, 2, 4, 5))


def test_projects_are_not_replaced_unasked(
    clip: Path, make_mask: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "walk.cfbiproj"
    path.write_text("mine")
    assert propagate(clip, tmp_path, make_mask(1), path) != 0
    assert "There is a project" in capsys.readouterr().err
    assert path.read_text() == "mine"
    assert propagate(clip, tmp_path, make_mask(1), path, "--force") == 0
    assert len(read_project(path).work.entries) == 6
    assert propagate(clip, tmp_path, make_mask(1), tmp_path / "walk.zip", "--force") != 0
    assert "ends in .cfbiproj" in capsys.readouterr().err


def test_a_project_that_is_open_is_not_replaced_by_force_either(
    clip: Path, make_mask: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, mask = tmp_path / "walk.cfbiproj", make_mask(1)
    assert propagate(clip, tmp_path, mask, path) == 0
    before = path.read_bytes()
    lock = ProjectLock(path)
    capsys.readouterr()
    assert propagate(clip, tmp_path, mask, path, "--force") != 0
    told = capsys.readouterr().err
    assert (
        f"walk.cfbiproj is open in another window (process {os.getpid()} on {socket.gethostname()})." in told
    )
    assert f"remove {tmp_path / '.walk.cfbiproj.lock'}" in told
    assert path.read_bytes() == before
    lock.release()
    assert propagate(clip, tmp_path, mask, path, "--force") == 0


def test_a_project_that_was_opened_while_the_run_went_on_is_not_replaced(
    clip: Path, make_mask: Callable[..., Path], tmp_path: Path
) -> None:
    path = tmp_path / "walk.cfbiproj"
    out = ProjectOut(path, GivenMasks({0: read_index_mask(make_mask(1))}), may_replace=True)
    lock = ProjectLock(path)
    with open_source(clip) as source, pytest.raises(ProjectReadError, match="is open in another window"):
        out.write(clip, source.info, (1,))
    lock.release()
    assert not path.exists()


def test_the_lock_of_a_window_that_died_is_no_hindrance(tmp_path: Path, repo_dir: Path) -> None:
    path = tmp_path / "walk.cfbiproj"
    code = (
        "import os, sys; from pathlib import Path; from app.worker.project_lock import ProjectLock;"
        "lock = ProjectLock(Path(sys.argv[1])); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(path)], cwd=repo_dir, check=True)
    assert lock_path(path).exists()
    refuse_open(path)
    # whether a process lives cannot be told of another machine
    lock_path(path).write_text("12\nstudio\nelsewhere\n")
    with pytest.raises(ProjectReadError, match="process 12 on elsewhere"):
        refuse_open(path)
