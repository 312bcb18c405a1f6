"""What sessions of the engine share, with networks that compute nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from app.worker.engine import KEPT_FEATURES_BYTES, CfbiEngine, EngineSettings
from cfbi import FeatureCache
from cfbi.model.network import FrameFeatures


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What each session was opened with."""
    sessions: list[dict[str, Any]] = []

    def load(model: str | None, weights: str, device: str) -> tuple[Any, str]:
        preprocessing = SimpleNamespace(max_side=400)
        return SimpleNamespace(config=SimpleNamespace(name="some", preprocessing=preprocessing)), device

    monkeypatch.setattr("app.worker.network.load_network", load)
    monkeypatch.setattr("cfbi.InferenceSession", lambda model, **options: sessions.append(options))
    return sessions


def test_runs_of_one_network_share_what_they_found(opened: list[dict[str, Any]]) -> None:
    engine = CfbiEngine(EngineSettings(device="cpu"))
    engine.open_session()
    engine.open_session()
    engine.use(EngineSettings(weights="other", device="cpu"))
    engine.open_session()
    first, second, other = (session["cache"] for session in opened)
    assert isinstance(first, FeatureCache)
    assert first is second
    assert other is not first
    large = FrameFeatures((torch.zeros(KEPT_FEATURES_BYTES // 4 + 1),), torch.zeros(1), b"large")
    first.features(b"large", lambda: large)
    assert first.held_bytes == 0


def test_another_way_to_look_needs_no_other_network(opened: list[dict[str, Any]]) -> None:
    engine = CfbiEngine(EngineSettings(device="cpu"))
    engine.open_session()
    engine.use(EngineSettings(device="cpu", max_side=300, close_up=False))
    engine.open_session()
    assert [(session["max_side"], session["close_up"]) for session in opened] == [(None, None), (300, False)]
    assert opened[0]["cache"] is opened[1]["cache"]


def test_where_memory_ran_out_nothing_is_kept(opened: list[dict[str, Any]]) -> None:
    engine = CfbiEngine(EngineSettings(device="cpu"))
    engine.open_session()
    cache = opened[0]["cache"]
    cache.features(b"a", lambda: FrameFeatures((torch.zeros(5),), torch.zeros(1), b"a"))
    assert cache.held_bytes == 24
    engine.open_session(0.5)
    assert cache.held_bytes == 0
    assert (opened[1]["cache"], opened[1]["max_side"]) == (None, 200)
    engine.open_session()
    assert opened[2]["cache"] is cache


def test_memory_of_a_graphics_card_is_left_alone(opened: list[dict[str, Any]]) -> None:
    CfbiEngine(EngineSettings(device="cuda")).open_session()
    assert opened[0]["cache"] is None
