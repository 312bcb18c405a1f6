"""A network of a few numbers, its files, and what a refusal must look like."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from cfbi import WeightsError, load_weights
from cfbi.model.layers import FrozenBatchNorm2d

State = dict[str, Tensor]


class Small(nn.Module):
    """Parameters, buffers and a scalar; enough for everything that is not about names."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 3, 3)
        self.norm = FrozenBatchNorm2d(3)
        self.bias = nn.Parameter(torch.tensor(0.25))


def small_state() -> State:
    """Of another draw than ``Small()``."""
    return {name: torch.randn(tensor.shape) for name, tensor in Small().state_dict().items()}


def refused(model: nn.Module, path: Path) -> WeightsError:
    """Loading fails with the program's own error, quietly, and the network stays as it was."""
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(WeightsError) as caught:
            load_weights(model, path)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
    assert caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


def written(state: Mapping[str, Any], path: Path, **options: Any) -> Path:
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(dict(state), path)
    else:
        torch.save(dict(state), path, **options)
    return path
