"""``cfbi bench``: how fast a network is here, and where the time goes."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.export.files import atomic_target
from app.worker.cli.numbers import positive, threads
from app.worker.cli.progress import Progress
from app.worker.network import wait_passively

if TYPE_CHECKING:
    from cfbi.model.network import Network

_DESCRIPTION = """\
Measure a network on synthetic frames of 1280x720: neither a clip nor weights are needed.

Two tables are printed. Propagation: frames per second for each longest side and number of objects, and the
milliseconds of a frame spent on extracting features, matching, the ensembler, and the rest (resizing,
softmax, copies). Matching: the milliseconds of global and local matching at the largest side, one number of
objects after the other in turns, and the ratio to the first. All are medians. Compare numbers of one run
only, and let nothing else run meanwhile."""

_EPILOG = """\
examples:
  cfbi bench
  cfbi bench --model resnet101_cfbi --max-side 481 --objects 1 5 --frames 3
  cfbi bench --device cuda --json speed.json"""

_STAGES = ("extract", "match", "ensemble")
_SIZE = (720, 1280)  # of the frames, before the network reduces them


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("--model", default="lite_cfbi", metavar="NAME", help="network (default: %(default)s)")
    parser.add_argument(
        "--max-side", type=positive, nargs="+", default=[321, 481, 865], metavar="N",
        help="longest sides in pixels that the network sees (default: 321 481 865)",
    )  # fmt: skip
    parser.add_argument(
        "--objects", type=positive, nargs="+", default=[1, 10], metavar="N",
        help="numbers of objects, 1 to 254 (default: 1 10)",
    )  # fmt: skip
    parser.add_argument(
        "--frames", type=positive, default=5, metavar="N",
        help="measured frames of each kind, after one to warm up (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--device", default="cpu", help='"cpu", "cuda", "mps" (default: %(default)s)')
    parser.add_argument("--threads", type=threads, metavar="N", help="of the processor (default: torch's)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every number, with the set-up")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        cfbi.CfbiError: Unknown network or device.
        ExportError: The JSON file cannot be written.
    """
    wait_passively()
    import torch

    import cfbi

    if args.threads:
        torch.set_num_threads(args.threads)
    model = cfbi.build_model(args.model)
    try:
        model.to(args.device)
    except (RuntimeError, AssertionError) as error:
        said = str(error).splitlines()[0]
        raise cfbi.InputError(f"The device {args.device!r} cannot be used: {said}.", "Try cpu.") from error
    if max(args.objects) > 254:
        raise cfbi.InputError(f"{max(args.objects)} objects are too many.", "Masks hold at most 254.")
    kinds = [(side, objects) for side in args.max_side for objects in args.objects]
    with Progress("bench", len(kinds) + 1, unit="measurements") as progress:
        propagation = []
        for side, objects in kinds:
            propagation.append(_propagation(model, args.device, side, objects, args.frames))
            progress.advance()
        matching = _matching(model, args.device, max(args.max_side), args.objects, args.frames)
        progress.advance()
    report = {
        "model": args.model,
        "device": args.device,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "frame": f"{_SIZE[1]}x{_SIZE[0]}",
        "measured_frames": args.frames,
        "propagation": propagation,
        "matching": matching,
    }
    print(f"{args.model} on {args.device}, {report['threads']} threads, medians of {args.frames} frames\n")
    print(_table(propagation), _table(matching), sep="\n\n")
    if args.json:
        with atomic_target(args.json) as draft:
            draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0


