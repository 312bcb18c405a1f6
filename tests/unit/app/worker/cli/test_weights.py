from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.worker.cli import main
from cfbi.config import MODELS
from cfbi.weights import save_weights
from tests.unit.cfbi.tiny import TINY, filled_tiny


@pytest.fixture
def tiny_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(MODELS, TINY.name, TINY)
    path = tmp_path / "mine.safetensors"
    save_weights(filled_tiny().state_dict(), path, model=TINY.name, licence="", provenance={})
    return path


def test_list_has_what_is_registered_and_what_the_authors_publish(
    tiny_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "import", str(tiny_file), "--name", "rotos"]) == 0
    assert capsys.readouterr().out.startswith("rotos: weights of tiny_cfbi, kept in ")
    assert main(["weights", "list"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in said[1:3]] == [
        ["lite_cfbi", "lite_cfbi", "shipped"],
        ["rotos", "tiny_cfbi", "imported"],
    ]
    assert "authors' README" in said[4]
    assert [line.split()[0] for line in said[6:]] == [
        "resnet101_cfbi.pth",
        "resnet101_cfbi_davis.pth",
        "resnet101_cfbip.pth",
        "resnet101_cfbip_davis.pth",
        "mobilenetv2_cfbi.pth",
        "mobilenetv2_cfbi_davis.pth",
    ]


@pytest.mark.parametrize("action", ["show", "info"])
def test_show(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", action, "lite_cfbi", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["network"] == "lite_cfbi"
    assert told["architecture"]["channel order"] == "RGB"
    assert main(["weights", action, "lite_cfbi"]) == 0
    assert "  backbone: efficientnet_lite0" in capsys.readouterr().out.splitlines()


def test_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["weights", "card", "lite_cfbi"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("# Weights lite_cfbi\n")
    assert main(["weights", "card", "lite_cfbi", "--out", str(tmp_path / "deep/card.md")]) == 0
    assert (tmp_path / "deep/card.md").read_text("utf-8") == printed
    assert main(["weights", "card", "nobody"]) == 1
    assert "no weights named 'nobody'" in capsys.readouterr().err


def test_import_for_a_network_that_it_does_not_fit(
    tiny_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["weights", "import", str(tiny_file), "--model", "lite_cfbi"]) == 1
    assert "fits not lite_cfbi" in capsys.readouterr().err
