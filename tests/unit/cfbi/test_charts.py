from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cfbi.charts import Line, Mark, line_chart

SVG = "{http://www.w3.org/2000/svg}"
numbers = st.floats(-1e6, 1e6, allow_nan=False)


def coordinates(svg: str) -> list[tuple[float, float]]:
    path = ET.fromstring(svg).find(f"{SVG}path")
    assert path is not None
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.attrib["d"])]


def test_lines_run_from_corner_to_corner_of_the_plot() -> None:
    svg = line_chart([Line("rise", (0, 10), (0, 100))], y_range=(0, 100), size=(400, 200))

    assert coordinates(svg) == [(58, 154), (384, 34)]


def test_not_a_number_interrupts_a_line() -> None:
    svg = line_chart([Line("", (0, 1, 2, 3, 4), (1, 2, math.nan, 2, 1))])

    path = ET.fromstring(svg).find(f"{SVG}path")
    assert path is not None
    assert re.findall(r"[ML]", path.attrib["d"]) == ["M", "L", "M", "L"]


def test_texts_are_escaped_and_marks_named() -> None:
    svg = line_chart(
        [Line("a<b", (0, 1), (0, 1), points=True, note="87.2"), Line("b", (0, 1), (1, 0))],
        title="J&F",
        marks=[Mark("goal", 0.9)],
    )

    texts = [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]
    assert {"J&F", "a<b", "b", "goal", "87.2"} <= set(texts)
    assert len(list(ET.fromstring(svg).iter(f"{SVG}circle"))) == 2


@pytest.mark.parametrize("ends", [(90.9, 90.5), (90.5, 90.9), (90, 90, 90), (10, 90), (90, 89, 10)])
def test_notes_of_lines_that_end_alike_do_not_lie_on_each_other(ends: tuple[float, ...]) -> None:
    svg = line_chart([Line(str(i), (0, 1), (0, end), note=f"note {i}") for i, end in enumerate(ends)])

    texts = ET.fromstring(svg).iter(f"{SVG}text")
    rows = {text.text: float(text.attrib["y"]) for text in texts if (text.text or "").startswith("note")}
    assert len(rows) == len(ends)
    in_order = sorted(rows.values())
    assert all(lower - upper >= 14 for upper, lower in pairwise(in_order))
    highest = max(range(len(ends)), key=lambda index: ends[index])
    assert rows[f"note {highest}"] == in_order[0]


def test_a_note_is_not_written_across_another_line() -> None:
    # the other line goes through the place above the end of the first
    svg = line_chart(
        [Line("short", (0, 1), (5.0, 5.0), note="note"), Line("long", (0, 2), (5.2, 6.4))], y_range=(0, 11)
    )
    alone = line_chart(
        [Line("short", (0, 1), (5.0, 5.0), note="note"), Line("", (2,), (6.4,))], y_range=(0, 11)
    )

    def row(chart: str) -> float:
        return next(float(t.attrib["y"]) for t in ET.fromstring(chart).iter(f"{SVG}text") if t.text == "note")

    assert row(svg) == row(alone) + 26  # below the end in place of above it


@pytest.mark.parametrize("lines", [[], [Line("one", (3,), (5,))], [Line("none", (), ())]])
def test_little_or_nothing_to_draw(lines: list[Line]) -> None:
    assert ET.fromstring(line_chart(lines, title="t")).tag == f"{SVG}svg"


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=20))
def test_any_values_stay_inside_the_picture(points: list[tuple[float, float]]) -> None:
    points.sort()
    svg = line_chart([Line("", [x for x, _ in points], [y for _, y in points])])

    for x, y in coordinates(svg):
        assert 57.9 <= x <= 624.1
        assert 33.9 <= y <= 274.1
