"""Weights as data: files with provenance, loaded strictly and never by running what is in them."""

from cfbi.weights.importing import import_file
from cfbi.weights.loading import LoadReport, identify, load_weights, read_state
from cfbi.weights.registry import WeightsInfo, available, info
from cfbi.weights.saving import save_weights

__all__ = [
    "LoadReport",
    "WeightsInfo",
    "available",
    "identify",
    "import_file",
    "info",
    "load_weights",
    "read_state",
    "save_weights",
]
