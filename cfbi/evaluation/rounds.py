"""What an annotator has reached after each correction."""

from collections.abc import Mapping, Sequence
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
        looked: Frames that the annotator has looked at so far, to find those that he corrected.
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
    looked: int = 0
    j_per_frame: tuple[float, ...] = ()
    confidence: tuple[float, ...] = ()

    @property
    def j_and_f(self) -> float:
        """Mean of J and F."""
        return (self.j + self.f) / 2

    @property
    def lowest_j(self) -> float:
        """J of the worst frame, NaN where frames are not known."""
        return float(np.nanmin(self.j_per_frame)) if self.j_per_frame else float("nan")

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
            "looked": self.looked,
        }
        if self.j_per_frame:
            content["lowest_J"] = round(self.lowest_j, 4)
            content["J_per_frame"] = [round(value, 4) for value in self.j_per_frame]
            content["confidence_per_frame"] = [round(value, 4) for value in self.confidence]
        return content


def round_from_json(content: Mapping[str, Any]) -> Round:
    """Read back ``Round.to_json``.

    Raises:
        KeyError: A value is missing.
    """
    return Round(
        number=content["round"],
        frame_index=content["frame"],
        painted_px=content["painted_px"],
        painted_share=content["painted_share"],
        j=content["J"],
        f=content["F"],
        looked=content["looked"],
        j_per_frame=tuple(content.get("J_per_frame", ())),
        confidence=tuple(content.get("confidence_per_frame", ())),
    )


def first_to_reach(rounds: Sequence[Round], j_and_f: float) -> Round | None:
    """The first state whose J&F reaches a target, 0..1."""
    return next((state for state in rounds if state.j_and_f >= j_and_f), None)


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
                round(float(np.mean([state.looked for state in states]))),
            )
        )
    return means
