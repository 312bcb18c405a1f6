"""Loads the network that the window or a command asked for. Free of Qt; importing this loads no torch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.i18n import tr

if TYPE_CHECKING:
    from cfbi import FeatureCache
    from cfbi.model.network import Network


SMALLEST_SIDE_PX = 17
"""The network sees nothing in smaller pictures."""

LARGEST_SCALE = 8
"""Of the sizes that several passes may have, as a factor of the usual one."""


def wait_passively() -> None:
    """Let torch's threads sleep while they wait for each other; call it before torch is loaded.

    By default they spin. On busy cores they then burn the time that the thread they wait for needs: beside
    another job on two cores a frame took seven times as long, and the window stuttered.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def load_network(model: str | None, weights: str, device: str) -> tuple[Network, str]:
    """Build a network and load its weights.

    Args:
        model: Name for ``cfbi.build_model``; None for the one that the weights are made for.
        weights: Registry name or path.
        device: "auto" for the fastest there is, or a device name of torch.

    Returns:
        The network, and the device to run it on.

    Raises:
        cfbi.CfbiError: Unknown network or device, or weights that cannot be used.
    """
    wait_passively()
    import cfbi

    network = cfbi.build_model(model or _model_of(weights))
    cfbi.load_weights(network, weights)
    return network, _device(device)


def feature_cache(device: str, budget_bytes: int) -> FeatureCache | None:
    """What sessions on one network may share; None where memory is dearer than time, on anything but a CPU.

    Args:
        device: Where the network runs.
        budget_bytes: Most memory to keep.
    """
    from cfbi import FeatureCache

    return FeatureCache(budget_bytes) if device == "cpu" and budget_bytes else None


def side_for(model: Network, max_side: int | None, share: float) -> int | None:
    """Longest side in px that a session is to see.

    Args:
        model: The network.
        max_side: What the user asked for; None for what the network is made for.
        share: Of that, less than 1 where memory has run out.
    """
    if share == 1:
        return max_side
    return max(SMALLEST_SIDE_PX, round((max_side or model.config.preprocessing.max_side) * share))


def _model_of(weights: str) -> str:
    """The network that the weights are made for."""
    import cfbi
    from cfbi.weights.loading import identify, read_state, resolve
    from cfbi.weights.registry import available

    for entry in available():
        if entry.name == weights:
            return entry.model
    model = identify(read_state(resolve(weights)))
    if model is None:
        raise cfbi.WeightsError(
            tr("{weights} fits none of the networks of this program.", weights=weights),
            tr("Name the network with --model to see what is missing or extra."),
        )
    return model


def _device(wanted: str) -> str:
    import torch

    import cfbi

    if wanted == "auto":
        # "mps" only when asked for: matching's integer minimum is not known to work there
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise cfbi.InputError(
            tr("The device {wanted!r} cannot be used: {reason}.", wanted=wanted, reason=reason),
            tr("Choose another device, or none."),
        ) from error
    return wanted
