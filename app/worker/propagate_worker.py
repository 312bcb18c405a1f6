"""A propagation run as a job of the network's lane."""

from __future__ import annotations

import enum
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.document.mask_store import StoredMask, pack_probability
from app.errors import UserError
from app.media import VideoSource, open_source
from app.worker.engine import Engine, Session
from app.worker.job import JobContext
from app.worker.propagation import add_references, visit

log = logging.getLogger(__name__)

_SMOOTHING = 0.15


class Direction(enum.Enum):
    """Which way a run goes from its start."""

    FORWARD = "forward"
    BACKWARD = "backward"
    BOTH = "both"

    def spans(self, start: int, frame_count: int) -> list[range]:
        """The frames to visit, start not included, one range per way."""
        forward, backward = range(start + 1, frame_count), range(start - 1, -1, -1)
        table = {
            Direction.FORWARD: [forward],
            Direction.BACKWARD: [backward],
            Direction.BOTH: [forward, backward],
        }
        return [span for span in table[self] if len(span)]


@dataclass(frozen=True)
class PropagateRequest:
    """What a run works with; a snapshot.

    Attributes:
        path: The clip.
        start: Frame index that the run goes out from; it has a mask.
        spans: Frames to visit, one range per direction.
        references: Masks of the reference frames; the network learns the objects from them.
        kept: Masks of the frames that the user made: the run passes through them and does not change them.
        start_mask: Mask of the start frame.
    """

    path: Path
    start: int
    spans: tuple[range, ...]
    references: Mapping[int, StoredMask]
    kept: Mapping[int, StoredMask]
    start_mask: StoredMask


@dataclass(frozen=True)
class RunStage:
    """The run has not reached its first frame yet."""

    text: str


@dataclass(frozen=True)
class EngineReady:
    """The network is loaded."""

    description: str


@dataclass(frozen=True)
class FrameDone:
    """A frame is finished.

    Attributes:
        frame_index: 0-based.
        mask: Its masks; None for a frame that was passed through unchanged.
        done: How many frames of the run are finished.
        total: How many there are.
        frames_per_s: Speed of late, without the loading.
    """

    frame_index: int
    mask: StoredMask | None
    done: int
    total: int
    frames_per_s: float


class PropagateJob:
    """Carries masks through a clip.

    Args:
        request: What to do.
        engine: Makes the session; used in the lane's thread only.
    """

    def __init__(self, request: PropagateRequest, engine: Engine) -> None:
        self._request = request
        self._engine = engine

    def run(self, context: JobContext) -> None:
        """Visit all frames of the request, and send each as soon as it is finished."""
        context.emit(RunStage("Loading the network…"))
        session = self._engine.open_session()
        context.emit(EngineReady(self._engine.description))
        context.check()
        context.emit(RunStage("Reading the references…"))
        request = self._request
        total = sum(len(span) for span in request.spans)
        with open_source(request.path) as source:
            done, frame_s = 0, 0.0
            self._prepare(session, source, context)
            for number, span in enumerate(request.spans):
                if number:
                    session.set_previous(source.frame(request.start), request.start_mask.index_mask())
                begun = time.perf_counter()
                for index, mask in self._visit(session, source, span, context):
                    done += 1
                    latest_s = time.perf_counter() - begun
                    frame_s = latest_s if done == 1 else frame_s + _SMOOTHING * (latest_s - frame_s)
                    context.emit(FrameDone(index, mask, done, total, 1 / max(frame_s, 1e-6)))
                    begun = time.perf_counter()

    def _prepare(self, session: Session, source: VideoSource, context: JobContext) -> None:
        """Give the references to the session, and the start's mask as the previous frame."""
        request = self._request
        references = {index: mask.index_mask() for index, mask in request.references.items()}
        context.check()
        for _ in add_references(session, source, references):
            context.check()
        session.set_previous(source.frame(request.start), request.start_mask.index_mask())

    def _visit(
        self, session: Session, source: VideoSource, span: range, context: JobContext
    ) -> Iterator[tuple[int, StoredMask | None]]:
        for index, result in visit(session, source, span, self._kept):
            context.check()
            if result is None:
                yield index, None
            else:
                yield index, pack_probability(result.index_mask, result.probability, result.object_ids)
            context.check()

    def _kept(self, frame_index: int) -> NDArray[np.uint8] | None:
        stored = self._request.kept.get(frame_index)
        return None if stored is None else stored.index_mask()


def check_request(request: PropagateRequest) -> None:
    """Refuse a run that cannot work, before it starts.

    Raises:
        UserError: No reference with an object, or no frame to visit.
    """
    if not any(mask.object_ids for mask in request.references.values()):
        raise UserError("There is no painted object to start from.", "Paint the object on this frame first.")
    if not request.spans:
        raise UserError(
            "There is no frame in that direction.", "Go to another frame, or choose the other direction."
        )
