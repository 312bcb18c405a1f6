"""The chart of dev scores in the documents."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def dev_score(repo_dir: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("dev_score", repo_dir / "packaging" / "dev_score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write_run(folder: Path, *scores: float) -> Path:
    folder.mkdir()
    lines = []
    for number, score in enumerate(scores, start=1):
        lines.append({"step": 20 * number, "minutes": 30.0 * number, "loss": 0.5})
        lines.append(
            {
                "step": 20.0 * number,
                "dev_J": score + 1,
                "dev_F": score - 1,
                "dev_JF": score,
                "per_sequence": {},
            }
        )
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


def test_runs_are_added_updated_and_dropped(dev_score: ModuleType, tmp_path: Path) -> None:
    out = ["--folder", str(tmp_path / "docs")]
    first, second = write_run(tmp_path / "one", 70.0), write_run(tmp_path / "two", 80.0, 85.25)
    assert dev_score.main([f"plain={first}", *out]) == 0
    assert dev_score.main([str(second), *out]) == 0

    table = json.loads((tmp_path / "docs/dev-score.json").read_text())
    assert table["plain"] == [{"step": 20, "minutes": 30.0, "J": 71.0, "F": 69.0, "J&F": 70.0}]
    assert [score["J&F"] for score in table["two"]] == [80.0, 85.25]
    assert "85.2" in (tmp_path / "docs/dev-score.svg").read_text()
    assert dev_score.main(["--drop", "plain", *out]) == 0
    assert list(json.loads((tmp_path / "docs/dev-score.json").read_text())) == ["two"]


def test_runs_without_a_score_are_left_out(
    dev_score: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--folder", str(tmp_path / "docs")]
    assert dev_score.main([str(write_run(tmp_path / "young")), *out]) == 0
    assert json.loads((tmp_path / "docs/dev-score.json").read_text()) == {}
    assert dev_score.main([str(tmp_path / "nowhere"), *out]) == 1
    assert "no dev score yet" in capsys.readouterr().err


def test_the_committed_chart_shows_the_committed_numbers(dev_score: ModuleType, repo_dir: Path) -> None:
    folder = repo_dir / "docs" / "pictures"
    runs = json.loads((folder / "dev-score.json").read_text())
    assert runs
    assert (folder / "dev-score.svg").read_text() == dev_score.chart(runs)