def _propagation(model: Network, device: str, side: int, objects: int, frames: int) -> dict[str, Any]:
    """Median times of a session's step."""
    import cfbi
    from cfbi.transforms import network_size

    session = cfbi.InferenceSession(model, device=device, max_side=side, close_up=False)
    session.add_reference(_frame(0), _stripes(_SIZE, objects))
    session.step(_frame(1))
    now, rows = _clock(device), []
    with _timed_stages(model, now) as spent:
        for index in range(frames):
            frame = _frame(index + 2)
            spent.update(dict.fromkeys(_STAGES, 0.0))
            start = now()
            session.step(frame)
            row = {"frame": now() - start, **spent}
            rows.append({**row, "rest": 2 * row["frame"] - sum(row.values())})
    medians = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    seen = network_size(*_SIZE, max_side=side)
    return {
        "max_side": side,
        "network_sees": f"{seen[1]}x{seen[0]}",
        "objects": objects,
        "frames_per_s": round(1 / medians["frame"], 2),
        **{f"{name}_ms": round(1000 * seconds, 1) for name, seconds in medians.items()},
    }


def _matching(
    model: Network, device: str, side: int, counts: list[int], repeats: int
) -> list[dict[str, Any]]:
    """Median times of global and local matching for each number of objects, measured in turns."""
    import torch

    from cfbi.model.matching import global_matching, local_matching
    from cfbi.model.memory import ReferenceMemory
    from cfbi.transforms import network_size

    config, now = model.config.matching, _clock(device)
    height, width = ((length - 1) // 4 + 1 for length in network_size(*_SIZE, max_side=side))
    shape = (3, model.config.embedding_dim, height, width)
    query, reference, previous = torch.rand(shape)[:, : config.channels].to(device).unbind(0)
    search: Any = {
        "windows": config.windows,
        "half_resolution": config.half_resolution,
        "atrous": config.local_atrous,
    }
    spent: dict[tuple[str, int], list[float]] = {}
    for turn in range(repeats + 1):
        for objects in counts:
            labels = torch.from_numpy(_stripes((height, width), objects)).long().to(device)
            ids, bias = range(objects + 1), torch.zeros(objects + 1, device=device)
            memory = ReferenceMemory()
            with torch.inference_mode():
                memory.add(reference, labels, ids, config)
                pixels, start = memory.pixels(ids), now()
                global_matching(query, pixels, bias)
                between = now()
                local_matching(query, previous, labels, bias, **search)
            times = {"global": between - start, "local": now() - between}
            for kind, seconds in times.items() if turn else ():  # the first turn warms up
                spent.setdefault((kind, objects), []).append(seconds)
    medians = {key: statistics.median(values) for key, values in spent.items()}
    return [
        {
            "kind": kind,
            "grid": f"{width}x{height}",
            "objects": objects,
            "ms": round(1000 * medians[kind, objects], 1),
            "ratio": round(medians[kind, objects] / medians[kind, counts[0]], 2),
        }
        for kind in ("global", "local")
        for objects in counts
    ]


@contextmanager
def _timed_stages(model: Network, now: Callable[[], float]) -> Iterator[dict[str, float]]:
    """Adds up the seconds of each stage while the context is open."""
    spent = dict.fromkeys(_STAGES, 0.0)

    def timed(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            start = now()
            result = method(*arguments)
            spent[name] += now() - start
            return result

        return call

    for name in _STAGES:
        setattr(model, name, timed(name, getattr(model, name)))
    try:
        yield spent
    finally:
        for name in _STAGES:
            delattr(model, name)


def _clock(device: str) -> Callable[[], float]:
    """Seconds, after the device has finished what it was given."""
    import torch

    def now() -> float:
        if device != "cpu":
            torch.accelerator.synchronize()
        return time.perf_counter()

    return now


def _frame(index: int) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of moving coloured waves."""
    y, x = np.mgrid[: _SIZE[0], : _SIZE[1]].astype(np.float32)
    waves = [np.sin((x + 5 * index) / (9 + 4 * k) + y / (13 + 3 * k)) for k in range(3)]
    return np.asarray(127.5 + 127 * np.stack(waves, 2), np.uint8)


def _stripes(size: tuple[int, int], objects: int) -> NDArray[np.uint8]:
    """(height, width) uint8: equal upright stripes of background and of each object."""
    stripe = np.arange(size[1]) * (objects + 1) // size[1]
    return np.ascontiguousarray(np.broadcast_to(stripe.astype(np.uint8), size))


def _table(rows: list[dict[str, Any]]) -> str:
    lines = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    )
