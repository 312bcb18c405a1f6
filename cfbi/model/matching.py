"""Global and multi-local matching and the relative background (§3.2, Eq. 1-4).

Every function searches for the nearest pixel without recording gradients, in blocks with an immediate
minimum, and then (only when gradients are wanted) recomputes the distance of the winning pairs. Values and
gradients equal those of the textbook form, but no rows x queries x references tensor ever exists, and the
search costs the same for one object as for ten.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from cfbi.model.layers import resize

UNREACHABLE = 5e4
"""Squared distance of "there is no such pixel"; ``match_score`` maps it to exactly 1 in float32."""

_BLOCK_ELEMENTS = 1 << 21  # distances held at once: 8 MB, which stays in a core's cache reach
_OFFSET_BITS = 16  # low bits of a packed (distance, window offset) key


def match_score(squared_distance: Tensor, bias: Tensor) -> Tensor:
    """Eq. 1: ``1 - 2 / (1 + exp(d + b))``, in (-1, 1), small where alike."""
    return 2 * torch.sigmoid(squared_distance + bias) - 1


def grid_labels(labels: Tensor, size: tuple[int, int]) -> Tensor:
    """Bring a label map (H, W) to the feature grid ``size`` by nearest (source index = floor(i * in / out)).

    Returns:
        (h, w) int64.
    """
    resized = torch.nn.functional.interpolate(labels[None, None].float(), size=size, mode="nearest")
    return resized[0, 0].long()


def nearest_distance(query: Tensor, reference: Tensor) -> Tensor:
    """Squared distance from every query to its nearest reference.

    Args:
        query: (Q, C) float32.
        reference: (R, C) float32, R >= 1.

    Returns:
        (Q,) float32, differentiable in both arguments; may be a rounding error below 0.
    """
    wants_gradient = torch.is_grad_enabled() and (query.requires_grad or reference.requires_grad)
    with torch.no_grad():
        value, index = _nearest(query, reference, with_index=wants_gradient)
    if index is None:
        return value
    return (query - reference[index]).pow(2).sum(1)


def _nearest(query: Tensor, reference: Tensor, *, with_index: bool) -> tuple[Tensor, Tensor | None]:
    """Blocked minimum of |q|^2 + |r|^2 - 2qr over r; the index (Q,) int64 only on request."""
    total_q, total_r = query.shape[0], reference.shape[0]
    block_r = min(total_r, 4096)
    block_q = max(1, _BLOCK_ELEMENTS // block_r)
    norm_r = reference.pow(2).sum(1)  # (R,)
    best = query.new_full((total_q,), torch.inf)
    best_index = torch.zeros(total_q, dtype=torch.long, device=query.device) if with_index else None
    for start_q in range(0, total_q, block_q):
        part = query[start_q : start_q + block_q]
        rows = slice(start_q, start_q + part.shape[0])
        for start_r in range(0, total_r, block_r):
            block = reference[start_r : start_r + block_r]
            # (q, r): |r|^2 - 2 q.r; |q|^2 does not change the minimum and is added at the end
            scores = torch.addmm(norm_r[start_r : start_r + block.shape[0]], part, block.T, alpha=-2)
            if best_index is None:
                best[rows] = torch.minimum(best[rows], scores.amin(1))
            else:
                value, index = scores.min(1)
                better = value < best[rows]
                best[rows] = torch.where(better, value, best[rows])
                best_index[rows] = torch.where(better, index + start_r, best_index[rows])
    return best + query.pow(2).sum(1), best_index


def subsample_row_masks(row_masks: Tensor, atrous: int, min_pixels: int) -> Tensor:
    """Keep the reference pixels at grid points 0 modulo ``atrous``.

    Args:
        row_masks: (O, h, w) bool.
        atrous: Rate of the grid.
        min_pixels: Rows with at most ``min_pixels * atrous**2`` pixels keep all of them; 0 subsamples every
            row.

    Returns:
        (O, h, w) bool.
    """
    if atrous <= 1:
        return row_masks
    grid = torch.zeros_like(row_masks[0])
    grid[::atrous, ::atrous] = True
    kept = row_masks & grid
    if min_pixels <= 0:
        return kept
    large = row_masks.flatten(1).sum(1) > min_pixels * atrous**2
    return torch.where(large[:, None, None], kept, row_masks)


def global_matching(query: Tensor, pixels: Sequence[Tensor | None], bias: Tensor) -> Tensor:
    """Match the current frame with the reference pixels of each row.

    Args:
        query: Current embedding (C, h, w).
        pixels: For each row, its reference pixels (n, C), or None when it has none.
        bias: (O,) one per row.

    Returns:
        (O, 1, h, w) match scores; 1 for rows without pixels.
    """
    flat = flat_pixels(query)
    empty = flat.new_full((flat.shape[0],), UNREACHABLE)
    distance = torch.stack(
        [empty if row is None or row.shape[0] == 0 else nearest_distance(flat, row.float()) for row in pixels]
    )
    return global_scores(distance, bias, query)


def flat_pixels(embedding: Tensor) -> Tensor:
    """The pixels (h*w, C) float32 of an embedding (C, h, w), one after another in memory."""
    return embedding.reshape(embedding.shape[0], -1).T.float().contiguous()


def global_scores(distance: Tensor, bias: Tensor, query: Tensor) -> Tensor:
    """Match scores (O, 1, h, w) of squared distances (O, h*w) of the embedding ``query`` (C, h, w)."""
    return match_score(distance, bias[:, None]).view(len(distance), 1, query.shape[1], query.shape[2])


def relative_background(scores: Tensor) -> Tensor:
    """For each row the smallest score of the *other* rows (Eq. 3), from the two smallest of all rows.

    Args:
        scores: (O, K, h, w). A single row is returned as it is.
    """
    if scores.shape[0] == 1:
        return scores
    two, owner = scores.topk(2, dim=0, largest=False)  # (2, K, h, w)
    rows = torch.arange(scores.shape[0], device=scores.device)[:, None, None, None]
    return torch.where(rows == owner[:1], two[1:], two[:1])


def local_matching(
    query: Tensor,
    previous: Tensor,
    labels: Tensor,
    bias: Tensor,
    *,
    windows: Sequence[int] = (2, 4, 6, 8, 10, 12),
    half_resolution: bool = True,
    atrous: int = 1,
) -> Tensor:
    """Match the current frame with neighbourhoods in the previous frame, all windows at once (Eq. 4).

    Args:
        query: Current embedding (C, h, w).
        previous: Previous embedding (C, h, w).
        labels: Previous row of each pixel (h, w) int64; values outside 0..O-1 match no row.
        bias: (O,) one per row.
        windows: Radii in pixels of the grid that is searched, ascending.
        half_resolution: Search on the grid (h // 2 + 1, w // 2 + 1); scores are brought back to (h, w)
            afterwards.
        atrous: Only every such offset is searched.

    Returns:
        (O, K, h, w) scores in the order of the published networks: the largest window first, then ascending.
    """
    size = (query.shape[1], query.shape[2])
    query, previous = query.float(), previous.float()
    if half_resolution:
        small = (size[0] // 2 + 1, size[1] // 2 + 1)
        query = resize(query[None], small)[0]
        previous = resize(previous[None], small)[0]
        labels = grid_labels(labels, small)
    distance = _windowed_distance(query, previous, labels, bias.shape[0], windows, atrous)  # (O, K, hs, ws)
    distance = torch.cat([distance[:, -1:], distance[:, :-1]], dim=1)
    return resize(match_score(distance, bias[:, None, None, None]), size)


def _windowed_distance(
    query: Tensor, previous: Tensor, labels: Tensor, rows: int, windows: Sequence[int], atrous: int
) -> Tensor:
    """Smallest squared distance per row and window: (O, K, h, w), ``UNREACHABLE`` where none."""
    dim, height, width = query.shape
    with torch.no_grad():
        keys = _packed_minima(query, previous, labels, rows, windows, atrous)  # (h, w, K, O) int64
    none = keys == torch.iinfo(torch.int64).max
    wants_gradient = torch.is_grad_enabled() and (query.requires_grad or previous.requires_grad)
    if not wants_gradient:
        value = (keys >> _OFFSET_BITS).to(torch.int32).view(torch.float32)
        return torch.where(none, UNREACHABLE, value).permute(3, 2, 0, 1)
    reach = _reach(windows, atrous)
    side = 2 * (reach // atrous) + 1
    offset = torch.where(none, 0, keys & ((1 << _OFFSET_BITS) - 1))
    y = torch.arange(height, device=query.device)[:, None, None, None] + (offset // side) * atrous - reach
    x = torch.arange(width, device=query.device)[None, :, None, None] + (offset % side) * atrous - reach
    index = torch.where(none, 0, y * width + x)
    pixels = previous.reshape(dim, -1).T[index.reshape(-1)].view(*index.shape, dim)  # (h, w, K, O, C)
    value = (query.permute(1, 2, 0)[:, :, None, None] - pixels).pow(2).sum(-1)
    return torch.where(none, UNREACHABLE, value).permute(3, 2, 0, 1)


def _reach(windows: Sequence[int], atrous: int) -> int:
    return windows[-1] - windows[-1] % atrous


def _packed_minima(
    query: Tensor, previous: Tensor, labels: Tensor, rows: int, windows: Sequence[int], atrous: int
) -> Tensor:
    """Minima as integers: the distance's bits above, the window offset below, so one minimum finds both.

    One product per grid row covers the band of previous rows that its windows can see; strided views pick
    each pixel's window out of it. A scatter by (window ring, row) then takes all minima in one pass whatever
    the number of rows.

    Returns:
        (h, w, K, O) int64; int64's maximum where a window holds no pixel of the row.
    """
    dim, height, width = query.shape
    reach = _reach(windows, atrous)
    side = 2 * (reach // atrous) + 1
    padded_width = width + 2 * reach
    band = previous.new_zeros(height + 2 * reach, padded_width, dim)
    band[reach : reach + height, reach : reach + width] = previous.permute(1, 2, 0)
    outside = rows
    known = torch.where((labels >= 0) & (labels < rows), labels, outside)
    band_labels = known.new_full((height + 2 * reach, padded_width), outside)
    band_labels[reach : reach + height, reach : reach + width] = known
    norm = band.pow(2).sum(2)
    groups, nothing = len(windows) * (rows + 1), torch.iinfo(torch.int64).max
    offsets = torch.arange(side * side, device=query.device)
    distance_to_centre = torch.maximum(
        (offsets // side * atrous - reach).abs(), (offsets % side * atrous - reach).abs()
    )
    limits = torch.tensor([w - w % atrous for w in windows], device=query.device)
    ring = torch.searchsorted(limits, distance_to_centre) * (
        rows + 1
    )  # (side^2,) first window that holds the offset
    keys = torch.full((height, width, groups), nothing, dtype=torch.int64, device=query.device)
    lines = query.permute(1, 2, 0).contiguous()  # (h, w, C)
    for y in range(height):
        line = lines[y]  # (w, C)
        view = slice(y, y + 2 * reach + 1, atrous)
        block = band[view].reshape(-1, dim)  # (side * padded_width, C)
        products = torch.addmm(norm[view].reshape(-1), line, block.T, alpha=-2)  # (w, side * padded_width)
        products += line.pow(2).sum(1, keepdim=True)
        stride = products.shape[1]
        # element (x, dy, dx) = products[x, dy, x + dx * atrous]
        near = products.as_strided((width, side, side), (stride + 1, padded_width, atrous))
        names = band_labels[view].contiguous().as_strided((width, side, side), (1, padded_width, atrous))
        bits = near.clamp(min=0).reshape(width, -1).view(torch.int32).long()
        packed = (bits << _OFFSET_BITS) | offsets
        keys[y].scatter_reduce_(1, names.reshape(width, -1) + ring, packed, "amin")
    return keys.view(height, width, len(windows), rows + 1)[..., :rows].cummin(2).values
