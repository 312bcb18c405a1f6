"""Scores a network on a small set of annotated sequences while it trains."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cfbi.errors import DataError
from cfbi.evaluation.metrics import boundary_f, jaccard
from cfbi.inference.session import InferenceSession
from cfbi.model.cfbi import CFBI


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


def score_dev(
    model: CFBI, root: Path, *, split: str = "val", max_side: int = 481, device: str = "cpu"
) -> DevScore:
    """Propagate the first mask of each sequence and score the foreground, as DAVIS 2016 does.

    Args:
        model: The network; it is left in eval mode.
        root: DAVIS layout with ``ImageSets/2016/SPLIT.txt``.
        split: List of sequences.
        max_side: Longest side that the network sees.
        device: Where to compute.

    Raises:
        DataError: The list is missing or empty.
    """
    listing = root / "ImageSets" / "2016" / f"{split}.txt"
    names = listing.read_text(encoding="utf-8").split() if listing.is_file() else []
    if not names:
        raise DataError(
            f"There is no list of dev sequences at {listing}.", "Give a folder in the DAVIS layout."
        )
    session = InferenceSession(model, device=device, max_side=max_side)
    jaccards, boundaries, per_sequence = [], [], {}
    for name in names:
        frames = list(_frames(root, name))
        session.clear_references()
        session.add_reference(*frames[0])
        scores = [
            (jaccard(result.index_mask > 0, truth > 0), boundary_f(result.index_mask > 0, truth > 0))
            for result, truth in ((session.step(frame), truth) for frame, truth in frames[1:-1])
        ]
        mean_j, mean_f = (float(np.mean(values)) * 100 for values in zip(*scores, strict=True))
        jaccards.append(mean_j)
        boundaries.append(mean_f)
        per_sequence[name] = (mean_j + mean_f) / 2
    return DevScore(float(np.mean(jaccards)), float(np.mean(boundaries)), per_sequence)


def _frames(root: Path, name: str) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Frames (H, W, 3) RGB with their masks (H, W), 0 or 1."""
    for path in sorted((root / "JPEGImages" / "480p" / name).iterdir()):
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise DataError(f"{path} cannot be read as a picture.", "Restore the file.")
        mask = np.asarray(Image.open(root / "Annotations" / "480p" / name / f"{path.stem}.png"))
        yield np.ascontiguousarray(image[:, :, ::-1]), (mask > 0).astype(np.uint8)
