"""``cfbi bench`` on a tiny network: its numbers make sense; how large they are is not tested."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from app.worker.cli import bench, main
from cfbi.config import MODELS
from tests.unit.cfbi.tiny import TINY


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small frames and a network that is quick."""
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    monkeypatch.setattr(bench, "_SIZE", (36, 64))
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")  # restored afterwards


def test_bench_measures_every_kind(
    small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)
    path = tmp_path / "out" / "bench.json"
    words = ["--model", TINY.name, "--max-side", "33", "49", "--objects", "1", "3", "--frames", "2"]
    assert main(["bench", *words, "--threads", "1", "--json", str(path)]) == 0
    report = json.loads(path.read_text())
    assert (report["model"], report["device"], report["measured_frames"]) == (TINY.name, "cpu", 2)
    rows = report["propagation"]
    assert [(row["max_side"], row["objects"]) for row in rows] == [(33, 1), (33, 3), (49, 1), (49, 3)]
    assert [row["network_sees"] for row in rows] == ["33x17", "33x17", "49x33", "49x33"]
    for row in rows:
        assert row["frames_per_s"] == pytest.approx(1000 / row["frame_ms"], rel=0.1)
        parts = [row[f"{name}_ms"] for name in ("extract", "match", "ensemble", "rest")]
        assert min(parts) >= 0
        assert max(parts) <= row["frame_ms"]
    matching = [(row["kind"], row["grid"], row["objects"]) for row in report["matching"]]
    assert matching == [(kind, "13x9", count) for kind in ("global", "local") for count in (1, 3)]
    assert [row["ratio"] for row in report["matching"]][::2] == [1, 1]
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("tiny_cfbi on cpu")
    assert lines[2].split() == list(rows[0])
    assert len(lines) == 2 + 5 + 1 + 5


def test_bench_leaves_the_network_as_it_was() -> None:
    model = torch.nn.Module()
    model.extract = model.match = model.ensemble = lambda value: value  # type: ignore[assignment]
    with bench._timed_stages(model, iter(range(9)).__next__) as spent:  # type: ignore[arg-type]
        assert model.match(5) == 5  # type: ignore[operator]
    assert spent == {"extract": 0.0, "match": 1.0, "ensemble": 0.0}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--model", "x"], 1, "There is no network named 'x'."),
        (["--max-side", "5"], 1, "max_side is 5, but the network needs at least 17 pixels."),
        (["--objects", "300"], 1, "300 objects are too many.\n  Masks hold at most 254."),
        (["--device", "nowhere"], 1, "The device 'nowhere' cannot be used: "),
    ],
)
def test_bench_says_what_is_wrong(
    small: None, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    assert main(["bench", "--model", TINY.name, *words]) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--frames", "0"], ["--objects", "0"], ["--objects", "many"]])
def test_bench_refuses_a_wrong_command_line(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["bench", *words])
    assert caught.value.code == 2
