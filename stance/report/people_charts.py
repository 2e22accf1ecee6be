"""Charts of who speaks: word shares, speaker × target, the signed network, and stance over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from stance.compare import Comparison, SignedEdge, TimePoint
from stance.compare.words import number, percent, plural
from stance.report import svg
from stance.report.svg import MIDDLE, NARROW, WIDTHS, Chart

MAX_SPEAKERS = 12
MAX_HEAT_TARGETS = 8
MAX_PANELS = 4
MAX_EDGES = 60


def voice_bars(comparison: Comparison, *, name: str = "voices") -> Chart | None:
    """Share of the quoted words by speaker, with how many quotations are direct."""
    voices = comparison.voices[:MAX_SPEAKERS]
    if not voices:
        return None
    title = "Share of the quoted words, by speaker"
    description = "; ".join(f"{v.name}: {percent(v.share)} in {plural(v.quotes, 'quote')}" for v in voices) + "."
    pictures: list[str] = []
    for width, tag in WIDTHS:
        narrow = width < 500
        left = 0.0 if narrow else 190.0 if width == MIDDLE else 270.0
        room = width - left - (60.0 if narrow else 230.0)
        widest = max(v.share for v in voices) or 1.0
        body: list[str] = []
        y = 4.0
        for v in voices:
            kinds = ", ".join(
                f"{c} {k}" for k, c in (("direct", v.direct), ("indirect", v.indirect), ("mixed", v.mixed)) if c
            )
            if narrow:
                body.append(svg.text(0, y + 14, svg.shorten(f"{v.name} · {kinds}", width), "small"))
                y += 19
            else:
                body += _beside(v.name, 0, y + 10.5, left - 12, "")
            length = room * v.share / widest
            body.append(svg.rect(left, y + 3, max(2.0, length), 15, "first"))
            share = percent(v.share)
            note = share if narrow else f"{share} · {kinds}"
            body.append(svg.text(left + length + 8, y + 15, note, "small muted"))
            y += 26
        pictures.append(svg.svg(width, y + 2, body, title=title, description=description, uid=f"{name}-{tag}"))
    return Chart(name, title, description, *pictures)


def heat_rows(comparison: Comparison) -> tuple[list[str], list[tuple[str, str, list[SignedEdge | None]]]]:
    """The speaker × target table: targets, and for each speaker (id, name) the edge to each target."""
    weight: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    on: dict[str, int] = defaultdict(int)
    for edge in comparison.signed:
        weight[edge.speaker_id] += len(edge.quotes)
        on[edge.target] += len(edge.quotes)
        names[edge.speaker_id] = edge.speaker
    targets = sorted(on, key=lambda target: (-on[target], target))[:MAX_HEAT_TARGETS]
    speakers = sorted(weight, key=lambda key: (-weight[key], names[key], key))[:MAX_SPEAKERS]
    by_key = {(edge.speaker_id, edge.target): edge for edge in comparison.signed}
    return targets, [(key, names[key], [by_key.get((key, target)) for target in targets]) for key in speakers]


def shade(net: float) -> int:
    """Which of five steps a net stance falls into, 1 (against) to 5 (favour)."""
    return 1 if net <= -0.6 else 2 if net < -0.15 else 3 if net <= 0.15 else 4 if net < 0.6 else 5


def heatmap(comparison: Comparison, *, name: str = "heatmap") -> Chart | None:
    """Speaker × target, net stance and number of quotations in each cell."""
    targets, rows = heat_rows(comparison)
    if not rows:
        return None
    title = "Net stance of each speaker's quotes toward each target"
    said = [
        f"{who} on {edge.target}: {number(edge.net, 1, sign=True)} in {plural(len(edge.quotes), 'quote')}"
        for _, who, edges in rows
        for edge in edges
        if edge is not None
    ]
    description = "; ".join(said) + "."
    pictures: list[str] = []
    for width, tag in WIDTHS:
        left = 96.0 if width == NARROW else 180.0
        column = (width - left) / max(1, len(targets))
        size = 9 if width == NARROW else 12
        body = [
            svg.text(left + column * (i + 0.5), 14 + 13 * j, part, "small strong", anchor="middle")
            for i, target in enumerate(targets)
            for j, part in enumerate(svg.wrap(target, column - 4, size=size))
        ]
        y = 36.0
        for _, who, edges in rows:
            body += _beside(who, 0, y + 14.5, left - 8, "")
            for i, edge in enumerate(edges):
                x = left + column * i
                if edge is None:
                    body.append(svg.text(x + column / 2, y + 19, "·", "muted", anchor="middle"))
                    continue
                step = shade(edge.net)
                body.append(svg.rect(x + 1, y + 1, column - 2, 28, f"cell-{step}"))
                words = f"{number(edge.net, 1, sign=True)} ({len(edge.quotes)})"
                ink = "on-favor" if step == 5 else "on-fill"
                body.append(svg.text(x + column / 2, y + 19.5, words, f"small {ink}", anchor="middle"))
            y += 30
        pictures.append(svg.svg(width, y + 4, body, title=title, description=description, uid=f"{name}-{tag}"))
    return Chart(name, title, description, *pictures)


def network(comparison: Comparison, *, name: str = "network") -> Chart | None:
    """Speakers on the left, targets on the right; solid lines for, dashed against, dotted neutral or divided."""
    edges = [edge for edge in comparison.signed if edge.favor or edge.against or len(comparison.signed) < 30][
        :MAX_EDGES
    ]
    targets, rows = heat_rows(comparison)
    speakers = [(key, who) for key, who, _ in rows]
    edges = [e for e in edges if e.target in targets and e.speaker_id in {key for key, _ in speakers}]
    if not edges:
        return None
    order_t = {target: i for i, target in enumerate(targets)}
    # One pass of the barycentre rule keeps lines from crossing where they need not.
    centre = {
        key: sum(order_t[e.target] for e in edges if e.speaker_id == key)
        / max(1, sum(e.speaker_id == key for e in edges))
        for key, _ in speakers
    }
    speakers = sorted(
        (s for s in speakers if any(e.speaker_id == s[0] for e in edges)), key=lambda s: (centre[s[0]], s[1])
    )
    title = "Who is for and against what: signed network of speakers and targets"
    description = (
        "; ".join(f"{e.speaker} {_sign(e)[1]} {e.target} ({plural(len(e.quotes), 'quote')})" for e in edges) + "."
    )
    pictures: list[str] = []
    for width, tag in WIDTHS:
        height = 36.0 * max(len(speakers), len(targets)) + 40
        left, right = (104.0, width - 104.0) if width == NARROW else (0.24 * width, 0.76 * width)
        place_s = _spread([key for key, _ in speakers], 14, height - 34)
        place_t = _spread(targets, 14, height - 34)
        body: list[str] = []
        for e in sorted(edges, key=lambda e: len(e.quotes)):
            y1, y2 = place_s[e.speaker_id], place_t[e.target]
            kind, words = _sign(e)
            thick = min(7.0, 1.2 + 1.1 * len(e.quotes) ** 0.7)
            dash = {"favor": "", "against": ' stroke-dasharray="7 5"', "neutral": ' stroke-dasharray="1.5 5"'}[kind]
            bend = (right - left) * 0.45
            tip = f"{e.speaker} {words} {e.target}: {e.favor} for, {e.against} against, {e.neutral} neutral"
            body.append(
                f'<path d="M{left:.1f} {y1:.1f}C{left + bend:.1f} {y1:.1f} {right - bend:.1f} {y2:.1f} {right:.1f} {y2:.1f}" '
                f'class="link line-{kind}" stroke-width="{thick:.1f}"{dash}><title>{svg.escape(tip)}</title></path>'
            )
        for key, who in speakers:
            body.append(svg.marker(0, left, place_s[key], "node"))
            body += _beside(who, left - 9, place_s[key], left - 12, "", anchor="end")
        for target in targets:
            body.append(svg.marker(1, right, place_t[target], "node"))
            body += _beside(target, right + 10, place_t[target], width - right - 16, "strong")
        foot = height - 6
        key_text = "solid: in favour · dashed: against · dotted: neutral or divided · width: quotes"
        if width == NARROW:
            body.append(svg.text(0, foot - 15, "solid: in favour · dashed: against", "small muted"))
            body.append(svg.text(0, foot, "dotted: neutral or divided · width: quotes", "small muted"))
        else:
            body.append(svg.text(0, foot, key_text, "small muted"))
        pictures.append(svg.svg(width, height, body, title=title, description=description, uid=f"{name}-{tag}"))
    return Chart(name, title, description, *pictures)


def _beside(label: str, x: float, y: float, room: float, style: str, *, anchor: str = "start") -> list[str]:
    """A name beside its node or bar, on two lines where it is long."""
    broad = 1.12 if style == "strong" else 1.0
    lines = svg.wrap(label, room, size=13 * broad)
    if len(lines) == 1:
        return [svg.text(x, y + 4.5, lines[0], style, anchor=anchor)]
    lines = svg.wrap(label, room, size=12 * broad)
    return [svg.text(x, y - 2 + 12 * i, line, f"{style} small".strip(), anchor=anchor) for i, line in enumerate(lines)]


def _sign(edge: SignedEdge) -> tuple[str, str]:
    if edge.net > 0.15:
        return "favor", "in favour of"
    return ("against", "against") if edge.net < -0.15 else ("neutral", "neutral or divided on")


def _spread(keys: Sequence[str], top: float, bottom: float) -> dict[str, float]:
    step = (bottom - top) / max(1, len(keys))
    return {key: top + step * (i + 0.5) for i, key in enumerate(keys)}


def timeline_panels(comparison: Comparison, *, name: str = "timeline") -> Chart | None:
    """Net stance over time, one panel a target, one line a group; `None` where no target is spoken of at two dates."""
    if not comparison.timeline:
        return None
    counts: dict[str, int] = defaultdict(int)
    dates: dict[str, set[str]] = defaultdict(set)
    for point in comparison.timeline:
        counts[point.target] += point.net.n
        dates[point.target].add(point.bin)
    counts = {target: count for target, count in counts.items() if len(dates[target]) > 1}
    if not counts:
        return None
    targets = sorted(counts, key=lambda target: (-counts[target], target))[:MAX_PANELS]
    bins = sorted({point.bin for point in comparison.timeline})
    groups = [
        g
        for g in dict.fromkeys([*(g.name for g in comparison.groups), *(p.group for p in comparison.timeline)])
        if any(p.group == g for p in comparison.timeline)
    ]
    title = f"Net stance by {comparison.bins}"
    description = (
        "; ".join(
            f"{p.group} on {p.target}, {p.bin}: {number(p.net.value, 1, sign=True)} (n {p.net.n})"
            for p in comparison.timeline
            if p.target in targets
        )
        + "."
    )
    pictures: list[str] = []
    for width, tag in WIDTHS:
        left, right = 44.0, width - 14.0
        body: list[str] = []
        y = 16.0
        x = 0.0
        for index, group in enumerate(groups):
            label = group if len(groups) == 1 else f"{chr(65 + index % 26)}  {group}"
            label = svg.shorten(label, 300)
            if x and x + 30 + 7.4 * len(label) > width:
                x, y = 0.0, y + 18
            body += [svg.marker(index, x + 8, y - 4, "mark"), svg.text(x + 18, y, label, "small")]
            x += 40 + 7.4 * len(label)
        y += 14
        for target in targets:
            points = [p for p in comparison.timeline if p.target == target]
            body += _panel(points, target, groups, bins, (left, right, y))
            y += 150
        pictures.append(svg.svg(width, y + 4, body, title=title, description=description, uid=f"{name}-{tag}"))
    return Chart(name, title, description, *pictures)


def _panel(
    points: Sequence[TimePoint],
    target: str,
    groups: Sequence[str],
    bins: Sequence[str],
    box: tuple[float, float, float],
) -> list[str]:
    left, right, top = box
    middle, half = top + 75, 42.0
    step = (right - left) / max(1, len(bins))
    body = [svg.text(0, top + 16, svg.shorten(target, right), "strong")]
    for value, label in ((1, "+1"), (0, "0"), (-1, "−1")):
        body.append(
            svg.line(left, middle - half * value, right, middle - half * value, "axis" if value == 0 else "grid")
        )
        body.append(svg.text(left - 8, middle - half * value + 4, label, "small muted", anchor="end"))
    every = max(1, round(70 / step))
    for i, bin_ in enumerate(bins):
        if i % every == 0:
            body.append(svg.text(left + step * (i + 0.5), middle + half + 20, bin_, "small muted", anchor="middle"))
    for index, group in enumerate(groups):
        shift = (index - (len(groups) - 1) / 2) * min(9.0, step / (len(groups) + 1))
        mine = {p.bin: p for p in points if p.group == group}
        xy = [(left + step * (i + 0.5) + shift, mine[b]) for i, b in enumerate(bins) if b in mine]
        path = " ".join(f"{x:.1f},{middle - half * p.net.value:.1f}" for x, p in xy)
        dash = ("", "6 4", "2 4", "9 3 2 3")[index % 4]
        body.append(f'<polyline points="{path}" class="series" stroke-dasharray="{dash or "none"}"/>')
        for x, p in xy:
            if p.net.low is not None and p.net.high is not None:
                body.append(svg.line(x, middle - half * p.net.low, x, middle - half * p.net.high, "axis"))
            body.append(svg.marker(index, x, middle - half * p.net.value, "mark"))
    return body
