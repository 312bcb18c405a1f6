"""CFBI: video object segmentation by foreground-background integration.

Arrays in, arrays out: this package knows neither windows nor command lines. Importing it changes no global
state and is quick: torch is loaded with the first name that needs it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cfbi.errors import CfbiError, DataError, EvaluationError, InputError, ModelError, WeightsError

if TYPE_CHECKING:
    from cfbi.inference.cache import FeatureCache
    from cfbi.inference.session import InferenceSession
    from cfbi.inference.types import FrameResult
    from cfbi.model.build import build_model
    from cfbi.weights.loading import load_weights

__all__ = [
    "CfbiError",
    "DataError",
    "EvaluationError",
    "FeatureCache",
    "FrameResult",
    "InferenceSession",
    "InputError",
    "ModelError",
    "WeightsError",
    "build_model",
    "load_weights",
]

_LATE = {
    "FeatureCache": "cfbi.inference.cache",
    "FrameResult": "cfbi.inference.types",
    "InferenceSession": "cfbi.inference.session",
    "build_model": "cfbi.model.build",
    "load_weights": "cfbi.weights.loading",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'cfbi' has no attribute {name!r}")
    return getattr(import_module(_LATE[name]), name)
