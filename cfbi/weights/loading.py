"""Reads weights files as data and puts them into a network, strictly."""

import hashlib
import pickle
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from cfbi.config import MODELS, ModelConfig
from cfbi.errors import WeightsError
from cfbi.weights.registry import info

# The authors register some tensors under several names; these are the others' prefixes and the one that we
# keep.
_ALIASES = (
    (re.compile(r"^semantic_embedding\.0\."), "seperate_conv."),
    (re.compile(r"^semantic_embedding\.1\."), "bn1."),
    (re.compile(r"^semantic_embedding\.3\."), "embedding_conv."),
    (re.compile(r"^semantic_embedding\.4\."), "bn2."),
    (
        re.compile(
            r"^feature_extracter\.backbone\."
            r"(low_level_features|high_level_features|feautre_8x|feature_16x|feature_32x)\."
        ),
        "feature_extracter.backbone.features.",
    ),
)
_SHOWN = 6
# "average" and "model" are those of our checkpoints, of which the averaged weights are the ones scored
_CONTAINERS = ("state_dict", "average", "model")
SUFFIXES = (".safetensors", ".pth", ".pt")
"""What ends in one of these is a file and never a registered name."""
_NUMBERS = {torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.bool}
_NUMBERS |= {torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64}


@dataclass(frozen=True)
class LoadReport:
    """What ``load_weights`` did.

    Attributes:
        path: The file.
        loaded: How many tensors were set.
        aliases: Entries of the file that were second names of others.
        ignored: Entries that carry no weight (batch-norm counters).
    """

    path: Path
    loaded: int
    aliases: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def load_weights(model: nn.Module, name_or_path: str | Path) -> LoadReport:
    """Set all weights of a network from a file, or change nothing.

    Args:
        model: Built by ``build_model``.
        name_or_path: A registered name, or a ``.safetensors``, ``.pth`` or ``.pt`` file.

    Raises:
        WeightsError: The file is not there, cannot be read as data, or does not fit; the message names
            missing, extra and misshapen entries.
    """
    path = resolve(name_or_path)
    state, aliases, ignored = canonical_state(read_state(path))
    expected = model.state_dict()
    missing = [name for name in expected if name not in state]
    extra = [name for name in state if name not in expected]
    misshapen = [
        f"{name} {tuple(state[name].shape)} instead of {tuple(expected[name].shape)}"
        for name in expected
        if name in state and state[name].shape != expected[name].shape
    ]
    if missing or extra or misshapen:
        parts = (("missing", missing), ("extra", extra), ("of another shape", misshapen))
        problems = "; ".join(f"{len(names)} {what}: {_some(names)}" for what, names in parts if names)
        raise WeightsError(
            f"{path} does not fit the network: {problems}.", "Choose the network that this file is for."
        )
    integers = [name for name, tensor in state.items() if not tensor.is_floating_point()]
    if integers:
        raise WeightsError(
            f"{path} holds whole numbers where weights belong: {_some(integers)}.", "Get the file again."
        )
    cast = {name: tensor.to(expected[name].dtype) for name, tensor in state.items()}
    require_finite(cast, path)
    model.load_state_dict(cast)
    return LoadReport(path, len(state), tuple(aliases), tuple(ignored))


def resolve(name_or_path: str | Path) -> Path:
    """The file that a name or a path means.

    Raises:
        WeightsError: Neither a registered name nor an existing file.
    """
    text = str(name_or_path)
    is_path = isinstance(name_or_path, Path) or "/" in text or "\\" in text or text.endswith(SUFFIXES)
    if is_path or Path(text).is_file():
        path = Path(name_or_path)
        if not path.is_file():
            raise WeightsError(f"There is no weights file {path}.", "Check the path.")
        return path
    entry = info(text)
    if entry.path.is_file() and hashlib.sha256(entry.path.read_bytes()).hexdigest() != entry.sha256:
        raise WeightsError(
            f"{entry.path} is not the file that was registered: its sha256 differs.",
            "Install or import it again.",
        )
    return entry.path


