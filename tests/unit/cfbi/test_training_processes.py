"""Several processes that train together, and one that is killed, end with the weights of one unbroken run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch

from cfbi.config import MODELS
from cfbi.errors import InputError
from cfbi.training.checkpoint import RunState, load_run
from cfbi.training.distributed import Ranks, joined
from cfbi.training.trainer import Trainer
from tests.training_process import RECIPE, SMOOTH, STEPS, sample
from tests.unit.cfbi.tiny import TINY


@pytest.fixture(scope="module")
def tiny_is_known() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(MODELS, TINY.name, TINY)
        yield


@pytest.fixture(scope="module")
def unbroken(tiny_is_known: None, tmp_path_factory: pytest.TempPathFactory) -> RunState:
    """One process, all four clips of a step."""
    torch.set_num_threads(1)  # as in the other processes: sums are rounded by their parts
    return Trainer(RECIPE, sample, tmp_path_factory.mktemp("unbroken")).run(until_step=STEPS)


def start(folder: Path, what: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.training_process", str(folder), what]
    root = str(Path(__file__).parents[3])
    variables = os.environ | environment | {"PYTHONPATH": root}
    return subprocess.Popen(
        command, cwd=root, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def steps_logged(folder: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (folder / "log.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("unbroken")  # for its number of threads
def test_two_processes_are_one_with_twice_the_batch(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    meeting = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    processes = [start(tmp_path, "together", RANK=str(rank), **meeting) for rank in (0, 1)]
    outputs = [process.communicate(timeout=200)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], "\n".join(outputs)
    stored = load_run(tmp_path)
    assert stored.step == STEPS
    assert steps_logged(tmp_path) == [1, 2, 3, 4]  # by the first process alone
    others = [torch.load(tmp_path / f"rank{rank}.pt", weights_only=True) for rank in (0, 1)]
    one = Trainer(SMOOTH, sample, tmp_path / "one").run(until_step=STEPS)
    for name in one.model:
        assert torch.equal(others[0][name], others[1][name]), name
    # the sum over four clips is the same; its rounding is not, and how far that goes depends on the processor
    learnt = flat(one.model) - flat(one.average)
    for state, expected in ((stored.model, one.model), (stored.average, one.average)):
        apart = flat(state) - flat(expected)
        assert apart.norm() < 0.01 * learnt.norm()
        assert apart.abs().max() < 1e-5
    assert learnt.abs().max() > 5e-4  # it did learn, far more than the tolerance


def flat(state: Mapping[str, torch.Tensor]) -> torch.Tensor:
    return torch.cat([tensor.double().flatten() for tensor in state.values()])


def test_a_killed_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, unbroken: RunState) -> None:
    process = start(tmp_path, "killed")
    # the pipe ends when the last process that holds it has ended: the one that drew clips, too
    output = process.communicate(timeout=200)[0]
    assert process.returncode == -9, output
    assert load_run(tmp_path).step == 2
    assert steps_logged(tmp_path) == [1, 2, 3]
    resumed = Trainer(RECIPE, sample, tmp_path, resume=True).run(until_step=STEPS, log_every=1)
    assert steps_logged(tmp_path) == [1, 2, 3, 4]
    for name, expected in unbroken.model.items():
        assert torch.equal(resumed.model[name], expected), name
        assert torch.equal(resumed.average[name], unbroken.average[name]), name


def test_clips_are_shared_out_evenly_or_not_at_all() -> None:
    assert [list(Ranks(rank, 2).share(6)) for rank in (0, 1)] == [[0, 2, 4], [1, 3, 5]]
    with pytest.raises(InputError) as caught:
        Ranks(0, 4).share(6)
    assert caught.value.message == "6 clips per step cannot be shared by 4 processes."


def test_without_torchrun_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with joined("cpu", {}) as ranks:
        assert ranks == Ranks(0, 1, "cpu")
        assert ranks.mean([0.5, 2.0]) == [0.5, 2.0]
    with pytest.raises(InputError, match="there is no CUDA"), joined("cuda", {}):
        pass
    alone = {"WORLD_SIZE": "2"}  # torchrun would have said which of the two this is
    with pytest.raises(InputError, match="The 2 processes could not come together"), joined("cpu", alone):
        pass
