"""Weights as data: what fits is loaded whole, anything else is refused and changes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import pickle
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cfbi import WeightsError, build_model, load_weights
from cfbi.config import MODELS
from cfbi.model.layers import FrozenBatchNorm2d
from cfbi.weights import available, identify, import_file, info, read_state, save_weights
from cfbi.weights.loading import canonical_state
from cfbi.weights.registry import shipped_folder, user_folder
from tests.golden.filler import fill, golden_json
from tests.unit.cfbi.tiny import TINY, filled_tiny

State = dict[str, Tensor]


class Small(nn.Module):
    """Parameters, buffers and a scalar; enough for everything that is not about names."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.norm = FrozenBatchNorm2d(3)
        self.bias = nn.Parameter(torch.tensor(0.25))


def small_state() -> State:
    """Of another draw than ``Small()``."""
    return {name: torch.randn(tensor.shape) for name, tensor in Small().state_dict().items()}


@pytest.fixture
def model() -> Small:
    return Small()


def refused(model: nn.Module, path: Path) -> WeightsError:
    """Loading fails with the program's own error, quietly, and the network stays as it was."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(WeightsError) as caught:
            load_weights(model, path)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def written(state: Mapping[str, Any], path: Path, **options: Any) -> Path:
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(dict(state), path)
    else:
        torch.save(dict(state), path, **options)
    return path


# ---------------------------------------------------------------- what fits


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


# ---------------------------------------------------------------- what does not fit


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


# ---------------------------------------------------------------- hostile and broken files


class Trap:
    """Creates a file when it is unpickled by a careless reader."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("writer", ["zip", "legacy", "plain pickle", "zip named safetensors"])
@pytest.mark.parametrize("protocol", [2, 4])
def test_a_pickle_that_would_run_is_refused(
    tmp_path: Path, model: nn.Module, writer: str, protocol: int
) -> None:
    trace = tmp_path / "trace"
    path = tmp_path / ("w.safetensors" if "safetensors" in writer else "w.pth")
    content = {"state_dict": small_state(), "extra": Trap(trace)}
    if writer == "plain pickle":
        path.write_bytes(pickle.dumps(content, protocol=protocol))
    else:
        torch.save(content, path, pickle_protocol=protocol, _use_new_zipfile_serialization=writer != "legacy")
    error = refused(model, path)
    assert not trace.exists()
    if writer in ("zip", "legacy") and protocol == 2:
        assert "was refused" in error.message
        assert "could run foreign code" in error.message
    with open(tmp_path / "check", "wb") as stream:  # the trap works where pickles are trusted
        pickle.dump(Trap(trace), stream)
    pickle.loads((tmp_path / "check").read_bytes()).close()
    assert trace.exists()


def test_a_whole_network_instead_of_its_state_is_refused(tmp_path: Path, model: nn.Module) -> None:
    path = tmp_path / "w.pth"
    torch.save(Small(), path)
    assert "was refused" in refused(model, path).message


def test_pickle_protocols_that_torch_cannot_check_are_refused(tmp_path: Path, model: nn.Module) -> None:
    path = written(small_state(), tmp_path / "w.pth", pickle_protocol=4)
    assert "was refused" in refused(model, path).message


def file_content(kind: str) -> bytes:
    torch.manual_seed(1)
    buffer = io.BytesIO()
    if kind == "safetensors":
        return safetensors.torch.save(small_state())
    torch.save(small_state(), buffer, _use_new_zipfile_serialization=kind == "zip")
    return buffer.getvalue()


SUFFIXES = {"safetensors": ".safetensors", "zip": ".pth", "legacy": ".pth"}


