"""Draws the clips of coming steps beside the network: on a thread, or in processes of their own."""

import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from cfbi.data.clip import TrainingClip
from cfbi.errors import DataError
from cfbi.training.data import Sample

log = logging.getLogger(__name__)

_ATTEMPTS = 5
_AHEAD = 3  # steps

Feed = AbstractContextManager[Iterator[tuple[int, list[TrainingClip]]]]
"""Gives steps and their clips, in order."""


@dataclass(frozen=True)
class ClipSource:
    """Draws any clip of a run: which one depends on seed, step and place alone, not on who draws it or when.

    Attributes:
        sample: Draws a clip from a generator.
        seed: Of the run.
    """

    sample: Sample
    seed: int

    def clip(self, step: int, index: int) -> TrainingClip:
        """Clip number ``index`` of a step.

        Raises:
            DataError: Several draws in a row failed.
        """
        # A clip that cannot be drawn is replaced, since resuming would only meet it again.
        for attempt in range(_ATTEMPTS):
            seed = (self.seed, step, index, attempt) if attempt else (self.seed, step, index)
            try:
                return self.sample(np.random.default_rng(seed))
            except Exception as error:  # noqa: BLE001 - reading and drawing may fail in any way
                log.warning("step %d: a clip could not be drawn: %s", step, error)
        raise DataError(
            f"Step {step}: {_ATTEMPTS} clips in a row could not be drawn.", "See the warnings in the log."
        )


def clip_feed(source: ClipSource, steps: range, places: Sequence[int], *, workers: int = 0) -> Feed:
    """Draw the clips of steps, ahead of time.

    Args:
        source: Draws them.
        steps: Which steps.
        places: Which clips of each step.
        workers: Processes that draw; 0 draws on a thread of this one.
    """
    if workers:
        return _ProcessFeed(source, steps, places, workers)
    return _ThreadFeed(source, steps, places)


class _ThreadFeed(Feed):
    def __init__(self, source: ClipSource, steps: range, places: Sequence[int]) -> None:
        self._source, self._steps, self._places = source, steps, places
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="clips")

    def __enter__(self) -> Iterator[tuple[int, list[TrainingClip]]]:
        return self._drawn()

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _drawn(self) -> Iterator[tuple[int, list[TrainingClip]]]:
        waiting: list[Future[list[TrainingClip]]] = []
        for step in self._steps:
            while len(waiting) <= _AHEAD and step + len(waiting) < self._steps.stop:
                waiting.append(self._pool.submit(self._draw, step + len(waiting)))
            yield step, waiting.pop(0).result()

    def _draw(self, step: int) -> list[TrainingClip]:
        return [self._source.clip(step, place) for place in self._places]


class _Clips(Dataset[TrainingClip | DataError]):
    """Clips by (step, place)."""

    def __init__(self, source: ClipSource) -> None:
        self._source = source

    def __getitem__(self, key: tuple[int, int]) -> TrainingClip | DataError:
        try:
            return self._source.clip(*key)
        except DataError as error:  # raised there it would arrive with a traceback for a message
            return error


class _ProcessFeed(Feed):
    def __init__(self, source: ClipSource, steps: range, places: Sequence[int], workers: int) -> None:
        self._steps, self._places = steps, places
        self._loader = DataLoader(
            _Clips(source),
            batch_size=None,
            sampler=[(step, place) for step in steps for place in places],
            num_workers=workers,
            collate_fn=_same,
            worker_init_fn=_begin,
            prefetch_factor=max(2, _AHEAD * len(places) // workers),
            multiprocessing_context="spawn",
        )

        self._steps_drawn = self._drawn()

    def __enter__(self) -> Iterator[tuple[int, list[TrainingClip]]]:
        return self._steps_drawn

    def __exit__(self, *_: object) -> None:
        self._steps_drawn.close()  # with it goes the loader's iterator, which ends the processes

    def _drawn(self) -> Generator[tuple[int, list[TrainingClip]]]:
        clips = iter(self._loader)
        for step in self._steps:
            yield step, [self._next(clips) for _ in self._places]

    @staticmethod
    def _next(clips: Iterator[TrainingClip | DataError]) -> TrainingClip:
        try:
            clip = next(clips)
        except RuntimeError as error:  # so torch says that a worker is gone
            raise DataError(
                f"A process that draws clips ended: {str(error).splitlines()[0]}",
                "Memory may be short: use fewer --workers.",
            ) from error
        if isinstance(clip, DataError):
            raise clip
        return clip


def _same(clips: Any) -> Any:
    return clips


def _begin(_number: int) -> None:
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    # Ctrl-C reaches all processes of a terminal; the run itself decides when its workers end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this process when the run is killed; torch's own watch may wait forever for a pipe to empty."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)
