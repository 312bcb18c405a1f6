"""What may be loaded with what; import-linter sees the source, these tests see a running interpreter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def _loaded(statement: str, repo_dir: Path) -> set[str]:
    """Return the top-level names of all modules that `statement` loads in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(' '.join(sorted({{name.split('.')[0] for name in sys.modules}})))"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=repo_dir
    )
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.splitlines()[-1].split())


def test_the_window_loads_without_torch(repo_dir: Path) -> None:
    loaded = _loaded("import app.main_window", repo_dir)
    assert "PySide6" in loaded
    assert not {"torch", "cfbi"} & loaded


@pytest.mark.parametrize(
    "module",
    ["cfbi", "app.worker.cli", "app.media", "app.export", "app.tools.raster", "app.document.mask_store"],
)
def test_these_load_without_qt(module: str, repo_dir: Path) -> None:
    assert not {"PySide6", "shiboken6"} & _loaded(f"import {module}", repo_dir)


def test_help_of_the_command_needs_neither_torch_nor_qt(repo_dir: Path) -> None:
    loaded = _loaded(
        "import contextlib, app.worker.cli as c\nwith contextlib.suppress(SystemExit): c.main(['--help'])",
        repo_dir,
    )
    assert "PySide6" not in loaded


def test_importing_leaves_no_file_behind(repo_dir: Path, private_home: Path, tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(repo_dir)!r}); sys.dont_write_bytecode = True; import cfbi"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert [path for path in private_home.rglob("*") if path.is_file()] == []


@pytest.mark.gui
def test_emitting_signals_does_not_lose_references_to_true(qapp: object) -> None:
    # PySide6 6.12.0 loses one at every emit and ends in a fatal error; it is excluded in pyproject.toml
    from PySide6.QtCore import QObject, Signal

    class Sender(QObject):
        happened = Signal()

    sender = Sender()
    before = sys.getrefcount(True)
    for _ in range(1000):
        sender.happened.emit()
    assert sys.getrefcount(True) > before - 100
