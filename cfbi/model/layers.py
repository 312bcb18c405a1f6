"""Layers that the extractor and the ensembler share."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class FrozenBatchNorm2d(nn.Module):
    """Batch norm with fixed statistics and fixed affine terms, as everywhere in the extractor.

    All four tensors are buffers, so neither the optimiser nor train mode touches them.

    Args:
        channels: C.
        eps: Added to the variance: 1e-5 in the published networks, 1e-3 in EfficientNet-Lite.
    """

    weight: Tensor
    bias: Tensor
    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def scale_shift(self) -> tuple[Tensor, Tensor]:
        """The equivalent ``x * scale + shift``, both (C,) float32."""
        scale = self.weight * torch.rsqrt(self.running_var + self.eps)
        return scale, self.bias - self.running_mean * scale

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``x`` (B, C, h, w)."""
        scale, shift = self.scale_shift()
        return x * scale[:, None, None] + shift[:, None, None]


def conv_norm(conv: nn.Conv2d, norm: nn.Module, x: Tensor) -> Tensor:
    """Apply ``norm(conv(x))``, with a frozen batch norm folded into the kernel.

    Folding saves one pass over the feature map and its copy for the gradient; the kernel stays trainable
    because it is folded anew at every call.
    """
    if not isinstance(norm, FrozenBatchNorm2d):
        return norm(conv(x))  # type: ignore[no-any-return]
    scale, shift = norm.scale_shift()
    weight = conv.weight * scale[:, None, None, None]
    padding = conv.padding
    assert not isinstance(padding, str)
    return F.conv2d(x, weight, shift, conv.stride, padding, conv.dilation, conv.groups)


def resize(x: Tensor, size: tuple[int, int], mode: str = "bilinear") -> Tensor:
    """Resize (B, C, h, w) to ``size`` with aligned corners, the rule of every feature map in CFBI."""
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return F.interpolate(x, size=size, mode=mode, align_corners=True)


class GatedChannelTransform(nn.Module):
    """GCT: channels compete through their energy before a 1x1 reduction.

    ``s = alpha * sqrt(sum_hw x^2 + eps)``, ``x * (1 + tanh(gamma * s / sqrt(mean_c s^2 + eps) + beta))``; sum
    and not mean over space.
    """

    def __init__(self, channels: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.alpha = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.gamma = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.beta = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Gate ``x`` (O, C, h, w); the row axis is a batch axis."""
        energy = (x.float().pow(2).sum((2, 3), keepdim=True) + self.eps).sqrt() * self.alpha  # (O, C, 1, 1)
        norm = self.gamma / (energy.pow(2).mean(1, keepdim=True) + self.eps).sqrt()
        return x * (1 + torch.tanh(energy * norm + self.beta)).to(x.dtype)


class InstanceGate(nn.Module):
    """Instance-level attention (§3.3): gates ``1 + tanh(Linear(v))`` from each row's guidance vector."""

    def __init__(self, guidance_dim: int, channels: int) -> None:
        super().__init__()
        self.IA = nn.Linear(guidance_dim, channels)

    def forward(self, x: Tensor, guidance: Tensor) -> Tensor:
        """Gate ``x`` (O, C, h, w) with ``guidance`` (O, G)."""
        gate = 1 + torch.tanh(self.IA(guidance))
        return x * gate[:, :, None, None].to(x.dtype)
