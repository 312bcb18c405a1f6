"""Clips as the paper draws them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.data.paper import PaperSampler, uniform_frames
from cfbi.errors import DataError
from tests.unit.cfbi.data.writing import write_davis


def sampler(root: Path, **options: object) -> PaperSampler:
    settings: dict[str, object] = {"crop": 49, "length": 5} | options
    return PaperSampler(root, **settings)  # type: ignore[arg-type]
