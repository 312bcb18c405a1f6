"""``cfbi propagate``: masks through a clip, as files."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from app.document.finish import STANDARD_FINISH, MatteFinish
from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.run_plan import Direction, RunPlan, plan_clip
from app.document.snapshot import DocumentSnapshot
from app.errors import UserError
from app.export.files import atomic_target
from app.export.folder import remove_stale
from app.export.options import ExportOptions, Missing
from app.export.plan import plan_export
from app.export.presets import PRESETS
from app.export.run import run_export
from app.media import VideoSource, open_source
from app.worker.cli.given import GivenEdges, GivenMasks
from app.worker.cli.masks import parse_mask, read_masks
from app.worker.cli.network import add_network_arguments, scale, session_maker
from app.worker.cli.output import Output
from app.worker.cli.progress import Progress
from app.worker.cli.project_out import ProjectOut
from app.worker.engine import KEPT_FEATURES_BYTES
from app.worker.propagation import Note, propagate_clip
from app.worker.walk import CutFound

_DESCRIPTION = """\
Carry the masks of one or more frames through a clip.

CLIP is a video file or a folder of pictures of one size. Frames are counted from 0. Written are, for each
frame reached:

  OUT/index/STEM_00000.png     palette PNG: the value of a pixel is its object id
  OUT/matte/STEM_00000.png     grey, 8 bits (--matte-bits): how sure the network is that the pixel belongs
                               to the object, with black and white made solid (--clip), and on frames with a
                               given mask with edges as soft as on those around (--hard-edges)
  OUT/matte/ID/STEM_00000.png  the same where there are several objects, one folder per object id
  OUT/STEM_overlay.mp4         with --overlay: the clip with coloured objects, to look at
  OUT/propagation.json         what was done

STEM is the clip's name without its ending; files have the size of the clip."""

