"""DeepLabv3+ feature extractor (§3.1): backbone, atrous spatial pyramid, decoder to stride 4."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.config import FeatureConfig
from cfbi.model.efficientnet_lite import EfficientNetLite0
from cfbi.model.layers import FrozenBatchNorm2d, conv_norm, resize
from cfbi.model.mobilenet import MobileNetV2
from cfbi.model.resnet import ResNet101

_BACKBONES: dict[str, type[ResNet101 | MobileNetV2 | EfficientNetLite0]] = {
    "resnet101": ResNet101,
    "mobilenetv2": MobileNetV2,
    "efficientnet_lite0": EfficientNetLite0,
}


def _norm(config: FeatureConfig, channels: int) -> nn.Module:
    return (
        FrozenBatchNorm2d(channels)
        if config.norm == "frozen_batch"
        else nn.GroupNorm(config.groups, channels)
    )


class _Branch(nn.Module):
    def __init__(self, config: FeatureConfig, in_channels: int, kernel: int, dilation: int) -> None:
        super().__init__()
        padding = 0 if kernel == 1 else dilation
        self.atrous_conv = nn.Conv2d(
            in_channels, config.aspp_dim, kernel, padding=padding, dilation=dilation, bias=False
        )
        self.bn = _norm(config, config.aspp_dim)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(conv_norm(self.atrous_conv, self.bn, x))


class AtrousPyramid(nn.Module):
    """Four atrous branches and a global pool, fused by a 1x1 convolution; dropout 0.1 in train mode."""

    def __init__(self, config: FeatureConfig, in_channels: int) -> None:
        super().__init__()
        self.aspp1 = _Branch(config, in_channels, 1, 1)
        self.aspp2 = _Branch(config, in_channels, 3, 6)
        self.aspp3 = _Branch(config, in_channels, 3, 12)
        self.aspp4 = _Branch(config, in_channels, 3, 18)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, config.aspp_dim, 1, bias=False),
            _norm(config, config.aspp_dim),
        )
        self.conv1 = nn.Conv2d(5 * config.aspp_dim, config.aspp_dim, 1, bias=False)
        self.bn1 = _norm(config, config.aspp_dim)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_high, h, w) -> (B, aspp_dim, h, w)."""
        pooled = F.relu(self.global_avg_pool(x)).expand(-1, -1, *x.shape[-2:])
        y = torch.cat([self.aspp1(x), self.aspp2(x), self.aspp3(x), self.aspp4(x), pooled], dim=1)
        y = self.dropout(F.relu(conv_norm(self.conv1, self.bn1, y)))
        assert isinstance(y, Tensor)
        return y


class Decoder(nn.Module):
    """Joins the pyramid with the reduced low-level features at stride 4."""

    def __init__(self, config: FeatureConfig, low_channels: int) -> None:
        super().__init__()
        out = config.decoder_dim
        self.conv1 = nn.Conv2d(low_channels, config.low_level_dim, 1, bias=False)
        self.bn1 = _norm(config, config.low_level_dim)
        # The indices 0, 1, 4, 5 are those of the published state dicts.
        self.last_conv = nn.Sequential(
            nn.Conv2d(config.aspp_dim + config.low_level_dim, out, 3, padding=1, bias=False),
            _norm(config, out),
            nn.ReLU(),
            nn.Identity(),
            nn.Conv2d(out, out, 3, padding=1, bias=False),
            _norm(config, out),
            nn.ReLU(),
            nn.Identity(),
        )

    def forward(self, x: Tensor, low: Tensor) -> Tensor:
        """``x`` (B, aspp_dim, h/4, w/4), ``low`` (B, C_low, h, w) -> (B, decoder_dim, h, w)."""
        size = (low.shape[-2], low.shape[-1])
        y = torch.cat([resize(x, size), F.relu(conv_norm(self.conv1, self.bn1, low))], dim=1)
        for index in (0, 4):
            conv, norm = self.last_conv[index], self.last_conv[index + 1]
            assert isinstance(conv, nn.Conv2d)
            y = F.relu(conv_norm(conv, norm, y))
        return y


@dataclass(frozen=True)
class ExtractorFeatures:
    """Output of the extractor for a batch.

    Attributes:
        decoded: (B, decoder_dim, h, w), stride 4.
        low: Low-level backbone features (B, C_low, h, w), stride 4.
        mid: Backbone features (B, C_mid, h / 2, w / 2), stride 8.
        pyramid: Output of the atrous pyramid (B, aspp_dim, h / 4, w / 4), stride 16.
    """

    decoded: Tensor
    low: Tensor
    mid: Tensor
    pyramid: Tensor


class DeepLabV3Plus(nn.Module):
    """The whole extractor."""

    def __init__(self, config: FeatureConfig) -> None:
        super().__init__()
        self.backbone = _BACKBONES[config.backbone]()
        self.low_channels = self.backbone.low_channels
        self.mid_channels = self.backbone.mid_channels
        self.aspp = AtrousPyramid(config, self.backbone.high_channels)
        self.decoder = Decoder(config, self.backbone.low_channels)

    def forward(self, images: Tensor) -> ExtractorFeatures:
        """(B, 3, H, W) normalised images -> features."""
        features = self.backbone(images)
        pyramid = self.aspp(features.high)
        decoded = self.decoder(pyramid, features.low)
        return ExtractorFeatures(decoded, features.low, features.mid, pyramid)
