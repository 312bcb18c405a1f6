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


class GatedDecoder(nn.Module):
    """The part that the ensemblers of CFBI and CFBI+ share: pyramid, decoder to stride 4, classifiers.

    Subclasses call ``_add_decoder`` last: state dicts and optimiser states list it after the blocks.
    """

    def _add_decoder(
        self, shortcut_channels: int, guidance_dim: int, config: EnsemblerConfig, pyramid_gate: str
    ) -> None:
        widest = config.widths[-1]
        self.add_module(pyramid_gate, instance_gate(guidance_dim, widest))
        self._pyramid_gate = pyramid_gate
        self.ASPP = HeadPyramid(widest, config)
        self.GCT_sc = GatedChannelTransform(shortcut_channels)
        self.conv_sc = nn.Conv2d(shortcut_channels, config.shortcut_dim, 1, bias=False)
        self.bn_sc = nn.GroupNorm(config.shortcut_groups, config.shortcut_dim)
        joined = config.aspp_dim + config.shortcut_dim
        self.IA10 = instance_gate(guidance_dim, joined)
        self.conv1 = nn.Conv2d(joined, config.decoder_dim, 3, padding=1, bias=False)
        self.bn1 = nn.GroupNorm(config.groups, config.decoder_dim)
        self.IA11 = instance_gate(guidance_dim, config.decoder_dim)
        self.conv2 = nn.Conv2d(config.decoder_dim, config.decoder_dim, 3, padding=1, bias=False)
        self.bn2 = nn.GroupNorm(config.groups, config.decoder_dim)
        self.IA_final_fg = row_classifier(guidance_dim, config.decoder_dim)
        self.IA_final_bg = row_classifier(guidance_dim, config.decoder_dim)

    def decode(self, x: Tensor, shortcut: Tensor, low: Tensor, guidance: Tensor) -> Tensor:
        """From stride 16 to logits.

        Args:
            x: (O, widest, h/4, w/4), the last block's output.
            shortcut: (O, wide, h, w), the output of the stride-4 blocks.
            low: Backbone features of the current frame (1, C_low, h, w).
            guidance: (O, G).

        Returns:
            (1, O, h, w) logits.
        """
        x = self.ASPP(self.get_submodule(self._pyramid_gate)(x, guidance))
        joined = torch.cat([low.expand(x.shape[0], -1, -1, -1), shortcut], dim=1)
        joined = F.relu(self.bn_sc(self.conv_sc(self.GCT_sc(joined))))
        # Upsampled bicubic in the authors' code, unlike every other map.
        x = resize(x, (joined.shape[-2], joined.shape[-1]), mode="bicubic")
        x = self.IA10(torch.cat([x, joined], dim=1), guidance)
        x = self.IA11(F.relu(self.bn1(self.conv1(x))), guidance)
        x = F.relu(self.bn2(self.conv2(x)))
        return aggregate(classify(x, self.IA_final_fg, guidance), classify(x, self.IA_final_bg, guidance))


class CollaborativeEnsembler(GatedDecoder):
    """Row features, guidance vectors and low-level features to one logit map per row.

    Args:
        in_channels: Channels of a row's input.
        guidance_dim: Length of a guidance vector; 0 for a network without attention.
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
            self.add_module(f"IA{number}", instance_gate(guidance_dim, channels))
            self.add_module(f"layer{number}", EnsemblerBlock(channels, out, config, stride, dilation))
        self._add_decoder(low_channels + wide, guidance_dim, config, pyramid_gate="IA9")

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
        return self.decode(x, shortcut, low, guidance)


class NoGate(nn.Module):
    """Stands where a network without attention has no gate."""

    def forward(self, x: Tensor, _guidance: Tensor) -> Tensor:
        """``x`` as it is."""
        return x


def instance_gate(guidance_dim: int, channels: int) -> nn.Module:
    """The gate of a layer's input, if there is guidance."""
    return InstanceGate(guidance_dim, channels) if guidance_dim else NoGate()


def row_classifier(guidance_dim: int, channels: int) -> nn.Module:
    """What ``classify`` takes: one that generates a classifier per row, or one for all without guidance."""
    return nn.Linear(guidance_dim, channels + 1) if guidance_dim else nn.Conv2d(channels, 1, 1)


def classify(x: Tensor, classifier: nn.Module, guidance: Tensor) -> Tensor:
    """Logits (O, 1, h, w) of the features (O, C, h, w)."""
    if isinstance(classifier, nn.Conv2d):
        return classifier(x)  # type: ignore[no-any-return]
    return dynamic_classifier(x, classifier(guidance))


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
