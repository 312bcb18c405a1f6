"""The segmentation head of FEELVOS, for comparisons with the collaborative ensembler (Table 5)."""

import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.config import EnsemblerConfig
from cfbi.model.ensembler import aggregate, classify, instance_gate, row_classifier

_LAYERS = 4
_KERNEL = 7


class SeparableLayer(nn.Module):
    """Depthwise 7x7 and pointwise convolution, each with group norm and ReLU."""

    def __init__(self, in_channels: int, out_channels: int, groups: int) -> None:
        super().__init__()
        self.depthwise = nn.Conv2d(
            in_channels, in_channels, _KERNEL, padding=_KERNEL // 2, groups=in_channels, bias=False
        )
        # one group: the channels of a row's input need not be a multiple of anything
        self.bn1 = nn.GroupNorm(1, in_channels)
        self.pointwise = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn2 = nn.GroupNorm(groups, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(O, in, h, w) -> (O, out, h, w)."""
        x = F.relu(self.bn1(self.depthwise(x)))
        return F.relu(self.bn2(self.pointwise(x)))


class SeparableHead(nn.Module):
    """Four depthwise-separable layers at stride 4 and a classifier; gated where there is guidance.

    Args:
        in_channels: Channels of a row's input.
        guidance_dim: Length of a guidance vector; 0 for a network without attention.
        config: Its first width and its groups are used.
    """

    def __init__(self, in_channels: int, guidance_dim: int, config: EnsemblerConfig) -> None:
        super().__init__()
        width = config.widths[0]
        for number in range(1, _LAYERS + 1):
            channels = in_channels if number == 1 else width
            self.add_module(f"IA{number}", instance_gate(guidance_dim, channels))
            self.add_module(f"layer{number}", SeparableLayer(channels, width, config.groups))
        self.IA_final_fg = row_classifier(guidance_dim, width)
        self.IA_final_bg = row_classifier(guidance_dim, width)

    def forward(self, rows: Tensor, guidance: Tensor, _low: Tensor) -> Tensor:
        """One logit map per row: (O, in_channels, h, w) and (O, G) -> (1, O, h, w)."""
        x = rows
        for number in range(1, _LAYERS + 1):
            x = self.get_submodule(f"layer{number}")(self.get_submodule(f"IA{number}")(x, guidance))
        return aggregate(classify(x, self.IA_final_fg, guidance), classify(x, self.IA_final_bg, guidance))
