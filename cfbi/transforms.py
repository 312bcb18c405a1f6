"""Frames and masks on their way into the network and back."""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfbi.config import Preprocessing

_STRIDE = 16


def network_size(height: int, width: int, *, max_side: int | None, scale: float = 1.0) -> tuple[int, int]:
    """Size at which the network sees a frame: both sides 16k + 1, never enlarged but by ``scale``.

    Truncation and round-half-to-even are those of the authors' code and change the size for some inputs.
    Sides below 17 become 17, where the authors' rule would leave a single pixel.

    Args:
        height: Of the frame, in pixels.
        width: Of the frame, in pixels.
        max_side: The longer side is reduced to this; None keeps it.
        scale: Multi-scale factor, applied after the reduction.

    Returns:
        (height, width).
    """
    long_side = max(height, width)
    reduce = max_side / long_side if max_side is not None and long_side > max_side else 1.0
    return _snap(int(reduce * height * scale)), _snap(int(reduce * width * scale))


def _snap(side: int) -> int:
    if (side - 1) % _STRIDE == 0:
        return max(side, _STRIDE + 1)
    return max(round((side - 1) / _STRIDE), 1) * _STRIDE + 1


def prepare_frame(frame: NDArray[np.uint8], size: tuple[int, int], preprocessing: Preprocessing) -> Tensor:
    """Resize (bicubic, overshoot kept), scale to 0..1 and normalise a frame.

    Args:
        frame: (H, W, 3) uint8 RGB.
        size: (height, width) of the result.
        preprocessing: Order of the planes and their statistics.

    Returns:
        (3, height, width) float32.
    """
    ordered = frame[:, :, ::-1] if preprocessing.channel_order == "bgr" else frame
    image = np.ascontiguousarray(ordered, dtype=np.float32)
    if image.shape[:2] != size:
        image = cv2.resize(image, (size[1], size[0]), interpolation=cv2.INTER_CUBIC).astype(
            np.float32, copy=False
        )
    mean, std = (np.array(values, np.float32) for values in (preprocessing.mean, preprocessing.std))
    planes = ((image / np.float32(255) - mean) / std).transpose(2, 0, 1)
    return torch.from_numpy(np.ascontiguousarray(planes, dtype=np.float32))
