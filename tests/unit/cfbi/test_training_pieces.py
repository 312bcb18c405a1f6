"""A checkpoint in pieces is the checkpoint."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from cfbi.errors import WeightsError
from cfbi.training.checkpoint import RunState, load_run, save_run
from cfbi.training.pieces import join, split
from cfbi.training.recipe import Recipe


@pytest.fixture
def run(tmp_path: Path) -> Path:
    numbers = torch.randn(50, 20)
    moments = {"exp_avg": numbers / 3, "step": torch.tensor(7.0)}
    optimizer = {"state": {0: moments}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    state = RunState(Recipe("t", "lite_cfbi", 9), 7, 2.0, {"w": numbers}, {"w": numbers + 0.1}, optimizer)
    folder = tmp_path / "run"
    folder.mkdir()
    save_run(state, folder)
    return folder


def test_pieces_are_small_and_make_the_same_file(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pieces"
    folder.mkdir()
    (folder / "checkpoint.pt.099").write_bytes(b"of an older run")
    pieces = split(run, folder, piece_bytes=5000)
    assert len(pieces) >= 3
    assert [piece.name for piece in pieces[:2]] == ["checkpoint.pt.000", "checkpoint.pt.001"]
    assert all(piece.stat().st_size <= 5000 for piece in pieces)
    assert len(list(folder.iterdir())) == len(pieces) + 1
    joined = join(folder, tmp_path / "back")
    assert joined.read_bytes() == (run / "checkpoint.pt").read_bytes()
    with pytest.raises(WeightsError, match="is there already"):
        join(folder, tmp_path / "back")


def test_slim_pieces_round_all_but_the_weights(run: Path, tmp_path: Path) -> None:
    whole = sum(piece.stat().st_size for piece in split(run, tmp_path / "whole"))
    slim = sum(piece.stat().st_size for piece in split(run, tmp_path / "slim", slim=True))
    assert slim < 0.75 * whole
    join(tmp_path / "slim", tmp_path / "back")
    before, after = load_run(run), load_run(tmp_path / "back")
    assert torch.equal(after.model["w"], before.model["w"])
    torch.testing.assert_close(after.average["w"], before.average["w"], rtol=1e-3, atol=1e-3)
    moments = [state.optimizer["state"][0] for state in (before, after)]
    assert moments[1]["exp_avg"].dtype == torch.float32
    torch.testing.assert_close(moments[1]["exp_avg"], moments[0]["exp_avg"], rtol=1e-2, atol=1e-2)
    assert moments[1]["step"] == 7.0
    assert (after.step, after.recipe) == (before.step, before.recipe)


def test_missing_and_damaged_pieces_are_named(run: Path, tmp_path: Path) -> None:
    pieces = split(run, tmp_path / "pieces", piece_bytes=5000)
    content = pieces[1].read_bytes()
    pieces[1].write_bytes(content[:-1] + b"x")
    with pytest.raises(WeightsError, match="are damaged"):
        join(tmp_path / "pieces", tmp_path / "back")
    pieces[1].unlink()
    with pytest.raises(WeightsError, match="are not complete"):
        join(tmp_path / "pieces", tmp_path / "back")
    with pytest.raises(WeightsError, match="cannot be read"):
        split(tmp_path, tmp_path / "pieces")
