"""The one door of the trainer to its data."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cfbi.data.clip import TrainingClip, relabel
from cfbi.data.cutout_source import CutoutSource
from cfbi.data.photometry import film, noise_field
from cfbi.data.real import RealClips
from cfbi.data.sequences import SequenceFolder
from cfbi.data.simulate import Simulator
from cfbi.data.stills import StillFolder
from cfbi.errors import DataError


class ClipSampler:
    """Draws training clips: real ones, and ones simulated from stills.

    Args:
        sequences: Folder of annotated sequences in a layout of ``cfbi.data.layouts``, several of them, or
            None.
        stills: Folder of still pictures, or None.
        crop: Side of the clips, px.
        length: Frames per clip: reference, previous, and at least one current frame.
        real_share: Share of real clips, if there are both kinds.
        max_objects: Most objects of a clip.
        split: Name of the split to draw from.
        max_gap: Largest distance between previous and current frames of real clips, in frames.
        paste_share: Share of real clips that get a pasted object or look-alike.
        whole_share: Share of simulated clips in which a whole picture with its own objects moves.
        davis_repeat: See ``SequenceFolder``.
        balanced_crop: Whether crops of real clips are chosen so that they show an object.
        cast_share: Share of the pasted objects that throw a shadow or a reflection.
        rival_share: Share of real clips in which a second copy of an object crosses it.

    Raises:
        DataError: A folder is given that cannot be used, or none is given.
    """

    def __init__(
        self,
        sequences: Path | Sequence[Path] | None,
        stills: Path | None,
        *,
        crop: int = 225,
        length: int = 4,
        real_share: float = 0.55,
        max_objects: int = 3,
        split: str = "train",
        max_gap: int = 6,
        paste_share: float = 0.4,
        whole_share: float = 0.45,
        davis_repeat: float = 1.0,
        balanced_crop: bool = True,
        cast_share: float = 0.0,
        rival_share: float = 0.0,
    ) -> None:
        if sequences is None and stills is None:
            raise DataError(
                "There is nothing to train on.", "Give a folder of sequences, of stills, or both."
            )
        if length < 3:
            raise DataError(f"A clip of {length} frames has no current frame.", "Use at least 3.")
        self._stills = None if stills is None else StillFolder(stills)
        folder = None if sequences is None else SequenceFolder(sequences, split, davis_repeat=davis_repeat)
        cutouts = CutoutSource(self._stills, folder, length, max_gap)
        self._sequences = [] if folder is None else [sequence.name for sequence in folder.sequences]
        self._real = None
        if folder is not None:
            self._real = RealClips(
                folder,
                cutouts,
                crop,
                length,
                max_gap,
                paste_share,
                balanced_crop,
                cast_share,
                rival_share,
            )
        self._simulated = None
        if self._stills is not None:
            self._simulated = Simulator(self._stills, cutouts, crop, length, whole_share, cast_share)
        self._real_share = real_share
        self._max_objects = max_objects
        self._min_area = max(1, round(0.002 * crop * crop))
        self._noise = noise_field(crop + 64)

    @property
    def facts(self) -> dict[str, object]:
        """What clips are drawn from: names of the real sequences, pictures of each source of stills."""
        return {"sequences": self._sequences, "stills": {} if self._stills is None else self._stills.counts}

    def sample(self, rng: np.random.Generator) -> TrainingClip:
        """Draw a clip; equal generators give equal clips.

        Args:
            rng: Source of all randomness.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        for _ in range(30):
            if self._simulated is None or (self._real is not None and rng.random() < self._real_share):
                assert self._real is not None
                frames, masks, source = self._real.draw(rng)
                strength = 0.6
            else:
                frames, masks, source = self._simulated.draw(rng)
                strength = 1.0
            masks = relabel(masks, rng, max_objects=self._max_objects, min_area=self._min_area)
            if not np.any((masks[0] > 0) & (masks[0] < 255)):
                continue
            return TrainingClip(film(frames, rng, self._noise, strength=strength), masks, source)
        raise DataError("No clip with an object in its reference was found.", "See the warnings in the log.")
