#!/usr/bin/env python3
"""Set up CFBI Studio and start it: `python3 run.py`, `python3 run.py test`, `python3 run.py lint`.

Needs nothing but Python 3.10 or newer. Makes `.venv` beside this file, installs the pinned packages into it
and uses it again as long as pyproject.toml, constraints.txt and the Python version stay the same.

Older Pythons should get as far as reading this file, to be told: no syntax newer than Python 3.6 here.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - said before anything newer than old Pythons is used
    sys.exit("CFBI Studio needs Python 3.10 or newer, this is Python %d.%d." % sys.version_info[:2])  # noqa: UP031

import argparse
import ctypes
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
STAMP_NAME = "cfbi-stamp.txt"
"""Written last: the fingerprint of what the environment was made for."""
UNFINISHED_NAME = "cfbi-unfinished.txt"
"""Lies in the environment while pip works on it."""
EXTRAS = "dev,train,otio"
_MOST_TEST_PROCESSES = 4  # of a GB or more each

# Debian and Ubuntu names of what PySide6's and OpenCV's wheels load from the system.
# Library -> package; the first table is needed even without a screen, the second for a window under X11.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libgthread-2.0.so.0": "libglib2.0-0",
}
XCB_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}

CV_PROBE = "import cv2"
QT_PROBE = "import cv2; from PySide6.QtWidgets import QApplication; QApplication([])"

USAGE = """\
  python3 run.py [--window | --headless] [CLIP]
                                      open the studio on CLIP or the sample clip; without a display, run the
                                      same job headless: mattes and an overlay video end in out/sample
  python3 run.py test [ARGUMENTS]     run pytest, all tests on up to four cores (ARGUMENTS go to pytest)
  python3 run.py lint                 ruff format --check, ruff check, mypy --strict, lint-imports
  python3 run.py build [--out DIR]    make a folder that runs without Python, in dist/ or DIR
  python3 run.py setup                only make or renew .venv
  python3 run.py apt                  print the apt packages that this machine lacks for Qt
