"""Which files an export's objects and frames become."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.document.objects import ObjectInfo
from app.errors import ExportError
from app.export.names import check_distinct, expand, expand_frames, tokens_of
from app.export.options import Layout
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Kind
from app.i18n import tr


def plan_outputs(plan: ExportPlan, now: datetime, take: int) -> tuple[PlannedOutput, ...]:
    """Name the files of a plan.

    Args:
        plan: Complete but for its outputs.
        now: For the tokens {date} and {time}.
        take: For the token {take}.

    Returns:
        One output, or one for each object.

    Raises:
        ExportError: The name template cannot be used.
    """
    ids = plan.options.object_ids or ()
    degrees = plan.options.motion_blur
    chosen = tuple(
        item if degrees is None else replace(item, finish=replace(item.finish, motion_blur_degrees=degrees))
        for item in plan.snapshot.objects
        if item.object_id in ids
    )
    groups = [(item,) for item in chosen] if plan.options.layout is Layout.EACH else [chosen]
    outputs = tuple(_output(plan, group, now, take) for group in groups)
    start = len(str(plan.target / "x")) - 1
    check_distinct((output.label, str(path)[start:]) for output in outputs for path in output.files)
    return outputs


def _output(plan: ExportPlan, objects: tuple[ObjectInfo, ...], now: datetime, take: int) -> PlannedOutput:
    template = plan.options.template or plan.preset.template
    label = objects[0].name if len(objects) == 1 else "combined"
    values: dict[str, str | int] = {
        "clip": file_stem(plan.snapshot.path),
        "object": label,
        "object_id": "+".join(str(item.object_id) for item in objects),
        "preset": plan.preset.name,
        "alpha": plan.alpha.value,
        "date": now.strftime("%Y%m%d"),
        "time": now.strftime("%H%M%S"),
        "first": plan.frames[0].number if plan.frames else 0,
        "last": plan.frames[-1].number if plan.frames else 0,
        "width": plan.size[0],
        "height": plan.size[1],
        "take": take,
    }
    suffix = plan.preset.suffix
    if plan.preset.kind is Kind.SEQUENCE:
        folders, _, last = template.rpartition("/")
        if "frame" not in tokens_of(last) or "frame" in tokens_of(folders):
            raise ExportError(
                tr(
                    "The name template {template!r} does not give every frame a name of its own in one "
                    "folder.",
                    template=template,
                ),
                tr("Put {frame} into its last part."),
                about="template",
            )
        named = expand_frames(template, values, [frame.number for frame in plan.frames])
        files = [Path(f"{plan.target}/{name}{suffix}") for name in named]
        folder = files[0].parent
        report = _report_of(folder, plan, last, values)
        return PlannedOutput(label, objects, folder, tuple(files), report, _pattern_of(last, values, suffix))
    name = plan.target / str(expand(template, values))
    # with its ending: the same cut-out may lie beside it in another kind of file
    report = name.with_name(f"{name.name}{suffix if plan.preset.codec != 'youtube_vos' else ''}.report.json")
    if plan.preset.codec == "youtube_vos":
        pictures = [
            name / "Annotations" / str(values["clip"]) / f"{frame.number:05d}.png" for frame in plan.frames
        ]
        return PlannedOutput(label, objects, name, (*pictures, name / "meta.json"), report, r"[0-9]{5,}\.png")
    path = name.with_name(f"{name.name}{suffix}")
    return PlannedOutput(label, objects, path, (path,), report)


def _report_of(folder: Path, plan: ExportPlan, template: str, values: dict[str, str | int]) -> Path:
    """Beside a sequence's folder; told apart from those of other sequences in the same folder."""
    without = re.sub(r"[ ._-]*\{frame(:[0-9]+)?\}", "", template)
    name = str(expand(without, values)) if without else ""
    if folder == plan.target:
        return folder / f"{name or plan.preset.name}.report.json"
    return (
        folder.parent / f"{folder.name if name in ('', folder.name) else f'{folder.name}_{name}'}.report.json"
    )


def _pattern_of(template: str, values: dict[str, str | int], suffix: str) -> str:
    """A regular expression for the file names of a sequence, whatever their number, which is its group."""
    digits = "987654321987"  # longer than any padding, and in no other token
    name = f"{expand(template, {**values, 'frame': int(digits)})}{suffix}"
    return re.escape(name).replace(digits, "(-?[0-9]+)")


def file_stem(path: Path) -> str:
    """The clip's name without suffix, as it begins the names of exported files."""
    stem = path.name if path.is_dir() else path.stem
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", stem) or "clip"
