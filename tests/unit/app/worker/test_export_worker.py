from __future__ import annotations

from app.export.report import ExportProgress
from app.worker.export_worker import seldom


def test_progress_is_passed_on_seldom_but_first_and_last() -> None:
    now = 0.0
    heard: list[int] = []
    tell = seldom(lambda progress: heard.append(progress.done), lambda: now)
    for done in range(1, 101):
        now = done * 0.03
        tell(ExportProgress("Anna", "write", done, 100))
    assert heard[:3] == [1, 5, 9]
    assert heard[-1] == 100
    assert len(heard) == 26
