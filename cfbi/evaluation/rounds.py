"""What an annotator has reached after each correction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Round:
    """The state after a round.

    Attributes:
        number: 0 is the first mask alone.
        frame_index: The frame that was corrected.
        painted_px: Pixels of the correction: those where mask and truth differed.
        painted_share: All pixels painted so far, as a share of the pixels of a frame.
        j: Mean J over objects and frames, first and last frame left out, corrected ones included.
        f: The same of F.
        j_per_frame: Mean J over objects, of every frame.
        confidence: How sure the network was of every frame, 1 for corrected ones; together with J it tells
            how far confidence can be trusted.
    """

    number: int
    frame_index: int
    painted_px: int
    painted_share: float
    j: float
    f: float
    j_per_frame: tuple[float, ...] = ()
    confidence: tuple[float, ...] = ()

    @property
    def j_and_f(self) -> float:
        """Mean of J and F."""
        return (self.j + self.f) / 2

    def to_json(self) -> dict[str, Any]:
        """Plain numbers; frames only where they are known."""
        content: dict[str, Any] = {
            "round": self.number,
            "frame": self.frame_index,
            "painted_px": self.painted_px,
            "painted_share": self.painted_share,
            "J": self.j,
            "F": self.f,
            "J&F": self.j_and_f,
        }
        if self.j_per_frame:
            content["J_per_frame"] = [round(value, 4) for value in self.j_per_frame]
            content["confidence_per_frame"] = [round(value, 4) for value in self.confidence]
        return content


def mean_rounds(sequences: Sequence[Sequence[Round]]) -> list[Round]:
    """The mean over sequences, round by round; a sequence that needed fewer keeps its last state.

    Args:
        sequences: The rounds of each sequence; at least one.
    """
    count = max(len(rounds) for rounds in sequences)
    means = []
    for number in range(count):
        states = [rounds[min(number, len(rounds) - 1)] for rounds in sequences]
        painted = [state.painted_px if state.number == number else 0 for state in states]
        means.append(
            Round(
                number,
                -1,
                round(float(np.mean(painted))),
                float(np.mean([state.painted_share for state in states])),
                float(np.mean([state.j for state in states])),
                float(np.mean([state.f for state in states])),
            )
        )
    return means
