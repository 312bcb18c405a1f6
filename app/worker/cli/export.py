"""``cfbi export``: mattes and pictures for other programs, from a project or a folder of masks."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from app.errors import ExportError
from app.export.names import TOKENS
from app.export.options import Alpha, ExportOptions, Layout, Missing, Timing
from app.export.perform import ExportResult, perform_export
from app.export.planned import ExportPlan
from app.export.report import ExportProgress
from app.export.request import ExportRequest, preset_named
from app.export.roundtrip.build import round_trip_files
from app.export.roundtrip.write import KINDS
from app.export.sources import read_snapshot
from app.worker.cli.hints import hint_for_command
from app.worker.cli.progress import Progress

_DESCRIPTION = """\
Write mattes and pictures for other programs, from a project of the studio or from a folder of masks.

SOURCE is a project file, or with --clip a folder of index masks: what `cfbi propagate` wrote, or PNGs whose
names end in the frame number. `cfbi presets` lists what can be written. Every file is opened again and
compared before it gets its name; a report lies beside it. Frames are counted from 0."""

_EPILOG = f"""\
name tokens for --name:
{chr(10).join(f"  {{{token}}}".ljust(15) + meaning for token, meaning in TOKENS.items())}

examples:
  cfbi export shot.cfbiproj --preset prores4444 --out deliver
  cfbi export mattes --clip shot.mov --preset exr --start-number 1001 --out plates --round-trip nk
  cfbi export shot.cfbiproj --preset png --bit-depth 16 --layout each --range 10:90 --handles 8 --out mattes
  cfbi export shot.cfbiproj --preset luma_prores --missing hold --out mattes --dry-run"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("source", type=Path, metavar="SOURCE", help="project file, or folder of masks")
    parser.add_argument("--clip", type=Path, help="the clip of a folder of masks, or where a project's went")
    parser.add_argument(
        "--first-number",
        type=int,
        default=0,
        metavar="N",
        help="number in the names of the masks that is the clip's first frame (default: %(default)s)",
    )
    parser.add_argument("--preset", required=True, metavar="NAME", help="a name of `cfbi presets`")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder, made if needed")
    frames = parser.add_argument_group("frames")
    frames.add_argument(
        "--range",
        metavar="A:B",
        help="only frames A up to, not including, B; either may be left out "
        "(default: in to out point of a project, or the whole clip)",
    )
    frames.add_argument("--handles", type=int, default=0, metavar="N", help="frames to add at both ends")
    frames.add_argument(
        "--missing",
        choices=[item.value for item in Missing],
        default=Missing.ERROR.value,
        help="what becomes of frames without a matte: stop and name them, an empty matte, the matte of the "
        "nearest frame, or (sequences only) no file (default: %(default)s)",
    )
    frames.add_argument(
        "--timing",
        choices=[item.value for item in Timing],
        default=Timing.SOURCE.value,
        help="as in the clip; at a constant --rate in the same time; or every frame once at --rate "
        "(default: %(default)s)",
    )
    frames.add_argument("--rate", metavar="FPS", help="frames per second, such as 25 or 24000/1001")
    frames.add_argument("--start-number", type=int, metavar="N", help="number of the first file")
    frames.add_argument("--start-timecode", metavar="TC", help="of the first frame, such as 01:00:00:00")
    look = parser.add_argument_group("pictures and files")
    look.add_argument("--objects", metavar="IDS", help="object numbers with commas between (default: all)")
    look.add_argument("--layout", choices=[item.value for item in Layout], help="one file, or one for each")
    look.add_argument("--alpha", choices=[item.value for item in Alpha], help="how transparency is stored")
    look.add_argument("--bit-depth", type=int, metavar="N", help="bits of a channel")
    look.add_argument("--background", metavar="COLOUR|FILE", help="#rrggbb or a picture, for composites")
    look.add_argument("--name", metavar="TEMPLATE", help="file name with tokens, see below")
    look.add_argument("--no-decontaminate", action="store_true", help="keep the old background at soft edges")
    look.add_argument(
        "--motion-blur",
        metavar="DEGREES",
        help="blur the mattes of all objects along their motion, by a shutter of this angle: 180 is what "
        "cameras do, 0 is none (default: as each object of a project says)",
    )
    look.add_argument("--no-audio", action="store_true", help="leave the clip's sound out")
    look.add_argument(
        "--no-burn-in", action="store_true", help="no frame number and timecode in review movies"
    )
    look.add_argument(
        "--round-trip",
        action="append",
        default=[],
        metavar="KIND",
        help=f"also a file that loads clip and matte aligned: {', '.join(KINDS)}; may be given several "
        "times, or with commas between",
    )
    parser.add_argument("--force", action="store_true", help="replace files that are there")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        UserError: What is to be exported cannot be read, or the export cannot be written or verified.
    """
    try:
        return _export(args)
    except ExportError as error:
        error.hint = hint_for_command(error)
        raise


def _export(args: argparse.Namespace) -> int:
    preset_named(args.preset)  # a typing error is told before a long clip is looked through
    options = ExportOptions.from_json(_options(args))
    snapshot = read_snapshot(args.source, args.clip, args.first_number)
    if args.range is None:
        ends: dict[str, int | None] = {"in_point": snapshot.in_point, "out_point": snapshot.out_point}
    else:
        ends = _range(args.range)
    options = ExportOptions.from_json({**options.to_json(), **ends})
    kinds = tuple(key for text in args.round_trip for key in text.split(",") if key)
    request = ExportRequest(snapshot.path, args.preset, options, args.out.absolute(), kinds)
    plan = request.plan(snapshot)
    for warning in plan.warnings:
        print(f"cfbi: {warning}", file=sys.stderr)
    if args.dry_run:
        _say_plan(plan, kinds)
        return 0
    with ExportBar(args.preset) as on_progress:
        result = perform_export(request, snapshot, on_progress, lambda: False)
    say_result(result)
    return 0


class ExportBar:
    """Shows the progress of one export on standard error; gives what ``perform_export`` calls.

    Args:
        label: What is exported.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._progress: Progress | None = None

    def __enter__(self) -> Any:
        return self._on_progress

    def __exit__(self, *error: Any) -> None:
        if self._progress is not None:
            self._progress.__exit__(*error)

    def _on_progress(self, progress: ExportProgress) -> None:
        if self._progress is None:
            self._progress = Progress(self._label, progress.total, unit="steps").__enter__()
        while self._progress.done < progress.done:
            self._progress.advance()


