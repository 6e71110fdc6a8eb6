"""A reliability diagram as an SVG file: estimated probabilities against what was found."""

from __future__ import annotations

from pathlib import Path

Bin = tuple[float, float, int]  # mean estimate, share of errors, rows
SIZE, LEFT, TOP = 300, 60, 20  # pixels of the square, and where it begins
COLOURS = ("#0072b2", "#d55e00")  # of Okabe and Ito


def _at(x: float, y: float) -> tuple[float, float]:
    return LEFT + SIZE * x, TOP + SIZE * (1 - y)


def _series(name: str, bins: list[Bin], number: int) -> list[str]:
    """A line with points, each with its numbers as a tooltip; and its place in the legend."""
    colour, places = COLOURS[number], [_at(estimate, true) for estimate, true, _ in bins]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    found = [f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>']
    for (x, y), (estimate, true, n) in zip(places, bins, strict=True):
        shape = (
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}">'
            if number == 0
            else f'<rect x="{x - 5:.1f}" y="{y - 5:.1f}" width="10" height="10" fill="{colour}">'
        )
        title = f"estimated {estimate:.2f}, wrong {true:.2f}, {n:,} labels"
        found.append(f"{shape}<title>{title}</title></{'rect' if number else 'circle'}>")
    y = TOP + 20 + 20 * number
    found.append(f'<text x="{LEFT + SIZE + 15}" y="{y}" fill="{colour}">{name}</text>')
    return found


def write(file: Path, series: dict[str, list[Bin]]) -> None:
    """The diagram of one or two series."""
    width, height = LEFT + SIZE + 190, TOP + SIZE + 60
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif" font-size="13" role="img">',
        "<title>Reliability of p(label error)</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<rect x="{LEFT}" y="{TOP}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#888"/>',
    ]
    (x0, y0), (x1, y1) = _at(0, 0), _at(1, 1)
    dash = 'stroke="#888" stroke-dasharray="5 4"'
    parts.append(f'<line x1="{x0}" y1="{y0}" x2="{x1}" y2="{y1}" {dash}/>')
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _at(tick, tick)
        parts.append(f'<text x="{x}" y="{y0 + 18}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{x0 - 8}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    middle = LEFT + SIZE / 2, TOP + SIZE / 2
    parts.append(
        f'<text x="{middle[0]}" y="{y0 + 42}" text-anchor="middle">estimated p(label error)</text>'
    )
    turned = f'transform="rotate(-90 16 {middle[1]})"'
    parts.append(
        f'<text x="16" y="{middle[1]}" text-anchor="middle" {turned}>share that is wrong</text>'
    )
    for number, (name, bins) in enumerate(series.items()):
        parts += _series(name, bins, number)
    file.write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")
