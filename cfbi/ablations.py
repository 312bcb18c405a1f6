"""Networks with parts left out, as the paper compares them (Tables 4 and 5)."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from cfbi.config import MatchingConfig, ModelConfig
from cfbi.errors import ModelError

_Change = Callable[[ModelConfig], ModelConfig]


def _matching(config: ModelConfig, change: Callable[[MatchingConfig], MatchingConfig]) -> ModelConfig:
    coarser = config.coarser_matching
    return replace(
        config,
        matching=change(config.matching),
        coarser_matching=None if coarser is None else (change(coarser[0]), change(coarser[1])),
    )


def _foreground_attention(config: ModelConfig) -> ModelConfig:
    return config if config.attention == "none" else replace(config, attention="foreground")


PARTS: dict[str, _Change] = {
    "matching_background": lambda c: _matching(c, lambda m: replace(m, background=False)),
    "attention_background": _foreground_attention,
    "biases": lambda c: _matching(c, lambda m: replace(m, biases=False)),
    "multi_local": lambda c: _matching(c, lambda m: replace(m, windows=m.windows[-1:])),
    "ensembler": lambda c: replace(c, ensembler=replace(c.ensembler, kind="separable")),
    "attention": lambda c: replace(c, attention="none"),
}
"""What can be left out of a network: the background in matching or attention, the two biases, all local
windows but the largest, the ensembler (for FEELVOS' head), instance-level attention as a whole."""


def without(config: ModelConfig, parts: Iterable[str]) -> ModelConfig:
    """A network without some of its parts.

    Args:
        config: The whole network.
        parts: Names from ``PARTS``.

    Raises:
        ModelError: Unknown part, or one that this network cannot do without.
    """
    chosen = [part for part in parts if part]
    for part in chosen:
        if part not in PARTS:
            raise ModelError(f"There is no part named {part!r}.", f"Known: {', '.join(PARTS)}.")
        if config.coarser_matching is not None and part in ("biases", "ensembler"):
            raise ModelError(f"{config.name} cannot do without {part}.", "Take one of the CFBI networks.")
        config = PARTS[part](config)
    return config
