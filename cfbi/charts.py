"""Line charts as SVG text, without a plotting library: small, sharp at any size, equal for equal data."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#555555")
"""Told apart by most people who do not see all colours (after Okabe and Ito)."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 16, 34, 46
_FONT = 'font-family="sans-serif" font-size="12"'
_LEGEND_ROW = 18
_NOTE_ROW, _NOTE_WIDTH, _NOTE_HEIGHT = 14, 48, 11

_Place = Callable[[float], float]


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        label: For the legend; empty for none.
        x: Ascending values.
        y: As many values; NaN interrupts the line.
        points: Draw a dot at every value.
        note: Written beside the last value; empty for none.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    points: bool = False
    note: str = ""


@dataclass(frozen=True)
class Mark:
    """A horizontal line to compare with.

    Attributes:
        label: Written on it.
        y: Its height.
    """

    label: str
    y: float


def line_chart(
    lines: Sequence[Line],
    *,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    marks: Sequence[Mark] = (),
    size: tuple[int, int] = (640, 320),
) -> str:
    """Draw lines over common axes.

    Args:
        lines: What to draw; may be empty.
        title: Above the chart.
        x_label: Below the horizontal axis.
        y_label: Beside the vertical axis.
        x_range: Lowest and highest value shown; None for what the lines need.
        y_range: Lowest and highest value shown; None for what the lines need.
        marks: Horizontal lines.
        size: Width and height in px, without the legend.

    Returns:
        An SVG document on a white ground.
    """
    width, height = size
    named = [line for line in lines if line.label]
    legend = _LEGEND_ROW * ((len(named) + 1) // 2) if len(named) > 1 else 0
    x_low, x_high = x_range or _extent([value for line in lines for value in line.x])
    values = [value for line in lines for value in line.y] + [mark.y for mark in marks]
    y_low, y_high = y_range or _extent(values)
    x_ticks, y_ticks = _ticks(x_low, x_high, 8), _ticks(y_low, y_high, 6)
    if y_range is None:
        y_low, y_high = min(y_low, y_ticks[0]), max(y_high, y_ticks[-1])

    def place_x(value: float) -> float:
        return _LEFT + (value - x_low) / (x_high - x_low) * (width - _LEFT - _RIGHT)

    def place_y(value: float) -> float:
        return height - _BOTTOM - (value - y_low) / (y_high - y_low) * (height - _TOP - _BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height + legend}" '
        f'viewBox="0 0 {width} {height + legend}" role="img" {_FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height + legend}" fill="#fff"/>',
        _text(width / 2, 20, title, anchor="middle", weight="bold"),
    ]
    for value in y_ticks:
        y = place_y(value)
        parts.append(_rule(_LEFT, y, width - _RIGHT, y, "#ddd"))
        parts.append(_text(_LEFT - 6, y + 4, _number(value), anchor="end"))
    for value in x_ticks:
        x = place_x(value)
        parts.append(_rule(x, height - _BOTTOM, x, height - _BOTTOM + 4, "#888"))
        parts.append(_text(x, height - _BOTTOM + 18, _number(value), anchor="middle"))
    parts.append(_rule(_LEFT, height - _BOTTOM, width - _RIGHT, height - _BOTTOM, "#888"))
    parts.append(_text((_LEFT + width - _RIGHT) / 2, height - 8, x_label, anchor="middle"))
    middle = (_TOP + height - _BOTTOM) / 2
    parts.append(
        f'<text x="14" y="{middle:.1f}" fill="#333" text-anchor="middle" '
        f'transform="rotate(-90 14 {middle:.1f})">{escape(y_label)}</text>'
    )
    for mark in marks:
        y = place_y(mark.y)
        parts.append(_rule(_LEFT, y, width - _RIGHT, y, "#888", dash="5 4"))
        parts.append(_text(width - _RIGHT - 4, y - 4, mark.label, anchor="end"))
    for index, line in enumerate(lines):
        colour = COLOURS[index % len(COLOURS)]
        parts += _path(line, colour, place_x, place_y)
    parts += _notes(lines, place_x, place_y)
    if legend:
        for index, line in enumerate(named):
            x, y = _LEFT + (index % 2) * (width - _LEFT) / 2, height + 8 + _LEGEND_ROW * (index // 2)
            colour = COLOURS[lines.index(line) % len(COLOURS)]
            parts.append(_rule(x, y, x + 22, y, colour, thick=2.5))
            parts.append(_text(x + 28, y + 4, line.label))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _path(line: Line, colour: str, place_x: _Place, place_y: _Place) -> list[str]:
    parts: list[str] = []
    commands: list[str] = []
    for x, y in zip(line.x, line.y, strict=True):
        if math.isnan(y):
            commands.append("")
            continue
        begins = not commands or not commands[-1]
        commands.append(f"{'M' if begins else 'L'}{place_x(x):.1f} {place_y(y):.1f}")
        if line.points:
            parts.append(f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="3" fill="{colour}"/>')
    drawn = " ".join(command for command in commands if command)
    if drawn:
        parts.insert(0, f'<path d="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>')
    return parts


def _notes(lines: Sequence[Line], place_x: _Place, place_y: _Place) -> list[str]:
    """Notes above the ends of their lines, or below where another line or note is above."""
    ends = [
        (place_y(line.y[-1]), place_x(line.x[-1]), line.note)
        for line in lines
        if line.note and line.y and not math.isnan(line.y[-1])
    ]
    drawn = [
        [(place_x(x), place_y(y)) for x, y in zip(line.x, line.y, strict=True) if not math.isnan(y)]
        for line in lines
    ]
    placed: list[tuple[float, float]] = []
    parts = []
    for y, x, note in sorted(ends):
        near = [taken for other, taken in placed if abs(x - other) < _NOTE_WIDTH]
        free = [
            baseline
            for baseline in (y - 8, y + 18)
            if all(abs(baseline - taken) >= _NOTE_ROW for taken in near)
        ]
        clear = [baseline for baseline in free if not _is_crossed(x, baseline, drawn)]
        below_all = max([y + 18, *(taken + _NOTE_ROW for taken in near)])
        baseline = next(iter([*clear, *free]), below_all)
        placed.append((x, baseline))
        parts.append(_text(x - 6, baseline, note, anchor="end", weight="bold"))
    return parts


def _is_crossed(right: float, baseline: float, drawn: Sequence[Sequence[tuple[float, float]]]) -> bool:
    """Whether a line goes through the place of a note that ends at ``right``."""
    left, top = right - _NOTE_WIDTH, baseline - _NOTE_HEIGHT
    for points in drawn:
        for (x1, y1), (x2, y2) in itertools.pairwise(points):
            begin, end = max(x1, left), min(x2, right)
            if begin >= end:
                continue
            slope = (y2 - y1) / (x2 - x1)
            edges = sorted((y1 + slope * (begin - x1), y1 + slope * (end - x1)))
            if edges[0] < baseline and edges[1] > top:
                return True
    return False


def _extent(values: Sequence[float]) -> tuple[float, float]:
    numbers = [value for value in values if not math.isnan(value)]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _ticks(low: float, high: float, most: int) -> list[float]:
    """Round values between two others, at most ``most`` steps apart."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [index * step for index in range(first, last + 1)] or [low, high]


def _number(value: float) -> str:
    return f"{value:.6g}"


def _rule(
    x1: float, y1: float, x2: float, y2: float, colour: str, *, thick: float = 1, dash: str = ""
) -> str:
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{colour}" stroke-width="{thick}"{dashes}/>'
    )


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="#333" text-anchor="{anchor}" '
        f'font-weight="{weight}">{escape(text)}</text>'
    )
