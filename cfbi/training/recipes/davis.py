"""DAVIS 2017 alone, as the paper trains (section 4.2): 3 clips on each of 2 devices, 50,000 steps."""

from dataclasses import replace

from cfbi.training.recipes.youtubevos import YOUTUBEVOS

DAVIS = replace(YOUTUBEVOS, name="davis", steps=50_000, clips_per_step=6, learning_rate=0.006)
