from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import CheckpointError
from app.worker.job import JobContext, Payload
from app.worker.network_choice import ImportWeightsJob, ListNetworksJob, NetworkChoices, WeightsChoice
from cfbi.config import MODELS
from cfbi.weights import save_weights
from tests.unit.cfbi.tiny import TINY, filled_tiny


def sent(job: ListNetworksJob | ImportWeightsJob) -> list[NetworkChoices]:
    payloads: list[Payload] = []
    job.run(JobContext(1, payloads.append))
    contents = [payload.content for payload in payloads]
    assert all(isinstance(content, NetworkChoices) for content in contents)
    return contents  # type: ignore[return-value]


def test_what_there_is() -> None:
    at_once, complete = sent(ListNetworksJob())
    assert at_once.weights[0] == WeightsChoice("lite_cfbi", "lite_cfbi", True)
    assert at_once.devices == complete.devices[:2] == ("auto", "cpu")
    assert complete.weights == at_once.weights
    assert complete.imported == ""


def test_the_registry_is_read_without_torch() -> None:
    script = "import sys; from cfbi.weights import available; available(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_file_is_registered_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    path = tmp_path / "mine.safetensors"
    save_weights(filled_tiny().state_dict(), path, model=TINY.name, licence="", provenance={})
    (choices,) = sent(ImportWeightsJob(path))
    assert choices.imported == "mine"
    assert WeightsChoice("mine", "tiny_cfbi", False) in choices.weights
    with pytest.raises(CheckpointError, match="named 'mine' already"):
        sent(ImportWeightsJob(path))
