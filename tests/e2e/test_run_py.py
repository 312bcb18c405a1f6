"""run.py without making an environment: when it is reused, what it says, which machine counts as headless."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "constraints.txt").write_text("torch==2.13.0\n")
    return tmp_path


@pytest.fixture
def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Replaces the two slow steps; lists which of them ran."""
    done: list[str] = []

    def make_venv(venv: Path) -> None:
        done.append("venv")
        venv.mkdir(exist_ok=True)
        (venv / run.UNFINISHED_NAME).unlink(missing_ok=True)
        python = run.python_of(venv)
        python.parent.mkdir(exist_ok=True)
        python.touch()

    monkeypatch.setattr(run, "make_venv", make_venv)
    monkeypatch.setattr(run, "install", lambda python, venv, root: done.append("pip"))
    monkeypatch.setattr(run, "_answers", lambda python: python.exists())
    return done


def test_environment_is_made_once_and_then_reused(project: Path, installs: list[str]) -> None:
    venv = project / ".venv"
    python = run.ensure_environment(venv, project)
    assert python == run.python_of(venv)
    assert installs == ["venv", "pip"]
    run.ensure_environment(venv, project)
    assert installs == ["venv", "pip"]


@pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
def test_changed_requirements_are_installed_into_the_same_environment(
    project: Path, installs: list[str], changed: str
) -> None:
    run.ensure_environment(project / ".venv", project)
    (project / changed).write_text("# other\n")
    run.ensure_environment(project / ".venv", project)
    assert installs == ["venv", "pip", "pip"]


def test_interrupted_installation_is_made_anew(
    project: Path, installs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(python: Path, venv: Path, root: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run, "install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run.ensure_environment(project / ".venv", project)
    assert not run.is_current(project / ".venv", run.stamp_of(project))
    run.ensure_environment(project / ".venv", project)
    assert installs == ["venv", "venv", "pip"]
    assert run.is_current(project / ".venv", run.stamp_of(project))


def test_environment_without_an_interpreter_is_made_anew(project: Path, installs: list[str]) -> None:
    run.ensure_environment(project / ".venv", project)
    run.python_of(project / ".venv").unlink()
    run.ensure_environment(project / ".venv", project)
    assert installs == ["venv", "pip", "venv", "pip"]


def test_stamp_depends_on_python_but_not_on_line_ends(project: Path) -> None:
    stamp = run.stamp_of(project, (3, 11, 7))
    assert len(stamp) == 64
    assert run.stamp_of(project, (3, 12, 0)) != stamp
    content = (project / "constraints.txt").read_bytes()
    (project / "constraints.txt").write_bytes(content.replace(b"\n", b"\r\n"))
    assert run.stamp_of(project, (3, 11, 7)) == stamp


@pytest.mark.parametrize(
    ("environment", "platform", "shown"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "linux", False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen:enable_fonts"}, "linux", False),
        ({"DISPLAY": ":0", "QT_QPA_PLATFORM": "xcb"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
        ({"QT_QPA_PLATFORM": "minimal"}, "win32", False),
    ],
)
def test_has_display(environment: dict[str, str], platform: str, shown: bool) -> None:
    assert run.has_display(environment, platform) is shown


def test_missing_packages_names_what_the_loader_does_not_find() -> None:
    libraries = {"libc.so.6": "libc6", "libno-such-thing.so.9": "libno-such-thing9"}
    found = run.missing_packages(libraries)
    assert "libno-such-thing9" in found
    if sys.platform.startswith("linux"):
        assert found == ["libno-such-thing9"]


def test_apt_line_is_a_command_to_copy() -> None:
    assert run.apt_line(["libegl1", "libgl1"]) == "sudo apt-get install -y libegl1 libgl1"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="apt lines are for Linux")
def test_qt_failure_tells_the_apt_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_loads", lambda library: library != "libEGL.so.1")
    message = run.explain_qt_failure("ImportError: libEGL.so.1: cannot open shared object file", window=False)
    assert "sudo apt-get install -y libegl1" in message.splitlines()[-1]


def test_qt_failure_for_a_window_includes_the_x11_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run.sys, "platform", "linux")
    monkeypatch.setattr(run, "_loads", lambda library: library != "libxcb-cursor.so.0")
    assert "libxcb-cursor0" in run.explain_qt_failure("could not load the Qt platform plugin", window=True)
    assert "libxcb-cursor0" not in run.explain_qt_failure("anything", window=False).splitlines()[0]


def test_unreachable_display_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_loads", lambda library: True)
    monkeypatch.setenv("DISPLAY", ":77")
    message = run.explain_qt_failure("qt.qpa.xcb: could not connect to display :77", window=True)
    assert "':77'" in message
    assert "--headless" in message


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ("NewConnectionError('...'): Failed to establish a new connection", "could not be reached"),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("ERROR: No matching distribution found for torch==2.13.0", "does not exist for this Python"),
        ("error: something else", "pip could not install"),
    ],
)
def test_pip_failure_is_explained_and_shows_the_end_of_the_log(
    log: str, expected: str, tmp_path: Path
) -> None:
    long_log = "\n".join(f"line {number}" for number in range(40)) + "\n" + log
    message = run.explain_pip_failure(long_log, tmp_path / "pip-install.log")
    assert expected in message.splitlines()[0]
    assert log in message
    assert "line 39" in message
    assert "line 20" not in message
    assert "pip-install.log" in message


