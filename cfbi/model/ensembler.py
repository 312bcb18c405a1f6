"""The collaborative ensembler (§3.4): a residual network gated by each object's guidance vector.

The batch axis is the row axis: row 0 is the background, row i an object. Rows meet only in ``aggregate``.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.config import EnsemblerConfig
from cfbi.model.layers import GatedChannelTransform, InstanceGate, resize


class EnsemblerBlock(nn.Module):
    """Bottleneck with GCT on the residual branch and group norms."""

    def __init__(
        self, in_channels: int, out_channels: int, config: EnsemblerConfig, stride: int, dilation: int
    ) -> None:
        super().__init__()
        planes = out_channels // config.bottleneck
        self.GCT1 = GatedChannelTransform(in_channels)
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False)
        self.bn1 = nn.GroupNorm(config.groups, planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = nn.GroupNorm(config.groups, planes)
        self.conv3 = nn.Conv2d(planes, out_channels, 1, bias=False)
        self.bn3 = nn.GroupNorm(config.groups, out_channels)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or in_channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.GroupNorm(config.groups, out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """(O, in, h, w) -> (O, out, ceil(h / stride), ceil(w / stride))."""
        y = F.relu(self.bn1(self.conv1(self.GCT1(x))))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class _HeadBranch(nn.Module):
    def __init__(self, in_channels: int, config: EnsemblerConfig, kernel: int, dilation: int) -> None:
        super().__init__()
        self.GCT = GatedChannelTransform(in_channels)
        padding = 0 if kernel == 1 else dilation
        self.atrous_conv = nn.Conv2d(
            in_channels, config.aspp_branch, kernel, padding=padding, dilation=dilation, bias=False
        )
        self.bn = nn.GroupNorm(config.groups, config.aspp_branch)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.atrous_conv(self.GCT(x))))


class HeadPyramid(nn.Module):
    """The ensembler's own atrous pyramid; its pooled branch has neither norm nor GCT."""

    def __init__(self, in_channels: int, config: EnsemblerConfig) -> None:
        super().__init__()
        self.aspp1 = _HeadBranch(in_channels, config, 1, 1)
        self.aspp2 = _HeadBranch(in_channels, config, 3, 6)
        self.aspp3 = _HeadBranch(in_channels, config, 3, 12)
        self.aspp4 = _HeadBranch(in_channels, config, 3, 18)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(in_channels, config.aspp_branch, 1, bias=False), nn.ReLU()
        )
        self.GCT = GatedChannelTransform(5 * config.aspp_branch)
        self.conv1 = nn.Conv2d(5 * config.aspp_branch, config.aspp_dim, 1, bias=False)
        self.bn1 = nn.GroupNorm(config.groups, config.aspp_dim)

    def forward(self, x: Tensor) -> Tensor:
        """(O, in, h, w) -> (O, aspp_dim, h, w)."""
        pooled = self.global_avg_pool(x).expand(-1, -1, *x.shape[-2:])
        y = torch.cat([self.aspp1(x), self.aspp2(x), self.aspp3(x), self.aspp4(x), pooled], dim=1)
        return F.relu(self.bn1(self.conv1(self.GCT(y))))


