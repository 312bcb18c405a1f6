"""What CFBI and CFBI+ have in common: how inference and training talk to a network."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from torch import Tensor, nn

from cfbi.config import MatchingConfig, ModelConfig
from cfbi.model.deeplab import DeepLabV3Plus
from cfbi.model.matching import grid_labels
from cfbi.model.memory import KnownDistances, ReferenceMemory


@dataclass(frozen=True)
class FrameFeatures:
    """What the extractor says of one frame.

    Attributes:
        embeddings: (C_e, h, w) float32 each, not negative: stride 4, and 8 and 16 where the network has them.
        low: (1, C_low, h, w), stride 4.
        name: A name that the features of no other picture have; empty if they are not kept.
        distances: What is known of the frame's distances to references, at the scale of each embedding; it
            is filled as the frame is matched. Empty in training, which matches every pair only once.
    """

    embeddings: tuple[Tensor, ...]
    low: Tensor
    name: bytes = b""
    distances: tuple[KnownDistances, ...] = field(default=(), compare=False)

    @property
    def embedding(self) -> Tensor:
        """The embedding at stride 4."""
        return self.embeddings[0]

    def distances_at(self, scale: int) -> KnownDistances | None:
        """What is known at the scale of an embedding; None where nothing is kept."""
        return self.distances[scale] if self.distances else None

    @property
    def held_bytes(self) -> int:
        """Memory of all that is kept of the frame."""
        kept = [*self.embeddings, self.low, *(part for known in self.distances for part in known.values())]
        return sum(tensor.numel() * tensor.element_size() for tensor in kept)

    def grids(self, labels: Tensor) -> tuple[Tensor, ...]:
        """A label map (H, W) on the grid of each embedding, (h, w) int64."""
        return tuple(grid_labels(labels, (e.shape[1], e.shape[2])) for e in self.embeddings)


@dataclass(frozen=True)
class PreviousFrame:
    """The frame before the current one, with its mask.

    Attributes:
        embeddings: As in ``FrameFeatures``.
        grids: (h, w) int64 object ids on the grid of each embedding.
    """

    embeddings: tuple[Tensor, ...]
    grids: tuple[Tensor, ...]

    @classmethod
    def of(cls, features: FrameFeatures, labels: Tensor) -> "PreviousFrame":
        """From a frame and its label map (H, W)."""
        return cls(features.embeddings, features.grids(labels))


class Memory:
    """The reference frames: one memory for each scale of the embeddings, finest first."""

    def __init__(self, matchings: Sequence[MatchingConfig]) -> None:
        self._matchings = tuple(matchings)
        self.scales = tuple(ReferenceMemory() for _ in matchings)

    @property
    def count(self) -> int:
        """Number of reference frames."""
        return self.scales[0].count

    def add(self, features: FrameFeatures, labels: Tensor, object_ids: Sequence[int]) -> None:
        """Add a reference frame.

        Args:
            features: Of the frame.
            labels: (H, W) object ids, 0 = background; ids not in ``object_ids`` are ignored.
            object_ids: The ids to remember, background (0) included.
        """
        scales = zip(self.scales, features.embeddings, features.grids(labels), self._matchings, strict=True)
        for memory, embedding, grid, matching in scales:
            memory.add(embedding, grid, object_ids, matching, features.name)


class Network(nn.Module):
    """A network of the CFBI family. It has no state between frames; ``InferenceSession`` keeps it."""

    config: ModelConfig
    feature_extracter: DeepLabV3Plus

    def new_memory(self) -> Memory:
        """A memory without references."""
        return Memory(self.config.matchings)

    def extract(self, images: Tensor) -> list[FrameFeatures]:
        """Features of each image of a batch.

        Args:
            images: (B, 3, H, W) float32, prepared as the network's ``Preprocessing`` says.
        """
        raise NotImplementedError

    def forward(
        self, current: FrameFeatures, memory: Memory, previous: PreviousFrame, object_ids: Sequence[int]
    ) -> Tensor:
        """Logits (1, O, h, w) at stride 4 of the current frame.

        Args:
            current: Features of the frame.
            memory: The reference frames.
            previous: The previous frame.
            object_ids: Ids of the rows, 0 (background) first.
        """
        raise NotImplementedError
