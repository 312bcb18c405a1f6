"""Fuses what two runs, from a reference before and one after, say of the same frame. Free of Qt and torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.document.facts import disagreement
from app.document.packed_matte import WHITE, PackedMatte, fine_from, pack_matte

_FLOOR = 0.05
"""Confidence of a side that cannot decide at all, so that two undecided sides still have a mean."""

Probability = NDArray[np.float32]


@dataclass(frozen=True)
class FusedResult:
    """A frame that both sides agreed upon; has the form of ``cfbi.FrameResult``. The arrays are read-only.

    Attributes:
        index_mask: (H, W) uint8 object ids, 0 = background.
        probability: (O, H, W) float32, sums to 1 over the rows; row 0 is the background.
        object_ids: Ids of rows 1..O-1, ascending.
        disagreement: By object id, see ``app.document.facts.disagreement``.
    """

    index_mask: NDArray[np.uint8]
    probability: Probability
    object_ids: tuple[int, ...]
    disagreement: dict[int, float]


@dataclass(frozen=True)
class PackedProbability:
    """Probabilities of a frame, as fine as masks are and compressed, until the other side comes by."""

    shape: tuple[int, int]
    rows: tuple[PackedMatte, ...]

    def unpacked(self) -> Probability:
        """(O, H, W) float32; sums to 1 over the rows."""
        objects = np.empty((len(self.rows), *self.shape), np.float32)
        for row, packed in zip(objects, self.rows, strict=True):
            np.divide(packed.fine(self.shape), np.float32(WHITE), out=row)
        return np.concatenate([np.maximum(0, 1 - objects.sum(axis=0, keepdims=True)), objects])


def pack_rows(probability: Probability) -> PackedProbability:
    """Keep the probabilities of a frame, (O, H, W) float32 with row 0 background."""
    _, height, width = probability.shape
    return PackedProbability((height, width), tuple(pack_matte(fine_from(row), 1) for row in probability[1:]))


def fuse(
    first: Probability, second: Probability, object_ids: tuple[int, ...], share_first: float
) -> FusedResult:
    """Blend the probabilities of two runs by their distance in time and by their confidence.

    At every pixel a side weighs as much as its reference is near, times the margin between its best and its
    second best answer there. The hard labels follow from the blend.

    Args:
        first: (O, H, W) float32 of one side, row 0 background.
        second: The same of the other side.
        object_ids: Ids of rows 1..O-1.
        share_first: Weight of the first side by time alone, 0..1; see ``time_share``.
    """
    weight = share_first * (_FLOOR + margin(first))
    other = (1 - share_first) * (_FLOOR + margin(second))
    share = (weight / (weight + other)).astype(np.float32)
    blend = first - second
    blend *= share
    blend += second
    differ = {key: disagreement(first[row], second[row]) for row, key in enumerate(object_ids, start=1)}
    return as_result(blend, object_ids, differ)


def as_result(
    probability: Probability, object_ids: tuple[int, ...], disagreement: dict[int, float] | None = None
) -> FusedResult:
    """A result from probabilities, (O, H, W) float32 with row 0 background."""
    table = np.array((0, *object_ids), np.uint8)
    index_mask = table[probability.argmax(axis=0)]
    for array in (index_mask, probability):
        array.setflags(write=False)
    return FusedResult(index_mask, probability, object_ids, disagreement or {})


def time_share(frame: int, first_reference: int, second_reference: int) -> float:
    """Weight of the first side by time alone: 1 at its reference, falling evenly to 0 at the other."""
    return abs(second_reference - frame) / abs(second_reference - first_reference)


def margin(probability: Probability) -> NDArray[np.float32]:
    """(H, W): the largest probability of each pixel minus its second largest, 0..1."""
    best, second = probability[0].copy(), np.zeros_like(probability[0])
    for row in probability[1:]:
        np.maximum(second, np.minimum(best, row), out=second)
        np.maximum(best, row, out=best)
    difference: NDArray[np.float32] = best - second
    return difference
