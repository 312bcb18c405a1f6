"""The network that a command asked for."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from app.errors import UserError
from app.worker.cli.numbers import threads
from app.worker.engine import Session, network_side
from app.worker.network import LARGEST_SCALE, feature_cache, load_network, side_for
from app.worker.propagation import SessionMaker


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
        type=parse_side,
        metavar="N",
        help="longest side in pixels that the network sees (default: as the network was made for); "
        "masks always have the size of the clip",
    )
    group.add_argument(
        "--close-up",
        action=argparse.BooleanOptionalAction,
        help="cut frames that are larger than that to a window around the objects where these are small "
        "(default: as the network was made for; lite_cfbi looks closely)",
    )
    group.add_argument(
        "--device", default="auto", help='"cpu", "cuda", "mps" (default: the fastest there is)'
    )
    group.add_argument(
        "--threads", type=threads, metavar="N", help="of the processor (default: as many as torch likes)"
    )


def session_maker(
    args: argparse.Namespace, *, scales: Sequence[float] = (1.0,), flip: bool = False, kept_bytes: int = 0
) -> SessionMaker:
    """Load the network.

    Args:
        args: With what ``add_network_arguments`` declared.
        scales: Sizes whose probabilities are averaged.
        flip: Also a mirrored pass for each.
        kept_bytes: Memory for what the network found of frames that it may meet again.

    Returns:
        Makes an empty session on the loaded network.

    Raises:
        cfbi.CfbiError: Unknown network or device, or weights that cannot be used.
    """
    model, device = load_network(args.model, args.weights, args.device)
    import torch

    import cfbi

    if args.threads:
        torch.set_num_threads(args.threads)
    kept = feature_cache(device, kept_bytes)

    def make(share: float = 1.0) -> Session:
        side = side_for(model, args.max_side, share)
        if share < 1 and kept is not None:
            kept.clear()  # memory has run out
        return cfbi.InferenceSession(
            model,
            device=device,
            max_side=side,
            scales=scales,
            flip=flip,
            cache=kept if share == 1 else None,
            close_up=args.close_up,
        )

    return make


def parse_side(text: str) -> int:
    """The number of ``--max-side`` as argparse wants it; see `network_side`.

    Raises:
        argparse.ArgumentTypeError: It is none, or out of range.
    """
    try:
        return network_side(text)
    except UserError as error:
        raise argparse.ArgumentTypeError(error.message) from error


def scale(text: str) -> float:
    """A factor of --scales, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= LARGEST_SCALE:
        raise argparse.ArgumentTypeError(f"{text!r} is no scale between 0 and {LARGEST_SCALE}")
    return value
