"""Files of users and authors are checked, converted and registered."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from cfbi import WeightsError, build_model, load_weights
from cfbi.config import MODELS
from cfbi.weights import available, import_file
from cfbi.weights.loading import fitting
from cfbi.weights.published import PUBLISHED, PublishedFile, published_as
from cfbi.weights.registry import user_folder
from tests.golden.filler import golden_json
from tests.unit.cfbi.tiny import TINY, filled_tiny
from tests.unit.cfbi.weights.small import small_state, written


def test_importing_registers_a_converted_file(tiny_file: Path, private_home: Path) -> None:
    entry = import_file(tiny_file)
    assert entry.name == "mine"
    assert entry.model == "tiny_cfbi"
    assert not entry.shipped
    assert entry.licence == "unknown (imported)"
    original = hashlib.sha256(tiny_file.read_bytes()).hexdigest()
    assert entry.provenance == {"imported_from": "mine.pth", "original_sha256": original}
    assert entry.path.suffix == ".safetensors"
    assert private_home in entry.path.parents
    assert entry.sha256 == hashlib.sha256(entry.path.read_bytes()).hexdigest()
    assert entry in available()
    target = build_model(TINY)
    report = load_weights(target, "mine")
    assert report.path == entry.path
    expected = filled_tiny().state_dict()
    assert all(torch.equal(expected[name], tensor) for name, tensor in target.state_dict().items())


def test_importing_under_another_name_and_twice(tiny_file: Path) -> None:
    assert import_file(tiny_file, "rotos-2024_b").name == "rotos-2024_b"
    with pytest.raises(WeightsError) as caught:
        import_file(tiny_file, "rotos-2024_b")
    assert caught.value.message == "There are weights named 'rotos-2024_b' already."
    assert caught.value.hint == "Rename the file, or give another name."
    assert import_file(tiny_file).name == "mine"


@pytest.mark.parametrize(
    "name", ["", "../evil", "a/b", "a\\b", ".hidden", "-f", "c:x", "nul\0", "w.pth", "w.pt", "w.safetensors"]
)
def test_names_that_would_lead_elsewhere(tiny_file: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="cannot be the name of weights"):
        import_file(tiny_file, name)
    assert not user_folder().exists()


def test_weights_can_be_loaded_under_the_name_that_a_file_gave_them(tmp_path: Path, tiny_file: Path) -> None:
    entry = import_file(tiny_file.rename(tmp_path / "deeplab.v3.pth.pt"), None)
    assert load_weights(build_model(TINY), entry.name).path == entry.path


def test_importing_a_file_of_no_known_network(tmp_path: Path) -> None:
    path = written(small_state(), tmp_path / "small.pth")
    with pytest.raises(WeightsError) as caught:
        import_file(path)
    assert caught.value.message == f"{path} fits none of the networks of this program."
    assert "resnet101_cfbi" in caught.value.hint


def test_importing_values_that_are_not_numbers(tmp_path: Path, tiny_is_known: None) -> None:
    state = filled_tiny().state_dict()
    state["bg_bias"].fill_(float("nan"))
    with pytest.raises(WeightsError, match="holds values that are not numbers, in bg_bias"):
        import_file(written(state, tmp_path / "w.pth"))
    assert not user_folder().exists()


def test_importing_tensors_that_share_their_memory(tmp_path: Path, tiny_is_known: None) -> None:
    state = filled_tiny().state_dict()
    state["fg_bias"] = state["bg_bias"]
    import_file(written(state, tmp_path / "tied.pth"))
    target = build_model(TINY)
    load_weights(target, "tied")
    assert all(torch.equal(state[name], tensor) for name, tensor in target.state_dict().items())


def test_importing_onto_a_full_disk(tiny_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cfbi.weights.saving.os.fsync", disk_full)
    with pytest.raises(WeightsError, match="cannot be written: No space left on device"):
        import_file(tiny_file)
    assert list(user_folder().iterdir()) == []


@pytest.fixture
def variant(monkeypatch: pytest.MonkeyPatch, tiny_is_known: None) -> str:
    """A second network with the parameters of the first."""
    monkeypatch.setitem(MODELS, "tiny_variant", replace(TINY, name="tiny_variant"))
    return "tiny_variant"


def test_networks_that_differ_in_options_alone_can_be_chosen(tiny_file: Path, variant: str) -> None:
    assert import_file(tiny_file, "first").model == TINY.name
    assert import_file(tiny_file, "second", model=variant).model == variant
    with pytest.raises(WeightsError, match="fits not lite_cfbi") as caught:
        import_file(tiny_file, "third", model="lite_cfbi")
    assert caught.value.hint == "It fits tiny_cfbi, tiny_variant."


def test_files_of_the_authors_are_recognised_by_name(
    tmp_path: Path, tiny_file: Path, variant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = PublishedFile("tiny_davis.pth", variant, "Tiny", "DAVIS 2017")
    monkeypatch.setattr("cfbi.weights.published.PUBLISHED", (theirs,))
    path = tiny_file.rename(tmp_path / "Tiny_davis.pth.tar.pth")
    entry = import_file(path, "theirs")
    assert entry.model == variant
    assert entry.provenance["named_like"] == "the authors' Tiny, trained on DAVIS 2017"
    assert "README" in entry.provenance["published_at"]


def test_another_network_under_a_published_name_is_not_taken_for_it(tmp_path: Path, tiny_file: Path) -> None:
    entry = import_file(tiny_file.rename(tmp_path / "resnet101_cfbi.pth"))
    assert entry.model == TINY.name
    assert "named_like" not in entry.provenance


def test_published_files_are_of_networks_that_exist() -> None:
    assert len(PUBLISHED) == 6
    assert {entry.model for entry in PUBLISHED} <= set(MODELS)
    for entry in PUBLISHED:
        assert published_as(Path("somewhere") / entry.file_name) == entry


@pytest.mark.parametrize("name", ["resnet101_cfbip", "resnet101_cfbi", "mobilenet_cfbi"])
def test_key_lists_of_the_authors_say_which_network_it_is(name: str) -> None:
    state = {f"module.{key}": torch.zeros(1).expand(shape) for key, shape, _ in golden_json(f"{name}.keys")}
    assert name in fitting(state)
