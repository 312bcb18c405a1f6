"""The report as one web page that needs nothing else: scores, curves, and the frames that went worst."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from cfbi.charts import Line, line_chart
from cfbi.data.annotations import VOID, davis_palette
from cfbi.evaluation.report import ScoreReport, Scores, SequenceScore

Bytes = NDArray[np.uint8]
_WIDTH_PX = 400
_STYLE = """
body { font: 15px/1.45 sans-serif; color: #222; max-width: 1280px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; } td, th { padding: 3px 12px; text-align: right; }
td:first-child, th:first-child { text-align: left; } tr:nth-child(even) { background: #f4f4f4; }
.frame { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; margin: 0 0 1.6em; }
.frame img { width: 100%; display: block; } .frame p { margin: 2px 0; color: #555; }
.curves { display: flex; flex-wrap: wrap; gap: 12px; } h3 { margin: 1.2em 0 .3em; }
"""


@dataclass(frozen=True)
class FramePictures:
    """What is shown of a frame.

    Attributes:
        picture: (H, W, 3) uint8 RGB.
        truth: (H, W) uint8 object ids, 255 = void.
        result: (H, W) uint8 object ids.
    """

    picture: Bytes
    truth: Bytes
    result: Bytes


@dataclass(frozen=True)
class WorstFrame:
    """A frame with low scores.

    Attributes:
        sequence: Name of the sequence.
        stem: Of the frame.
        j: Mean J of its objects.
        f: Mean F of its objects.
    """

    sequence: str
    stem: str
    j: float
    f: float


def worst_frames(
    report: ScoreReport, count: int, *, per_sequence: int = 3, apart: int = 5
) -> list[WorstFrame]:
    """The frames with the lowest J&F, spread over sequences and time.

    Args:
        report: What was measured.
        count: Most frames.
        per_sequence: Most frames of a sequence.
        apart: Least distance of two frames of a sequence, in scored frames.
    """
    candidates: list[tuple[float, str, int, WorstFrame]] = []
    for sequence in report.sequences:
        j_values, f_values = sequence.per_frame()
        for place, (stem, j, f) in enumerate(zip(sequence.frames, j_values, f_values, strict=True)):
            if not np.isnan(j + f):
                frame = WorstFrame(sequence.name, stem, float(j), float(f))
                candidates.append(((j + f) / 2, sequence.name, place, frame))
    taken: dict[str, list[int]] = {}
    worst: list[WorstFrame] = []
    for _, name, place, frame in sorted(candidates, key=lambda entry: entry[:3]):
        places = taken.setdefault(name, [])
        if len(places) < per_sequence and all(abs(place - other) >= apart for other in places):
            places.append(place)
            worst.append(frame)
            if len(worst) == count:
                break
    return worst


def curve(sequence: SequenceScore) -> str:
    """J and F of a sequence's frames, as SVG; with several objects their mean."""
    j_values, f_values = sequence.per_frame()
    places = list(range(1, len(sequence.frames) + 1))
    lines = [Line("J", places, j_values.tolist()), Line("F", places, f_values.tolist())]
    return line_chart(
        lines,
        title=f"{sequence.name}: J&F {100 * sequence.scores.j_and_f:.1f}",
        x_label="scored frame",
        y_range=(0.0, 1.0),
        size=(400, 220),
    )


def report_page(
    report: ScoreReport,
    facts: Mapping[str, str],
    pictures: Callable[[WorstFrame], FramePictures],
    *,
    count: int = 12,
) -> str:
    """The page.

    Args:
        report: What was measured.
        facts: Said at the top: weights, sizes, command.
        pictures: Reads what is shown of a frame.
        count: Most frames.

    Returns:
        HTML with all pictures inside.
    """
    title = f"{report.benchmark}, {report.split}: J&F {100 * report.overall.j_and_f:.1f}"
    parts = [
        f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1>",
        *(f"<div><b>{escape(key)}</b> {escape(value)}</div>" for key, value in facts.items()),
        "<h2>Scores</h2>",
        _table(report),
        "<h2>Worst frames</h2>",
    ]
    for frame in worst_frames(report, count):
        shown = pictures(frame)
        images = (shown.picture, overlay(shown.picture, shown.truth), overlay(shown.picture, shown.result))
        parts.append(f"<h3>{escape(frame.sequence)} {escape(frame.stem)}</h3>")
        parts.append(f"<div>J {100 * frame.j:.1f}, F {100 * frame.f:.1f}</div>")
        cells = (
            f'<div><img alt="{name}" src="{_inline(image)}"><p>{name}</p></div>'
            for name, image in zip(("picture", "truth", "result"), images, strict=True)
        )
        parts.append(f'<div class="frame">{"".join(cells)}</div>')
    parts.append('<h2>Every frame</h2><div class="curves">')
    parts += [curve(sequence) for sequence in report.sequences]
    return "\n".join([*parts, "</div></html>"]) + "\n"


def overlay(picture: Bytes, index_mask: Bytes) -> Bytes:
    """A picture with its objects in the DAVIS colours, outlined; void is white.

    Args:
        picture: (H, W, 3) uint8 RGB.
        index_mask: (H, W) uint8.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    colours = davis_palette()
    colours[VOID] = 255
    shown: Bytes = picture.copy()
    inside = index_mask > 0
    shown[inside] = (0.45 * picture[inside] + 0.55 * colours[index_mask[inside]]).astype(np.uint8)
    edges = cv2.morphologyEx(index_mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    shown[edges] = 255
    return shown


def _inline(picture: Bytes) -> str:
    height, width = picture.shape[:2]
    if width > _WIDTH_PX:
        size = (_WIDTH_PX, round(height * _WIDTH_PX / width))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_JPEG_QUALITY, 82))
    return f"data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}"


def _table(report: ScoreReport) -> str:
    head = ("sequence", "object", "J&amp;F", "J", "recall", "decay", "F", "recall", "decay", "swaps")
    rows = []
    for sequence in report.sequences:
        swaps = {entry.object_id: len(entry.frames) for entry in sequence.swaps}
        rows += [
            _row(sequence.name, str(entry.object_id), entry.scores, swaps.get(entry.object_id, 0))
            for entry in sequence.objects
        ]
    rows.append(_row("overall", "", report.overall, report.swapped_frames))
    groups = zip(("seen categories", "unseen categories"), report.seen_and_unseen or (), strict=False)
    rows += [_row(name, "", scores, None) for name, scores in groups]
    return f"<table><tr>{''.join(f'<th>{name}</th>' for name in head)}</tr>{''.join(rows)}</table>"


def _row(name: str, object_id: str, scores: Scores, swaps: int | None) -> str:
    j, f = scores.j, scores.f
    numbers = (scores.j_and_f, j.mean, j.recall, j.decay, f.mean, f.recall, f.decay)
    cells = [escape(name), object_id, *(f"{100 * value:.1f}" for value in numbers)]
    cells.append("" if swaps is None else str(swaps))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