_EPILOG = """\
examples:
  cfbi propagate clip.mp4 --mask first.png --out mattes --overlay
      from frame 0 to the end
  cfbi propagate clip.mp4 --mask middle.png@80 --direction both --out mattes
      from frame 80 to the end, then from frame 80 back to frame 0
  cfbi propagate clip.mp4 --mask first.png --mask mattes/index/clip_00120.png@120 --range 120:200 --out mattes
      frame 120 was corrected by hand: a second reference, and frames 120 to 199 anew"""


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.description, parser.epilog = _DESCRIPTION, _EPILOG
    parser.add_argument("clip", type=Path, metavar="CLIP", help="video file or folder of pictures")
    parser.add_argument(
        "--mask",
        type=parse_mask,
        action="append",
        required=True,
        metavar="FILE[@FRAME]",
        help="mask of a frame (default: frame 0); may be given several times, "
        "each is a reference for the whole clip and shows all objects of its frame (but see --late-objects)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write to, made if needed"
    )
    parser.add_argument(
        "--direction",
        choices=[direction.value for direction in Direction],
        default="forward",
        help="forward from the earliest mask, backward from the latest, or both: frames between two masks "
        "are reached from either side and fused, the others from the nearest (default: %(default)s)",
    )
    parser.add_argument(
        "--no-fuse",
        dest="fuse",
        action="store_false",
        help="with --direction both: reach frames between two masks from the earlier one alone, "
        "in half the time",
    )
    parser.add_argument(
        "--range",
        type=_frame_range,
        metavar="A:B",
        help="only frames A up to, not including, B; either may be left out (default: the whole clip)",
    )
    parser.add_argument(
        "--from", dest="first", type=_frame, metavar="FRAME", help="first frame, instead of --range"
    )
    parser.add_argument("--to", dest="last", type=_frame, metavar="FRAME", help="last frame, itself included")
    parser.add_argument(
        "--late-objects",
        choices=("whole", "merge"),
        default="whole",
        help="what a mask says that is not the run's first: whole, it shows all objects of its frame; merge, "
        "it speaks only of the objects that it shows, the others are carried on beneath it, as in "
        "YouTube-VOS (default: %(default)s)",
    )
    parser.add_argument(
        "--stop-at-cuts",
        action="store_true",
        help="end where a shot ends, instead of carrying masks into the next one",
    )
    parser.add_argument(
        "--overlay", action="store_true", help="also write a video with coloured objects (H.264)"
    )
    parser.add_argument(
        "--clip",
        dest="ends",
        type=float,
        nargs=2,
        default=(STANDARD_FINISH.clip_black, STANDARD_FINISH.clip_white),
        metavar=("BLACK", "WHITE"),
        help="mattes are black up to BLACK (0 to 0.5) and white from WHITE (0.5 to 1) on; 0 1 leaves them as "
        f"the network gave them (default: {STANDARD_FINISH.clip_black:g} {STANDARD_FINISH.clip_white:g})",
    )
    parser.add_argument(
        "--hard-edges",
        dest="match_edges",
        action="store_false",
        help="leave the edges of given masks as they are, instead of making them as soft as the network's on "
        "the frames around",
    )
    parser.add_argument(
        "--matte-bits",
        type=int,
        choices=(8, 16),
        default=8,
        help="of the mattes in OUT/matte; projects always keep more than 8 (default: %(default)s)",
    )
    parser.add_argument(
        "--project",
        type=Path,
        metavar="FILE",
        help="also write a project (.cfbiproj), to look at and correct in the studio",
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write into OUT although it holds results of another clip or of other objects; "
        "files of this clip that are not written anew are removed",
    )
    add_network_arguments(parser)
    several = parser.add_argument_group("several passes, averaged; each costs a full pass")
    several.add_argument("--scales", type=scale, nargs="+", metavar="S", help="sizes (default: 1)")
    several.add_argument("--flip", action="store_true", help="also a mirrored copy for each scale")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, began: Callable[[], None] = lambda: None) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.
        began: Called once nothing is in the way, before anything is written.

    Returns:
        The exit code.

    Raises:
        UserError: Clip, masks or output cannot be used.
        cfbi.CfbiError: Network, weights or masks cannot be used.
    """
    finish = replace(_finish(*args.ends), match_edges=args.match_edges)
    with open_source(args.clip) as source:
        references = read_masks(args.mask, source.info)
        wanted, direction = _wanted(args, source), Direction(args.direction)
        plan = plan_clip(list(references), wanted, direction, fuse=args.fuse)
        span = _reached(plan, wanted)
        ids = sorted({int(value) for mask in references.values() for value in np.unique(mask)} - {0, 255})
        clip = args.clip.resolve()
        stem = clip.name if clip.is_dir() else clip.stem
        output = Output(args.out, clip, stem, tuple(ids), finish, args.matte_bits)
        if not args.force:
            output.refuse_to_mix(span)
        late = set(references) - {plan.start} if args.late_objects == "merge" else set()
        given, project = GivenMasks(references, late), None
        edges = GivenEdges(given, finish, float(source.info.sample_aspect))
        if args.project is not None:
            project = ProjectOut(args.project, given, may_replace=args.force)
        began()
        _say_left_out(span, wanted)
        make_session = session_maker(
            args,
            scales=tuple(args.scales or (1.0,)),
            flip=args.flip,
            kept_bytes=KEPT_FEATURES_BYTES if any(walk.fuses for walk in plan) else 0,
        )
        notes: list[Note] = []
        started = time.monotonic()
        results = propagate_clip(
            source,
            references,
            span=wanted,
            direction=direction,
            fuse=args.fuse,
            make_session=make_session,
            merge_late=args.late_objects == "merge",
            stops_at_cuts=args.stop_at_cuts,
            noted=notes.append,
        )
        frames_done: set[int] = set()
        with Progress("propagate", len(span)) as progress:
            for frame_index, result in results:
                output.write(frame_index, result)
                edges.add(frame_index, result)
                if project is not None:
                    project.add(frame_index, result)
                frames_done.add(frame_index)
                if progress.done == 0:
                    _write_summary(output, args, span)  # now the folder is known to be this clip's
                progress.advance()
        for frame_index, object_id, matte in edges.mattes():
            output.write_matte(frame_index, object_id, matte)
        seconds = time.monotonic() - started
        _say_notes(notes)
        if args.force:
            remove_stale(output.folder, output.stem, output.written)
        _write_summary(output, args, span, len(frames_done) / max(seconds, 1e-9))
        if project is not None:
            project.write(clip, source.info, output.object_ids, finish)
        if args.overlay:
            _write_overlay(source, sorted(frames_done), output)
    _say_done(output, len(frames_done), seconds, args)
    return 0


def _finish(black: float, white: float) -> MatteFinish:
    try:
        ends = {"clip_black": black, "clip_white": white}
        return MatteFinish.from_json({**STANDARD_FINISH.to_json(), **ends})
    except ValueError as error:
        raise UserError(
            f"--clip {black:g} {white:g} is out of range.", "BLACK is 0 to 0.5, WHITE is 0.5 to 1."
        ) from error


def _wanted(args: argparse.Namespace, source: VideoSource) -> range:
    """The frames that the user asked for, by --range or by --from and --to."""
    count = source.info.frame_count
    if args.range is not None and (args.first, args.last) != (None, None):
        raise UserError("Both --range and --from or --to are given.", "Give one of them.")
    ends = args.range or (args.first, None if args.last is None else args.last + 1)
    wanted = range(count)[slice(*ends)]
    if not wanted or (ends[1] is not None and ends[1] > count):
        if args.range is None:
            given = {"--from": args.first, "--to": args.last}
            shown = " ".join(f"{name} {end}" for name, end in given.items() if end is not None)
            hint = f"--from is at most --to, and --to at most {count - 1}."
        else:
            shown = "The range " + ":".join("" if end is None else str(end) for end in ends)
            hint = f"Give A:B with A below B and B at most {count}."
        raise UserError(
            f"{shown} does not lie in {source.info.name}, which has frames 0 to {count - 1}.", hint
        )
    return wanted


def _reached(plan: RunPlan, wanted: range) -> range:
    frames = [*plan.frames, *([plan.start] if plan.start in wanted else [])]
    return range(min(frames), max(frames) + 1)


def _write_overlay(source: VideoSource, frames: list[int], output: Output) -> None:
    entries = {}
    for frame_index in frames:  # in the order of the clip, whatever the order of the work was
        with Image.open(output.index(frame_index)) as picture:
            entries[frame_index] = pack(np.asarray(picture), MaskSource.PROPAGATED)
    snapshot = DocumentSnapshot(
        output.clip, source.info, objects=tuple(map(new_object, output.object_ids)), entries=entries
    )
    options = ExportOptions(
        in_point=frames[0],
        out_point=frames[-1],
        missing=Missing.BLACK,  # those between a cut and the next mask are shown as they are
        audio=False,
        burn_in=False,
        overwrite=True,
    )
    export = plan_export(snapshot, PRESETS["overlay"], options, output.folder)
    with Progress("overlay", 2 * len(export.frames)) as progress:
        run_export(export, source, lambda _: progress.advance())
    output.overlay = export.outputs[0].path
    for warning in export.warnings:
        print(warning, file=sys.stderr)


def _write_summary(
    output: Output, args: argparse.Namespace, span: range, frames_per_second: float | None = None
) -> None:
    summary = {
        "clip": str(output.clip),
        "masks": [{"file": str(mask.path), "frame": mask.frame_index} for mask in args.mask],
        "objects": list(output.object_ids),
        "direction": args.direction,
        "frames": [span.start, span.stop],
        "weights": args.weights,
        "finished": frames_per_second is not None,
        "frames_per_second": None if frames_per_second is None else round(frames_per_second, 3),
    }
    with atomic_target(output.summary) as draft:
        draft.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def _say_left_out(span: range, wanted: range) -> None:
    left_out = len(wanted) - len(span)
    if left_out:
        print(
            f"{left_out} of {len(wanted)} frames cannot be reached from the masks in this direction and get "
            f"no files; frames {span[0]} to {span[-1]} do. --direction both reaches all.",
            file=sys.stderr,
        )


def _say_notes(notes: list[Note]) -> None:
    for note in notes:
        if isinstance(note, CutFound):
            text = (
                f"There is a cut between frames {min(note.last, note.beyond)} and "
                f"{max(note.last, note.beyond)}: the masks end there. Give a mask on frame {note.beyond}."
            )
        else:
            text = f"Memory ran out, so the network saw pictures of {note.share:.0%} of the usual size."
        print(text, file=sys.stderr)


def _say_done(output: Output, count: int, seconds: float, args: argparse.Namespace) -> None:
    objects = f"{len(output.object_ids)} object{'s' if len(output.object_ids) > 1 else ''}"
    print(
        f"{count} frame{'s' if count > 1 else ''}, {objects}, in {seconds:.1f} s: "
        f"{count / max(seconds, 1e-9):.2f} frames per second (files included)."
    )
    print(f"Masks: {output.folder / 'index'}\nMattes: {output.folder / 'matte'}")
    if output.overlay is not None:
        print(f"Overlay: {output.overlay}")
    if args.project is not None:
        print(f"Project: {args.project}")


def _frame(text: str) -> int:
    if not re.fullmatch(r"[0-9]+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame number, counted from 0")
    return int(text)


def _frame_range(text: str) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"([0-9]*):([0-9]*)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not A:B with frame numbers counted from 0")
    start, stop = (int(end) if end else None for end in match.groups())
    return start, stop
