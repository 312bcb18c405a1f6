"""Propagates masks through a clip: the inference loop of CFBI, with any number of references."""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from cfbi.data.annotations import VOID
from cfbi.errors import InputError
from cfbi.inference.cache import FeatureCache
from cfbi.inference.close_up import CloseUpSession
from cfbi.inference.framing import Framing
from cfbi.inference.plain import PlainSession, is_immutable
from cfbi.inference.types import FrameResult
from cfbi.model.network import Network


class InferenceSession:
    """Segments frames one after another from reference frames with known masks.

    The session keeps the reference frames' embeddings (and with ``close_up`` their pictures) and the previous
    frame, nothing else, so its memory does not grow with the clip. Frames may have any size; a session's
    frames all have the same. Object ids are immutable: an id means the same object in every mask that goes in
    or comes out. A reference may bring objects that no earlier one had.

    With ``close_up``, and where frames are larger than the network sees them, it looks at a window around all
    objects of the previous frame, as long as none of them is lost and the network sees them at least 1.2
    times (several objects: 1.5 times) as large in it, but not longer than the pictures that it learnt from.
    Objects that are too far apart for that are looked at in groups, each in a window of its own, and what is
    lost or large in whole, as long as the network sees no more than 1.3 times as many pixels in all.
    Where a mask reaches an edge of the window, the frame is looked at again in a larger one; where an object
    is lost, in whole. Pixels that nothing looks at are background. The paper has no windows.

    Args:
        model: The network; it is moved to ``device`` and put into eval mode.
        device: Where to compute, for example "cpu" or "cuda".
        max_side: Longest side in pixels that the network sees. None: what the network's configuration says.
        scales: Multi-scale factors; the probabilities of all passes are averaged.
        flip: Also run a mirrored pass for each scale.
        cache: What other sessions on the same network have found of the same pictures, and will find from
            here on; results are the same with it. None keeps nothing.
        close_up: Whether to look closely. None: what the network's configuration says, and never with
            several scales or mirrored passes, which look closely in their own way.

    Raises:
        InputError: ``max_side`` or ``scales`` cannot be used.
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
        close_up: bool | None = None,
    ) -> None:
        if max_side is not None and max_side < 17:
            raise InputError(f"max_side is {max_side}, but the network needs at least 17 pixels.")
        if not scales or min(scales) <= 0:
            raise InputError(f"scales is {tuple(scales)}, but needs at least one positive factor.")
        self._limit = max_side or _default_side(model, scales)
        if close_up is None:
            close_up = model.config.preprocessing.close_up and tuple(scales) == (1.0,) and not flip
        self._close_up = close_up
        new = partial(PlainSession, model, device=device, flip=flip, cache=cache)

        def new_at(scale: float | None = None) -> PlainSession:
            if scale is None:
                return new(max_side=self._limit, scales=scales)
            return new(max_side=None, scales=[scale * factor for factor in scales])

        self._new = new_at
        self.clear_references()

    @property
    def object_ids(self) -> tuple[int, ...]:
        """Ids that the references have shown so far, ascending."""
        return self._object_ids

    @property
    def reference_count(self) -> int:
        """How many reference frames the session holds."""
        return self._reference_count

    def clear_references(self) -> None:
        """Forget all references, the previous frame, the object ids and the frame size."""
        self._looking: PlainSession | CloseUpSession = self._new()
        self._reference_count = 0
        self._object_ids: tuple[int, ...] = ()
        self._size: tuple[int, int] | None = None

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
        size = frame.shape[0], frame.shape[1]
        if self._size is None and self._close_up and max(size) > self._limit:
            self._looking = CloseUpSession(self._new, Framing(size, self._limit))
        self._looking.add_reference(*self._kept(frame, index_mask))
        self._object_ids = tuple(sorted(present | set(self._object_ids)))
        self._size = size
        self._reference_count += 1

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
        self._looking.set_previous(*self._kept(frame, index_mask))

    def step(self, frame: NDArray[np.uint8]) -> FrameResult:
        """Segment the next frame; it becomes the previous frame.

        Args:
            frame: (H, W, 3) uint8 RGB.

        Raises:
            InputError: Wrong shape, type or size, or there is no reference yet.
        """
        self._need_reference()
        self._check_frame(frame)
        return self._looking.step(self._kept(frame)[0])

    def propagate(self, frames: Iterable[NDArray[np.uint8]]) -> Iterator[FrameResult]:
        """Segment frames as they are asked for, in the order given (reversed for backward)."""
        for frame in frames:
            yield self.step(frame)

    def _kept(self, *arrays: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
        """Arrays as they stay: a close-up comes back to them, and a caller may write to them meanwhile."""
        if not isinstance(self._looking, CloseUpSession):
            return list(arrays)
        return [array if is_immutable(array) else _read_only_copy(array) for array in arrays]

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


def _read_only_copy(array: NDArray[np.uint8]) -> NDArray[np.uint8]:
    copied: NDArray[np.uint8] = array.copy()
    copied.setflags(write=False)  # so that its features may be kept
    return copied


def _default_side(model: Network, scales: Sequence[float]) -> int:
    """The authors evaluate several scales from a smaller base size than one scale."""
    preprocessing = model.config.preprocessing
    if tuple(scales) != (1.0,) and preprocessing.multi_scale_max_side is not None:
        return preprocessing.multi_scale_max_side
    return preprocessing.max_side
