"""Losses over one frame's rows."""

import torch
import torch.nn.functional as F
from torch import Tensor

IGNORE = 255


def hard_pixel_ratio(step: int, anneal_steps: int, hardest: float = 0.15) -> float:
    """Share of the pixels that count at ``step``: all at first, the hardest 15 % from ``anneal_steps`` on."""
    progress = min(1.0, step / anneal_steps) if anneal_steps > 0 else 1.0
    return progress * hardest + (1 - progress)


def outline_weights(labels: Tensor, weight: float, *, reach: int = 4) -> Tensor:
    """How much pixels count if those near the outlines of objects are to count more.

    Args:
        labels: (B, H, W) int64 rows, 255 = ignored, which has no outline of its own.
        weight: Pixels near an outline count ``1 + weight`` times as much as the others.
        reach: How near, px.

    Returns:
        (B, H, W) float32, of mean 1 in each sample.
    """
    rows = torch.where(labels == IGNORE, 0, labels).float()[:, None]
    window = 2 * reach + 1
    highest = F.max_pool2d(rows, window, 1, reach)
    lowest = -F.max_pool2d(-rows, window, 1, reach)
    weights = 1 + weight * (highest != lowest)[:, 0].float()
    return weights / weights.mean((1, 2), keepdim=True)


def hard_pixel_cross_entropy(
    logits: Tensor, labels: Tensor, ratio: float, weights: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy of the hardest pixels of each sample.

    Args:
        logits: (B, O, H, W).
        labels: (B, H, W) int64 rows, 255 = ignored: loss 0, but still counted among the pixels.
        ratio: Share of the pixels that are kept, in (0, 1].
        weights: (B, H, W) factors on the losses of the pixels, before the hardest are chosen.

    Returns:
        (B,) losses.
    """
    losses = F.cross_entropy(logits.float(), labels, ignore_index=IGNORE, reduction="none")
    losses = (losses if weights is None else losses * weights).flatten(1)  # (B, H*W)
    keep = int(ratio * losses.shape[1])
    if keep < losses.shape[1]:
        losses = losses.topk(keep, dim=1, sorted=False).values
    return losses.mean(1)


def soft_dice(logits: Tensor, labels: Tensor) -> Tensor:
    """One minus the soft Dice overlap, averaged over the objects that are present; background has no term.

    Args:
        logits: (B, O, H, W).
        labels: (B, H, W) int64 rows, 255 = ignored.

    Returns:
        (B,) losses in 0..1; 0 where no object is present.
    """
    rows = logits.shape[1]
    valid = (labels != IGNORE)[:, None]
    probability = logits.float().softmax(1)[:, 1:] * valid
    truth = F.one_hot(torch.where(valid[:, 0], labels, 0), rows).permute(0, 3, 1, 2)[:, 1:] * valid
    overlap = (probability * truth).sum((2, 3))
    total = probability.sum((2, 3)) + truth.sum((2, 3))
    present = (truth.sum((2, 3)) > 0).float()
    dice = 1 - 2 * overlap / total.clamp(min=1e-6)
    return (dice * present).sum(1) / present.sum(1).clamp(min=1)


def distillation(logits: Tensor, teacher_logits: Tensor, labels: Tensor) -> Tensor:
    """How far a student's probabilities are from a teacher's: the mean of KL(teacher || student), in nats.

    Both are taken as they are (temperature 1). Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in
    a Neural Network", 2015.

    Args:
        logits: (B, O, H, W) of the student.
        teacher_logits: (B, O, H, W).
        labels: (B, H, W) int64 rows, 255 = ignored: loss 0, but still counted among the pixels.

    Returns:
        (B,) losses, not negative; 0 where the two agree.
    """
    student, teacher = logits.float().log_softmax(1), teacher_logits.float().log_softmax(1)
    divergence = (teacher.exp() * (teacher - student)).sum(1)  # (B, H, W)
    return (divergence * (labels != IGNORE)).flatten(1).mean(1)