def say_result(result: ExportResult) -> None:
    """Print what was written."""
    for output in result.report.outputs:
        checks = len(output.checks)
        print(f"{output.path}: {output.frame_count} frames, {checks} checks passed ({output.sidecar.name})")
    for path in result.round_trips:
        print(path)


def _say_plan(plan: ExportPlan, kinds: tuple[str, ...]) -> None:
    for output in plan.outputs:
        print(f"{output.label}: {len(plan.frames)} frames, {plan.size[0]}x{plan.size[1]}, {plan.rate} fps")
        shown = output.files if len(output.files) < 4 else (output.files[0], None, output.files[-1])
        for path in (*shown, output.report):
            print(f"  {path or '...'}")
    for path in round_trip_files(plan, kinds):
        print(f"  {path}")
    if plan.missing and plan.options.missing is Missing.ERROR:
        print("  nothing is written until --missing says what becomes of frames without a matte")


def _options(args: argparse.Namespace) -> dict[str, Any]:
    given: dict[str, Any] = {
        "handles": args.handles,
        "missing": args.missing,
        "timing": args.timing,
        "decontaminate": not args.no_decontaminate,
        "audio": not args.no_audio,
        "burn_in": not args.no_burn_in,
        "overwrite": args.force,
    }
    for name, value in (
        ("rate", args.rate),
        ("start_number", args.start_number),
        ("start_timecode", args.start_timecode),
        ("layout", args.layout),
        ("alpha", args.alpha),
        ("bit_depth", args.bit_depth),
        ("background", args.background),
        ("template", args.name),
        ("motion_blur", args.motion_blur),
    ):
        if value is not None:
            given[name] = value
    if args.objects is not None:
        given["object_ids"] = [
            int(part) if part.strip().isdecimal() else part for part in args.objects.split(",")
        ]
    return given


def _range(text: str) -> dict[str, int | None]:
    match = re.fullmatch(r"([0-9]*):([0-9]*)", text)
    if match is None or (match[2] and int(match[2]) == 0):
        raise ExportError(
            f"The range {text!r} is not A:B.", "Give frame numbers counted from 0, such as 10:90."
        )
    first, stop = (int(end) if end else None for end in match.groups())
    return {"in_point": first, "out_point": None if stop is None else stop - 1}
