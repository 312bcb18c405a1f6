"""CFBI: video object segmentation by foreground-background integration.

Arrays in, arrays out: this package knows neither windows nor command lines. Importing it changes no global
state.
"""

from cfbi.errors import CfbiError, DataError, EvaluationError, InputError, ModelError, WeightsError
from cfbi.inference.session import InferenceSession
from cfbi.inference.types import FrameResult
from cfbi.model.build import build_model
from cfbi.weights import load_weights

__all__ = [
    "CfbiError",
    "DataError",
    "EvaluationError",
    "FrameResult",
    "InferenceSession",
    "InputError",
    "ModelError",
    "WeightsError",
    "build_model",
    "load_weights",
]
