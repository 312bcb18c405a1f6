"""Propagates masks through a clip: the inference loop of CFBI, with any number of references."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from cfbi.errors import InputError
from cfbi.inference.cache import FeatureCache
from cfbi.inference.types import FrameResult
from cfbi.inference.view import View, ViewSpec
from cfbi.model.network import FrameFeatures, Network

_GIVEN_KEPT = 4
"""Frames with given masks whose features a session keeps; each takes about 10 MB at 864 px."""

VOID = 255
"""Label of pixels that belong to no known object; references ignore them."""


class InferenceSession:
    """Segments frames one after another from reference frames with known masks.

    The session keeps the reference frames' embeddings and the previous frame, nothing else, so its memory
    does not grow with the clip. Frames may have any size; a session's frames all have the same. Object ids
    are immutable: an id means the same object in every mask that goes in or comes out. A reference may bring
    objects that no earlier one had.

    The rows of the network are the background and the ids that references have shown. The authors'
    evaluator has rows for all ids up to the largest; results are the same unless the ids of a clip have gaps.

    Args:
        model: The network; it is moved to ``device`` and put into eval mode.
        device: Where to compute, for example "cpu" or "cuda".
        max_side: Longest side in pixels that the network sees. None: what the network's configuration says.
        scales: Multi-scale factors; the probabilities of all passes are averaged.
        flip: Also run a mirrored pass for each scale.
        cache: What other sessions on the same network have found of the same pictures, and will find from
            here on; results are the same with it. None keeps nothing.
    """

    def __init__(
        self,
        model: Network,
        *,
        device: str | torch.device = "cpu",
        max_side: int | None = None,
        scales: Sequence[float] = (1.0,),
        flip: bool = False,
        cache: FeatureCache | None = None,
    ) -> None:
        if max_side is not None and max_side < 17:
            raise InputError(f"max_side is {max_side}, but the network needs at least 17 pixels.")
        if not scales or min(scales) <= 0:
            raise InputError(f"scales is {tuple(scales)}, but needs at least one positive factor.")
        self._device = torch.device(device)
        self._model = model.to(self._device).eval()
        limit = max_side or _default_side(model, scales)
        mirrored = (False, True) if flip else (False,)
        self._cache = cache
        self._specs = [ViewSpec(scale, mirror, limit) for scale in scales for mirror in mirrored]
        self.clear_references()

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids that the references have shown so far, ascending."""
        return self._object_ids

    @property
    def reference_count(self) -> int:
        """How many reference frames the session holds."""
        return self._views[0].memory.count

    def clear_references(self) -> None:
        """Forget all references, the previous frame, the object ids and the frame size."""
        self._views = [View(self._model, spec, self._device, self._cache) for spec in self._specs]
        self._object_ids: tuple[int, ...] = ()
        self._size: tuple[int, int] | None = None
        self._newest: tuple[NDArray[np.uint8], list[FrameFeatures]] | None = None
        self._given: dict[bytes, list[FrameFeatures]] = {}

    @torch.inference_mode()
    def add_reference(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        """Add a frame whose mask is known; it also becomes the previous frame.

        Args:
            frame: (H, W, 3) uint8 RGB.
            index_mask: (H, W) uint8, 0 = background, 1..254 object ids, 255 = void (ignored). All zeros is a
                reference that says "no object here", once another reference has named one.

        Raises:
            InputError: Wrong shape, type or size, or the first reference shows no object.
        """
        self._check_frame(frame)
        self._check_mask(index_mask, frame)
        present = {int(value) for value in np.unique(index_mask)} - {0, VOID}
        if not present and not self._object_ids:
            raise InputError(
                "The reference mask shows no object (all pixels are 0 or 255).",
                "Paint the object on this frame first.",
            )
        extracted = self._given_features(frame)  # first: where memory runs out, the session stays as it was
        self._object_ids = tuple(sorted(present | set(self._object_ids)))
        self._size = (frame.shape[0], frame.shape[1])
        labels = torch.from_numpy(np.array(index_mask)).to(self._device)
        for view, features in zip(self._views, extracted, strict=True):
            view.add_reference(features, labels, (0, *self._object_ids))
            view.set_previous(features, labels)

    @torch.inference_mode()
    def set_previous(self, frame: NDArray[np.uint8], index_mask: NDArray[np.uint8]) -> None:
        """Move the previous frame without adding a reference, for example to resume or to change direction.

        Args:
            frame: (H, W, 3) uint8 RGB.
            index_mask: (H, W) uint8 object ids; ids that no reference has shown match nothing.

        Raises:
            InputError: Wrong shape, type or size, or there is no reference yet.
        """
        self._need_reference()
        self._check_frame(frame)
        self._check_mask(index_mask, frame)
        labels = torch.from_numpy(np.array(index_mask)).to(self._device)
        for view, features in zip(self._views, self._given_features(frame), strict=True):
            view.set_previous(features, labels)

    @torch.inference_mode()
    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        """Segment the next frame; it becomes the previous frame.

        Args:
            frame: (H, W, 3) uint8 RGB.

        Raises:
            InputError: Wrong shape, type or size, or there is no reference yet.
        """
        self._need_reference()
        self._check_frame(frame)
        size, ids = (frame.shape[0], frame.shape[1]), (0, *self._object_ids)
        features = self._features(frame)
        passes = [view.predict(f, ids, size) for view, f in zip(self._views, features, strict=True)]
        probability = passes[0] if len(passes) == 1 else torch.stack(passes).mean(0)  # (O, H, W)
        table = torch.tensor(ids, dtype=torch.uint8, device=self._device)
        labels = table[probability.max(0).indices]  # argmax is ten times slower over the first axis
        for view, f in zip(self._views, features, strict=True):
            view.set_previous(f, labels)
        result = FrameResult(labels.cpu().numpy(), probability.cpu().numpy(), self._object_ids)
        result.index_mask.setflags(write=False)
        result.probability.setflags(write=False)
        return result

    def propagate(self, frames: Iterable[NDArray[np.uint8]]) -> Iterator[FrameResult]:
        """Segment frames as they are asked for, in the order given (reversed for backward)."""
        for frame in frames:
            yield self.step(frame)

    def _features(self, frame: NDArray[np.uint8]) -> list[FrameFeatures]:
        """Features per view; the newest frame's are kept, so correcting it does not extract it again.

        Only for frames that nobody can write to: a caller may fill a buffer with the next picture.
        """
        if self._newest is not None and self._newest[0] is frame:
            return self._newest[1]
        features = [view.features(frame) for view in self._views]
        self._newest = (frame, features) if _is_immutable(frame) else None
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

    def _need_reference(self) -> None:
        if not self._object_ids:
            raise InputError("There is no reference frame.", "Add a frame with a painted mask first.")

    def _check_frame(self, frame: NDArray[np.uint8]) -> None:
        if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8 or 0 in frame.shape:
            raise InputError(f"A frame must be (H, W, 3) uint8 RGB, but is {frame.shape} {frame.dtype}.")
        if self._size is not None and frame.shape[:2] != self._size:
            raise InputError(
                f"The frame is {frame.shape[1]}x{frame.shape[0]}, but the references are "
                f"{self._size[1]}x{self._size[0]}.",
                "All frames of a clip must have the same size.",
            )

    @staticmethod
    def _check_mask(index_mask: NDArray[np.uint8], frame: NDArray[np.uint8]) -> None:
        if index_mask.ndim != 2 or index_mask.dtype != np.uint8:
            raise InputError(f"A mask must be (H, W) uint8, but is {index_mask.shape} {index_mask.dtype}.")
        if index_mask.shape != frame.shape[:2]:
            raise InputError(
                f"The mask is {index_mask.shape[1]}x{index_mask.shape[0]}, but the frame is "
                f"{frame.shape[1]}x{frame.shape[0]}.",
                "Give a mask of the frame's own size.",
            )


def _is_immutable(array: object) -> bool:
    """Whether the array is read-only, and no view of memory that somebody may still write to."""
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None or isinstance(array, bytes)


def _default_side(model: Network, scales: Sequence[float]) -> int:
    """The authors evaluate several scales from a smaller base size than one scale."""
    preprocessing = model.config.preprocessing
    if tuple(scales) != (1.0,) and preprocessing.multi_scale_max_side is not None:
        return preprocessing.multi_scale_max_side
    return preprocessing.max_side
