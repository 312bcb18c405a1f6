"""Matching and guidance at one scale: what the ensembler is told about a frame."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cfbi.config import AttentionName, MatchingConfig
from cfbi.model.matching import global_matching, global_scores, local_matching, relative_background
from cfbi.model.memory import KnownDistances, ReferenceMemory, lookup, masked_pools

_POOL_EPS = 1e-5


@dataclass(frozen=True)
class MatchingMaps:
    """Everything the ensembler is told about one frame; O rows, row 0 the background.

    Attributes:
        global_fg: (O, 1, h, w) score against the row's own reference pixels.
        global_bg: (O, 1, h, w) smallest score of the other rows.
        local_fg: (O, K, h, w) scores against the previous frame, largest window first.
        local_bg: (O, K, h, w).
        previous_mask: (O, 1, h, w) 0 or 1.
        guidance: (O, G) pooled embeddings: reference inside, outside, previous inside, outside; or of the
            insides alone, or none (G = 0).
    """

    global_fg: Tensor
    global_bg: Tensor
    local_fg: Tensor
    local_bg: Tensor
    previous_mask: Tensor
    guidance: Tensor

    def stacked(self, *, background: bool) -> Tensor:
        """All maps in the published order, (O, 3 + 2K, h, w); without background (O, 2 + K, h, w)."""
        maps = [self.global_fg, self.local_fg, self.previous_mask]
        return torch.cat([*maps, self.local_bg, self.global_bg] if background else maps, dim=1)


def row_channels(dim: int, matching: MatchingConfig) -> tuple[int, int]:
    """Channels of ``MatchingMaps.stacked``, and of all that ``embedding_rows`` gives."""
    windows = len(matching.windows)
    return (3 + 2 * windows, 3 * dim) if matching.background else (2 + windows, 2 * dim)


def embedding_rows(current: Tensor, previous: Tensor, mask: Tensor, *, background: bool) -> list[Tensor]:
    """The embeddings that every row sees: the current one, the previous one inside and outside its mask.

    Args:
        current: (C_e, h, w).
        previous: (C_e, h, w).
        mask: (O, 1, h, w) 0 or 1.
        background: Whether the part outside is shown.
    """
    shown = [current.expand(mask.shape[0], -1, -1, -1), previous * mask]
    return [*shown, previous * (1 - mask)] if background else shown


def match_frame(
    current: Tensor,
    memory: ReferenceMemory,
    previous: Tensor,
    previous_labels: Tensor,
    object_ids: Sequence[int],
    *,
    matching: MatchingConfig,
    bias: Tensor,
    attention: AttentionName = "full",
    known: KnownDistances | None = None,
) -> MatchingMaps:
    """Compare the current frame with the references and the previous frame.

    Args:
        current: Embedding (C_e, h, w).
        memory: The reference frames.
        previous: Embedding of the previous frame (C_e, h, w).
        previous_labels: (h, w) int64 object ids on the grid.
        object_ids: Ids of the rows, 0 (background) first.
        matching: How this scale is matched.
        bias: (O,) one per row.
        attention: What to pool.
        known: What is known of the frame's distances to references, see ``ReferenceMemory.distances``; None
            where nothing is kept.
    """
    # Matching compares small differences of large sums: float32, whatever the caller's autocast says.
    with torch.autocast(current.device.type, enabled=False):
        rows = len(object_ids)
        row_labels = lookup(previous_labels, {object_id: row for row, object_id in enumerate(object_ids)})
        masks = torch.stack([row_labels == row for row in range(rows)])  # (O, h, w)
        query = current[: matching.channels]
        if known is None:
            global_fg = global_matching(query, memory.pixels(object_ids), bias)
        else:
            global_fg = global_scores(memory.distances(query, object_ids, known), bias, query)
        local_fg = local_matching(
            query,
            previous[: matching.channels],
            row_labels,
            bias,
            windows=matching.windows,
            half_resolution=matching.half_resolution,
            atrous=matching.local_atrous,
        )
        return MatchingMaps(
            global_fg=global_fg,
            global_bg=relative_background(global_fg),
            local_fg=local_fg,
            local_bg=relative_background(local_fg),
            previous_mask=masks[:, None].to(current.dtype),
            guidance=_guidance(memory, previous, masks, object_ids, attention),
        )


def _guidance(
    memory: ReferenceMemory,
    previous: Tensor,
    masks: Tensor,
    object_ids: Sequence[int],
    attention: AttentionName,
) -> Tensor:
    if attention == "none":
        return previous.new_zeros(len(object_ids), 0)
    pools = [*memory.pools(object_ids, _POOL_EPS), *masked_pools(previous, masks, _POOL_EPS)]
    return torch.cat(pools if attention == "full" else pools[::2], dim=1)
