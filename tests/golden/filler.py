"""Fills a network with seeded numbers, and finds what the authors' code made of the same numbers."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cfbi.model.build import build_model
from cfbi.model.network import Network

FOLDER = Path(__file__).parent


def golden_file(name: str) -> Path:
    """A file beside this one or in the shared folder; without it the test is skipped."""
    shared = Path(os.environ.get("CFBI_SHARED", FOLDER.parents[2] / "shared")) / "golden"
    for folder in (FOLDER, shared):
        if (folder / name).is_file():
            return folder / name
    pytest.skip(f"needs the golden file {name}, found in neither {FOLDER} nor {shared} (set CFBI_SHARED)")


def golden(name: str) -> dict[str, NDArray[Any]]:
    with np.load(golden_file(f"{name}.npz")) as content:
        return {key: content[key] for key in content.files}


def golden_json(name: str) -> Any:
    return json.loads(golden_file(f"{name}.json").read_text(encoding="utf-8"))


def filled_values(name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The numbers of one state-dict entry, from its canonical name alone."""
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    z = rng.standard_normal(shape, dtype=np.float64)
    if name in {"bg_bias", "fg_bias"}:
        scales = [0.1, 0.15, 0.05] if name == "bg_bias" else [-0.2, -0.25, -0.1]
        return np.array(scales[: shape[0]]).reshape(shape)
    if name.endswith(".alpha"):
        return 1 + 0.1 * z
    if name.endswith(".gamma"):
        return 0.3 * z
    if name.endswith((".beta", "running_mean")):
        return 0.1 * z
    if name.endswith("running_var"):
        return 1 + 0.1 * np.abs(z)
    if z.ndim == 4:
        return z * np.sqrt(2 / np.prod(z.shape[1:]))
    if z.ndim == 2:
        return z * (3 if "IA_final" in name else 10) / np.sqrt(z.shape[1])
    small = 0.12 if name in {"bn2.weight", "bn2.bias"} or name.startswith("fpn.") else 1.0
    if name.endswith("weight"):
        return (1 + 0.1 * z) * (0.3 if name.endswith("bn3.weight") else small)
    return 0.1 * z * small


def fill(module: torch.nn.Module, prefix: str = "") -> None:
    for name, tensor in module.state_dict().items():
        tensor.copy_(torch.from_numpy(filled_values(prefix + name, tuple(tensor.shape)).astype(np.float32)))


def filled_model(name: str) -> Network:
    model = build_model(name)
    fill(model)
    return model
