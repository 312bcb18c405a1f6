"""What fits is loaded whole, anything else is refused and changes nothing."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cfbi import WeightsError, build_model, load_weights
from cfbi.weights import identify, read_state, save_weights
from cfbi.weights.loading import canonical_state
from tests.golden.filler import fill, golden_json
from tests.unit.cfbi.tiny import filled_tiny
from tests.unit.cfbi.weights.small import Small, refused, small_state, written


@pytest.mark.parametrize("half", [False, True])
def test_round_trip(tmp_path: Path, model: nn.Module, half: bool) -> None:
    state, path = small_state(), tmp_path / "deep" / "w.safetensors"
    digest = save_weights(state, path, model="small", licence="MIT", provenance={"step": 3}, half=half)
    report = load_weights(model, path)
    assert (report.path, report.loaded, report.aliases, report.ignored) == (path, len(state), (), ())
    for name, tensor in model.state_dict().items():
        assert tensor.dtype == torch.float32
        expected = state[name].half().float() if half else state[name]
        assert torch.equal(tensor, expected)
    stored = read_state(path)
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16 if half else torch.float32}
    assert digest == hashlib.sha256(path.read_bytes()).hexdigest()
    description = json.loads(path.with_suffix(".json").read_text())
    assert description == {"model": "small", "sha256": digest, "licence": "MIT", "provenance": {"step": 3}}
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["w.json", "w.safetensors"]


def test_equal_weights_are_equal_files(tmp_path: Path) -> None:
    state = small_state()
    digests = {
        save_weights(state, tmp_path / f"{k}.safetensors", model="small", licence="MIT", provenance={})
        for k in range(8)
    }
    assert len(digests) == 1


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".safetensors"])
@pytest.mark.parametrize("prefix", ["", "module."])
def test_prefixes_and_counters_do_not_matter(
    tmp_path: Path, model: nn.Module, suffix: str, prefix: str
) -> None:
    state = small_state()
    stored = {prefix + name: tensor for name, tensor in state.items()}
    stored[f"{prefix}norm.num_batches_tracked"] = torch.tensor(7)
    report = load_weights(model, str(written(stored, tmp_path / f"w{suffix}")))
    assert report.ignored == ("norm.num_batches_tracked",)
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())


@pytest.mark.parametrize("key", ["state_dict", "model"])
@pytest.mark.parametrize("legacy", [False, True])
def test_state_dicts_may_lie_inside_a_checkpoint(
    tmp_path: Path, model: nn.Module, key: str, legacy: bool
) -> None:
    state = small_state()
    content = {"epoch": 3, key: state, "optimizer": {"lr": 0.1, "state": {0: torch.ones(2)}}}
    path = written(content, tmp_path / "w.pth", _use_new_zipfile_serialization=not legacy)
    assert load_weights(model, path).loaded == len(state)
    assert all(torch.equal(state[name], tensor) for name, tensor in model.state_dict().items())


def test_double_precision_is_taken_over_in_the_networks_own(tmp_path: Path, model: nn.Module) -> None:
    state = {name: tensor.double() for name, tensor in small_state().items()}
    load_weights(model, written(state, tmp_path / "w.pth"))
    for name, tensor in model.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, state[name].float())


def test_a_published_like_file_with_all_its_second_names(tmp_path: Path) -> None:
    keys, aliases = golden_json("mobilenet_cfbi.keys"), golden_json("mobilenet_cfbi.aliases")
    source, target = build_model("mobilenet_cfbi"), build_model("mobilenet_cfbi")
    fill(source)
    state = source.state_dict()
    published = {f"module.{name}": state[aliases.get(name, name)] for name, _, _ in keys}
    path = written({"state_dict": published, "optimizer": {}}, tmp_path / "mobilenet.pth")
    report = load_weights(target, path)
    assert report.loaded == len(keys) - len(aliases)
    assert set(report.aliases) == set(aliases)
    assert all(torch.equal(state[name], tensor) for name, tensor in target.state_dict().items())


@pytest.mark.parametrize("name", ["mobilenet_cfbi", "resnet101_cfbi"])
def test_second_names_are_mapped_and_networks_recognised(name: str) -> None:
    aliases = golden_json(f"{name}.aliases")
    published = {
        f"module.{key}": torch.zeros(1).expand(shape) for key, shape, _ in golden_json(f"{name}.keys")
    }
    state, met, _ = canonical_state(published)
    assert set(met) == set(aliases)
    assert set(state) == {key.removeprefix("module.") for key in published} - set(aliases)
    assert identify(published) == name
    only_aliases = {key: tensor for key, tensor in published.items() if key[7:] not in aliases.values()}
    assert identify(only_aliases) == name
    del published["module.bg_bias"]
    assert identify(published) is None


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_missing_extra_and_misshapen_entries_are_named(tmp_path: Path, model: nn.Module, suffix: str) -> None:
    state = small_state()
    del state["conv.bias"]
    state["conv.weight"] = torch.zeros(3, 2, 1, 1)
    state["stranger"] = torch.zeros(1)
    path = written(state, tmp_path / f"w{suffix}")
    error = refused(model, path)
    assert error.message == (
        f"{path} does not fit the network: 1 missing: conv.bias; 1 extra: stranger; "
        "1 of another shape: conv.weight (3, 2, 1, 1) instead of (3, 2, 3, 3)."
    )


def test_a_long_list_is_cut(tmp_path: Path, model: nn.Module) -> None:
    state = small_state() | {f"extra{number}": torch.zeros(1) for number in range(9)}
    message = refused(model, written(state, tmp_path / "w.pth")).message
    assert "9 extra: extra0, extra1, extra2, extra3, extra4, extra5 and 3 more." in message


def test_weights_of_another_network(tmp_path: Path) -> None:
    tiny = filled_tiny()
    path = tmp_path / "tiny.safetensors"
    save_weights(tiny.state_dict(), path, model="tiny", licence="MIT", provenance={}, half=True)
    with torch.device("meta"):
        other = build_model("lite_cfbi")
    with pytest.raises(WeightsError, match=r"does not fit the network: .* of another shape"):
        load_weights(other, path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_values_that_are_not_numbers(tmp_path: Path, model: nn.Module, value: float) -> None:
    state = small_state()
    state["conv.weight"][0, 0, 0, 0] = value
    path = written(state, tmp_path / "w.safetensors")
    assert refused(model, path).message == f"{path} holds values that are not numbers, in conv.weight."


STRANGE_TENSORS: dict[str, Callable[[Tensor], Tensor]] = {
    "sparse": lambda tensor: tensor.to_sparse(),
    "without storage": lambda tensor: tensor.to("meta"),
    "complex": lambda tensor: tensor.to(torch.complex64),
    "quantised": lambda tensor: torch.quantize_per_tensor(tensor, 0.1, 0, torch.qint8),
}


@pytest.mark.parametrize("kind", STRANGE_TENSORS)
def test_tensors_of_an_unusual_kind(tmp_path: Path, model: nn.Module, kind: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some kinds are announced as deprecated
        state = small_state()
        state["conv.weight"] = STRANGE_TENSORS[kind](state["conv.weight"])
        path = written(state, tmp_path / "w.pth")
    assert "conv.weight" in refused(model, path).message


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({}, "holds no state dict"),
        ([torch.zeros(2)], "holds no state dict"),
        (torch.zeros(2), "holds no state dict"),
        (3, "holds no state dict"),
        ({"state_dict": {}}, "holds no state dict"),
        ({"conv.weight": [1.0, 2.0]}, "holds entries that are not plain tensors: conv.weight"),
        ({"epoch": 3, "lr": 0.1}, "holds entries that are not plain tensors: epoch, lr"),
    ],
)
def test_data_that_are_no_state_dict(tmp_path: Path, model: nn.Module, content: Any, part: str) -> None:
    path = tmp_path / "w.pth"
    torch.save(content, path)
    assert part in refused(model, path).message


def test_a_second_name_with_other_values_is_refused() -> None:
    state = {"bn1.weight": torch.ones(4), "semantic_embedding.1.weight": torch.zeros(4)}
    with pytest.raises(WeightsError, match=r"bn1\.weight more than once"):
        canonical_state(state)


def test_values_that_do_not_fit_half_the_range_are_refused(tmp_path: Path) -> None:
    model = Small()
    state = {name: tensor.double() for name, tensor in model.state_dict().items()}
    state["bias"] = torch.tensor(1e300, dtype=torch.float64)
    torch.save(state, tmp_path / "huge.pth")
    with pytest.raises(WeightsError, match="not numbers"):
        load_weights(model, tmp_path / "huge.pth")


def test_whole_numbers_are_no_weights(tmp_path: Path) -> None:
    model = Small()
    torch.save(model.state_dict() | {"bias": torch.tensor(3)}, tmp_path / "whole.pth")
    with pytest.raises(WeightsError, match="whole numbers"):
        load_weights(model, tmp_path / "whole.pth")