class CollaborativeEnsembler(nn.Module):
    """Row features, guidance vectors and low-level features to one logit map per row.

    Args:
        in_channels: Channels of a row's input.
        guidance_dim: Length of a guidance vector, four pooled embeddings.
        low_channels: Channels of the backbone's stride-4 features.
        config: Widths.
    """

    def __init__(
        self, in_channels: int, guidance_dim: int, low_channels: int, config: EnsemblerConfig
    ) -> None:
        super().__init__()
        wide, wider, widest = config.widths
        plan = (  # in, out, stride, dilation of layer1 .. layer8
            (in_channels, wide, 1, 1),
            (wide, wide, 1, 2),
            (wide, wider, 2, 1),
            (wider, wider, 1, 2),
            (wider, wider, 1, 4),
            (wider, widest, 2, 1),
            (widest, widest, 1, 2),
            (widest, widest, 1, 4),
        )
        for number, (channels, out, stride, dilation) in enumerate(plan, start=1):
            self.add_module(f"IA{number}", InstanceGate(guidance_dim, channels))
            self.add_module(f"layer{number}", EnsemblerBlock(channels, out, config, stride, dilation))
        self.IA9 = InstanceGate(guidance_dim, widest)
        self.ASPP = HeadPyramid(widest, config)
        shortcut = low_channels + wide
        self.GCT_sc = GatedChannelTransform(shortcut)
        self.conv_sc = nn.Conv2d(shortcut, config.shortcut_dim, 1, bias=False)
        self.bn_sc = nn.GroupNorm(config.shortcut_groups, config.shortcut_dim)
        joined = config.aspp_dim + config.shortcut_dim
        self.IA10 = InstanceGate(guidance_dim, joined)
        self.conv1 = nn.Conv2d(joined, config.decoder_dim, 3, padding=1, bias=False)
        self.bn1 = nn.GroupNorm(config.groups, config.decoder_dim)
        self.IA11 = InstanceGate(guidance_dim, config.decoder_dim)
        self.conv2 = nn.Conv2d(config.decoder_dim, config.decoder_dim, 3, padding=1, bias=False)
        self.bn2 = nn.GroupNorm(config.groups, config.decoder_dim)
        self.IA_final_fg = nn.Linear(guidance_dim, config.decoder_dim + 1)
        self.IA_final_bg = nn.Linear(guidance_dim, config.decoder_dim + 1)

    def forward(self, rows: Tensor, guidance: Tensor, low: Tensor) -> Tensor:
        """One logit map per row.

        Args:
            rows: (O, in_channels, h, w) at stride 4.
            guidance: (O, G).
            low: Backbone features of the current frame (1, C_low, h, w).

        Returns:
            (1, O, h, w) logits.
        """
        x, shortcut = rows, rows
        for number in range(1, 9):
            x = self.get_submodule(f"IA{number}")(x, guidance)
            x = self.get_submodule(f"layer{number}")(x)
            if number == 2:
                shortcut = x
        x = self.ASPP(self.IA9(x, guidance))
        x = self.decode(x, shortcut, low, guidance)
        return aggregate(
            dynamic_classifier(x, self.IA_final_fg(guidance)),
            dynamic_classifier(x, self.IA_final_bg(guidance)),
        )

    def decode(self, x: Tensor, shortcut: Tensor, low: Tensor, guidance: Tensor) -> Tensor:
        """Back to stride 4: ``x`` (O, aspp_dim, h/4, w/4) -> (O, decoder_dim, h, w)."""
        joined = torch.cat([low.expand(x.shape[0], -1, -1, -1), shortcut], dim=1)
        joined = F.relu(self.bn_sc(self.conv_sc(self.GCT_sc(joined))))
        # Upsampled bicubic in the authors' code, unlike every other map.
        x = resize(x, (joined.shape[-2], joined.shape[-1]), mode="bicubic")
        x = self.IA10(torch.cat([x, joined], dim=1), guidance)
        x = self.IA11(F.relu(self.bn1(self.conv1(x))), guidance)
        return F.relu(self.bn2(self.conv2(x)))


def dynamic_classifier(x: Tensor, parameters: Tensor) -> Tensor:
    """A 1x1 classifier per row.

    Args:
        x: (O, C, h, w).
        parameters: (O, C + 1): C weights and a bias.

    Returns:
        (O, 1, h, w) logits.
    """
    weight, bias = parameters[:, :-1], parameters[:, -1:]
    return torch.einsum("ochw,oc->ohw", x, weight.to(x.dtype))[:, None] + bias[:, :, None, None].to(x.dtype)


def aggregate(foreground: Tensor, background: Tensor) -> Tensor:
    """Join the rows: the background row gains the smallest background logit of the objects.

    Args:
        foreground: (O, 1, h, w).
        background: (O, 1, h, w); row 0 is not used.

    Returns:
        (1, O, h, w).
    """
    logits = foreground[:, 0]
    if logits.shape[0] > 1:
        logits = torch.cat([logits[:1] + background[1:, 0].amin(0, keepdim=True), logits[1:]])
    return logits[None]
