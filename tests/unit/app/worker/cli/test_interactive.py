from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.document.facts import measure
from app.worker.cli import main
from app.worker.cli.interactive import frame_facts, needed_table
from app.worker.fusion import FusedResult, fuse
from cfbi import FrameResult
from cfbi.evaluation.passes import Clip, Passes
from cfbi.evaluation.rounds import Round
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
    command += ["--target", "0", "--target", "100"]
    assert main(command) == 0

    content = json.loads((tmp_path / "out/interactive.json").read_text())
    table = content["strategies"]
    assert content["settings"]["between"] == "nearest"
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


@pytest.mark.usefixtures("drifting_network")
def test_what_is_done_is_not_done_again(
    davis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_sequence(tmp_path / "davis", "run", frames=8)
    write_lists(tmp_path / "davis", [], ["walk", "run"])
    command = ["evaluate", "davis2017", "--root", str(davis), "--interactive", "--out", str(tmp_path / "out")]
    command += ["--rounds", "1", "--resume"]
    assert main([*command, "--sequence", "walk"]) == 0
    first = json.loads((tmp_path / "out/interactive.json").read_text())["strategies"]["worst"]["sequences"]
    worked: list[str] = []

    class Counted(Passes):
        def __init__(self, clip: Clip, *args: Any) -> None:
            super().__init__(clip, *args)
            self.clip = replace(clip, truth=lambda index: (worked.append(clip.name), clip.truth(index))[1])

    monkeypatch.setattr("cfbi.evaluation.passes.Passes", Counted)
    assert main(command) == 0
    assert set(worked) == {"run"}
    content = json.loads((tmp_path / "out/interactive.json").read_text())["strategies"]["worst"]["sequences"]
    assert content["walk"] == first["walk"]
    assert len(content["run"]) == 2
    capsys.readouterr()
    for other in (("--rounds", "2"), ("--flip",), ("--scales", "1", "1.3"), ("--augment", "readme")):
        assert main([*command, *other]) == 1
        assert "made with other settings" in capsys.readouterr().err
    path = tmp_path / "out/interactive.json"
    older = json.loads(path.read_text())
    for name in ("model", "scales", "flip", "augment"):
        del older["settings"][name]
    path.write_text(json.dumps(older))
    assert main(command) == 0
    capsys.readouterr()
    (tmp_path / "out/interactive.json").write_text("{}")
    assert main(command) == 1
    assert "cannot be read" in capsys.readouterr().err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.usefixtures("drifting_network")
def test_the_bar_ends_full_whatever_was_done_before_or_not_needed(
    davis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_sequence(tmp_path / "davis", "run", frames=8)
    write_lists(tmp_path / "davis", [], ["walk", "run"])
    command = ["evaluate", "davis2017", "--root", str(davis), "--interactive", "--out", str(tmp_path / "out")]
    # every10 has no use for a third round in such short sequences
    command += ["--between", "nearest", "--rounds", "3", "--strategy", "every10", "--resume"]
    bars = []
    for more in (["--sequence", "walk"], [], []):
        with monkeypatch.context() as patch:
            patch.setattr("sys.stderr", bar := Terminal())
            assert main([*command, *more]) == 0
        bars.append(bar.getvalue().rstrip().rpartition("] ")[2].partition(" rounds")[0])
    assert bars == ["4/4", "8/8", "8/8"]


def test_what_it_takes_to_reach_a_score() -> None:
    rounds = [Round(number, 0, 0, 0.0, score, score, 3 * number) for number, score in enumerate((0.7, 0.9))]
    assert needed_table({"worst": {"walk": rounds, "run": rounds[:1]}}, [70, 90.5, 90]).splitlines() == [
        "J&F 70: corrections (frames looked at)",
        "  worst: walk 0 (0), run 0 (0)",
        "J&F 90.5: corrections (frames looked at)",
        "  worst: walk more than 1, run more than 0",
        "J&F 90: corrections (frames looked at)",
        "  worst: walk 1 (3), run more than 0",
    ]


def test_facts_are_those_of_the_studio() -> None:
    mask = np.zeros((40, 60), np.uint8)
    mask[10:30, 5:25] = 1
    row = (mask == 1) * np.float32(0.9)
    probability = np.stack([1 - row, row])
    facts = frame_facts(FrameResult(mask, probability, (1,)))
    assert facts == measure(mask, probability, (1,))
    fused = frame_facts(fuse(probability, np.roll(probability, 10, axis=2), (1,), 0.5))
    assert fused[1].disagreement == pytest.approx(1 - 1 / 3, abs=1e-5)
