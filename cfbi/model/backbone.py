"""What every backbone returns."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class BackboneFeatures:
    """Feature maps of a batch.

    Attributes:
        low: (B, C_low, H/4, W/4).
        mid: (B, C_mid, H/8, W/8).
        high: (B, C_high, H/16, W/16).
    """

    low: Tensor
    mid: Tensor
    high: Tensor
