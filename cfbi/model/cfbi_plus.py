"""CFBI+: the network of the journal version, with matching at strides 4, 8 and 16."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.config import ModelConfig
from cfbi.model.deeplab import DeepLabV3Plus, ExtractorFeatures
from cfbi.model.layers import resize
from cfbi.model.maps import MatchingMaps, embedding_rows, match_frame, row_channels
from cfbi.model.network import FrameFeatures, Memory, Network, PreviousFrame
from cfbi.model.pyramid_ensembler import PyramidEnsembler


class FeaturePyramid(nn.Module):
    """Embeddings at strides 4, 8 and 16 by a top-down pathway."""

    def __init__(self, config: ModelConfig, mid_channels: int) -> None:
        super().__init__()
        dim, groups = config.embedding_dim, config.embedding_groups[0]

        def unit(in_channels: int, kernel: int) -> nn.Sequential:
            conv = nn.Conv2d(in_channels, dim, kernel, padding=kernel // 2, bias=False)
            return nn.Sequential(conv, nn.GroupNorm(groups, dim))

        self.toplayer = unit(config.features.aspp_dim, 1)
        self.latlayer1 = unit(mid_channels, 1)
        self.latlayer2 = unit(config.features.decoder_dim, 1)
        self.smooth1 = unit(dim, 3)
        self.smooth2 = unit(dim, 3)

    def forward(self, features: ExtractorFeatures) -> tuple[Tensor, Tensor, Tensor]:
        """Embeddings (B, C_e, h, w) at strides 4, 8, 16; not negative."""
        x16 = self.toplayer(features.pyramid)
        x8 = self.latlayer1(features.mid)
        x8 = x8 + resize(x16, (x8.shape[-2], x8.shape[-1]))
        x4 = self.latlayer2(features.decoded)
        x4 = x4 + resize(x8, (x4.shape[-2], x4.shape[-1]))
        return F.relu(self.smooth2(x4)), F.relu(self.smooth1(x8)), F.relu(x16)


class CFBIPlus(Network):
    """CFBI with multi-scale matching; parameter names are those of the authors' checkpoints.

    Matching compares the first channels of an embedding only, as its configuration says; everything else uses
    all of them. The guidance vectors are those of stride 4.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        scales = len(config.matchings)
        self.bg_bias = nn.Parameter(torch.zeros(scales, 1, 1, 1))
        self.fg_bias = nn.Parameter(torch.zeros(scales, 1, 1, 1))
        self.feature_extracter = DeepLabV3Plus(config.features)
        self.fpn = FeaturePyramid(config, self.feature_extracter.mid_channels)
        channels = tuple(sum(row_channels(config.embedding_dim, matching)) for matching in config.matchings)
        self.dynamic_seghead = PyramidEnsembler(
            channels, config.guidance_dim, self.feature_extracter.low_channels, config.ensembler
        )

    def extract(self, images: Tensor) -> list[FrameFeatures]:
        """Features of each image (B, 3, H, W) of a batch, three embeddings each."""
        features = self.feature_extracter(images)
        scales = [embeddings.float() for embeddings in self.fpn(features)]
        return [
            FrameFeatures(tuple(embeddings), low[None])
            for *embeddings, low in zip(*scales, features.low, strict=True)
        ]

    def row_bias(self, scale: int, rows: int) -> Tensor:
        """(O,) matching biases of a scale: the background's for row 0, the foreground's for the others."""
        return torch.cat([self.bg_bias[scale].view(1), self.fg_bias[scale].view(1).expand(rows - 1)])

    def match(
        self, current: FrameFeatures, memory: Memory, previous: PreviousFrame, object_ids: Sequence[int]
    ) -> list[MatchingMaps]:
        """Compare the frame with references and previous frame at each scale; see ``match_frame``."""
        return [
            match_frame(
                current.embeddings[scale],
                memory.scales[scale],
                previous.embeddings[scale],
                previous.grids[scale],
                object_ids,
                matching=matching,
                bias=self.row_bias(scale, len(object_ids)),
                attention=self.config.attention if scale == 0 else "none",
                known=current.distances_at(scale),
            )
            for scale, matching in enumerate(self.config.matchings)
        ]

    def ensemble(self, current: FrameFeatures, previous: PreviousFrame, maps: list[MatchingMaps]) -> Tensor:
        """Logits (1, O, h, w) at stride 4."""
        inputs = []
        scales = zip(current.embeddings, previous.embeddings, maps, self.config.matchings, strict=True)
        for embedding, before, told, matching in scales:
            background = matching.background
            shown = embedding_rows(embedding, before, told.previous_mask, background=background)
            inputs.append(torch.cat([told.stacked(background=background), *shown], dim=1))
        logits = self.dynamic_seghead(inputs, maps[0].guidance, current.low)
        assert isinstance(logits, Tensor)
        return logits

    def forward(
        self, current: FrameFeatures, memory: Memory, previous: PreviousFrame, object_ids: Sequence[int]
    ) -> Tensor:
        """Logits (1, O, h, w) at stride 4 of the current frame; see ``Network``."""
        return self.ensemble(current, previous, self.match(current, memory, previous, object_ids))
