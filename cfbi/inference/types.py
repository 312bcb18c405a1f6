"""Results of inference."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class FrameResult:
    """Segmentation of one frame, at the frame's own resolution. The arrays are read-only.

    Attributes:
        index_mask: (H, W) uint8 object ids, 0 = background.
        probability: (O, H, W) float32, sums to 1 over the rows; row 0 is the background.
        object_ids: Ids of rows 1..O-1, ascending.
    """

    index_mask: NDArray[np.uint8]
    probability: NDArray[np.float32]
    object_ids: tuple[int, ...]
