"""The CFBI network: embeddings, matching against reference and previous frame, collaborative ensembler."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.config import ModelConfig
from cfbi.model.deeplab import DeepLabV3Plus
from cfbi.model.ensembler import CollaborativeEnsembler
from cfbi.model.maps import MatchingMaps, embedding_rows, match_frame, row_channels
from cfbi.model.memory import KnownDistances, ReferenceMemory
from cfbi.model.network import FrameFeatures, Memory, Network, PreviousFrame
from cfbi.model.separable_head import SeparableHead


class PreHead(nn.Module):
    """Mixes the matching maps (1x1 convolution, group norm, ReLU)."""

    def __init__(self, in_channels: int, out_channels: int, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1)
        self.bn = nn.GroupNorm(groups, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(O, in, h, w) -> (O, out, h, w)."""
        return F.relu(self.bn(self.conv(x)))


class CFBI(Network):
    """Collaborative video object segmentation by foreground-background integration.

    Parameter names are those of the authors' checkpoints ("seperate_conv" and "feature_extracter" included).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        dim, features = config.embedding_dim, config.features.decoder_dim
        hidden_groups, out_groups = config.embedding_groups
        if config.matching.biases:
            self.bg_bias = nn.Parameter(torch.zeros(1, 1, 1, 1))
            self.fg_bias = nn.Parameter(torch.zeros(1, 1, 1, 1))
        self.feature_extracter = DeepLabV3Plus(config.features)
        self.seperate_conv = nn.Conv2d(features, features, 3, padding=1, groups=features)
        self.bn1 = nn.GroupNorm(hidden_groups, features)
        self.embedding_conv = nn.Conv2d(features, dim, 1)
        self.bn2 = nn.GroupNorm(out_groups, dim)
        maps, embeddings = row_channels(dim, config.matching)
        self.dynamic_prehead = PreHead(maps, config.prehead_dim, config.prehead_groups)
        inputs = (embeddings + config.prehead_dim, config.guidance_dim)
        self.dynamic_seghead = (
            CollaborativeEnsembler(*inputs, self.feature_extracter.low_channels, config.ensembler)
            if config.ensembler.kind == "collaborative"
            else SeparableHead(*inputs, config.ensembler)
        )

    def extract(self, images: Tensor) -> list[FrameFeatures]:
        """Features of each image (B, 3, H, W) of a batch, one embedding each."""
        features = self.feature_extracter(images)
        x = F.relu(self.bn1(self.seperate_conv(features.decoded)))
        embeddings = F.relu(self.bn2(self.embedding_conv(x))).float()  # (B, C_e, h, w)
        return [
            FrameFeatures((embedding,), low[None])
            for embedding, low in zip(embeddings, features.low, strict=True)
        ]

    def row_bias(self, rows: int) -> Tensor:
        """(O,) matching biases: the background's for row 0, the foreground's for the others."""
        if not self.config.matching.biases:
            return self.embedding_conv.weight.new_zeros(rows)
        return torch.cat([self.bg_bias.view(1), self.fg_bias.view(1).expand(rows - 1)])

    def match(
        self,
        current: Tensor,
        memory: ReferenceMemory,
        previous: Tensor,
        previous_labels: Tensor,
        object_ids: Sequence[int],
        known: KnownDistances | None = None,
    ) -> MatchingMaps:
        """Compare the current frame with the references and the previous frame; see ``match_frame``."""
        return match_frame(
            current,
            memory,
            previous,
            previous_labels,
            object_ids,
            matching=self.config.matching,
            bias=self.row_bias(len(object_ids)),
            attention=self.config.attention,
            known=known,
        )

    def ensemble(self, current: FrameFeatures, previous: Tensor, maps: MatchingMaps) -> Tensor:
        """Logits (1, O, h, w) at stride 4; ``previous`` is the previous embedding (C_e, h, w)."""
        background = self.config.matching.background
        mixed = self.dynamic_prehead(maps.stacked(background=background))
        shown = embedding_rows(current.embedding, previous, maps.previous_mask, background=background)
        stacked = torch.cat([*shown, mixed], dim=1)  # (O, 3 * C_e + prehead, h, w)
        logits = self.dynamic_seghead(stacked, maps.guidance, current.low)
        assert isinstance(logits, Tensor)
        return logits

    def forward(
        self, current: FrameFeatures, memory: Memory, previous: PreviousFrame, object_ids: Sequence[int]
    ) -> Tensor:
        """Logits (1, O, h, w) at stride 4 of the current frame; see ``Network``."""
        embedding, labels = previous.embeddings[0], previous.grids[0]
        known = current.distances_at(0)
        maps = self.match(current.embedding, memory.scales[0], embedding, labels, object_ids, known)
        return self.ensemble(current, embedding, maps)
