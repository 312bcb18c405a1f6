"""EfficientNet-Lite0 dilated to output stride 16; layer names are those of the PyTorch port."""

import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.model.backbone import BackboneFeatures
from cfbi.model.layers import FrozenBatchNorm2d, conv_norm

_EPS = 1e-3
# expansion, channels, repeats, kernel, stride of the first block in the classification network
_GROUPS = (
    (1, 16, 1, 3, 1),
    (6, 24, 2, 3, 2),
    (6, 40, 2, 5, 2),
    (6, 80, 3, 3, 2),
    (6, 112, 3, 5, 1),
    (6, 192, 4, 5, 2),
    (6, 320, 1, 3, 1),
)
_LOW_END, _MID_END = 3, 5  # block indices after which the low- and mid-level features are taken


def _same_padded(conv: nn.Conv2d, norm: nn.Module, x: Tensor) -> Tensor:
    """``norm(conv(x))`` with TensorFlow's SAME padding: an odd pixel goes to the right and bottom."""
    pads: list[int] = []
    for axis in (1, 0):
        size, stride = x.shape[2 + axis], conv.stride[axis]
        reach = conv.dilation[axis] * (conv.kernel_size[axis] - 1) + 1
        total = max((-(-size // stride) - 1) * stride + reach - size, 0)
        pads += [total // 2, total - total // 2]
    if any(pads):
        if pads[0] == pads[1] == pads[2] == pads[3]:  # the usual case at sizes 16k + 1: no copy needed
            return _padded_conv(conv, norm, x, pads[0])
        x = F.pad(x, pads)
    return conv_norm(conv, norm, x)


def _padded_conv(conv: nn.Conv2d, norm: nn.Module, x: Tensor, padding: int) -> Tensor:
    assert isinstance(norm, FrozenBatchNorm2d)
    scale, shift = norm.scale_shift()
    return F.conv2d(
        x, conv.weight * scale[:, None, None, None], shift, conv.stride, padding, conv.dilation, conv.groups
    )


class MBConv(nn.Module):
    """Inverted residual without squeeze-and-excitation, ReLU6."""

    def __init__(
        self, in_channels: int, out_channels: int, *, expansion: int, kernel: int, stride: int, dilation: int
    ) -> None:
        super().__init__()
        hidden = in_channels * expansion
        self.residual = stride == 1 and in_channels == out_channels
        self._expand_conv: nn.Conv2d | None = None
        if expansion != 1:
            self._expand_conv = nn.Conv2d(in_channels, hidden, 1, bias=False)
            self._bn0 = FrozenBatchNorm2d(hidden, _EPS)
        self._depthwise_conv = nn.Conv2d(
            hidden, hidden, kernel, stride, dilation=dilation, groups=hidden, bias=False
        )
        self._bn1 = FrozenBatchNorm2d(hidden, _EPS)
        self._project_conv = nn.Conv2d(hidden, out_channels, 1, bias=False)
        self._bn2 = FrozenBatchNorm2d(out_channels, _EPS)

    def forward(self, x: Tensor) -> Tensor:
        """(B, in, h, w) -> (B, out, ceil(h / stride), ceil(w / stride))."""
        y = x
        if self._expand_conv is not None:
            y = F.relu6(conv_norm(self._expand_conv, self._bn0, y))
        y = F.relu6(_same_padded(self._depthwise_conv, self._bn1, y))
        y = conv_norm(self._project_conv, self._bn2, y)
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Low-level 24 channels at stride 4, mid 40 at stride 8, high 320 at stride 16.

    Args:
        output_stride: 16 for segmentation (the last stride becomes a dilation), 32 for the classification
            network.
    """

    low_channels = 24
    mid_channels = 40
    high_channels = 320

    def __init__(self, output_stride: int = 16) -> None:
        super().__init__()
        self._conv_stem = nn.Conv2d(3, 32, 3, 2, bias=False)
        self._bn0 = FrozenBatchNorm2d(32, _EPS)
        blocks: list[nn.Module] = []
        channels, reached, dilation = 32, 2, 1
        for expansion, out, repeats, kernel, group_stride in _GROUPS:
            for index in range(repeats):
                stride, block_dilation = (group_stride, dilation) if index == 0 else (1, dilation)
                if stride == 2 and reached == output_stride:
                    stride, dilation = (
                        1,
                        2,
                    )  # this block still sees undilated neighbours, the later ones do not
                reached *= stride
                blocks.append(
                    MBConv(
                        channels,
                        out,
                        expansion=expansion,
                        kernel=kernel,
                        stride=stride,
                        dilation=block_dilation,
                    )
                )
                channels = out
        self._blocks = nn.ModuleList(blocks)

    def forward(self, images: Tensor) -> BackboneFeatures:
        """(B, 3, H, W) -> features at strides 4, 8 and ``output_stride``."""
        x = F.relu6(_same_padded(self._conv_stem, self._bn0, images))
        low = mid = x
        for index, block in enumerate(self._blocks):
            x = block(x)
            if index + 1 == _LOW_END:
                low = x
            elif index + 1 == _MID_END:
                mid = x
        return BackboneFeatures(low, mid, x)
