"""Optimiser and averaged weights."""

import torch
from torch import Tensor, nn

from cfbi.model.efficientnet_lite import EfficientNetLite0
from cfbi.model.network import Network
from cfbi.training.recipe import Recipe


def freeze_lower_backbone(model: Network, blocks: int) -> None:
    """Freeze the stem and the first ``blocks`` blocks, whose ImageNet filters need no change."""
    backbone = model.feature_extracter.backbone
    if blocks <= 0 or not isinstance(backbone, EfficientNetLite0):
        return
    for module in (backbone._conv_stem, *list(backbone._blocks)[:blocks]):
        module.requires_grad_(False)


def build_optimizer(model: Network, recipe: Recipe) -> torch.optim.Optimizer:
    """Two rates (backbone, rest), weight decay on vectors only if asked; groups carry their ``factor``."""
    backbone = {id(parameter) for parameter in model.feature_extracter.backbone.parameters()}
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for parameter in model.parameters():
        if not parameter.requires_grad:
            continue
        factor = recipe.backbone_factor if id(parameter) in backbone else 1.0
        decay = recipe.weight_decay if recipe.decay_vectors or parameter.squeeze().ndim > 1 else 0.0
        groups.setdefault((factor, decay), []).append(parameter)
    described = [
        {"params": parameters, "factor": factor, "weight_decay": decay}
        for (factor, decay), parameters in groups.items()
    ]
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(described, lr=recipe.learning_rate, momentum=0.9)
    return torch.optim.AdamW(described, lr=recipe.learning_rate)


@torch.no_grad()
def update_average(average: dict[str, Tensor], model: nn.Module, decay: float, step: int) -> None:
    """Exponential moving average of all weights; it follows faster early on, to forget the start."""
    rate = min(decay, (1 + step) / (10 + step))
    for name, tensor in model.state_dict().items():
        if tensor.is_floating_point():
            average[name].lerp_(tensor, 1 - rate)
        else:
            average[name].copy_(tensor)
