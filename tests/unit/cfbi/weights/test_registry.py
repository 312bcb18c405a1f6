"""The registry of shipped and imported weights."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cfbi import WeightsError, build_model, load_weights
from cfbi.weights import available, import_file, info, save_weights
from cfbi.weights.registry import shipped_folder, user_folder
from tests.unit.cfbi.tiny import TINY, filled_tiny


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
