"""The arguments that choose a network, and the sessions that they lead to."""

from __future__ import annotations

import argparse
from types import SimpleNamespace
from typing import Any

import pytest

from app.worker.cli.network import add_network_arguments, session_maker


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(exit_on_error=False)
    add_network_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each session was opened with."""
    sessions: list[dict[str, Any]] = []
    network = SimpleNamespace(config=SimpleNamespace(preprocessing=SimpleNamespace(max_side=400)))
    monkeypatch.setattr(
        "app.worker.cli.network.load_network", lambda model, weights, device: (network, "cpu")
    )
    monkeypatch.setattr("cfbi.InferenceSession", lambda model, **options: sessions.append(options))
    return sessions


def test_threads_are_set_only_where_they_are_asked_for(
    opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr("torch.set_num_threads", told.append)
    session_maker(parsed())()
    assert told == []
    session_maker(parsed("--threads", "3"))()
    assert told == [3]
    for wrong in ("0", "-1", "two", "1e3", "4096"):
        with pytest.raises(argparse.ArgumentError, match="no number of threads from 1 to 1024"):
            parsed(f"--threads={wrong}")


def test_close_ups_are_as_the_network_was_made_for_unless_told(opened: list[dict[str, Any]]) -> None:
    for words in ((), ("--close-up",), ("--no-close-up",)):
        session_maker(parsed(*words))()
    assert [session["close_up"] for session in opened] == [None, True, False]


def test_sessions_share_what_they_found_while_memory_lasts(opened: list[dict[str, Any]]) -> None:
    session_maker(parsed())()
    make = session_maker(parsed("--max-side", "300"), kept_bytes=1000)
    make()
    make(0.5)
    make()
    assert [session["max_side"] for session in opened] == [None, 300, 150, 300]
    caches = [session["cache"] for session in opened]
    assert (caches[0], caches[2]) == (None, None)
    assert caches[1] is caches[3]
    assert caches[1] is not None
