"""DAVIS 2017 and YouTube-VOS together, the sequences of DAVIS 30 times as often."""

from dataclasses import replace

from cfbi.training.recipes.youtubevos import YOUTUBEVOS

MIXED = replace(YOUTUBEVOS, name="mixed", davis_repeat=30.0)
