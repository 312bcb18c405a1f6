"""Weights as data: files with provenance, loaded strictly and never by running what is in them.

The registry is read without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfbi.weights.registry import WeightsInfo, available, info

if TYPE_CHECKING:
    from cfbi.weights.importing import import_file
    from cfbi.weights.loading import LoadReport, identify, load_weights, read_state
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

_LATE = {
    "LoadReport": "cfbi.weights.loading",
    "identify": "cfbi.weights.loading",
    "import_file": "cfbi.weights.importing",
    "load_weights": "cfbi.weights.loading",
    "read_state": "cfbi.weights.loading",
    "save_weights": "cfbi.weights.saving",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'cfbi.weights' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
