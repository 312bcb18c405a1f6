"""Carrying masks of given frames through a clip: the job behind the command line. Free of Qt.

The walk itself is shared with the studio's runs, see ``app.worker.walk``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.document.run_plan import Direction, plan_clip
from app.errors import UserError
from app.media import VideoSource
from app.worker.engine import Result, Session
from app.worker.fusion import FusedResult
from app.worker.walk import VOID, CutFound, Given, Shrunk, Task, Visit, Walker

Mask = NDArray[np.uint8]
Note = CutFound | Shrunk


class SessionMaker(Protocol):
    """Makes empty sessions of the network."""

    def __call__(self, share: float = 1.0) -> Session:
        """A session that sees pictures of a share of the usual size."""


def _ignore(note: Note) -> None:
    pass


def propagate_clip(
    source: VideoSource,
    references: Mapping[int, Mask],
    *,
    span: range | None = None,
    direction: Direction = Direction.FORWARD,
    fuse: bool = True,
    make_session: SessionMaker,
    merge_late: bool = False,
    stops_at_cuts: bool = False,
    noted: Callable[[Note], None] = _ignore,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Result]]:
    """Carry the masks of reference frames through a clip, one frame at a time.

    Memory does not grow with the clip, but for the compressed results of the frames between two references
    that wait for the pass from the other side.

    Args:
        source: The clip, used by this thread alone.
        references: Frame index to index mask, (H, W) uint8: 0 background, 1..254 object ids, 255 void.
        span: Wanted frames, step 1; None for the whole clip.
        direction: See ``plan_clip``.
        fuse: See ``plan_clip``.
        make_session: Makes the session to work with.
        merge_late: A mask speaks only of the objects that it shows: on its frame the others are carried on
            beneath it, and both together become the reference, as soon as the run comes there. Otherwise a
            mask shows all objects of its frame, and all are learnt beforehand.
        stops_at_cuts: Whether a cut ends a pass.
        noted: Is told of cuts and of shrunk pictures.
        should_stop: Asked before every frame; the job ends when it says yes.

    Yields:
        Frame index and final result, in the order of the work, the start first; reference frames give the
        user's own mask.

    Raises:
        UserError: References that do not fit the clip, or frames that cannot be reached.
        cfbi.CfbiError: The network refuses.
    """
    check_references(source, references)
    span = range(source.info.frame_count) if span is None else span
    plan = plan_clip(list(references), span, direction, fuse=fuse)
    ids = object_ids(references.values())
    late = frozenset(references) - {plan.start} if merge_late else frozenset()

    def given(frame_index: int) -> Given | None:
        mask = references.get(frame_index)
        if mask is None:
            return None
        return Given(mask, frozenset(object_ids([mask])) if frame_index in late else None)

    task = Task(
        plan=plan,
        references={index: mask for index, mask in references.items() if index not in late},
        starts=references,
        given=given,
        late=late,
        stops_at_cuts=stops_at_cuts,
    )
    if should_stop():
        return
    walker = Walker(task, source, lambda share: make_session() if share == 1 else make_session(share))
    for note in walker.prepare():
        if note is not None:
            noted(note)
        if should_stop():
            return
    if plan.start in span:
        yield plan.start, _user_result(references[plan.start], ids)
        if should_stop():
            return
    for event in walker.run():
        if isinstance(event, Visit):
            if event.is_final:
                yield event.frame_index, _final(event, references, ids, event.frame_index in late)
            if should_stop():
                return
        elif isinstance(event, CutFound | Shrunk):
            noted(event)


def check_references(source: VideoSource, references: Mapping[int, Mask]) -> None:
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
    if references and not object_ids(references.values()):
        frames = ", ".join(str(index) for index in sorted(references))
        raise UserError(
            f"The mask of frame {frames} shows no object: all its pixels are 0 (background) or 255 (void).",
            "Paint the object, with the ids 1 to 254.",
        )


def object_ids(masks: Iterable[Mask]) -> tuple[int, ...]:
    """Ids that masks show, ascending, without background and void."""
    found: set[int] = set()
    for mask in masks:
        found.update(np.unique(mask).tolist())
    return tuple(sorted(found - {0, VOID}))


def _final(event: Visit, references: Mapping[int, Mask], ids: tuple[int, ...], is_late: bool) -> Result:
    if event.result is None:
        return _user_result(references[event.frame_index], ids)
    if is_late:
        return _beneath(event.result, references[event.frame_index], event.index_mask)
    return event.result


def _beneath(result: Result, given: Mask, whole: Mask) -> Result:
    """The result of a frame with a late mask: its objects as given, the others where the mask leaves room.

    Args:
        result: What the network found.
        given: (H, W) uint8, the late mask.
        whole: (H, W) uint8, both together.
    """
    told = object_ids([given])
    ids = tuple(sorted({*result.object_ids, *told}))
    rows = np.zeros((len(ids) + 1, *given.shape), np.float32)
    for row, key in enumerate(ids, start=1):
        if key in told:
            rows[row] = given == key
        else:
            soft = result.probability[tuple(result.object_ids).index(key) + 1]
            rows[row] = np.where(np.isin(given, told), 0, soft)
    rows[0] = 1 - rows[1:].sum(axis=0)
    for array in (whole, rows):
        array.setflags(write=False)
    return FusedResult(whole, rows, ids, {})


def _user_result(index_mask: Mask, ids: tuple[int, ...]) -> Result:
    from cfbi import FrameResult

    mask = index_mask.copy()
    probability = np.stack([mask == object_id for object_id in ids]).astype(np.float32)
    background = 1 - probability.sum(axis=0, keepdims=True)
    probability = np.concatenate([background, probability])
    for array in (mask, probability):
        array.setflags(write=False)
    return FrameResult(mask, probability, ids)
