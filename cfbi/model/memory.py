"""What the network keeps of its references: pixels by object, and sums for the attention vector."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cfbi.config import MatchingConfig
from cfbi.model.matching import UNREACHABLE, flat_pixels, nearest_distance, subsample_row_masks

_SumCount = tuple[Tensor, Tensor]
"""Sum of embeddings (C,) and number of pixels ()."""

KnownDistances = dict[bytes, Tensor]
"""Of one frame: name of a part of a reference to the squared distances (h*w,) of the frame's pixels to it."""


@dataclass(frozen=True)
class _Part:
    """Pixels (n, channels) of an object in one reference, and a name that other such pixels do not have."""

    pixels: Tensor
    name: bytes


class ReferenceMemory:
    """Reference pixels of all reference frames, grouped by object id once, when a frame is added.

    An object that appears in a later reference simply has no pixel in the earlier ones. Memory grows with the
    number of references, not with the length of the clip.
    """

    def __init__(self) -> None:
        self._parts: dict[int, list[_Part]] = {}
        # per id: sum and count of the pixels inside, and of those outside, over all references
        self._inside: dict[int, _SumCount] = {}
        self._outside: dict[int, _SumCount] = {}
        self._total: _SumCount | None = None
        self.count = 0

    def add(
        self,
        embedding: Tensor,
        labels: Tensor,
        object_ids: Sequence[int],
        matching: MatchingConfig,
        name: bytes = b"",
    ) -> None:
        """Add a reference frame.

        Args:
            embedding: (C, h, w) float32.
            labels: (h, w) int64 object ids on the grid, 0 = background; ids not in ``object_ids`` are
                ignored.
            object_ids: The ids to group, background (0) included.
            matching: Atrous rate and its options.
            name: A name that no other embedding has; empty if distances to it are not worth keeping.
        """
        with torch.autocast(embedding.device.type, enabled=False):
            self._add(embedding, labels, object_ids, matching, name)

    def _add(
        self,
        embedding: Tensor,
        labels: Tensor,
        object_ids: Sequence[int],
        matching: MatchingConfig,
        name: bytes,
    ) -> None:
        dim = embedding.shape[0]
        pixels = embedding.reshape(dim, -1).T  # (h*w, C)
        masks = torch.stack([labels == object_id for object_id in object_ids])  # (O, h, w)
        matched = subsample_row_masks(masks, matching.global_atrous, matching.min_matching_pixels)
        pooled = matched if matching.min_matching_pixels > 0 and matching.attention_sees_subsample else masks
        inside = pooled.flatten(1).to(pixels.dtype)  # (O, h*w)
        outside = 1 - inside
        total = (pixels.sum(0), pixels.new_tensor(float(pixels.shape[0])))
        for row, object_id in enumerate(object_ids):
            chosen = pixels[matched[row].flatten(), : matching.channels]  # (n, channels)
            if chosen.shape[0]:
                self._parts.setdefault(object_id, []).append(_Part(chosen, _part_name(name, matched[row])))
            # an id that is new lay outside in every earlier reference
            before = self._outside.get(object_id, self._total)
            self._inside[object_id] = _plus(self._inside.get(object_id), _sum_count(inside[row], pixels))
            self._outside[object_id] = _plus(before, _sum_count(outside[row], pixels))
        for object_id in self._outside.keys() - set(object_ids):
            self._outside[object_id] = _plus(self._outside[object_id], total)
        self._total = _plus(self._total, total)
        self.count += 1

    def pixels(self, object_ids: Sequence[int]) -> list[Tensor | None]:
        """Reference pixels (n, channels) of each id over all references, None where there is none."""
        found = [[part.pixels for part in self._parts.get(object_id, ())] for object_id in object_ids]
        return [(torch.cat(parts) if len(parts) > 1 else parts[0]) if parts else None for parts in found]

    def distances(self, query: Tensor, object_ids: Sequence[int], known: KnownDistances) -> Tensor:
        """Squared distances from every pixel of a frame to the nearest reference pixel of each id.

        Reference after reference, so that what is known of a frame stays valid when others come or go.

        Args:
            query: Embedding of the frame (channels, h, w).
            object_ids: The ids.
            known: What is known of this frame already. Afterwards it holds what is known of the present
                references.

        Returns:
            (O, h*w) float32; ``UNREACHABLE`` for ids without a pixel.
        """
        flat, used = flat_pixels(query), dict[bytes, Tensor]()
        rows = []
        for object_id in object_ids:
            nearest = flat.new_full((flat.shape[0],), UNREACHABLE)
            for part in self._parts.get(object_id, ()):
                distance = known.get(part.name)
                if distance is None:
                    distance = nearest_distance(flat, part.pixels.float())
                if part.name:
                    used[part.name] = distance
                nearest = torch.minimum(nearest, distance)
            rows.append(nearest)
        known.clear()
        known.update(used)
        return torch.stack(rows)

    def pools(self, object_ids: Sequence[int], eps: float) -> tuple[Tensor, Tensor]:
        """Mean embedding inside and outside each object, over all references together.

        Returns:
            Two (O, C) tensors; zeros inside for an object without pixels.
        """
        assert self._total is not None, "a reference must be added first"
        nothing = (torch.zeros_like(self._total[0]), torch.zeros_like(self._total[1]))
        inside = [self._inside.get(object_id, nothing) for object_id in object_ids]
        outside = [self._outside.get(object_id, self._total) for object_id in object_ids]
        return _means(inside, eps), _means(outside, eps)


def _part_name(embedding: bytes, mask: Tensor) -> bytes:
    """Name of the pixels that a mask (h, w) picks out of a named embedding; empty where that has no name."""
    if not embedding:
        return b""
    return hashlib.blake2b(embedding + mask.cpu().numpy().tobytes(), digest_size=16).digest()


def _plus(old: _SumCount | None, new: _SumCount) -> _SumCount:
    return new if old is None else (old[0] + new[0], old[1] + new[1])


def _sum_count(weights: Tensor, pixels: Tensor) -> _SumCount:
    return weights @ pixels, weights.sum()


def _means(parts: Sequence[_SumCount], eps: float) -> Tensor:
    sums, counts = torch.stack([part[0] for part in parts]), torch.stack([part[1] for part in parts])
    return sums / (counts[:, None] + eps)


def masked_pools(embedding: Tensor, row_masks: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Mean embedding inside and outside each row's mask in one frame (§3.3).

    Args:
        embedding: (C, h, w).
        row_masks: (O, h, w), 0 or 1.
        eps: Added to the counts.

    Returns:
        Two (O, C) tensors.
    """
    pixels = embedding.flatten(1).T  # (h*w, C)
    inside = row_masks.flatten(1).to(pixels.dtype)  # (O, h*w)
    # Summed by itself: as a difference of two sums, "outside" keeps a rounding rest where nothing is
    # outside, and dividing it by eps gives thousands instead of 0.
    outside = 1 - inside
    return (
        (inside @ pixels) / (inside.sum(1, keepdim=True) + eps),
        (outside @ pixels) / (outside.sum(1, keepdim=True) + eps),
    )


def lookup(labels: Tensor, table: Mapping[int, int]) -> Tensor:
    """Map object ids (h, w) to row numbers; ids without a row become -1."""
    rows = torch.full((256,), -1, dtype=torch.long, device=labels.device)
    for object_id, row in table.items():
        rows[object_id] = row
    return rows[labels]
