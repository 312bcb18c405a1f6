from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from app.worker.cli import main
from tests.unit.cfbi.data.writing import save_grey, write_folders, write_lists, write_sequence


def test_check_of_a_sound_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sequence(tmp_path, "one", frames=3, empty=(2,))
    write_sequence(tmp_path, "two", frames=4, objects=2)
    write_lists(tmp_path, ["one", "two"], [])

    assert main(["data", "check", str(tmp_path), "--split", "train", "--json", str(tmp_path / "r.json")]) == 0

    assert capsys.readouterr().out.splitlines() == [
        f"{tmp_path}: DAVIS layout",
        "train: 2 sequences, 7 pictures, 7 with a mask",
        "  sizes: 160x96 (7)",
        "  objects: 1 with 1, 1 with 2",
        "  empty masks: one 1",
        "problems: none",
    ]
    table = json.loads((tmp_path / "r.json").read_text())
    assert table["splits"]["train"]["two"]["ids"] == [1, 2]


def test_check_with_problems_fails_and_names_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folders(tmp_path / "train", {"a": [(1,)] * 3}, meta=False)
    save_grey(tmp_path / "train/Annotations/a/00005.png", np.ones((9, 9), np.uint8))

    assert main(["data", "check", str(tmp_path)]) == 1

    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{tmp_path}: YouTube-VOS layout without meta.json"
    assert said[-2] == "problems: 1"
    assert said[-1].endswith("00005.png: it is 9x9, its picture 96x64")


def test_check_of_a_folder_of_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "check", str(tmp_path)]) == 1
    assert "has no layout of a data set" in capsys.readouterr().err


def test_a_split_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_folders(tmp_path / "train", {"a": [(1,)] * 3}, meta=False)
    assert main(["data", "check", str(tmp_path), "--split", "val"]) == 1
    assert "has no split 'val'" in capsys.readouterr().err


def test_composites_are_a_folder_to_evaluate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("one", "two"):
        write_sequence(tmp_path / "davis", name, frames=6)
    write_lists(tmp_path / "davis", [], ["one", "two"])
    out = tmp_path / "composites"
    command = ["data", "composite", str(tmp_path / "davis"), "--frames", "5", "--out", str(out)]

    assert main(command) == 0

    assert "4 sequences in" in capsys.readouterr().out
    assert main(["data", "check", str(out)]) == 0
    said = capsys.readouterr().out
    assert "val: 4 sequences, 20 pictures, 20 with a mask" in said
    assert "objects: 3 with 2, 1 with 3" in said
    assert main([*command[:4], "3", *command[5:]]) == 1
    assert "too few to score" in capsys.readouterr().err