"""


class SetUpError(Exception):
    """Something that stops the set-up, told in words for the user."""


# ---------------------------------------------------------------- the environment


def stamp_of(root: Path = ROOT, version: Sequence[int] = tuple(sys.version_info[:3])) -> str:
    """Return the fingerprint of what decides the environment's content, 64 hex digits."""
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt"):
        content = (root / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(b"%s %d\n%s" % (name.encode(), len(content), content))
    digest.update(f"python {version[0]}.{version[1]}.{version[2]} extras {EXTRAS} at {root}".encode())
    return digest.hexdigest()


def is_current(venv: Path, stamp: str) -> bool:
    """Tell whether `venv` was finished with the same fingerprint (the stamp is written last)."""
    try:
        same = (venv / STAMP_NAME).read_text().strip() == stamp
        return same and not (venv / UNFINISHED_NAME).exists() and python_of(venv).exists()
    except OSError:
        return False


def python_of(venv: Path) -> Path:
    """Return the path of the interpreter in `venv`."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def ensure_environment(venv: Path = VENV, root: Path = ROOT) -> Path:
    """Return the interpreter of a finished environment, making or renewing it first where needed.

    Raises:
        SetUpError: It could not be made; the message says why and what to do.
    """
    stamp = stamp_of(root)
    if is_current(venv, stamp):
        return python_of(venv)
    if not venv.exists():
        say(f"Making {venv.name} (the first time this downloads PyTorch and Qt; later starts reuse it).")
        make_venv(venv)
    elif (venv / UNFINISHED_NAME).exists() or not _answers(python_of(venv)):
        say(f"Making {venv.name} anew: it is unfinished or of another Python.")
        make_venv(venv)
    else:
        say(f"Renewing {venv.name}: pyproject.toml, constraints.txt or its place has changed.")
    unfinished = venv / UNFINISHED_NAME
    unfinished.write_text("run.py was still installing packages\n")
    (venv / STAMP_NAME).unlink(missing_ok=True)
    install(python_of(venv), venv, root)
    (venv / STAMP_NAME).write_text(stamp + "\n")
    unfinished.unlink()
    return python_of(venv)


def _answers(python: Path) -> bool:
    """Tell whether `python` starts, is of this version and has pip: then pip can mend the rest."""
    probe = "import sys, pip; print(*sys.version_info[:3])"
    try:
        answer = subprocess.run(
            [str(python), "-c", probe], capture_output=True, text=True, check=False, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and answer.stdout.split() == [str(part) for part in sys.version_info[:3]]


def make_venv(venv: Path) -> None:
    """Make an empty environment, replacing whatever lies there."""
    if venv.is_symlink() or venv.is_file():
        venv.unlink()
    shutil.rmtree(venv, ignore_errors=True)
    answer = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise SetUpError(explain_venv_failure(answer.stdout))


def explain_venv_failure(log: str) -> str:
    """Turn the output of a failed `python -m venv` into a message."""
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    if "No space left" in log:
        return f"The disk is full: {VENV} could not be made. Free some space and try again."
    if "ensurepip" in log or "No module named venv" in log or "No module named 'venv'" in log:
        return (
            "This Python cannot make virtual environments: its venv or ensurepip part is missing.\n"
            f"On Debian or Ubuntu: sudo apt-get install -y python3-venv   (or python{version}-venv)"
        )
    return f"{VENV} could not be made:\n{_tail(log)}"


def install(python: Path, venv: Path, root: Path, extras: str = EXTRAS) -> None:
    """Install the project and its pinned packages into the environment of `python`."""
    command = [
        *(str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        *("-c", str(root / "constraints.txt"), "-e", f"{root}[{extras}]"),
    ]
    log_path = venv / "pip-install.log"
    say(f"Installing the pinned packages (log: {log_path}) ...")
    lines: list[str] = []
    pip = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", cwd=root
    )
    with pip, log_path.open("w", encoding="utf-8", errors="replace") as log:
        assert pip.stdout is not None
        for line in pip.stdout:
            log.write(line)
            lines.append(line)
            if line.startswith(("Collecting ", "Installing ")):
                say("  " + line.strip()[:100])
    if pip.returncode != 0:
        raise SetUpError(explain_pip_failure("".join(lines), log_path))


_NO_NETWORK_SIGNS = (
    "NewConnectionError",
    "Failed to establish a new connection",
    "Temporary failure in name resolution",
    "getaddrinfo failed",
    "Network is unreachable",
    "ConnectTimeout",
    "ReadTimeoutError",
    "ProxyError",
)


def explain_pip_failure(log: str, log_path: Path) -> str:
    """Turn the output of a failed `pip install` into a message."""
    if "No space left on device" in log or "Errno 28" in log:
        reason = "The disk is full. PyTorch and Qt need several GB; free some space and try again."
    elif any(sign in log for sign in _NO_NETWORK_SIGNS):
        reason = "The package index could not be reached. Check the network and pip's proxy settings."
    elif "No matching distribution" in log or "Requires-Python" in log:
        reason = (
            "A pinned package does not exist for this Python or platform. "
            f"Made for Python 3.10 to 3.13, this is {sys.version.split()[0]}."
        )
    else:
        reason = "pip could not install the packages."
    return f"{reason}\nThe end of pip's log ({log_path}):\n{_tail(log)}"


def _tail(text: str, count: int = 15) -> str:
    return "\n".join("  | " + line for line in text.strip().splitlines()[-count:])


# ---------------------------------------------------------------- display and Qt's system libraries


def has_display(environment: Mapping[str, str], platform: str = sys.platform) -> bool:
    """Tell whether a window can be shown: a screen is announced, and Qt was not told to draw offscreen."""
    if environment.get("QT_QPA_PLATFORM", "").split(":")[0] in {"offscreen", "minimal"}:
        return False
    if platform.startswith("linux"):
        return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return True


def missing_packages(libraries: Mapping[str, str]) -> list[str]:
    """Return the Debian packages of those `libraries` that the loader of this machine does not find."""
    return [package for library, package in libraries.items() if not _loads(library)]


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def apt_line(packages: Sequence[str]) -> str:
    """Return the command that installs `packages` on Debian and Ubuntu."""
    return "sudo apt-get install -y " + " ".join(packages)


def check_libraries(python: Path, probe: str, offscreen: bool) -> None:
    """Make sure that `probe` runs in the environment of `python`, so that Qt and OpenCV can start.

    Raises:
        SetUpError: A system library is missing; the message has the apt line.
    """
    environment = dict(os.environ)
    if offscreen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    try:
        answer = subprocess.run(
            [str(python), "-c", probe],
            env=environment,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=120,
        )
    except subprocess.TimeoutExpired:
        return  # a slow machine or display: what is started next will tell
    if answer.returncode != 0:
        raise SetUpError(explain_qt_failure(answer.stderr, window=not offscreen))


def explain_qt_failure(log: str, window: bool) -> str:
    """Turn the output of a Qt that did not start into a message."""
    libraries = QT_LIBRARIES | XCB_LIBRARIES if window else QT_LIBRARIES
    missing = missing_packages(libraries) if sys.platform.startswith("linux") else []
    if missing:
        return f"Qt does not start: system libraries are missing. On Debian or Ubuntu:\n  {apt_line(missing)}"
    if window and "could not connect to display" in log:
        shown = os.environ.get("DISPLAY", "")
        return (
            f"The display {shown!r} cannot be reached. Is it running, and may you use it?\n"
            "Without a display: python3 run.py --headless"
        )
    hint = f"\nOn Debian or Ubuntu this brings what Qt needs:\n  {apt_line(list(libraries.values()))}"
    return f"Qt does not start:\n{_tail(log)}" + (hint if sys.platform.startswith("linux") else "")


# ---------------------------------------------------------------- what can be run


def run_studio(python: Path, clip: str | None) -> int:
    """Start the studio on `clip` or the sample."""
    check_libraries(python, QT_PROBE, offscreen=False)
    say("Starting CFBI Studio ...")
    return _run([str(python), "-m", "app", str(Path(clip).resolve() if clip else sample_video())])


def run_headless(python: Path, out: Path) -> int:
    """Propagate the sample's mask without a window; mattes and an overlay video end in `out`."""
    command = [
        *(str(python.with_name("cfbi" + python.suffix)), "propagate", str(sample_video())),
        *(
            "--mask",
            str(ROOT / "resources" / "sample" / "masks" / "00000.png"),
            "--out",
            str(out),
            "--overlay",
        ),
    ]
    check_libraries(python, CV_PROBE, offscreen=True)
    code = _run(command)
    if code == 0:
        say(f"The mattes and the overlay video are in {out}")
    return code


def run_tests(python: Path, arguments: Sequence[str]) -> int:
    """Run pytest with `arguments`, without a screen."""
    check_libraries(python, QT_PROBE, offscreen=True)
    environment = dict(os.environ)
    if "--headed" not in arguments:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return _run([str(python), "-m", "pytest", *_beside_each_other(arguments), *arguments], environment)


def _beside_each_other(arguments: Sequence[str]) -> list[str]:
    """Options that let the whole suite use several cores; none where `arguments` choose tests or a way."""
    cores = min(os.cpu_count() or 1, _MOST_TEST_PROCESSES)
    return ["-n", str(cores), "--dist", "worksteal"] if not arguments and cores > 1 else []


def run_build(python: Path, arguments: Sequence[str]) -> int:
    """Make a folder that runs without Python; PyInstaller is installed the first time."""
    probe = "import importlib.util, sys; sys.exit(importlib.util.find_spec('PyInstaller') is None)"
    if subprocess.run([str(python), "-c", probe], check=False).returncode != 0:
        install(python, VENV, ROOT, EXTRAS + ",build")
    # DIR is meant from where the user is
    command = [str(python), str(ROOT / "packaging" / "one_folder.py"), *arguments]
    return subprocess.run(command, check=False).returncode


def run_lint(python: Path) -> int:
    """Run formatter, linter, type checker and layer checker; all of them, even after a complaint."""
    scripts = python.parent
    checks: list[list[str]] = [
        [str(python), "-m", "ruff", "format", "--check", "."],
        [str(python), "-m", "ruff", "check", "."],
        [str(python), "-m", "mypy", "--strict"],
        [str(scripts / "lint-imports"), "--no-cache"],
    ]
    failed = []
    for command in checks:
        name = Path(command[0]).name if len(command) < 4 else " ".join(command[2:])
        say(f"== {name}")
        if _run(command) != 0:
            failed.append(name)
    if failed:
        say("Complaints from: " + ", ".join(failed))
    return 1 if failed else 0


def sample_video() -> Path:
    """Return the path of the sample clip."""
    return ROOT / "resources" / "sample" / "sample.mp4"


def _run(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    command = given[0] if given and given[0] in {"test", "lint", "build", "setup", "apt"} else ""
    try:
        if command == "apt":
            say(" ".join(missing_packages(QT_LIBRARIES | XCB_LIBRARIES)))
            return 0
        if command == "test":
            return run_tests(ensure_environment(), given[1:])
        if command == "build":
            return run_build(ensure_environment(), given[1:])
        if command == "lint":
            return run_lint(ensure_environment())
        if command == "setup":
            ensure_environment()
            return 0
        return _start(given)
    except SetUpError as error:
        say(f"\n{error}")
        return 1
    except OSError as error:
        say(f"\nThe set-up failed: {error}. Check free disk space and permissions of {ROOT}.")
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


def _start(given: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python3 run.py", usage="\n" + USAGE, description="Set up CFBI Studio and start it."
    )
    parser.add_argument("clip", nargs="?", metavar="CLIP", help="video file or folder of images")
    parser.add_argument("--window", action="store_true", help="open the window even if no display was found")
    parser.add_argument("--headless", action="store_true", help="run the sample job without a window")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "out" / "sample", help="where the headless job writes"
    )
    options = parser.parse_args(given)
    python = ensure_environment()
    if options.window or (has_display(os.environ) and not options.headless):
        return run_studio(python, options.clip)
    if options.clip:
        raise SetUpError(
            "Without a window the mask has to come from a file:\n"
            f"  {python.with_name('cfbi')} propagate {options.clip} --mask MASK.png --out FOLDER --overlay"
        )
    if not options.headless:
        say("There is no display here, so the same job runs without a window, on the sample clip.")
    return run_headless(python, options.out.resolve())


if __name__ == "__main__":
    sys.exit(main())
