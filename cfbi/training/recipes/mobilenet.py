"""The network on MobileNetV2, with the numbers of the ResNet's YouTube-VOS recipe."""

from dataclasses import replace

from cfbi.training.recipes.youtubevos import YOUTUBEVOS

MOBILENET = replace(YOUTUBEVOS, name="mobilenet", model="mobilenet_cfbi")
