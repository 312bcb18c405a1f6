"""The run's log and its lock survive whatever ends a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cfbi.errors import DataError
from cfbi.training.journal import Journal
from cfbi.training.lock import FILE_NAME, RunLock


def read(folder: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_what_came_after_the_checkpoint_is_dropped(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.rewind(0, [])  # nothing there yet
    for step in (20, 40, 60):
        journal.add({"step": step, "loss": 0.5})
    journal.add({"step": 40.0, "dev_JF": 80.0})
    journal.add({"step": 60.0, "dev_JF": 90.0})
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write('{"step": 20, "lo')  # a kill in the middle of a line
    journal.rewind(40, [40.0])
    assert read(tmp_path) == [
        {"step": 20, "loss": 0.5},
        {"step": 40, "loss": 0.5},
        {"step": 40.0, "dev_JF": 80.0},
    ]
    journal.rewind(40, [])  # scored, but killed before the checkpoint knew: it will be scored again
    assert read(tmp_path) == [{"step": 20, "loss": 0.5}, {"step": 40, "loss": 0.5}]


def test_a_change_is_told_once(tmp_path: Path) -> None:
    for _ in range(2):
        Journal(tmp_path).add_once({"step": 3, "changed": {"steps": (5, 6)}})
    assert read(tmp_path) == [{"step": 3, "changed": {"steps": [5, 6]}}]


@pytest.mark.allow_logs
def test_a_line_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    Journal(tmp_path / "gone").add({"step": 7})
    assert "the log line of step 7 was lost: No such file or directory" in caplog.text


def test_a_lock_holds_against_others_and_ends_with_its_process(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys, pathlib; from cfbi.training.lock import RunLock;"
        "lock = RunLock(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(DataError, match=f"in use by another run \\(process {other.pid}\\)"):
            RunLock(tmp_path)
        other.kill()
    with RunLock(tmp_path):
        assert (tmp_path / FILE_NAME).is_file()
