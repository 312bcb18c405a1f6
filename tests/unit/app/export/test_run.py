"""Every preset is written, verified by the product itself, and read by other means here."""

from __future__ import annotations

import json
from pathlib import Path

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
