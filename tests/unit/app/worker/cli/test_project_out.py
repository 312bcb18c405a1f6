from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.document.mask_store import MaskSource
from app.document.project_file import read_project
from app.document.storage.clip_reference import ClipSearch, locate
from app.worker.cli import main
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