def test_failed_pip_stops_with_a_message(tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    venv.mkdir()
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'ERROR: No matching distribution found for x'\nexit 1\n")
    fake.chmod(0o755)
    if os.name == "nt":
        pytest.skip("uses a shell script as interpreter")
    with pytest.raises(run.SetUpError, match="does not exist for this Python"):
        run.install(fake, venv, tmp_path)
    assert "No matching distribution" in (venv / "pip-install.log").read_text()


def test_missing_venv_module_names_the_package() -> None:
    message = run.explain_venv_failure(
        "The virtual environment was not created ... ensurepip is not available"
    )
    assert "sudo apt-get install -y python3-venv" in message
    assert "disk is full" in run.explain_venv_failure("OSError: [Errno 28] No space left on device")


def test_errors_are_messages_not_tracebacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> Path:
        raise run.SetUpError("The disk is full.")

    monkeypatch.setattr(run, "ensure_environment", fail)
    assert run.main(["test"]) == 1
    assert capsys.readouterr().out.strip() == "The disk is full."


def test_without_display_the_sample_runs_headless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "ensure_environment", lambda: Path(sys.executable))
    monkeypatch.setattr(run, "check_libraries", lambda *args, **kwargs: None)
    monkeypatch.setattr(run, "has_display", lambda environment: False)
    monkeypatch.setattr(run, "_run", lambda command: commands.append(list(command)) or 0)
    assert run.main(["--out", str(tmp_path / "mattes")]) == 0
    (command,) = commands
    assert command[1] == "propagate"
    assert Path(command[2]).is_file()
    assert Path(command[command.index("--mask") + 1]).is_file()
    assert command[command.index("--out") + 1] == str(tmp_path / "mattes")
    assert "--overlay" in command
    output = capsys.readouterr().out
    assert "no display" in output
    assert str(tmp_path / "mattes") in output


def test_with_display_the_studio_opens_the_clip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "ensure_environment", lambda: Path(sys.executable))
    monkeypatch.setattr(run, "check_libraries", lambda *args, **kwargs: None)
    monkeypatch.setattr(run, "has_display", lambda environment: True)
    monkeypatch.setattr(run, "_run", lambda command: commands.append(list(command)) or 0)
    monkeypatch.chdir(tmp_path)
    assert run.main([]) == 0
    assert run.main(["clip.mp4"]) == 0
    assert commands[0][1:] == ["-m", "app", str(run.sample_video())]
    assert commands[1][1:] == ["-m", "app", str(tmp_path / "clip.mp4")]


@pytest.mark.parametrize(
    ("cores", "arguments", "extra"),
    [
        (2, [], ["-n", "2", "--dist", "worksteal"]),
        (32, [], ["-n", "4", "--dist", "worksteal"]),
        (1, [], []),
        (2, ["tests/gui", "-x"], []),
    ],
)
def test_the_whole_suite_uses_the_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, arguments: list[str], extra: list[str]
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(run, "check_libraries", lambda *args, **kwargs: None)
    monkeypatch.setattr(run.os, "cpu_count", lambda: cores)
    monkeypatch.setattr(run, "_run", lambda command, environment: commands.append(list(command)) or 0)
    assert run.run_tests(Path("python"), arguments) == 0
    assert commands == [["python", "-m", "pytest", *extra, *arguments]]


def test_a_clip_of_ones_own_needs_a_mask_without_display(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "ensure_environment", lambda: Path(sys.executable))
    assert run.main(["--headless", "clip.mp4"]) == 1
    assert "--mask" in capsys.readouterr().out


@pytest.mark.parametrize("present", [True, False])
def test_build_installs_pyinstaller_once_and_passes_arguments_on(
    monkeypatch: pytest.MonkeyPatch, present: bool
) -> None:
    commands: list[list[str]] = []
    installed: list[str] = []

    def start(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0 if present or len(commands) > 1 else 1)

    monkeypatch.setattr(run, "ensure_environment", lambda: Path("python"))
    monkeypatch.setattr(run, "install", lambda python, venv, root, extras: installed.append(extras))
    monkeypatch.setattr(subprocess, "run", start)
    assert run.main(["build", "--out", "folder"]) == 0
    assert installed == ([] if present else ["dev,train,otio,build"])
    assert commands[-1] == ["python", str(run.ROOT / "packaging" / "one_folder.py"), "--out", "folder"]


def test_old_pythons_can_read_the_file() -> None:
    # otherwise they would show a syntax error instead of the version that is needed
    ast.parse(Path(run.__file__).read_text(), feature_version=(3, 6))


def test_only_the_standard_library_is_imported() -> None:
    answer = subprocess.run(
        [sys.executable, "-I", "-S", str(Path(run.__file__)), "--help"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "python3 run.py test" in answer.stdout


def test_ci_installs_the_same_libraries(repo_dir: Path) -> None:
    script = (repo_dir / ".ci" / "run").read_text()
    assert "run.py apt" in script
    assert script.index("run.py apt") < script.index("run.py lint") < script.index("run.py test")
