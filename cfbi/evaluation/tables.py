"""Scores as CSV, for spreadsheets."""

import csv
import io
import math
from collections.abc import Iterable

from cfbi.evaluation.report import ScoreReport


def objects_csv(report: ScoreReport) -> str:
    """One row per object, shares of 0..1; empty where nothing was measured."""
    head = ["sequence", "object", "frames", "J&F", "J", "J recall", "J decay", "F", "F recall", "F decay"]
    rows: list[list[object]] = [[*head, "swapped frames"]]
    for sequence in report.sequences:
        swaps = {entry.object_id: len(entry.frames) for entry in sequence.swaps}
        for entry in sequence.objects:
            scores = entry.scores
            numbers = [scores.j_and_f]
            for told in (scores.j, scores.f):
                numbers += [told.mean, told.recall, told.decay]
            rows.append(
                [
                    sequence.name,
                    entry.object_id,
                    len(entry.j_per_frame),
                    *(_number(value) for value in numbers),
                    swaps.get(entry.object_id, 0),
                ]
            )
    return _csv(rows)


def frames_csv(report: ScoreReport) -> str:
    """One row per object and scored frame."""
    rows: list[list[object]] = [["sequence", "frame", "object", "J", "F"]]
    for sequence in report.sequences:
        for entry in sequence.objects:
            stems = sequence.frames[entry.begin :]
            for stem, j, f in zip(stems, entry.j_per_frame, entry.f_per_frame, strict=True):
                rows.append([sequence.name, stem, entry.object_id, _number(j), _number(f)])
    return _csv(rows)


def _csv(rows: Iterable[list[object]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"
