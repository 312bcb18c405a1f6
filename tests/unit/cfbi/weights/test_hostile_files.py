"""Damaged and hostile files are refused quietly and run nothing."""

from __future__ import annotations

import io
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cfbi import WeightsError, load_weights
from cfbi.weights import read_state, save_weights
from tests.unit.cfbi.weights.small import Small, refused, small_state, written


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


@pytest.mark.parametrize("content", [b"hello\n", b""], ids=["text", "empty"])
def test_what_is_no_weights_file_is_told_without_words_of_the_reader(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError) as caught:
        read_state(path)
    assert caught.value.message == f"{path} cannot be read as weights."
