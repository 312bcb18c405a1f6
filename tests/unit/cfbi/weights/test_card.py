from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cfbi import build_model
from cfbi.weights import available, import_file
from cfbi.weights.card import parameter_count, weight_card
from cfbi.weights.registry import WeightsInfo
from tests.unit.cfbi.tiny import TINY


def test_cards_of_shipped_weights_are_those_of_their_descriptions() -> None:
    shipped = [entry for entry in available() if entry.shipped]
    assert shipped
    for entry in shipped:
        assert entry.path.with_suffix(".md").read_text("utf-8") == weight_card(entry)
        assert parameter_count(entry) == sum(
            t.numel() for t in build_model(entry.model).state_dict().values()
        )


def test_a_card_tells_what_is_known(tmp_path: Path) -> None:
    entry = WeightsInfo(
        "mine",
        tmp_path / "mine.safetensors",
        "lite_cfbi",
        "ab12",
        "Apache-2.0",
        shipped=False,
        provenance={
            "seed": 7,
            "recipe": {"steps": 100, "optimizer": "sgd"},
            "scores": {"J&F": 0.872, "J": {"mean": 0.871}, "F": {"mean": None}},
            "scores_command": "cfbi evaluate a|b",
            "data": {"sequences": ["bear", "bus"], "stills": {"horses": 3}},
        },
    )
    lines = weight_card(entry).splitlines()
    assert lines[0] == "# Weights mine"
    for line in (
        "| file | `mine.safetensors` |",
        "| seed | 7 |",
        "| channel order | RGB |",
        "| 87.2 | 87.1 |  | `cfbi evaluate a/b` |",
        "| optimizer | sgd |",
        "2 sequences: bear, bus.",
        "| horses | 3 |",
    ):
        assert line in lines
    bare = weight_card(replace(entry, provenance={}, model="unheard of"))
    assert "## " not in bare
    assert "| licence | Apache-2.0 |" in bare


def test_a_card_of_imported_weights(tiny_file: Path) -> None:
    entry = import_file(tiny_file)
    card = weight_card(entry)
    assert "| imported from | `mine.pth` |" in card
    assert f"| network | {TINY.name} |" in card


@pytest.mark.parametrize("content", [b"", b"\x05", b"\x04\0\0\0\0\0\0\0null", b"\xff" * 20])
def test_parameters_of_a_damaged_file_are_not_counted(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.safetensors"
    path.write_bytes(content)
    entry = WeightsInfo("w", path, "x", "", "", shipped=False)
    assert parameter_count(entry) is None
    assert parameter_count(replace(entry, path=tmp_path / "nowhere")) is None
