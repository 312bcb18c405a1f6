"""The card of a weights file: where its numbers come from and how good they are, as Markdown."""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from cfbi.config import MODELS, ModelConfig
from cfbi.weights.registry import WeightsInfo

_HEADED = ("recipe", "data", "scores", "scores_command", "dev", "history", "imported_from")
_LONGEST_HEAD = 100_000_000  # as the format has it


def weight_card(entry: WeightsInfo) -> str:
    """Describe weights.

    Args:
        entry: Of the registry.

    Returns:
        Markdown; what the provenance does not tell is left out.
    """
    told = entry.provenance
    size = f", {entry.path.stat().st_size / 1e6:.1f} MB" if entry.path.is_file() else ""
    facts: list[tuple[str, str]] = [
        ("file", f"`{entry.path.name}`{size}"),
        ("sha256", f"`{entry.sha256}`"),
        ("licence", entry.licence),
        ("from", "shipped with the program" if entry.shipped else "imported"),
    ]
    if (count := parameter_count(entry)) is not None:
        facts.insert(1, ("parameters", f"{count / 1e6:.1f} million"))
    facts += [(key.replace("_", " "), _inline(told[key])) for key in told if key not in _HEADED and told[key]]
    if "imported_from" in told:
        facts.append(("imported from", f"`{told['imported_from']}`"))
    parts = [f"# Weights {entry.name}", _table(("", ""), facts)]
    if (config := MODELS.get(entry.model)) is not None:
        parts += ["## Network and input", _table(("", ""), architecture(config))]
    parts += _scores(told)
    if recipe := told.get("recipe"):
        parts += ["## Recipe", _table(("", ""), [(key, _inline(value)) for key, value in recipe.items()])]
    if history := told.get("history"):
        parts += ["## What happened on the way", "\n".join(f"- {line}" for line in history)]
    parts += _data(told.get("data") or {})
    return "\n\n".join(parts) + "\n"


def architecture(config: ModelConfig) -> list[tuple[str, str]]:
    """What a network looks like and how it wants its frames, in words."""
    prepared = config.preprocessing
    side = f"{prepared.max_side} px"
    if prepared.multi_scale_max_side is not None:
        side += f"; {prepared.multi_scale_max_side} px with several scales"
    if prepared.close_up:
        side += ", of a window around small objects"
    return [
        ("network", config.name),
        ("backbone", config.features.backbone),
        ("embedding", f"{config.embedding_dim} channels at stride 4"),
        ("matching", "one scale" if config.coarser_matching is None else "three scales (CFBI+)"),
        ("channel order", prepared.channel_order.upper()),
        ("mean", ", ".join(f"{value:.4g}" for value in prepared.mean)),
        ("standard deviation", ", ".join(f"{value:.4g}" for value in prepared.std)),
        ("longest side", side),
    ]


def parameter_count(entry: WeightsInfo) -> int | None:
    """Numbers in the file, read from its head; None if it is not there or damaged."""
    try:
        with entry.path.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            head = json.loads(stream.read(min(length, _LONGEST_HEAD)))
        return int(sum(math.prod(told["shape"]) for name, told in head.items() if name != "__metadata__"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error):
        return None


def _scores(told: Mapping[str, Any]) -> list[str]:
    rows = []
    if scores := told.get("scores"):
        command = f"`{told['scores_command']}`" if told.get("scores_command") else ""
        rows.append(
            [_percent(scores["J&F"]), _percent(scores["J"]["mean"]), _percent(scores["F"]["mean"]), command]
        )
    if dev := told.get("dev"):
        note = f"dev sequences at 481 px, step {dev['step']:g}"
        rows.append([f"{dev['dev_JF']:.1f}", f"{dev['dev_J']:.1f}", f"{dev['dev_F']:.1f}", note])
    return ["## Scores", _table(("J&F", "J", "F", "measured by"), rows)] if rows else []


def _data(data: Mapping[str, Any]) -> list[str]:
    parts: list[str] = []
    if sequences := data.get("sequences"):
        parts.append(f"{len(sequences)} sequences: {', '.join(sequences)}.")
    if stills := data.get("stills"):
        rows = [(name, str(count)) for name, count in stills.items()]
        parts.append(_table(("source of stills", "pictures"), rows))
    return ["## Trained on", *parts] if parts else []


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_inline(entry)}" for key, entry in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(_inline(entry) for entry in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