def read_state(path: Path) -> dict[str, Tensor]:
    """Read the tensors of a file as data; nothing in the file is executed.

    Args:
        path: safetensors, or a PyTorch file that holds a state dict, bare or under "state_dict";
            of a checkpoint of ``cfbi train`` the averaged weights are taken.

    Raises:
        WeightsError: Unreadable, truncated, not data only, or without tensors.
    """
    content: Any
    try:
        if path.suffix == ".safetensors":
            content = load_file(path)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # old formats are announced, and mean nothing to the user
                content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError(f"There is no weights file {path}.", "Check the path.") from error
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"{path} was refused: it is damaged, or holds more than tensors "
            "(loading it could run foreign code).",
            "Use a file that holds a plain state dict.",
        ) from error
    except Exception as error:  # the readers of damaged files raise almost anything
        raise _unreadable(path, error) from error
    if isinstance(content, Mapping):
        for key in _CONTAINERS:
            if isinstance(content.get(key), Mapping):
                content = content[key]
                break
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(
            f"{path} holds no state dict.", "Use a file saved from a network of this program or CFBI's."
        )
    strangers = [str(key) for key, value in content.items() if not _is_plain(value)]
    if strangers:
        raise WeightsError(
            f"{path} holds entries that are not plain tensors: {_some(strangers)}.",
            "Use a plain state dict.",
        )
    return {str(key): value for key, value in content.items()}


def _is_plain(value: object) -> bool:
    """Whether it is a tensor of ordinary numbers, all of them stored."""
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and not value.is_meta
        and value.dtype in _NUMBERS
    )


def require_finite(state: Mapping[str, Tensor], path: Path) -> None:
    """Make sure that all values are numbers.

    Raises:
        WeightsError: Some are infinite or NaN; ``path`` is named as their source.
    """
    broken = [name for name, tensor in state.items() if not torch.isfinite(tensor).all()]
    if broken:
        raise WeightsError(
            f"{path} holds values that are not numbers, in {_some(broken)}.", "Get the file again."
        )


def canonical_state(state: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], list[str], list[str]]:
    """Strip ``module.`` prefixes, map second names, drop batch-norm counters.

    Returns:
        The tensors by canonical name, the second names met, the names dropped.

    Raises:
        WeightsError: Two names of one tensor hold different values.
    """
    result: dict[str, Tensor] = {}
    aliases: list[str] = []
    ignored: list[str] = []
    for name, tensor in state.items():
        plain = name.removeprefix("module.")
        if plain.endswith("num_batches_tracked"):
            ignored.append(plain)
            continue
        target = _canonical(plain)
        if target != plain:
            aliases.append(plain)
        if target in result and not torch.equal(result[target], tensor):
            raise WeightsError(
                f"The file names {target} more than once, with different values.", "Get the file again."
            )
        result[target] = tensor
    return result, aliases, ignored


def _canonical(name: str) -> str:
    for pattern, replacement in _ALIASES:
        renamed, count = pattern.subn(replacement, name)
        if count:
            return renamed
    return name


def identify(state: Mapping[str, Tensor]) -> str | None:
    """Name of the network whose parameters these are, by names and shapes; None if it is unknown."""
    return next(iter(fitting(state)), None)


def fitting(state: Mapping[str, Tensor]) -> list[str]:
    """Names of all networks whose parameters these are; variants of a network differ in options alone."""
    shapes = {name: tuple(tensor.shape) for name, tensor in canonical_state(state)[0].items()}
    return [name for name, config in MODELS.items() if _shapes_of(config) == shapes]


@cache
def _shapes_of(config: ModelConfig) -> dict[str, tuple[int, ...]]:
    from cfbi.model.build import build_model

    with torch.device("meta"):
        return {name: tuple(value.shape) for name, value in build_model(config).state_dict().items()}


def _unreadable(path: Path, error: Exception) -> WeightsError:
    reason = next(iter(str(error).splitlines()), "")
    is_told = " " in reason  # a bare key or opcode, as of a text file, tells nobody anything
    return WeightsError(
        f"{path} cannot be read as weights{f': {reason[:200]}' if is_told else ''}.",
        "It is another kind of file, or damaged or incomplete.",
    )


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest
