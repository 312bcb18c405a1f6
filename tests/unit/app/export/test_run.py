"""Every preset is written, verified by the product itself, and read by other means here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.presets import PRESETS
from app.export.run import run_export
from tests.unit.app.export.conftest import BarcodeSource, document


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_written_whole_and_verified(name: str, tmp_path: Path) -> None:
    snapshot = document(count=4)
    plan = plan_export(snapshot, PRESETS[name], ExportOptions(), tmp_path / "out")
    seen: list[tuple[str, int, int]] = []
    report = run_export(plan, BarcodeSource(snapshot.info), lambda p: seen.append((p.stage, p.done, p.total)))
    output = plan.outputs[0]
    assert report.files == output.files
    assert all(path.is_file() for path in output.files)
    assert all(check.passed for check in report.outputs[0].checks)
    assert seen[0] == ("write", 1, 8)
    assert seen[-1] == ("verify", 8, 8)
    written = {path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert written == {*output.files, output.report}
    facts = json.loads(output.report.read_text(encoding="utf-8"))
    assert (facts["preset"], facts["frames"]) == (name, 4)
    assert all(check["passed"] for check in facts["verified"])


def exported(folder: Path, first: int, last: int, *, overwrite: bool = False) -> dict[str, Any]:
    """The report after frames of a sequence were exported."""
    snapshot = document(count=20)
    options = ExportOptions(in_point=first, out_point=last, overwrite=overwrite)
    plan = plan_export(snapshot, PRESETS["png"], options, folder)
    run_export(plan, BarcodeSource(snapshot.info))
    report: dict[str, Any] = json.loads(plan.outputs[0].report.read_text(encoding="utf-8"))
    return report


def test_the_report_of_a_sequence_tells_of_all_frames_that_lie_there(tmp_path: Path) -> None:
    first = exported(tmp_path, 0, 2)
    assert (first["numbers"], first["numbers_in_folder"]) == ([[0, 2]], [[0, 2]])
    assert "earlier" not in first
    exported(tmp_path, 6, 7)
    third = exported(tmp_path, 3, 4)
    assert (third["frames"], third["numbers"]) == (2, [[3, 4]])
    assert third["numbers_in_folder"] == [[0, 4], [6, 7]]
    assert [item["numbers"] for item in third["earlier"]] == [[[0, 2]], [[6, 7]]]
    assert third["earlier"][0]["verified"] == first["verified"]
    assert third["earlier"][0]["clip_frames"] == [0, 2]
    for path in sorted(tmp_path.rglob("*.png"))[:2]:  # the user removed some
        path.unlink()
    fourth = exported(tmp_path, 10, 10)
    assert fourth["numbers_in_folder"] == [[2, 4], [6, 7], [10, 10]]
    assert [item["numbers"] for item in fourth["earlier"]] == [[[2, 2]], [[6, 7]], [[3, 4]]]
    assert [item["frames"] for item in fourth["earlier"]] == [1, 2, 2]
    whole = exported(tmp_path, 0, 3, overwrite=True)  # which replaces all of it
    assert whole["numbers_in_folder"] == [[0, 3]]
    assert "earlier" not in whole


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"earlier": 3}', '{"numbers": [1]}', '{"numbers": 7}'])
def test_a_strange_file_in_place_of_the_former_report_does_no_harm(text: str, tmp_path: Path) -> None:
    exported(tmp_path, 0, 2)
    report = next(tmp_path.rglob("*.report.json"))
    report.write_text(text, encoding="utf-8")
    found = exported(tmp_path, 5, 5)
    assert found["numbers_in_folder"] == [[0, 2], [5, 5]]
    assert "earlier" not in found
