"""Carrying masks through a clip: the job behind the window's Propagate and the command line's. Free of Qt.

Every reference frame is given to the network before the first frame is segmented. A pass then goes from frame
to frame; where it meets a reference frame, the user's mask is handed out unchanged and the pass goes on
from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from app.errors import UserError
from app.media import VideoSource
from app.worker.engine import Result, Session

if TYPE_CHECKING:
    from cfbi import FrameResult  # importing cfbi loads torch, which the window wants to do later

Direction = Literal["forward", "backward", "both"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)

VOID = 255


@dataclass(frozen=True)
class PropagationPlan:
    """Which frames a job works on, in order: first those of ``forward``, then those of ``backward``.

    Attributes:
        forward: Ascending frame indexes; may be empty.
        backward: Descending frame indexes; may be empty.
    """

    forward: range
    backward: range

    @property
    def frame_count(self) -> int:
        """How many results the job will hand out when it is not stopped."""
        return len(self.forward) + len(self.backward)

    @property
    def span(self) -> range:
        """The same frames in the order of the clip."""
        frames = [*self.forward, *self.backward]
        return range(min(frames), max(frames) + 1)


def plan_propagation(
    references: Mapping[int, object], frame_range: range, direction: Direction
) -> PropagationPlan:
    """Decide which frames can be reached.

    "forward" starts at the first frame of the range, or at the earliest reference if that comes later.
    "backward" is its mirror. "both" goes forward from the earliest reference and backward from it; so frames
    between two references are reached from the earlier one.

    Args:
        references: Frame index to anything; at least one.
        frame_range: Wanted frames, step 1.
        direction: See above.

    Returns:
        The plan; it has at least one frame.

    Raises:
        UserError: No wanted frame can be reached from a reference in this direction.
    """
    if not references:
        raise UserError("There is no reference frame.", "Paint or load a mask on one frame first.")
    if not frame_range:
        raise UserError("The range of frames is empty.", "Choose a range with at least one frame.")
    earliest, latest = min(references), max(references)
    first, last = frame_range[0], frame_range[-1]
    forward, backward = range(0), range(0)
    if direction == "forward":
        forward = range(max(first, earliest), last + 1)
    elif direction == "backward":
        backward = range(min(last, latest), first - 1, -1)
    else:
        forward = range(max(first, earliest), last + 1)
        backward = range(min(last, earliest - 1), first - 1, -1)
    if not forward and not backward:
        side = "before" if direction == "forward" else "after"
        raise UserError(
            f"There is no reference frame at or {side} frame {last if direction == 'forward' else first}, "
            f"so frames {first} to {last} cannot be reached {direction}.",
            "Choose another direction or range, or add a mask within the range.",
        )
    return PropagationPlan(forward, backward)


def propagate_clip(
    source: VideoSource,
    references: Mapping[int, NDArray[np.uint8]],
    *,
    make_session: Callable[[], Session],
    frame_range: range | None = None,
    direction: Direction = "forward",
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Result]]:
    """Carry the masks of reference frames through a clip, one frame at a time, in constant memory.

    Args:
        source: The clip, used by this thread alone.
        references: Frame index to index mask, (H, W) uint8: 0 background, 1..254 object ids, 255 void.
        make_session: Makes the empty ``cfbi.InferenceSession`` to work with.
        frame_range: Wanted frames, step 1; None for the whole clip.
        direction: See ``plan_propagation``.
        should_stop: Asked before every frame; the job ends when it says yes.

    Yields:
        Frame index and result, in the order of the plan; reference frames give the user's own mask.

    Raises:
        UserError: References that do not fit the clip, or frames that cannot be reached.
        cfbi.CfbiError: The network refuses.
    """
    check_references(source, references)
    wanted = range(source.info.frame_count) if frame_range is None else frame_range
    plan = plan_propagation(references, wanted, direction)
    session = make_session()
    if should_stop():
        return
    for _ in add_references(session, source, references):
        if should_stop():
            return
    object_ids = _object_ids(references.values())
    for frames in (plan.forward, plan.backward):
        if not frames or should_stop():
            continue
        start = _start(references, frames)
        if start != frames[0]:
            session.set_previous(source.frame(start), references[start])
        for index, result in visit(session, source, frames, references.get):
            yield index, _user_result(references[index], object_ids) if result is None else result
            if should_stop():
                return


def add_references(
    session: Session, source: VideoSource, references: Mapping[int, NDArray[np.uint8]]
) -> Iterator[int]:
    """Give all references to a session, one per step of the iterator.

    Masks without an object say "nothing here"; the network takes them only after others have named
    objects, so they come last.

    Yields:
        The frame index that was added.
    """
    for index in sorted(references, key=lambda index: (not _object_ids([references[index]]), index)):
        session.add_reference(source.frame(index), references[index])
        yield index


def visit(
    session: Session,
    source: VideoSource,
    frames: range,
    kept: Callable[[int], NDArray[np.uint8] | None],
) -> Iterator[tuple[int, Result | None]]:
    """One pass: segment frame after frame.

    Args:
        session: Has its references, and its previous frame where the pass does not begin on a kept one.
        source: The clip.
        frames: Frame indexes, step 1 or -1.
        kept: The mask of a frame that the pass must not change, (H, W) uint8, else None.

    Yields:
        Frame index and result; None for a kept frame, from whose mask the pass goes on.
    """
    for index, frame in zip(frames, source.frames(frames.start, frames.stop, frames.step), strict=True):
        mask = kept(index)
        if mask is None:
            yield index, session.step(frame)
        else:
            session.set_previous(frame, mask)
            yield index, None


def check_references(source: VideoSource, references: Mapping[int, NDArray[np.uint8]]) -> None:
    """Make sure that masks fit a clip.

    Args:
        source: The clip.
        references: Frame index to index mask, (H, W) uint8.

    Raises:
        UserError: A frame outside the clip, a mask of another size, or no object in any mask.
    """
    info = source.info
    for index, mask in references.items():
        if not 0 <= index < info.frame_count:
            raise UserError(
                f"There is no frame {index} for a mask: {info.name} has frames 0 to {info.frame_count - 1}.",
                "Give the mask a frame of the clip.",
            )
        if mask.shape != (info.height, info.width):
            raise UserError(
                f"The mask of frame {index} is {mask.shape[1]}x{mask.shape[0]}, "
                f"but {info.name} is {info.width}x{info.height}.",
                "Give a mask of the clip's own size.",
            )
    if references and not _object_ids(references.values()):
        frames = ", ".join(str(index) for index in sorted(references))
        raise UserError(
            f"The mask of frame {frames} shows no object: all its pixels are 0 (background) or 255 (void).",
            "Paint the object, with the ids 1 to 254.",
        )


def _start(references: Mapping[int, object], frames: range) -> int:
    """The reference frame that a pass goes on from: its first frame, or else the nearest one behind it."""
    if frames.step == 1:
        return max(index for index in references if index <= frames[0])
    return min(index for index in references if index >= frames[0])


def _object_ids(masks: Iterable[NDArray[np.uint8]]) -> tuple[int, ...]:
    found: set[int] = set()
    for mask in masks:
        found.update(np.unique(mask).tolist())
    return tuple(sorted(found - {0, VOID}))


def _user_result(index_mask: NDArray[np.uint8], object_ids: tuple[int, ...]) -> FrameResult:
    from cfbi import FrameResult

    mask = index_mask.copy()
    probability = np.stack([mask == object_id for object_id in object_ids]).astype(np.float32)
    background = 1 - probability.sum(axis=0, keepdims=True)
    probability = np.concatenate([background, probability])
    for array in (mask, probability):
        array.setflags(write=False)
    return FrameResult(mask, probability, object_ids)
