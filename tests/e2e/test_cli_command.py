"""The installed command: quick help, exit codes, `python -m cfbi`."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e


COMMAND = ("-c", "import sys; from app.worker.cli import main; sys.exit(main())")


def run(*arguments: str, code: int = 0, start: tuple[str, ...] = COMMAND) -> subprocess.CompletedProcess[str]:
    answer = subprocess.run(
        [sys.executable, *start, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert answer.returncode == code, answer.stderr
    return answer


def test_entry_point_is_installed() -> None:
    (entry,) = entry_points(group="console_scripts", name="cfbi")
    assert entry.value == "app.worker.cli:main"


def test_help_names_commands_examples_and_exit_codes() -> None:
    text = run("--help").stdout
    for word in ("propagate", "evaluate", "score", "weights", "train", "examples:", "exit codes:", "130"):
        assert word in text


@pytest.mark.parametrize("command", ["propagate", "evaluate", "score", "weights"])
def test_help_of_a_command_has_examples_and_does_not_load_the_network(command: str) -> None:
    script = (
        "import sys\nfrom app.worker.cli import main\n"
        f"try:\n    main([{command!r}, '--help'])\n"
        "finally:\n    assert not {'torch', 'PySide6', 'cfbi'} & set(sys.modules), 'heavy import'\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert answer.returncode == 0, answer.stderr
    assert f"cfbi {command}" in answer.stdout
    assert "examples:" in answer.stdout


def test_help_of_train_lists_the_trainers_arguments() -> None:
    text = run("train", "--help").stdout
    assert "--resume" in text
    assert "--stills" in text


@pytest.mark.parametrize("start", [COMMAND, ("-m", "cfbi")])
def test_version(start: tuple[str, ...]) -> None:
    assert run("--version", start=start).stdout.startswith("cfbi ")


def test_python_m_cfbi_passes_exit_codes_on() -> None:
    assert run("nonsense", code=2, start=("-m", "cfbi")).stderr.startswith("usage: cfbi")


@pytest.mark.parametrize(
    "arguments",
    [[], ["nonsense"], ["propagate"], ["score", "davis2015"], ["weights"], ["propagate", "--max-side", "3"]],
)
def test_wrong_command_lines_exit_with_2(arguments: list[str]) -> None:
    answer = run(*arguments, code=2)
    assert answer.stderr.startswith("usage: cfbi")


def test_expected_errors_exit_with_1_and_say_what_to_do(tmp_path: Path) -> None:
    answer = run("propagate", str(tmp_path / "gone.mp4"), "--mask", "m.png", "--out", str(tmp_path), code=1)
    assert answer.stderr.splitlines() == [
        f"cfbi: error: There is no file or folder {tmp_path / 'gone.mp4'}.",
        "  Check the path.",
    ]
    assert answer.stdout == ""
