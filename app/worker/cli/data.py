"""``cfbi data``: looks through a data set, and makes composites of its sequences."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.errors import UserError
from app.export.files import atomic_target
from app.export.png import write_index_png
from app.worker.cli.progress import Progress
from app.worker.cli.report_files import write_text

if TYPE_CHECKING:
    from cfbi.data.checking import DataReport, GroupReport

_DESCRIPTION = """\
Look through the data that networks are trained on and measured with.

Recognised are the layouts of DAVIS (JPEGImages/480p, Annotations/480p, ImageSets) and YouTube-VOS
(JPEGImages, Annotations, meta.json; also in train/ and valid/), the latter without meta.json, as MOSE and
LVOS have it, and stills (SOURCE/images, SOURCE/masks)."""

_EPILOG = """\
examples:
  cfbi data check DAVIS
  cfbi data check YOUTUBE --split train --json report.json
  cfbi data composite DAVIS --split val --out composites
  cfbi evaluate davis2017 --root composites --split val --out results"""

_NAMES = {
    "davis": "DAVIS layout",
    "youtubevos": "YouTube-VOS layout",
    "folders": "YouTube-VOS layout without meta.json",
    "stills": "stills",
}
_SHOWN = 40


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check",
        help="read every file and report",
        description="Read every picture and mask; exit code 1 if anything is wrong.",
    )
    check.add_argument("root", type=Path, metavar="ROOT", help="folder of the data set")
    check.add_argument(
        "--split", action="append", metavar="NAME", help="only this split; may be given several times"
    )
    check.add_argument("--json", type=Path, metavar="FILE", help="also write the report of every sequence")
    check.set_defaults(run=run_check)
    composite = actions.add_parser(
        "composite",
        help="make sequences of several objects from sequences of one",
        description="Paste the object of one sequence over another, in front of it and behind it, with true "
        "ids. Written is a DAVIS folder with the list val, to be scored as davis2017; equal data give equal "
        "files.",
    )
    composite.add_argument("root", type=Path, metavar="DAVIS", help="folder in the DAVIS layout")
    composite.add_argument("--split", default="val", metavar="NAME", help="list (default: %(default)s)")
    composite.add_argument("--frames", type=int, default=40, help="frames of each (default: %(default)s)")
    composite.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder to write to")
    composite.set_defaults(run=run_composite)


def run_check(args: argparse.Namespace) -> int:
    """Report what a data set holds.

    Args:
        args: With ``root``, ``split`` and ``json``.

    Returns:
        The exit code, 1 if there are problems.

    Raises:
        cfbi.DataError: No layout that we know, or no such split.
        ExportError: The JSON file cannot be written.
    """
    from cfbi.data.checking import check_folder

    report = check_folder(args.root, args.split)
    print(report_text(report))
    if args.json is not None:
        write_text(args.json, json.dumps(report.to_json(), indent=1) + "\n")
    return 1 if report.problems else 0


def run_composite(args: argparse.Namespace) -> int:
    """Make composites.

    Args:
        args: With ``root``, ``split``, ``frames`` and ``out``.

    Returns:
        The exit code.

    Raises:
        cfbi.DataError: The data set cannot be used.
        UserError: Too few frames, or the files cannot be written.
    """
    from cfbi.data.composite import SourceFrames, compose_sequence, plan_composites
    from cfbi.data.reading import read_picture
    from cfbi.evaluation import check_annotated, open_sequences

    if args.frames < 4:
        raise UserError(f"{args.frames} frames are too few to score.", "Give --frames 4 or more.")
    sequences = {entry.name: entry for entry in open_sequences(args.root, "davis2017", args.split)}
    check_annotated(list(sequences.values()))

    def read(name: str, count: int) -> SourceFrames:
        frames = sequences[name].frames[:count]
        masks = [sequences[name].truth(path.stem) for path in frames]
        return SourceFrames([read_picture(path) for path in frames], masks)

    plans = plan_composites(list(sequences))
    with Progress("composite", len(plans), unit="sequences") as progress:
        for plan in plans:
            for index, (picture, mask) in enumerate(compose_sequence(plan, read, args.frames)):
                _write_jpeg(args.out / "JPEGImages" / "480p" / plan.name / f"{index:05d}.jpg", picture)
                write_index_png(args.out / "Annotations" / "480p" / plan.name / f"{index:05d}.png", mask)
            progress.advance()
    write_text(args.out / "ImageSets" / "2017" / "val.txt", "".join(f"{plan.name}\n" for plan in plans))
    print(
        f"{len(plans)} sequences in {args.out}; score them with `cfbi evaluate davis2017 --root {args.out}`"
    )
    return 0


def _write_jpeg(path: Path, picture: NDArray[np.uint8]) -> None:
    with atomic_target(path) as draft:
        Image.fromarray(picture).save(draft, "JPEG", quality=95)


def report_text(report: DataReport) -> str:
    """The report as text.

    Args:
        report: What was found.

    Returns:
        A few lines per split, then the problems.
    """
    lines = [f"{report.root}: {_NAMES[report.layout]}"]
    for split, groups in report.splits.items():
        lines += _split_lines(split, groups, "sources" if report.layout == "stills" else "sequences")
    if report.held_out:
        lines.append(f"never trained on (DAVIS validation): {', '.join(report.held_out)}")
    lines.append(f"problems: {len(report.problems) or 'none'}")
    lines += [f"  {entry.path}: {entry.what}" for entry in report.problems[:_SHOWN]]
    if len(report.problems) > _SHOWN:
        lines.append(f"  and {len(report.problems) - _SHOWN} more; --json has all")
    return "\n".join(lines)


def _split_lines(split: str, groups: list[GroupReport], what: str) -> list[str]:
    pictures, masks = (sum(getattr(group, name) for group in groups) for name in ("pictures", "masks"))
    lines = [f"{split}: {len(groups)} {what}, {pictures} pictures, {masks} with a mask"]
    sizes: Counter[tuple[int, int]] = Counter()
    for group in groups:
        sizes.update(group.sizes)
    shown = [f"{width}x{height} ({count})" for (width, height), count in sizes.most_common(4)]
    lines.append(f"  sizes: {', '.join(shown)}{f' and {len(sizes) - 4} more' if len(sizes) > 4 else ''}")
    if what == "sequences":
        objects = Counter(len(group.ids) for group in groups)
        told = ", ".join(f"{count} with {number}" for number, count in sorted(objects.items()))
        lines.append(f"  objects: {told}")
    else:
        mattes = [group.name for group in groups if group.mattes]
        lines.append(f"  mattes: {', '.join(mattes) or 'none'}")
    empty = [f"{group.name} {group.empty_masks}" for group in groups if group.empty_masks]
    lines.append(f"  empty masks: {', '.join(empty) or 'none'}")
    return lines
