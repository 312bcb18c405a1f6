"""What the report beside an export says of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.export.codecs import MOVIE_CODECS, colour_tags
from app.export.options import Alpha, Missing
from app.export.planned import ExportPlan, PlannedOutput
from app.export.presets import Content


def facts_of(plan: ExportPlan, output: PlannedOutput) -> dict[str, Any]:
    """What the report beside an export says."""
    info = plan.snapshot.info
    facts: dict[str, Any] = {
        "export": output.path.name,
        "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        "clip": str(plan.snapshot.path),
        "preset": plan.preset.name,
        "objects": {str(item.object_id): item.name for item in output.objects},
        "frames": len(plan.frames),
        "clip_frames": [plan.span.start, plan.span.stop - 1],
        "first_number": plan.frames[0].number,
        "last_number": plan.frames[-1].number,
        "size": list(plan.size),
        "rate": str(plan.rate),
        "variable_rate": plan.variable,
        "bound": plan.preset.bound,
    }
    if plan.preset.timecode:
        facts["start_timecode"] = plan.options.start_timecode
    if plan.preset.content is not Content.INDEX:
        facts["alpha"] = {
            Alpha.STRAIGHT: "straight",
            Alpha.PREMULT: "premultiplied with black",
            Alpha.MATTE: "the matte alone",
            Alpha.OPAQUE: "none",
        }[plan.alpha]
    if plan.preset.codec in MOVIE_CODECS:
        tags = colour_tags(plan)
        facts["colour"] = [
            tags.space,
            tags.primaries,
            tags.transfer,
            "full" if tags.full_range else "limited",
        ]
        if info.picture.matrix_guessed:
            facts["colour_note"] = "the clip does not say its matrix; it was taken by its size"
    if plan.missing:
        facts["frames_without_matte"] = list(plan.missing)
        facts["these_frames"] = {
            Missing.ERROR: "",
            Missing.BLACK: "have an empty matte",
            Missing.HOLD: "have the matte of another frame",
            Missing.SKIP: "have no file",
        }[plan.options.missing]
    if plan.warnings:
        facts["warnings"] = list(plan.warnings)
    return facts
