"""Tiny networks are quickest on one thread: two would spend their time waiting for each other."""

from __future__ import annotations

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread(request: pytest.FixtureRequest, fixed_seeds: None) -> None:
    if request.node.get_closest_marker("golden") is None:
        torch.set_num_threads(1)
