"""A bar chart as SVG, readable on light and on dark pages."""

from html import escape

WIDTH, LABELS, BAR, GAP, TOP = 760, 150, 24, 10, 48
OURS, THEIRS, TEXT = "#2f81f7", "#8b949e", "#6e7781"


def bars(title, values):
    """Horizontal bars for {name: milliseconds}, the shortest first. Much longer ones are cut, and say so."""
    ordered = sorted(values.items(), key=lambda item: item[1])
    # A bar ten times as long as another's would leave nothing to see of the others.
    longest = min(ordered[-1][1], 1.15 * max(value for _, value in ordered if value <= 20 * ordered[0][1]))
    height = TOP + len(ordered) * (BAR + GAP)
    room = WIDTH - LABELS - 110
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14">',
        f'<text x="0" y="22" font-size="16" fill="{TEXT}">{escape(title)}</text>',
    ]
    for number, (name, value) in enumerate(ordered):
        y = TOP + number * (BAR + GAP)
        length = room * min(value, longest) / longest
        shown = f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms"
        cut = " (cut)" if value > longest else ""
        colour = OURS if name.startswith("aiq") else THEIRS
        middle = y + BAR * 0.7
        parts += [
            f'<text x="{LABELS - 10}" y="{middle:.0f}" text-anchor="end" fill="{TEXT}">{escape(name)}</text>',
            f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" rx="3" fill="{colour}"/>',
            f'<text x="{LABELS + length + 8:.0f}" y="{middle:.0f}" fill="{TEXT}">{shown}{cut}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])
