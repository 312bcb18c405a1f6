"""``cfbi propagate``: masks through a clip, as files."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from app.document.mask_store import MaskSource, pack
from app.document.objects import new_object
from app.document.snapshot import DocumentSnapshot
from app.errors import ExportError, UserError
from app.export.files import atomic_target
from app.export.folder import exported_files, remove_stale
from app.export.options import ExportOptions
from app.export.plan import plan_export
from app.export.png import matte_from_probability, write_index_png, write_matte_png
from app.export.presets import PRESETS
from app.export.run import run_export
from app.media import VideoSource, open_source
from app.worker.cli.masks import parse_mask, read_masks
from app.worker.cli.network import add_network_arguments, session_maker
from app.worker.cli.progress import Progress
from app.worker.propagation import DIRECTIONS, PropagationPlan, plan_propagation, propagate_clip

if TYPE_CHECKING:
    from app.worker.engine import Result

_DESCRIPTION = """\
Carry the masks of one or more frames through a clip.

CLIP is a video file or a folder of pictures of one size. Frames are counted from 0. Written are, for each
frame reached:

  OUT/index/STEM_00000.png     palette PNG: the value of a pixel is its object id
  OUT/matte/STEM_00000.png     8-bit grey: how sure the network is that the pixel belongs to the object
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
        "each is a reference for the whole clip and must show all objects of its frame",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write to, made if needed"
    )
    parser.add_argument(
        "--direction",
        choices=DIRECTIONS,
        default="forward",
        help="forward from the earliest mask, backward from the latest, "
        "or both: forward and backward from the earliest (default: %(default)s)",
    )
    parser.add_argument(
        "--range",
        type=_frame_range,
        default=(None, None),
        metavar="A:B",
        help="only frames A up to, not including, B; either may be left out (default: the whole clip)",
    )
    parser.add_argument(
        "--overlay", action="store_true", help="also write a video with coloured objects (H.264)"
    )
    parser.add_argument(
        "--force",
        action="store_true",
        help="write into OUT although it holds results of another clip or of other objects; "
        "files of this clip that are not written anew are removed",
    )
    add_network_arguments(parser)
    parser.set_defaults(run=run)


@dataclass
class _Output:
    """Where the files of a clip go."""

    folder: Path
    clip: Path
    stem: str
    object_ids: tuple[int, ...]
    written: set[Path] = field(default_factory=set)
    overlay: Path | None = None

    def index(self, frame_index: int) -> Path:
        return self.folder / "index" / f"{self.stem}_{frame_index:05d}.png"

    def matte(self, frame_index: int, object_id: int) -> Path:
        folder = self.folder / "matte"
        if len(self.object_ids) > 1:
            folder /= str(object_id)
        return folder / f"{self.stem}_{frame_index:05d}.png"

    @property
    def summary(self) -> Path:
        return self.folder / "propagation.json"

    def refuse_to_mix(self, frames: range) -> None:
        """Keep results of two clips, or of two sets of objects of one clip, from ending up in one folder.

        Other frames of the same objects may join, for that is how a clip is done in parts.

        Args:
            frames: What this run will write.

        Raises:
            ExportError: The folder holds something else.
        """
        if self.folder.exists() and not self.folder.is_dir():
            raise ExportError(f"{self.folder} is a file, not a folder.", "Choose another --out.")
        held = [name for name in ("index", "matte") if (self.folder / name).exists()]
        if not held:
            return
        try:
            summary = json.loads(self.summary.read_text(encoding="utf-8"))
            before = summary["clip"]
            objects = tuple(summary["objects"])
        except (OSError, ValueError, LookupError, TypeError):
            before, objects = None, ()
        if before != str(self.clip):
            raise ExportError(
                f"{self.folder} already holds {' and '.join(held)} of {before or 'something else'}.",
                "Choose another --out, or write into it all the same with --force.",
            )
        ours = {self.index(index) for index in frames}
        ours |= {self.matte(index, object_id) for index in frames for object_id in self.object_ids}
        if objects != self.object_ids and not ours.issuperset(exported_files(self.folder, self.stem)):
            raise ExportError(
                f"{self.folder} already holds results of {self.clip.name} for other objects: "
                f"{_listed(objects)} instead of {_listed(self.object_ids)}.",
                "Choose another --out, or replace them with --force.",
            )

    def write(self, frame_index: int, result: Result) -> None:
        path = self.index(frame_index)
        write_index_png(path, result.index_mask)
        self.written.add(path)
        for row, object_id in enumerate(result.object_ids, start=1):
            path = self.matte(frame_index, object_id)
            write_matte_png(path, matte_from_probability(result.probability[row]))
            self.written.add(path)


