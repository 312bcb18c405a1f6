"""The inference loop of CFBI over frames as they are, with any number of references."""

import hashlib
from collections.abc import Sequence
from copy import copy

import numpy as np
import torch
from numpy.typing import NDArray

from cfbi.data.annotations import VOID
from cfbi.inference.cache import FeatureCache
from cfbi.inference.types import FrameResult
from cfbi.inference.view import View, ViewSpec
from cfbi.model.network import FrameFeatures, Network

_GIVEN_KEPT = 4
"""Frames with given masks whose features a session keeps; each takes about 10 MB at 864 px."""


class PlainSession:
    """Segments pictures of one size as they are; see ``InferenceSession`` for what goes in and comes out.

    It keeps the references' embeddings and the previous frame, nothing else. The rows of the network are the
    background and the ids that references have shown. The authors' evaluator has rows for all ids up to the
    largest; results are the same unless the ids of a clip have gaps.

    Args:
        model: The network; it is moved to ``device`` and put into eval mode.
        device: Where to compute.
        max_side: Longest side in pixels before ``scales``; None keeps pictures as large as they are.
        scales: Multi-scale factors; the probabilities of all passes are averaged.
        flip: Also run a mirrored pass for each scale.
        cache: Features that are known already, and where to put new ones; None keeps nothing.
    """

    def __init__(
        self,
        model: Network,
        *,
        device: str | torch.device = "cpu",
        max_side: int | None,
        scales: Sequence[float] = (1.0,),
        flip: bool = False,
        cache: FeatureCache | None = None,
    ) -> None:
        self._device = torch.device(device)
        self._model = model.to(self._device).eval()
        mirrored = (False, True) if flip else (False,)
        specs = [ViewSpec(scale, mirror, max_side) for scale in scales for mirror in mirrored]
        self._views = [View(self._model, spec, self._device, cache) for spec in specs]
        self._object_ids: tuple[int, ...] = ()
        self._newest: tuple[NDArray[np.uint8], list[FrameFeatures]] | None = None
        self._given: dict[bytes, list[FrameFeatures]] = {}

    @torch.inference_mode()
    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        """Add a frame whose mask is known; it also becomes the previous frame. The first shows an object."""
        extracted = self._given_features(frame)  # first: where memory runs out, the session stays as it was
        present = {int(value) for value in np.unique(index_mask)} - {0, VOID}
        self._object_ids = tuple(sorted(present | set(self._object_ids)))
        labels = torch.from_numpy(np.array(index_mask)).to(self._device)
        for view, features in zip(self._views, extracted, strict=True):
            view.add_reference(features, labels, (0, *self._object_ids))
            view.set_previous(features, labels)

    @torch.inference_mode()
    def add_surroundings(
        self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8], relative_scale: float
    ) -> None:
        """Learn from what lies around a reference that was added, seen at another scale.

        Args:
            frame: (H, W, 3) uint8 RGB.
            index_mask: (H, W) uint8, as of the reference.
            relative_scale: Against the session's own scale.
        """
        present = {int(value) for value in np.unique(index_mask)} - {0, VOID}
        self._object_ids = tuple(sorted(present | set(self._object_ids)))
        labels = torch.from_numpy(np.array(index_mask)).to(self._device)
        for view in self._views:
            view.add_reference(view.features(frame, relative_scale), labels, (0, *self._object_ids))

    def companion(self) -> "PlainSession":
        """Another session on the same references, now and later, with a previous frame of its own.

        It has to be told which objects to look for.
        """
        other = copy(self)
        other._views = [view.companion() for view in self._views]
        other._newest, other._given = None, {}
        return other

    @torch.inference_mode()
    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        """Move the previous frame without adding a reference."""
        labels = torch.from_numpy(np.array(index_mask)).to(self._device)
        for view, features in zip(self._views, self._given_features(frame), strict=True):
            view.set_previous(features, labels)

    @torch.inference_mode()
    def step(self, frame: NDArray[np.uint8], object_ids: Sequence[int] | None = None) -> FrameResult:
        """Segment the next frame, after a reference; it becomes the previous frame.

        Args:
            frame: (H, W, 3) uint8 RGB.
            object_ids: What to look for, ascending; None for all that references have shown.
        """
        object_ids = self._object_ids if object_ids is None else tuple(object_ids)
        size, ids = (frame.shape[0], frame.shape[1]), (0, *object_ids)
        features = self._features(frame)
        passes = [view.predict(f, ids, size) for view, f in zip(self._views, features, strict=True)]
        probability = passes[0] if len(passes) == 1 else torch.stack(passes).mean(0)  # (O, H, W)
        table = torch.tensor(ids, dtype=torch.uint8, device=self._device)
        labels = table[probability.max(0).indices]  # argmax is ten times slower over the first axis
        for view, f in zip(self._views, features, strict=True):
            view.set_previous(f, labels)
        result = FrameResult(labels.cpu().numpy(), probability.cpu().numpy(), object_ids)
        result.index_mask.setflags(write=False)
        result.probability.setflags(write=False)
        return result

    def _features(self, frame: NDArray[np.uint8]) -> list[FrameFeatures]:
        """Features per view; the newest frame's are kept, so correcting it does not extract it again.

        Only for frames that nobody can write to: a caller may fill a buffer with the next picture.
        """
        if self._newest is not None and self._newest[0] is frame:
            return self._newest[1]
        features = [view.features(frame) for view in self._views]
        self._newest = (frame, features) if is_immutable(frame) else None
        return features

    def _given_features(self, frame: NDArray[np.uint8]) -> list[FrameFeatures]:
        """Features of a frame with a given mask; a run comes back to its references, so some are kept.

        They are known by their content, for a frame that is decoded again is another array.
        """
        if self._newest is not None and self._newest[0] is frame:
            return self._newest[1]
        key = hashlib.blake2b(np.ascontiguousarray(frame).data, digest_size=16).digest()
        features = self._given.pop(key, None) or self._features(frame)
        self._given[key] = features
        while len(self._given) > _GIVEN_KEPT:
            del self._given[next(iter(self._given))]
        return features


def is_immutable(array: object) -> bool:
    """Whether the array is read-only, and no view of memory that somebody may still write to."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None or isinstance(array, bytes)
