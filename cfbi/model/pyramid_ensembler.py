"""The ensembler of CFBI+: each stage also receives the matching results of its own scale."""

from collections.abc import Sequence

import torch
from torch import Tensor

from cfbi.config import EnsemblerConfig
from cfbi.model.ensembler import EnsemblerBlock, GatedDecoder, instance_gate


class PyramidEnsembler(GatedDecoder):
    """Row features at strides 4, 8 and 16 to one logit map per row.

    Args:
        in_channels: Channels of a row's input at each scale.
        guidance_dim: Length of a guidance vector.
        low_channels: Channels of the backbone's stride-4 features.
        config: Widths.
    """

    def __init__(
        self, in_channels: Sequence[int], guidance_dim: int, low_channels: int, config: EnsemblerConfig
    ) -> None:
        super().__init__()
        fine, middle, coarse = in_channels
        wide, wider, widest = config.widths
        plan = (  # in, out, stride, dilation by stage
            ((fine, wide, 1, 1), (wide, wide, 1, 2)),
            ((wide, wider, 2, 1), (wider + middle, wider, 1, 2), (wider, wider, 1, 4)),
            ((wider, widest, 2, 1), (widest + coarse, widest, 1, 2), (widest, widest, 1, 4)),
        )
        for stage, blocks in enumerate(plan, start=1):
            for number, (channels, out, stride, dilation) in enumerate(blocks, start=1):
                self.add_module(f"S{stage}_IA{number}", instance_gate(guidance_dim, channels))
                block = EnsemblerBlock(channels, out, config, stride, dilation)
                self.add_module(f"S{stage}_layer{number}", block)
        self._add_decoder(low_channels + wide, guidance_dim, config, pyramid_gate="ASPP_IA")

    def forward(self, rows: Sequence[Tensor], guidance: Tensor, low: Tensor) -> Tensor:
        """One logit map per row.

        Args:
            rows: (O, in_channels, h, w) at strides 4, 8 and 16.
            guidance: (O, G).
            low: Backbone features of the current frame (1, C_low, h, w).

        Returns:
            (1, O, h, w) logits.
        """
        shortcut = self._block(2, 1, self._block(1, 1, rows[0], guidance), guidance)
        x = shortcut
        for stage, own in enumerate(rows[1:], start=2):
            x = torch.cat([self._block(1, stage, x, guidance), own], dim=1)
            x = self._block(3, stage, self._block(2, stage, x, guidance), guidance)
        return self.decode(x, shortcut, low, guidance)

    def _block(self, number: int, stage: int, x: Tensor, guidance: Tensor) -> Tensor:
        gated = self.get_submodule(f"S{stage}_IA{number}")(x, guidance)
        result = self.get_submodule(f"S{stage}_layer{number}")(gated)
        assert isinstance(result, Tensor)
        return result
