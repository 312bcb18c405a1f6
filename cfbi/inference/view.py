"""One augmented view (scale, flip) of the clip, with its own reference memory and previous frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from cfbi.inference.cache import FeatureCache, name_of
from cfbi.model.network import FrameFeatures, Network, PreviousFrame
from cfbi.transforms import network_size, prepare_frame


@dataclass(frozen=True)
class ViewSpec:
    """Which view of the frames a pass sees.

    Attributes:
        scale: Multi-scale factor.
        flip: Mirrored left to right.
        max_side: Longest side before ``scale``; None keeps the frame's.
    """

    scale: float
    flip: bool
    max_side: int | None


class View:
    """State of one view. The label maps are shared by all views, the embeddings are its own.

    Args:
        model: The network.
        spec: What the view sees.
        device: Where to compute.
        cache: Features of this network that are known already; None to keep none.
    """

    def __init__(
        self, model: Network, spec: ViewSpec, device: torch.device, cache: FeatureCache | None = None
    ) -> None:
        self._model = model
        self._spec = spec
        self._device = device
        self._cache = cache
        self.memory = model.new_memory()
        self._previous: PreviousFrame | None = None

    def companion(self) -> "View":
        """Another one on the same references, with a previous frame of its own."""
        other = View(self._model, self._spec, self._device, self._cache)
        other.memory = self.memory
        return other

    def features(self, frame: NDArray[np.uint8], relative_scale: float = 1.0) -> FrameFeatures:
        """Run the extractor on (H, W, 3) uint8 RGB, unless its features are known.

        Args:
            frame: The picture.
            relative_scale: Of how it is seen, against the view's own.
        """
        spec = replace(self._spec, scale=self._spec.scale * relative_scale)
        if self._cache is None:
            return self._extract(frame, spec)
        name = name_of(frame, f"{spec.scale!r} {spec.flip} {spec.max_side}")
        return self._cache.features(name, lambda: replace(self._extract(frame, spec), name=name))

    def _extract(self, frame: NDArray[np.uint8], spec: ViewSpec) -> FrameFeatures:
        size = network_size(frame.shape[0], frame.shape[1], max_side=spec.max_side, scale=spec.scale)
        image = prepare_frame(frame, size, self._model.config.preprocessing)
        if spec.flip:
            image = image.flip(-1)
        found = self._model.extract(image[None].to(self._device))[0]
        return replace(found, distances=tuple({} for _ in found.embeddings))

    def add_reference(self, features: FrameFeatures, labels: Tensor, object_ids: Sequence[int]) -> None:
        """Remember a frame with its labels (H, W) uint8."""
        self.memory.add(features, self._seen(labels), object_ids)

    def set_previous(self, features: FrameFeatures, labels: Tensor) -> None:
        """Make a frame with its labels (H, W) uint8 the previous frame."""
        self._previous = PreviousFrame.of(features, self._seen(labels))

    def predict(self, features: FrameFeatures, object_ids: Sequence[int], size: tuple[int, int]) -> Tensor:
        """Probability (O, H, W) of the current frame at ``size``, already un-mirrored."""
        assert self._previous is not None
        logits = self._model(features, self.memory, self._previous, object_ids)
        logits = F.interpolate(logits.float(), size=size, mode="bilinear", align_corners=True)[0]
        return (logits.flip(-1) if self._spec.flip else logits).softmax(0)

    def _seen(self, labels: Tensor) -> Tensor:
        return labels.flip(-1) if self._spec.flip else labels
