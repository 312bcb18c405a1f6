"""Identity swaps: the mask of one object that lies on another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class IdentitySwaps:
    """Swaps of one object.

    Attributes:
        object_id: Whose mask it is.
        frames: Places among the scored frames where its mask lies more on another object than on its own.
        others: Ids of those objects, one per frame.
        in_sight: Scored frames in which the object itself is to be seen.
        lasting: In the last of these frames it is swapped.
    """

    object_id: int
    frames: tuple[int, ...]
    others: tuple[int, ...]
    in_sight: int
    lasting: bool


def swapped_with(result: NDArray[np.uint8], truth: NDArray[np.uint8], object_id: int) -> int:
    """The object that a mask overlaps more than its own; 0 if there is none.

    Args:
        result: (H, W) uint8 object ids.
        truth: (H, W) uint8 object ids, 255 = void.
        object_id: Whose mask.
    """
    counts = np.bincount(truth[result == object_id], minlength=256)
    own = counts[object_id]
    counts[[0, object_id, 255]] = 0
    other = int(counts.argmax())
    return other if counts[other] > own else 0


def collect_swaps(object_id: int, others: list[int], in_sight: list[bool]) -> IdentitySwaps:
    """Sum the frames of one object up.

    Args:
        object_id: Which.
        others: Per scored frame, the object of ``swapped_with``.
        in_sight: Per scored frame, whether the truth shows the object.
    """
    frames = tuple(place for place, other in enumerate(others) if other)
    seen = [place for place, visible in enumerate(in_sight) if visible]
    lasting = bool(seen) and others[seen[-1]] != 0
    return IdentitySwaps(object_id, frames, tuple(others[place] for place in frames), len(seen), lasting)
