"""Scores a network on a small set of annotated sequences while it trains."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cfbi.data.annotations import read_index_mask
from cfbi.data.davis import open_sequence, split_names
from cfbi.data.reading import read_picture
from cfbi.errors import DataError
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.inference.session import InferenceSession
from cfbi.model.network import Network


@dataclass(frozen=True)
class DevScore:
    """Mean scores in percent, first and last frame of each sequence left out.

    Attributes:
        jaccard: J.
        boundary: F.
        per_sequence: J&F of each sequence.
    """

    jaccard: float
    boundary: float
    per_sequence: dict[str, float]

    @property
    def mean(self) -> float:
        """J&F."""
        return (self.jaccard + self.boundary) / 2


class ScoringStopped(Exception):
    """Scoring ended early because it was asked to."""


def score_dev(
    model: Network,
    root: Path,
    *,
    split: str = "val",
    max_side: int = 481,
    device: str = "cpu",
    most_frames: int | None = None,
    every: int = 1,
    renew: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
) -> DevScore:
    """Propagate the first mask of each sequence and score the foreground, as DAVIS 2016 does.

    Args:
        model: The network; it is left in eval mode.
        root: DAVIS layout with ``ImageSets/2016/SPLIT.txt``.
        split: List of sequences.
        max_side: Longest side that the network sees.
        device: Where to compute.
        most_frames: Frames of each sequence that are looked at, from the first on; None for all.
        every: Look at every so many frames of a sequence; larger ones make it shorter and harder.
        renew: After so many frames the true mask takes the place of the one found, so that a slip does not
            spoil all that follows: what a network has learnt early on shows with far less chance; 0 never.
        should_stop: Asked before every frame.

    Raises:
        ScoringStopped: ``should_stop`` said so.
        DataError: The list is missing or empty, or a sequence lacks files.
    """
    session = InferenceSession(model, device=device, max_side=max_side, close_up=False)
    jaccards, boundaries, per_sequence = [], [], {}
    for name in split_names(root, split, 2016):
        frames = list(islice(_frames(root, name, every), most_frames))
        scores = _score_sequence(session, frames, renew, should_stop)
        if not scores:
            raise DataError(f"The dev sequence {name} is too short to score.", "Leave it out of the list.")
        mean_j, mean_f = (float(np.mean(values)) * 100 for values in zip(*scores, strict=True))
        jaccards.append(mean_j)
        boundaries.append(mean_f)
        per_sequence[name] = (mean_j + mean_f) / 2
    return DevScore(float(np.mean(jaccards)), float(np.mean(boundaries)), per_sequence)


def _score_sequence(
    session: InferenceSession,
    frames: Sequence[tuple[NDArray[np.uint8], NDArray[np.uint8] | None]],
    renew: int,
    should_stop: Callable[[], bool],
) -> list[tuple[float, float]]:
    """J and F of the frames between the first and the last, where there is an annotation."""
    first, mask = frames[0]
    assert mask is not None, "open_sequence makes sure of it"
    session.clear_references()
    session.add_reference(first, mask)
    scores = []
    for number, (frame, truth) in enumerate(frames[1:-1], start=1):
        if should_stop():
            raise ScoringStopped
        found = session.step(frame).index_mask
        if truth is not None:
            scores.append((jaccard(found, truth), boundary_f(found, truth)))
            if renew and number % renew == 0:
                session.set_previous(frame, truth)
    return scores


def _frames(
    root: Path, name: str, every: int
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8] | None]]:
    """Frames (H, W, 3) RGB with their masks (H, W), 0 or 1; None where a frame has none."""
    sequence = open_sequence(root, name)
    truths = {path.stem: path for path in sequence.annotations}
    for picture in sequence.frames[::every]:
        truth = truths.get(picture.stem)
        mask = None if truth is None else (read_index_mask(truth) > 0).astype(np.uint8)
        yield read_picture(picture), mask
