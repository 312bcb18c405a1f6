"""Where pasted objects come from: stills, or the frames of a real clip."""

from dataclasses import dataclass

import numpy as np

from cfbi.data.cutouts import Cutout, lift
from cfbi.data.sequences import SequenceFolder, large_ids
from cfbi.data.stills import StillFolder
from cfbi.errors import DataError


@dataclass(frozen=True)
class CutoutSource:
    """Draws objects to paste.

    Attributes:
        stills: Objects at rest, or None.
        sequences: Objects in motion, or None.
        length: Number of frames of an object in motion.
        max_gap: Largest distance between its previous and current frames.
        moving_share: Share of objects in motion, if there are both kinds.
    """

    stills: StillFolder | None
    sequences: SequenceFolder | None
    length: int
    max_gap: int
    moving_share: float = 0.3

    def draw(self, rng: np.random.Generator) -> Cutout:
        """Draw an object; one of a real clip has as many pictures as the clip has frames.

        Raises:
            DataError: Nothing usable was found in many draws.
        """
        for _ in range(30):
            if self.sequences is None or (self.stills is not None and rng.random() >= self.moving_share):
                assert self.stills is not None
                return self.stills.cutout(rng)
            cutout = self._moving(self.sequences, rng)
            if cutout is not None:
                return cutout
        raise DataError("No object could be cut out of the real clips.", "See the warnings in the log.")

    def _moving(self, sequences: SequenceFolder, rng: np.random.Generator) -> Cutout | None:
        clip = sequences.draw(rng, self.length, max_gap=self.max_gap)
        ids = large_ids(clip.masks[0])
        chosen = ids[int(rng.integers(len(ids)))]
        pictures = sequences.pictures(clip)
        if pictures is None or pictures[0].shape[:2] != clip.masks[0].shape:
            return None
        masks = [(mask == chosen).astype(np.uint8) for mask in clip.masks]
        return lift(pictures, masks, clip.name)