def run(args: argparse.Namespace) -> int:
    """Do what ``args`` say.

    Args:
        args: Of the parser that ``declare`` filled.

    Returns:
        The exit code.

    Raises:
        UserError: Clip, masks or output cannot be used.
        cfbi.CfbiError: Network, weights or masks cannot be used.
    """
    with open_source(args.clip) as source:
        references = read_masks(args.mask, source.info)
        plan = plan_propagation(references, _wanted(args.range, source), args.direction)
        ids = sorted({int(value) for mask in references.values() for value in np.unique(mask)} - {0, 255})
        clip = args.clip.resolve()
        stem = clip.name if clip.is_dir() else clip.stem
        output = _Output(args.out, clip, stem, tuple(ids))
        if not args.force:
            output.refuse_to_mix(plan.span)
        _say_left_out(plan, _wanted(args.range, source))
        make_session = session_maker(args)
        started = time.monotonic()
        results = propagate_clip(
            source,
            references,
            make_session=make_session,
            frame_range=_wanted(args.range, source),
            direction=args.direction,
        )
        with Progress("propagate", plan.frame_count) as progress:
            for frame_index, result in results:
                output.write(frame_index, result)
                if progress.done == 0:
                    _write_summary(
                        output, args, plan, None
                    )  # from now on the folder is known to be this clip's
                progress.advance()
        seconds = time.monotonic() - started
        if args.force:
            remove_stale(output.folder, output.stem, output.written)
        _write_summary(output, args, plan, seconds)
        if args.overlay:
            _write_overlay(source, plan, output)
    _say_done(output, plan, seconds, args)
    return 0


def _wanted(ends: tuple[int | None, int | None], source: VideoSource) -> range:
    count = source.info.frame_count
    wanted = range(count)[slice(*ends)]
    if not wanted or (ends[1] is not None and ends[1] > count):
        shown = ":".join("" if end is None else str(end) for end in ends)
        raise UserError(
            f"The range {shown} does not lie in {source.info.name}, which has frames 0 to {count - 1}.",
            f"Give A:B with A below B and B at most {count}.",
        )
    return wanted


def _write_overlay(source: VideoSource, plan: PropagationPlan, output: _Output) -> None:
    entries = {}
    for frame_index in plan.span:  # in the order of the clip, whatever the order of the work was
        with Image.open(output.index(frame_index)) as picture:
            entries[frame_index] = pack(np.asarray(picture), MaskSource.PROPAGATED)
    snapshot = DocumentSnapshot(
        output.clip, source.info, objects=tuple(map(new_object, output.object_ids)), entries=entries
    )
    options = ExportOptions(
        in_point=plan.span[0], out_point=plan.span[-1], audio=False, burn_in=False, overwrite=True
    )
    export = plan_export(snapshot, PRESETS["overlay"], options, output.folder)
    with Progress("overlay", 2 * len(export.frames)) as progress:
        run_export(export, source, lambda _: progress.advance())
    output.overlay = export.outputs[0].path
    for warning in export.warnings:
        print(warning, file=sys.stderr)


def _write_summary(
    output: _Output, args: argparse.Namespace, plan: PropagationPlan, seconds: float | None
) -> None:
    summary = {
        "clip": str(output.clip),
        "masks": [{"file": str(mask.path), "frame": mask.frame_index} for mask in args.mask],
        "objects": list(output.object_ids),
        "direction": args.direction,
        "frames": [plan.span.start, plan.span.stop],
        "weights": args.weights,
        "finished": seconds is not None,
        "frames_per_second": None if not seconds else round(plan.frame_count / seconds, 3),
    }
    with atomic_target(output.summary) as draft:
        draft.write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


def _say_left_out(plan: PropagationPlan, wanted: range) -> None:
    left_out = len(wanted) - plan.frame_count
    if left_out:
        print(
            f"{left_out} of {len(wanted)} frames cannot be reached from the masks in this direction and get "
            f"no files; frames {plan.span[0]} to {plan.span[-1]} do. --direction both reaches all.",
            file=sys.stderr,
        )


def _say_done(output: _Output, plan: PropagationPlan, seconds: float, args: argparse.Namespace) -> None:
    count = plan.frame_count
    objects = f"{len(output.object_ids)} object{'s' if len(output.object_ids) > 1 else ''}"
    print(
        f"{count} frame{'s' if count > 1 else ''}, {objects}, in {seconds:.1f} s: "
        f"{count / max(seconds, 1e-9):.2f} frames per second (files included)."
    )
    print(f"Masks: {output.folder / 'index'}\nMattes: {output.folder / 'matte'}")
    if output.overlay is not None:
        print(f"Overlay: {output.overlay}")


def _listed(object_ids: tuple[int, ...]) -> str:
    return ", ".join(str(object_id) for object_id in object_ids) or "none"


def _frame_range(text: str) -> tuple[int | None, int | None]:
    match = re.fullmatch(r"([0-9]*):([0-9]*)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not A:B with frame numbers counted from 0")
    start, stop = (int(end) if end else None for end in match.groups())
    return start, stop
