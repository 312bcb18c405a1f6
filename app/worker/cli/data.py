"""``cfbi data``: looks through a data set, and makes composites of its sequences."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

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
  cfbi data check YOUTUBE --split train --json report.json"""

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
    from app.export.files import atomic_target
    from cfbi.data.checking import check_folder

    report = check_folder(args.root, args.split)
    print(report_text(report))
    if args.json is not None:
        with atomic_target(args.json) as draft:
            draft.write_text(json.dumps(report.to_json(), indent=1) + "\n", encoding="utf-8")
    return 1 if report.problems else 0


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
