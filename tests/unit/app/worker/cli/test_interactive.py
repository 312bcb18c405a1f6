from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.worker.cli import main
from app.worker.cli.interactive import frame_confidence
from app.worker.fusion import FusedResult, fuse
from cfbi import FrameResult
from tests.unit.cfbi.data.writing import write_lists, write_sequence


@pytest.fixture
def davis(tmp_path: Path) -> Path:
    """A disc that moves three pixels per frame, of which the drifting network follows one."""
    write_sequence(tmp_path / "davis", "walk", frames=12)
    write_lists(tmp_path / "davis", [], ["walk"])
    return tmp_path / "davis"


@pytest.mark.usefixtures("drifting_network")
def test_rounds_of_two_strategies(davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["evaluate", "davis2017", "--root", str(davis), "--interactive", "--out", str(tmp_path / "out")]
    command += ["--between", "nearest", "--rounds", "3", "--strategy", "worst", "--strategy", "every10"]
    assert main(command) == 0

    table = json.loads((tmp_path / "out/interactive.json").read_text())
    # backward it is off by four pixels per frame, forward by two
    assert [state["frame"] for state in table["worst"]["sequences"]["walk"]] == [0, 11, 6, 4]
    assert [state["frame"] for state in table["every10"]["sequences"]["walk"]] == [0, 10]
    scores = [state["J&F"] for state in table["worst"]["mean"]]
    assert scores == sorted(scores)
    painted = [state["painted_share"] for state in table["worst"]["mean"]]
    assert painted == sorted(painted)
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "worst: mean of 1 sequences"
    assert said[2].split()[:2] == ["0", f"{100 * scores[0]:.1f}"]
    for name in ("rounds", "pixels"):
        assert (tmp_path / f"out/interactive-{name}.svg").read_text().count("<path") == 2


@pytest.mark.usefixtures("drifting_network")
def test_frames_between_references_are_fused_as_in_the_studio(
    davis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares: list[float] = []

    def spy(*args: Any) -> FusedResult:
        shares.append(args[3])
        return fuse(*args)

    monkeypatch.setattr("app.worker.cli.interactive.fuse", spy)
    command = ["evaluate", "davis2017", "--root", str(davis), "--interactive", "--out", str(tmp_path / "out")]
    assert main([*command, "--rounds", "1"]) == 0
    assert sorted(shares) == pytest.approx([place / 11 for place in range(1, 11)])


@pytest.mark.usefixtures("drifting_network")
def test_impossible_requests(davis: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--root", str(davis), "--interactive", "--out", str(tmp_path / "out")]
    assert main(["evaluate", "davis2017", *command, "--strategy", "guess"]) == 1
    assert main(["evaluate", "folder", *command]) == 1
    said = capsys.readouterr().err
    assert "no strategy 'guess'" in said
    assert "needs davis2016 or davis2017" in said


def test_confidence_is_that_of_the_least_sure_edge() -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 5:25], mask[10:30, 35:55] = 1, 2

    def result(sharp: float, soft: float, index_mask: np.ndarray) -> FrameResult:  # type: ignore[type-arg]
        rows = np.stack([(mask == 1) * sharp, (mask == 2) * soft]).astype(np.float32)
        return FrameResult(index_mask, np.concatenate([1 - rows.sum(axis=0, keepdims=True), rows]), (1, 2))

    sure, unsure = frame_confidence(result(0.9, 0.9, mask)), frame_confidence(result(0.9, 0.6, mask))
    assert unsure < sure < 1
    assert frame_confidence(result(0.9, 0.9, np.where(mask == 2, 0, mask).astype(np.uint8))) == 0
