"""Checkpoints in pieces of limited size, for places that carry small files only."""

import hashlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cfbi.errors import WeightsError
from cfbi.training.checkpoint import FILE_NAME
from cfbi.weights.saving import save_checkpoint_file, write_atomically

PIECE_BYTES = 16_000_000
_INDEX = f"{FILE_NAME}.json"


def split(run: Path, folder: Path, *, piece_bytes: int = PIECE_BYTES, slim: bool = False) -> list[Path]:
    """Write the checkpoint of a run as ``checkpoint.pt.000`` and so on, with an index of their checksums.

    Args:
        run: Folder of the run.
        folder: Where the pieces go; older ones there are deleted.
        piece_bytes: Size of a piece.
        slim: Round what is no weight (averages to float16, the optimiser's moments to bfloat16), which takes
            three eighths off; resuming is then no longer exact.

    Raises:
        WeightsError: There is no checkpoint, or it cannot be read.
    """
    path = run / FILE_NAME
    try:
        content = path.read_bytes()
        if slim:
            content = _slimmed(content)
    except Exception as error:
        raise WeightsError(f"{path} cannot be read: {error}.", "Take an older copy.") from error
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{FILE_NAME}.*"):
        old.unlink()
    pieces: list[Path] = []
    for number, start in enumerate(range(0, len(content), piece_bytes)):
        pieces.append(folder / f"{FILE_NAME}.{number:03d}")
        write_atomically(pieces[-1], content[start : start + piece_bytes])
    index: dict[str, Any] = {"sha256": hashlib.sha256(content).hexdigest(), "slim": slim}
    index["pieces"] = [piece.name for piece in pieces]
    write_atomically(folder / _INDEX, (json.dumps(index) + "\n").encode())
    return pieces


def join(folder: Path, run: Path) -> Path:
    """Put pieces together again as the checkpoint of a run.

    Raises:
        WeightsError: Pieces are missing or damaged, or the run has a checkpoint already.
    """
    target = run / FILE_NAME
    if target.exists():
        raise WeightsError(f"{target} is there already.", "Choose another folder for the run.")
    try:
        index = json.loads((folder / _INDEX).read_text("utf-8"))
        content = b"".join((folder / Path(name).name).read_bytes() for name in index["pieces"])
        whole = hashlib.sha256(content).hexdigest() == index["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"The pieces in {folder} are not complete: {error}.", "Fetch them again."
        ) from error
    if not whole:
        raise WeightsError(f"The pieces in {folder} are damaged.", "Fetch them again.")
    run.mkdir(parents=True, exist_ok=True)
    if index.get("slim"):
        stored = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
        save_checkpoint_file(_mapped(stored, _widened), target)
    else:
        write_atomically(target, content)
    return target


def _slimmed(content: bytes) -> bytes:
    stored: dict[str, Any] = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    stored["average"] = _mapped(stored["average"], lambda tensor: _narrowed(tensor, torch.float16))
    stored["optimizer"] = _mapped(stored["optimizer"], lambda tensor: _narrowed(tensor, torch.bfloat16))
    stream = io.BytesIO()
    torch.save(stored, stream)
    return stream.getvalue()


def _narrowed(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype) if tensor.dtype == torch.float32 and tensor.ndim else tensor


def _widened(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.dtype in (torch.float16, torch.bfloat16) else tensor


def _mapped(value: Any, change: Callable[[Tensor], Tensor]) -> Any:
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: _mapped(inner, change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_mapped(inner, change) for inner in value)
    return value
