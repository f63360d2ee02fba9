"""Tables in Markdown and bar charts in SVG."""

from html import escape

COLOURS = ["#1b6ca8", "#e07a2f", "#3f9142", "#8b5fbf", "#a8323e", "#7a6a53", "#5f7d8c"]
WIDTH = 760
LABELS = 190
VALUES = 70
BAR = 16
GAP = 4


def format_number(value):
    """Three significant digits, or all of a larger integer; an en dash for None."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    digits = 0 if value == 0 else max(0, 3 - len(f"{abs(value):.0f}".lstrip("0")))
    return f"{value:.{digits}f}" if abs(value) >= 1 else f"{value:.3g}"


def markdown_table(header, rows):
    """`rows` of strings, and numbers or None, below `header`; numbers to the right."""
    cells = [
        [cell if isinstance(cell, str) else format_number(cell) for cell in row]
        for row in rows
    ]
    for row in cells:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells under {len(header)}")
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    is_text = [
        all(isinstance(cell, str) for cell in column)
        for column in (zip(*rows, strict=True) if rows else [[""]] * len(header))
    ]

    def line(row):
        padded = [
            cell.ljust(width) if text else cell.rjust(width)
            for cell, width, text in zip(row, widths, is_text, strict=True)
        ]
        return "| " + " | ".join(padded) + " |"

    rule = [
        "-" * width if text else "-" * (width - 1) + ":"
        for width, text in zip(widths, is_text, strict=True)
    ]
    lines = [line(header), "| " + " | ".join(rule) + " |", *map(line, cells)]
    return "\n".join(lines) + "\n"


def bar_chart(title, unit, groups, limits=None):
    """An SVG file as a string.

    groups: for each group of bars its name and a dictionary of values, None where
        something was not measured. A name has one colour in all groups.
    limits: for some groups a value that is marked by a line.
    """
    limits = limits or {}
    names = list(dict.fromkeys(name for _, bars in groups for name in bars))
    colours = {name: COLOURS[index % len(COLOURS)] for index, name in enumerate(names)}
    parts, top = [text(12, 24, title, size=16)], 44
    for group, bars in groups:
        present = {name: value for name, value in bars.items() if value is not None}
        limit = limits.get(group)
        largest = max([*present.values(), limit or 0], default=0)
        scale = (WIDTH - LABELS - VALUES) / largest if largest else 0
        parts.append(text(12, top + 12, f"{group}, {unit}", size=13))
        top += 20
        begin = top
        for name, value in present.items():
            parts += bar(top, name, value, value * scale, colours[name])
            top += BAR + GAP
        if limit is not None:
            parts += limit_line(LABELS + limit * scale, begin, top - GAP, limit)
        top += 14
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" '
        f'viewBox="0 0 {WIDTH} {top}" font-family="sans-serif">\n'
        f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def text(x, y, content, size=12, anchor="start"):
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
        f'text-anchor="{anchor}">{escape(content)}</text>'
    )


def bar(top, name, value, length, colour):
    return [
        text(LABELS - 6, top + BAR - 4, name, anchor="end"),
        f'<rect x="{LABELS}" y="{top}" width="{length:.1f}" height="{BAR}" '
        f'fill="{colour}"/>',
        text(LABELS + length + 5, top + BAR - 4, format_number(value)),
    ]


def limit_line(x, top, bottom, limit):
    return [
        f'<line x1="{x:.1f}" y1="{top}" x2="{x:.1f}" y2="{bottom}" '
        'stroke="#444444" stroke-width="1.5" stroke-dasharray="4 3"/>',
        text(x, bottom + 10, f"limit {format_number(limit)}", 10, "middle"),
    ]
