"""MobileNetV2 dilated to output stride 16, with the authors' padding."""

import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.model.backbone import BackboneFeatures
from cfbi.model.layers import FrozenBatchNorm2d, conv_norm

# expansion, channels, repeats, stride of the first block, and the dilation of the first block and of the
# others
_GROUPS = (
    (1, 16, 1, 1, 1, 1),
    (6, 24, 2, 2, 1, 1),
    (6, 32, 3, 2, 1, 1),
    (6, 64, 4, 2, 1, 1),
    (6, 96, 3, 1, 1, 1),
    (6, 160, 3, 1, 1, 2),
    (6, 320, 1, 1, 2, 2),
)


class InvertedResidual(nn.Module):
    """1x1 expansion, 3x3 depthwise, 1x1 linear projection.

    The block's *input* is zero-padded before the expansion and the depthwise kernel is not, so the depthwise
    kernel meets ``relu6(shift)`` at the border and not zero. The published weights were trained with this.
    """

    def __init__(
        self, in_channels: int, out_channels: int, stride: int, dilation: int, expansion: int
    ) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.dilation = dilation
        self.residual = stride == 1 and in_channels == out_channels
        expand: list[nn.Module] = []
        if expansion != 1:
            expand = [nn.Conv2d(in_channels, hidden, 1, bias=False), FrozenBatchNorm2d(hidden), nn.ReLU6()]
        self.conv = nn.Sequential(
            *expand,
            nn.Conv2d(hidden, hidden, 3, stride, dilation=dilation, groups=hidden, bias=False),
            FrozenBatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, out_channels, 1, bias=False),
            FrozenBatchNorm2d(out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, h, w) -> (B, out, h / stride, w / stride)."""
        y = F.pad(x, (self.dilation,) * 4)
        layers = [layer for layer in self.conv if not isinstance(layer, nn.ReLU6)]
        pairs = list(zip(layers[::2], layers[1::2], strict=True))
        for index, (conv, norm) in enumerate(pairs):
            assert isinstance(conv, nn.Conv2d)
            y = conv_norm(conv, norm, y)
            if index < len(pairs) - 1:  # the projection is linear
                y = F.relu6(y)
        return x + y if self.residual else y


class MobileNetV2(nn.Module):
    """Low = ``features[3]`` (24 channels, stride 4), mid = ``[6]`` (32, 8), high = ``[17]`` (320, 16)."""

    low_channels = 24
    mid_channels = 32
    high_channels = 320

    def __init__(self) -> None:
        super().__init__()
        blocks: list[nn.Module] = [
            nn.Sequential(nn.Conv2d(3, 32, 3, 2, padding=1, bias=False), FrozenBatchNorm2d(32), nn.ReLU6())
        ]
        channels = 32
        for expansion, out, repeats, stride, first_dilation, dilation in _GROUPS:
            for index in range(repeats):
                step, rate = (stride, first_dilation) if index == 0 else (1, dilation)
                blocks.append(InvertedResidual(channels, out, step, rate, expansion))
                channels = out
        self.features = nn.Sequential(*blocks)

    def forward(self, images: Tensor) -> BackboneFeatures:
        """(B, 3, H, W) -> features at strides 4, 8 and 16."""
        low = self.features[:4](images)
        mid = self.features[4:7](low)
        return BackboneFeatures(low, mid, self.features[7:](mid))
