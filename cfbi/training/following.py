"""A network that follows the objects of one training clip, frame by frame."""

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from cfbi.model.network import Network, PreviousFrame
from cfbi.transforms import prepare_frame


class Following:
    """Features of all frames of a clip, and the memory of its reference.

    Args:
        model: In the mode that the caller wants.
        frames: (T, H, W, 3) uint8 RGB, the reference first.
        reference: (H, W) int64 rows 0..N of the reference frame, on the network's device.
        object_ids: 0..N.
    """

    def __init__(
        self, model: Network, frames: NDArray[np.uint8], reference: Tensor, object_ids: Sequence[int]
    ) -> None:
        self._model, self._object_ids = model, object_ids
        self._size = (frames.shape[1], frames.shape[2])
        images = [prepare_frame(frame, self._size, model.config.preprocessing) for frame in frames]
        self._features = model.extract(torch.stack(images).to(reference.device))
        self._memory = model.new_memory()
        self._memory.add(self._features[0], reference, object_ids)

    def logits(self, index: int, previous: Tensor) -> Tensor:
        """What the network makes of a frame.

        Args:
            index: Of the frame, 1 at least.
            previous: (H, W) int64 rows of the frame before it.

        Returns:
            (1, N + 1, H, W) float32.
        """
        before = PreviousFrame.of(self._features[index - 1], previous)
        logits = self._model(self._features[index], self._memory, before, self._object_ids).float()
        return F.interpolate(logits, size=self._size, mode="bilinear", align_corners=True)
