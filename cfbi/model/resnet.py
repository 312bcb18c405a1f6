"""ResNet-101 dilated to output stride 16 with a multi-grid last stage (DeepLabv3)."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.model.backbone import BackboneFeatures
from cfbi.model.layers import FrozenBatchNorm2d, conv_norm

_BLOCKS = (3, 4, 23, 3)
_EXPANSION = 4


class Bottleneck(nn.Module):
    """1x1, 3x3 (carries stride and dilation), 1x1 to four times the planes, plus the shortcut."""

    def __init__(self, in_channels: int, planes: int, stride: int, dilation: int) -> None:
        super().__init__()
        out = planes * _EXPANSION
        self.conv1 = nn.Conv2d(in_channels, planes, 1, bias=False)
        self.bn1 = FrozenBatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride, padding=dilation, dilation=dilation, bias=False)
        self.bn2 = FrozenBatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, out, 1, bias=False)
        self.bn3 = FrozenBatchNorm2d(out)
        self.downsample: nn.Sequential | None = None
        if stride != 1 or in_channels != out:
            self.downsample = nn.Sequential(
                nn.Conv2d(in_channels, out, 1, stride, bias=False), FrozenBatchNorm2d(out)
            )

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, h, w) -> (B, 4 * planes, h / stride, w / stride)."""
        y = F.relu(conv_norm(self.conv1, self.bn1, x))
        y = F.relu(conv_norm(self.conv2, self.bn2, y))
        y = conv_norm(self.conv3, self.bn3, y)
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet101(nn.Module):
    """Low = stage 1 (256 channels, stride 4), mid = stage 2 (512, 8), high = stage 4 (2048, 16)."""

    low_channels = 256
    mid_channels = 512
    high_channels = 2048

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, padding=3, bias=False)
        self.bn1 = FrozenBatchNorm2d(64)
        self.layer1 = _stage(64, 64, stride=1, dilations=(1,) * _BLOCKS[0])
        self.layer2 = _stage(256, 128, stride=2, dilations=(1,) * _BLOCKS[1])
        self.layer3 = _stage(512, 256, stride=2, dilations=(1,) * _BLOCKS[2])
        self.layer4 = _stage(
            1024, 512, stride=1, dilations=(2, 4, 8)
        )  # multi-grid 1, 2, 4 times the stage's 2

    def forward(self, images: Tensor) -> BackboneFeatures:
        """(B, 3, H, W) -> features at strides 4, 8 and 16."""
        x = F.max_pool2d(F.relu(conv_norm(self.conv1, self.bn1, images)), 3, 2, padding=1)
        low = self.layer1(x)
        mid = self.layer2(low)
        return BackboneFeatures(low, mid, self.layer4(self.layer3(mid)))


def _stage(in_channels: int, planes: int, *, stride: int, dilations: Sequence[int]) -> nn.Sequential:
    blocks = [Bottleneck(in_channels, planes, stride, dilations[0])]
    blocks += [Bottleneck(planes * _EXPANSION, planes, 1, dilation) for dilation in dilations[1:]]
    return nn.Sequential(*blocks)
