"""Kills the studio at random instants while it paints, propagates and saves: nothing may be lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.document.project_file import read_project
from app.document.snapshot import Work
from app.worker.session import dead_sessions, read_session
from tests.e2e.nursery import digest

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL"),
]


class Nursery:
    """The program that forks studios."""

    def __init__(self, repo_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.nursery"],
            cwd=repo_dir,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )

    def kill_one(self, seed: int, folder: Path) -> list[tuple[str, str]]:
        """Start a studio, kill it at an instant that the seed decides, and return its report."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        chance = random.Random(seed)
        os.mkfifo(folder / "report")
        self.process.stdin.write(f"{seed} {folder}\n")
        lines: list[tuple[str, str]] = []
        last = chance.randint(1, 60)
        with (folder / "report").open(encoding="ascii") as report:
            process_id = int(report.readline().split()[1])
            for line in report:
                lines.append(_parted(line))
                if len(lines) == last:
                    time.sleep(chance.random() * 0.02)  # anywhere in what comes next
                    os.kill(process_id, signal.SIGKILL)
        assert self.process.stdout.readline() == "dead\n"
        assert len(lines) >= last
        return [pair for pair in lines if all(pair)]

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def _parted(line: str) -> tuple[str, str]:
    word, _, state = line.rstrip("\n").partition(" ")
    return word, state


@pytest.fixture
def nursery(repo_dir: Path) -> Iterator[Nursery]:
    made = Nursery(repo_dir)
    yield made
    made.close()


def restored(folder: Path) -> Work | None:
    """What the next start offers, or else what the project holds; None for nothing."""
    path = folder / "work.cfbiproj"
    project = read_project(path) if path.exists() else None
    found = list(dead_sessions(folder / "home" / "cfbi-studio" / "recovery"))
    assert len(found) <= 1
    if not found:
        return None if project is None else project.work
    session = read_session(found[0].folder)
    session.lock.unlock()
    return session.journal.onto(project)


def check(nursery: Nursery, seed: int, folder: Path) -> bool:
    """Kill one studio and look for what it had. Returns whether something had been made."""
    folder.mkdir()
    report = nursery.kill_one(seed, folder)
    last_kept = max(place for place, (word, _) in enumerate(report) if word == "kept")
    allowed = [state for _, state in report[last_kept:]]
    work = restored(folder)
    if work is None:
        # nothing was made yet that is not in hand
        assert len({state for _, state in report[: last_kept + 1]}) == 1, f"seed {seed}: all is lost"
        return False
    found = digest(work)
    assert found in allowed, f"seed {seed}: {found} is none of {allowed}"
    shutil.rmtree(folder)
    return True


def kill(nursery: Nursery, seeds: range, tmp_path: Path) -> int:
    return sum(check(nursery, seed, tmp_path / str(seed)) for seed in seeds)


def test_nothing_is_lost_in_a_few_kills(nursery: Nursery, tmp_path: Path) -> None:
    assert kill(nursery, range(8), tmp_path) >= 6


@pytest.mark.slow
@pytest.mark.parametrize("first", range(100, 300, 50))
def test_nothing_is_lost_in_two_hundred_kills(nursery: Nursery, tmp_path: Path, first: int) -> None:
    assert kill(nursery, range(first, first + 50), tmp_path) >= 35
