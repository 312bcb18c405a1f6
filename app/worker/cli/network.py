"""The network that a command asked for."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from app.worker.propagation import Session


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments that choose a network."""
    group = parser.add_argument_group("network")
    group.add_argument(
        "--weights",
        default="lite_cfbi",
        metavar="NAME|FILE",
        help="a name of `cfbi weights list`, or a .safetensors, .pth or .pt file (default: %(default)s)",
    )
    group.add_argument(
        "--model", metavar="NAME", help="network of the weights (default: the one that they fit)"
    )
    group.add_argument(
        "--max-side",
        type=_side,
        metavar="N",
        help="longest side in pixels that the network sees (default: as the network was made for); "
        "masks always have the size of the clip",
    )
    group.add_argument(
        "--device", default="auto", help='"cpu", "cuda", "mps" (default: the fastest there is)'
    )


def session_maker(args: argparse.Namespace) -> Callable[[], Session]:
    """Load the network.

    Args:
        args: With what ``add_network_arguments`` declared.

    Returns:
        Makes an empty session on the loaded network.

    Raises:
        cfbi.CfbiError: Unknown network or device, or weights that cannot be used.
    """
    import cfbi

    model = cfbi.build_model(args.model or _model_of(args.weights))
    cfbi.load_weights(model, args.weights)
    device = _device(args.device)
    return lambda: cfbi.InferenceSession(model, device=device, max_side=args.max_side)


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
            f"{weights} fits none of the networks of this program.",
            "Name the network with --model to see what is missing or extra.",
        )
    return model


def _device(wanted: str) -> str:
    import torch

    import cfbi

    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(1, device=wanted)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise cfbi.InputError(
            f"The device {wanted!r} cannot be used: {reason}.", "Leave --device out."
        ) from error
    return wanted


def _side(text: str) -> int:
    side = int(text)
    if side < 17:
        raise argparse.ArgumentTypeError(f"{side} is too small, the network needs at least 17")
    return side
