"""Horizontal bars as SVG text, in the style of ``cfbi.charts``."""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from cfbi.charts import COLOURS

_LEFT, _RIGHT, _TOP, _BOTTOM = 280, 60, 36, 34
_ROW, _WIDTH = 24, 720


def bar_chart(bars: Sequence[tuple[str, float]], *, title: str, label: str, highest: float = 100.0) -> str:
    """Draw one bar a line.

    Args:
        bars: Names and values, from 0 to ``highest``.
        title: Above the chart.
        label: What the values are, below them.
        highest: Right end of the axis.

    Returns:
        An SVG document on a white ground.
    """
    height = _TOP + _ROW * len(bars) + _BOTTOM
    span = _WIDTH - _LEFT - _RIGHT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{_WIDTH / 2}" y="22" fill="#333" text-anchor="middle" font-weight="bold">'
        f"{escape(title)}</text>",
    ]
    for tick in range(6):
        x = _LEFT + span * tick / 5
        bottom = height - _BOTTOM
        parts.append(f'<line x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{bottom + 14}" fill="#333" text-anchor="middle">'
            f"{highest * tick / 5:.6g}</text>"
        )
    for index, (name, value) in enumerate(bars):
        y = _TOP + _ROW * index
        length = span * min(max(value / highest, 0.0), 1.0)
        colour = COLOURS[0] if index == 0 else COLOURS[5]
        parts.append(
            f'<rect x="{_LEFT}" y="{y + 4}" width="{length:.1f}" height="{_ROW - 8}" fill="{colour}"/>'
        )
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 16}" fill="#333" text-anchor="end">{escape(name)}</text>'
        )
        parts.append(f'<text x="{_LEFT + length + 6:.1f}" y="{y + 16}" fill="#333">{value:.1f}</text>')
    parts.append(
        f'<text x="{_LEFT + span / 2}" y="{height - 6}" fill="#333" text-anchor="middle">'
        f"{escape(label)}</text>"
    )
    return "\n".join([*parts, "</svg>"]) + "\n"
