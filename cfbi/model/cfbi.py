"""The CFBI network: embeddings, matching against reference and previous frame, collaborative ensembler."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cfbi.config import ModelConfig
from cfbi.model.deeplab import DeepLabV3Plus
from cfbi.model.ensembler import CollaborativeEnsembler
from cfbi.model.matching import global_matching, local_matching, relative_background
from cfbi.model.memory import ReferenceMemory, lookup, masked_pools

_POOL_EPS = 1e-5


@dataclass(frozen=True)
class FrameFeatures:
    """What the extractor says of one frame.

    Attributes:
        embedding: (C_e, h, w) float32, not negative, stride 4.
        low: (1, C_low, h, w), stride 4.
    """

    embedding: Tensor
    low: Tensor


@dataclass(frozen=True)
class MatchingMaps:
    """Everything the ensembler is told about one frame; O rows, row 0 the background.

    Attributes:
        global_fg: (O, 1, h, w) score against the row's own reference pixels.
        global_bg: (O, 1, h, w) smallest score of the other rows.
        local_fg: (O, K, h, w) scores against the previous frame, largest window first.
        local_bg: (O, K, h, w).
        previous_mask: (O, 1, h, w) 0 or 1.
        guidance: (O, 4 * C_e) pooled embeddings: reference inside, outside, previous inside, outside.
    """

    global_fg: Tensor
    global_bg: Tensor
    local_fg: Tensor
    local_bg: Tensor
    previous_mask: Tensor
    guidance: Tensor


class PreHead(nn.Module):
    """Mixes the matching maps (1x1 convolution, group norm, ReLU)."""

    def __init__(self, in_channels: int, out_channels: int, groups: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 1)
        self.bn = nn.GroupNorm(groups, out_channels)

    def forward(self, x: Tensor) -> Tensor:
        """(O, in, h, w) -> (O, out, h, w)."""
        return F.relu(self.bn(self.conv(x)))


class CFBI(nn.Module):
    """Collaborative video object segmentation by foreground-background integration.

    The network has no state between frames; ``InferenceSession`` keeps it. Parameter names are those of the
    authors' checkpoints ("seperate_conv" and "feature_extracter" included).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        dim, features = config.embedding_dim, config.features.decoder_dim
        hidden_groups, out_groups = config.embedding_groups
        self.bg_bias = nn.Parameter(torch.zeros(1, 1, 1, 1))
        self.fg_bias = nn.Parameter(torch.zeros(1, 1, 1, 1))
        self.feature_extracter = DeepLabV3Plus(config.features)
        self.seperate_conv = nn.Conv2d(features, features, 3, padding=1, groups=features)
        self.bn1 = nn.GroupNorm(hidden_groups, features)
        self.embedding_conv = nn.Conv2d(features, dim, 1)
        self.bn2 = nn.GroupNorm(out_groups, dim)
        windows = len(config.matching.windows)
        self.dynamic_prehead = PreHead(3 + 2 * windows, config.prehead_dim, config.prehead_groups)
        self.dynamic_seghead = CollaborativeEnsembler(
            3 * dim + config.prehead_dim, 4 * dim, self.feature_extracter.low_channels, config.ensembler
        )

    def extract(self, images: Tensor) -> list[FrameFeatures]:
        """Features of each image of a batch.

        Args:
            images: (B, 3, H, W) float32, prepared as the network's ``Preprocessing`` says.
        """
        features = self.feature_extracter(images)
        x = F.relu(self.bn1(self.seperate_conv(features.decoded)))
        embeddings = F.relu(self.bn2(self.embedding_conv(x))).float()  # (B, C_e, h, w)
        return [
            FrameFeatures(embedding, low[None])
            for embedding, low in zip(embeddings, features.low, strict=True)
        ]

    def row_bias(self, rows: int) -> Tensor:
        """(O,) matching biases: the background's for row 0, the foreground's for the others."""
        return torch.cat([self.bg_bias.view(1), self.fg_bias.view(1).expand(rows - 1)])

    def match(
        self,
        current: Tensor,
        memory: ReferenceMemory,
        previous: Tensor,
        previous_labels: Tensor,
        object_ids: Sequence[int],
    ) -> MatchingMaps:
        """Compare the current frame with the references and the previous frame.

        Args:
            current: Embedding (C_e, h, w).
            memory: The reference frames.
            previous: Embedding of the previous frame (C_e, h, w).
            previous_labels: (h, w) int64 object ids on the grid.
            object_ids: Ids of the rows, 0 (background) first.
        """
        # Matching compares small differences of large sums: float32, whatever the caller's autocast says.
        with torch.autocast(current.device.type, enabled=False):
            return self._match(current, memory, previous, previous_labels, object_ids)

    def _match(
        self,
        current: Tensor,
        memory: ReferenceMemory,
        previous: Tensor,
        previous_labels: Tensor,
        object_ids: Sequence[int],
    ) -> MatchingMaps:
        matching, rows = self.config.matching, len(object_ids)
        bias = self.row_bias(rows)
        row_labels = lookup(previous_labels, {object_id: row for row, object_id in enumerate(object_ids)})
        masks = torch.stack([row_labels == row for row in range(rows)])  # (O, h, w)
        global_fg = global_matching(current, memory.pixels(object_ids), bias)
        local_fg = local_matching(
            current,
            previous,
            row_labels,
            bias,
            windows=matching.windows,
            half_resolution=matching.half_resolution,
        )
        guidance = torch.cat(
            [*memory.pools(object_ids, _POOL_EPS), *masked_pools(previous, masks, _POOL_EPS)], dim=1
        )
        return MatchingMaps(
            global_fg=global_fg,
            global_bg=relative_background(global_fg),
            local_fg=local_fg,
            local_bg=relative_background(local_fg),
            previous_mask=masks[:, None].to(current.dtype),
            guidance=guidance,
        )

    def ensemble(self, current: FrameFeatures, previous: Tensor, maps: MatchingMaps) -> Tensor:
        """Logits (1, O, h, w) at stride 4; ``previous`` is the previous embedding (C_e, h, w)."""
        mask = maps.previous_mask
        mixed = self.dynamic_prehead(
            torch.cat([maps.global_fg, maps.local_fg, mask, maps.local_bg, maps.global_bg], dim=1)
        )
        rows = mask.shape[0]
        stacked = torch.cat(
            [current.embedding.expand(rows, -1, -1, -1), previous * mask, previous * (1 - mask), mixed], dim=1
        )  # (O, 3 * C_e + prehead, h, w)
        logits = self.dynamic_seghead(stacked, maps.guidance, current.low)
        assert isinstance(logits, Tensor)
        return logits

    def forward(
        self,
        current: FrameFeatures,
        memory: ReferenceMemory,
        previous: Tensor,
        previous_labels: Tensor,
        object_ids: Sequence[int],
    ) -> Tensor:
        """Logits (1, O, h, w) at stride 4 of the current frame; arguments as in ``match``."""
        maps = self.match(current.embedding, memory, previous, previous_labels, object_ids)
        return self.ensemble(current, previous, maps)
