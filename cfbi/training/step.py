"""Forward pass over one training clip: each current frame gets the network's own previous mask."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cfbi.model.network import Network
from cfbi.training.following import Following
from cfbi.training.losses import (
    IGNORE,
    distillation,
    hard_pixel_cross_entropy,
    outline_weights,
    soft_dice,
)

Precision = Literal["float32", "bfloat16", "float16"]
_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


@dataclass(frozen=True)
class ClipOutcome:
    """What the network made of a clip.

    Attributes:
        loss: Scalar, differentiable.
        jaccard: Mean J over the objects of the current frames, 0..1.
        predictions: (T - 2, H, W) int64 rows of the current frames.
    """

    loss: Tensor
    jaccard: float
    predictions: Tensor


def clip_outcome(
    model: Network,
    frames: NDArray[np.uint8],
    masks: NDArray[np.uint8],
    *,
    reference_mask: NDArray[np.uint8] | None = None,
    previous_mask: NDArray[np.uint8] | None = None,
    hard_ratio: float,
    dice_weight: float,
    boundary_weight: float = 0.0,
    teacher: Network | None = None,
    distill_weight: float = 0.0,
    precision: Precision = "float32",
) -> ClipOutcome:
    """Train-mode forward and loss.

    Args:
        model: In the mode that the caller wants.
        frames: (T, H, W, 3) uint8 RGB: reference, previous, current frames.
        masks: (T, H, W) uint8 rows 0..N, 255 = ignored.
        reference_mask: (H, W) replaces ``masks[0]`` as what the network is told of the reference frame.
        previous_mask: (H, W) replaces ``masks[1]`` as what the network is told of the previous frame.
        hard_ratio: Share of the pixels in the cross-entropy.
        dice_weight: Weight of the Dice term.
        boundary_weight: How much more pixels near an outline count in the cross-entropy.
        teacher: A network of any kind, in eval mode, whose answers are learnt from beside the truth. It is
            asked what the network itself is asked: it sees the same masks, damaged or not, and the network's
            own predictions as previous masks.
        distill_weight: Weight of the divergence from its answers; with 0 it is not asked.
        precision: Of everything but the matching and the losses.
    """
    device = next(model.parameters()).device
    object_ids = range(int(masks[0][masks[0] != IGNORE].max(initial=0)) + 1)
    labels = torch.from_numpy(masks).to(device).long()  # (T, H, W)
    painted, given = (
        truth if told is None else torch.from_numpy(told).to(device).long()
        for truth, told in ((labels[0], reference_mask), (labels[1], previous_mask))
    )
    with torch.autocast(device.type, _DTYPES[precision], enabled=precision != "float32"):
        following = Following(model, frames, painted, object_ids)
        taught = None
        if teacher is not None and distill_weight:
            with torch.no_grad():
                taught = Following(teacher, frames, painted, object_ids)
        previous, losses, predictions = given, [], []
        for index in range(2, frames.shape[0]):
            logits = following.logits(index, previous)  # (1, O, H, W)
            truth = labels[index][None]
            weights = outline_weights(truth, boundary_weight) if boundary_weight else None
            loss = hard_pixel_cross_entropy(logits, truth, hard_ratio, weights)
            loss = loss + dice_weight * soft_dice(logits, truth)
            if taught is not None:
                with torch.no_grad():
                    answer = taught.logits(index, previous)
                loss = loss + distill_weight * distillation(logits, answer, truth)
            losses.append(loss.mean())
            predictions.append(logits.detach()[0].argmax(0))
            previous = predictions[-1]
    found = torch.stack(predictions)
    return ClipOutcome(torch.stack(losses).mean(), _jaccard(found, labels[2:], len(object_ids)), found)


def _jaccard(predictions: Tensor, labels: Tensor, rows: int) -> float:
    scores = []
    valid = labels != IGNORE
    for row in range(1, rows):
        found, truth = (predictions == row) & valid, labels == row
        union = (found | truth).sum((1, 2)).float()
        overlap = (found & truth).sum((1, 2)).float()
        scores.append(torch.where(union > 0, overlap / union.clamp(min=1), 1.0).mean().item())
    return sum(scores) / len(scores) if scores else 1.0
