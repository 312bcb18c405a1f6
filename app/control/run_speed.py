"""How long a run will take, from how long the last one took."""

from __future__ import annotations

from collections.abc import Hashable

_LEAST_S = 3.0


class RunSpeed:
    """Remembers the speed of the newest run; it says nothing of another clip or network."""

    def __init__(self) -> None:
        self._key: Hashable = None
        self._visit_s = 0.0

    def note(self, key: Hashable, frames_per_s: float) -> None:
        """A run has come by frames at this speed.

        Args:
            key: What the speed depends on: the clip, the network.
            frames_per_s: Speed of late.
        """
        self._key, self._visit_s = key, 1 / max(frames_per_s, 1e-6)

    def seconds(self, key: Hashable, visits: int) -> float | None:
        """How long so many visits will take about; None if unknown, or too short to tell."""
        if key != self._key or self._visit_s * visits < _LEAST_S:
            return None
        return self._visit_s * visits