@pytest.mark.parametrize("kind", SUFFIXES)
def test_files_cut_at_any_length(tmp_path: Path, model: nn.Module, kind: str) -> None:
    content = file_content(kind)
    path = tmp_path / f"cut{SUFFIXES[kind]}"
    lengths = {0, 1, 2, 7, 8, 9, 63, 64, 65, len(content) // 2, len(content) - 1}
    for length in sorted(lengths | set(range(0, len(content), max(1, len(content) // 60)))):
        path.write_bytes(content[:length])
        refused(model, path)


@pytest.mark.parametrize("kind", SUFFIXES)
@settings(max_examples=60)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255), run=st.integers(1, 40))
def test_files_with_overwritten_bytes_never_crash_the_reader(
    tmp_path_factory: pytest.TempPathFactory, kind: str, place: float, value: int, run: int
) -> None:
    content = bytearray(file_content(kind))
    start = int(place * len(content))
    content[start : start + run] = bytes([value]) * len(content[start : start + run])
    path = tmp_path_factory.mktemp("bytes") / f"w{SUFFIXES[kind]}"
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            load_weights(Small(), path)
        except WeightsError:
            return


@pytest.mark.parametrize("name", ["w.pth", "w.pt", "w.safetensors", "w"])
@pytest.mark.parametrize(
    "content", [b"", b"These are not weights.\n" * 50, b"\x80\x02}q\x00.", b"PK\x03\x04" * 9]
)
def test_files_of_another_kind(tmp_path: Path, model: nn.Module, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert str(path) in refused(model, path).message


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
def test_a_folder_and_nothing_at_all(tmp_path: Path, model: nn.Module, name: str) -> None:
    path = tmp_path / name
    assert refused(model, path).message == f"There is no weights file {path}."
    path.mkdir()
    assert refused(model, path).message == f"There is no weights file {path}."
    with pytest.raises(WeightsError):
        read_state(path)


def test_reading_a_file_that_vanished(tmp_path: Path) -> None:
    for name in ("w.pth", "w.safetensors"):
        with pytest.raises(WeightsError, match="There is no weights file"):
            read_state(tmp_path / name)


def test_a_failed_write_leaves_the_older_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(small_state(), path, model="small", licence="MIT", provenance={})
    before = path.read_bytes()

    def disk_full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cfbi.weights.saving.os.fsync", disk_full)
    with pytest.raises(OSError, match="No space left"):
        save_weights(small_state(), path, model="small", licence="MIT", provenance={})
    assert path.read_bytes() == before
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["w.json", "w.safetensors"]


# ---------------------------------------------------------------- the registry


@pytest.fixture
def tiny_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the registry recognise the tiny network, whose files are quickly written."""
    monkeypatch.setitem(MODELS, TINY.name, TINY)


@pytest.fixture
def tiny_file(tmp_path: Path, tiny_is_known: None) -> Path:
    return written({"state_dict": filled_tiny().state_dict()}, tmp_path / "mine.pth")


def test_importing_registers_a_converted_file(tiny_file: Path, private_home: Path) -> None:
    entry = import_file(tiny_file)
    assert entry.name == "mine"
    assert entry.model == "tiny_cfbi"
    assert not entry.shipped
    assert entry.licence == "unknown (imported)"
    assert entry.provenance == {"imported_from": "mine.pth"}
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


def test_unknown_names_are_answered_with_the_known_ones(tiny_file: Path) -> None:
    import_file(tiny_file)
    for ask in (info, lambda name: load_weights(build_model(TINY), name)):
        with pytest.raises(WeightsError) as caught:
            ask("nobody")
        assert caught.value.message == "There are no weights named 'nobody'."
        assert "mine" in caught.value.hint


@pytest.mark.parametrize("content", ["", "[]", "{}", "not json", '{"model": "x"}', "\udcff"])
def test_a_broken_description_hides_one_file_only(tiny_file: Path, content: str) -> None:
    import_file(tiny_file)
    (user_folder() / "broken.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    assert [entry.name for entry in available() if not entry.shipped] == ["mine"]


def test_a_description_without_its_file(tiny_file: Path) -> None:
    import_file(tiny_file).path.unlink()
    with pytest.raises(WeightsError, match="There is no weights file"):
        load_weights(build_model(TINY), "mine")


def test_shipped_weights_are_what_they_say() -> None:
    shipped = [entry for entry in available() if entry.shipped]
    files = {path.stem for path in shipped_folder().glob("*.safetensors")}
    assert {entry.name for entry in shipped} == files
    for entry in shipped:
        assert hashlib.sha256(entry.path.read_bytes()).hexdigest() == entry.sha256
        assert entry.path.stat().st_size <= 15 * 2**20
        assert entry.licence == "Apache-2.0"
        assert {"recipe", "seed", "step", "commit", "scores", "scores_command"} <= set(entry.provenance)
        model = build_model(entry.model)
        assert load_weights(model, entry.name).loaded == len(model.state_dict())


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


def test_a_registered_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    model = filled_tiny()
    target = user_folder() / "mine.safetensors"
    save_weights(model.state_dict(), target, model=TINY.name, licence="Apache-2.0", provenance={})
    load_weights(model, "mine")
    save_weights(
        build_model(TINY).state_dict(), tmp_path / "other.safetensors", model="", licence="", provenance={}
    )
    target.write_bytes((tmp_path / "other.safetensors").read_bytes())
    with pytest.raises(WeightsError, match="sha256"):
        load_weights(model, "mine")
