"""Writes weights with their provenance, atomically."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor


def save_weights(
    state: Mapping[str, Tensor],
    path: Path,
    *,
    model: str,
    licence: str,
    provenance: Mapping[str, Any],
    half: bool = False,
) -> str:
    """Write ``path`` (.safetensors) and the description beside it (.json).

    Args:
        state: Tensors by canonical name.
        path: Must end in ``.safetensors``.
        model: Name of the network.
        licence: SPDX name or a sentence.
        provenance: JSON-able facts: training data, recipe, commit, seed, scores.
        half: Store floating tensors as float16.

    Returns:
        The sha256 of the file.
    """
    tensors = {  # clones: safetensors refuses tensors that share memory
        name: (tensor.half() if half and tensor.is_floating_point() else tensor)
        .detach()
        .cpu()
        .clone(memory_format=torch.contiguous_format)
        for name, tensor in state.items()
    }
    # one entry only: safetensors writes several in random order, and equal weights should be equal files
    content = save(tensors, metadata={"model": model})
    digest = hashlib.sha256(content).hexdigest()
    description = {"model": model, "sha256": digest, "licence": licence, "provenance": dict(provenance)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)
    write_atomically(path.with_suffix(".json"), (json.dumps(description, indent=2) + "\n").encode())
    return digest


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file under a temporary name in the same folder, then give it its name."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def save_checkpoint_file(content: Mapping[str, Any], path: Path) -> None:
    """``torch.save`` under a temporary name, then give it its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            torch.save(dict(content), stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
