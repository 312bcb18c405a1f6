"""What a recipe draws its clips with."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from cfbi.data.clip import TrainingClip
from cfbi.data.paper import PaperSampler
from cfbi.data.sampler import ClipSampler
from cfbi.errors import DataError
from cfbi.training.recipe import Recipe

Sample = Callable[[np.random.Generator], TrainingClip]


class Sampler(Protocol):
    """Draws clips; equal generators give equal clips."""

    @property
    def facts(self) -> dict[str, object]:
        """What clips are drawn from."""

    def sample(self, rng: np.random.Generator) -> TrainingClip:
        """Draw a clip."""


def sampler_for(recipe: Recipe, sequences: Sequence[Path], stills: Path | None) -> Sampler:
    """Open the data of a run.

    Args:
        recipe: Says how clips are drawn.
        sequences: Folders of annotated sequences; may be empty.
        stills: Folder of still pictures, or None.

    Raises:
        DataError: Nothing to train on, or a folder cannot be used.
    """
    if recipe.sampling == "paper":
        if not sequences:
            raise DataError(
                f"The recipe {recipe.name} draws from real sequences, but none are given.",
                "Give --davis or --sequences.",
            )
        return PaperSampler(
            sequences,
            crop=recipe.crop,
            length=recipe.length,
            max_gap=recipe.max_gap,
            balanced_crop=recipe.balanced_crop,
            max_objects=recipe.max_objects,
            davis_repeat=recipe.davis_repeat,
        )
    return ClipSampler(
        sequences or None,
        stills,
        crop=recipe.crop,
        length=recipe.length,
        real_share=recipe.real_share if sequences and stills else float(bool(sequences)),
        max_objects=recipe.max_objects,
        max_gap=recipe.max_gap,
        davis_repeat=recipe.davis_repeat,
        balanced_crop=recipe.balanced_crop,
        cast_share=recipe.cast_share,
        rival_share=recipe.rival_share,
    )
