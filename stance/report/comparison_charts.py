"""Charts of the comparison: stance by group and target, frames, words."""

from __future__ import annotations

from collections.abc import Sequence

from stance.compare import Comparison, FrameContrast, StanceCell, VocabularyContrast
from stance.compare.telling import WORTH_NAMING
from stance.compare.words import number, plural
from stance.report import svg
from stance.report.svg import MIDDLE, WIDE, WIDTHS, Chart

MAX_TARGETS = 10
MAX_BARS = 48
MAX_FRAMES = 15
MAX_WORDS = 12
MIN_Z = 0.3


def letter(index: int) -> str:
    """The letter that stands for a group: A, B, C, ..."""
    return chr(ord("A") + index) if index < 26 else f"Z{index - 25}"


def ordered_targets(comparison: Comparison) -> list[str]:
    """Targets with a difference worth naming by how much it carries, then the others by how often they are spoken of."""
    first = list(dict.fromkeys(c.target for c in comparison.contrasts if c.weight >= WORTH_NAMING))
    return first + [target for target in comparison.targets if target not in first]


def shown_targets(comparison: Comparison) -> int:
    """How many targets a chart holds, so that many groups do not make it endless."""
    return max(2, min(MAX_TARGETS, MAX_BARS // max(1, len(comparison.groups))))


def stance_bars(
    comparison: Comparison, targets: Sequence[str], *, name: str = "stance", groups: Sequence[str] = ()
) -> Chart:
    """Diverging stacked bars: against to the left, favour to the right, neutral astride the middle; net stance below.

    With `groups` given, only those are drawn and the targets get no headings of their own.
    """
    shown = [target for target in targets if any(c.target == target and c.labelled for c in comparison.cells)]
    parts = []
    for target in shown:
        for cell in (c for c in comparison.cells if c.target == target):
            parts.append(
                f"{cell.group} on {target}: {cell.favor} in favour, {cell.against} against, {cell.neutral} neutral"
            )
    title = "Stance of the quotes toward each target, by group"
    if len(comparison.groups) == 1:
        title = "Stance of the quotes toward each target"
    description = "; ".join(parts[:40]) + "."
    pictures = [_bars(comparison, shown, width, f"{name}-{tag}", (title, description), groups) for width, tag in WIDTHS]
    return Chart(name, title, description, *pictures)


def _bars(
    comparison: Comparison, targets: Sequence[str], width: int, uid: str, words: tuple[str, str], only: Sequence[str]
) -> str:
    narrow = width < 500
    left = 8.0 if narrow else 190.0 if width == MIDDLE else 270.0
    right = width - (8.0 if narrow else 150.0)
    middle, half = (left + right) / 2, (right - left) / 2 - 4
    body = [svg.hatch(uid)]
    y = 14.0
    body += [
        svg.text(left, y, "◀ against", "small muted"),
        svg.text(middle, y, "neutral", "small muted", anchor="middle"),
        svg.text(right, y, "in favour ▶", "small muted", anchor="end"),
    ]
    y += 10
    top = y
    single = len(comparison.groups) == 1
    rows: list[str] = []
    over: list[str] = []  # what the lines of the grid must not cross out
    for target in targets:
        if not single and not only:
            y += 18
            rows.append(svg.text(0 if not narrow else left, y, svg.shorten(target, width - 20, size=14), "strong"))
            y += 8
        for index, group in enumerate(comparison.groups):
            if only and group.name not in only:
                continue
            cell = comparison.cell(group.name, target)
            label = target if single else f"{letter(index)}  {group.name}"
            if narrow:
                y += 16
                rows.append(svg.text(left, y, svg.shorten(label, width * 0.58), "small"))
                if cell is not None:
                    rows.append(svg.text(right, y, _count(cell), "small muted", anchor="end"))
                y += 5
            elif cell is not None:
                rows += _label(label, 0 if single else 12, left - 24, y, "")
                rows.append(svg.text(right + 10, y + 17, _count(cell), "small muted"))
            else:
                rows += _label(label, 0 if single else 12, left - 24, y, "muted")
            if cell is None or not cell.labelled:
                note = "no quote on this" if cell is None else f"{plural(cell.abstained, 'quote')}, no call made"
                over.append(svg.text(middle, y + 17, note, "small muted halo", anchor="middle"))
            else:
                bar, counts = _bar(cell, middle, half, y, uid)
                rows += bar
                over += counts
            y += 30
        y += 4
    grid = [svg.line(middle + half * step, top, middle + half * step, y, "grid") for step in (-1, -0.5, 0.5, 1)]
    body += [*grid, *rows, svg.line(middle, top, middle, y, "axis"), *over]
    y += 4
    for step in (-1, -0.5, 0, 0.5, 1):
        body.append(
            svg.text(
                middle + half * step,
                y + 12,
                number(step, 1, sign=True) if step else "0",
                "small muted",
                anchor="end" if step == 1 and narrow else "start" if step == -1 and narrow else "middle",
            )
        )
    return svg.svg(width, y + 20, body, title=words[0], description=words[1], uid=uid)


def _label(label: str, x: float, width: float, y: float, style: str) -> list[str]:
    """A row's name, on two lines where it is long: headings that are set against each other often begin alike."""
    lines = svg.wrap(label, width)
    first = y + 17 - 7 * (len(lines) - 1)
    return [svg.text(x, first + 14 * i, line, style) for i, line in enumerate(lines)]


def _count(cell: StanceCell) -> str:
    waived = f" + {cell.abstained} ○" if cell.abstained else ""
    net = f"net {number(cell.net.value, 1, sign=True)}" if cell.net else "no call"
    return f"{net} · n {cell.labelled}{waived}"


def _bar(cell: StanceCell, middle: float, half: float, y: float, uid: str) -> tuple[list[str], list[str]]:
    """The bar of a cell, and what is written and marked over it."""
    n = cell.labelled
    unit = half / n
    start = middle - unit * (cell.against + cell.neutral / 2)
    parts: list[str] = []
    over: list[str] = []
    for key, sign in (("against", "▼"), ("neutral", "●"), ("favor", "▲")):
        count = getattr(cell, key)
        if not count:
            continue
        width = unit * count
        tip = f"{cell.group}, {cell.target}: {count} of {n} {'in favour' if key == 'favor' else key}"
        parts.append(svg.rect(start, y + 3, width, 20, key, tip=tip))
        if key == "against":
            parts.append(svg.rect(start, y + 3, width, 20, "", fill=f"url(#{uid}-hatch)"))
        words = f"{sign} {count}"
        if width > 8 * len(words) + 4:
            at = start + (width / 2 if key == "neutral" else 8 if key == "against" else width - 8)
            anchor = "middle" if key == "neutral" else "start" if key == "against" else "end"
            if key != "favor":
                shift = 4 if key == "against" else 4 * len(words) + 1
                over.append(svg.rect(at - shift, y + 6, 8 * len(words) + 2, 14, key))
            over.append(
                svg.text(
                    at, y + 17.5, words, f"small strong {'on-favor' if key == 'favor' else 'on-fill'}", anchor=anchor
                )
            )
        start += width
    assert cell.net is not None
    if cell.net.low is not None and cell.net.high is not None:
        over.append(
            svg.line(middle + half * cell.net.low, y + 26.5, middle + half * cell.net.high, y + 26.5, "whisker")
        )
        over.append(svg.diamond(middle + half * cell.net.value, y + 26.5, 4.5, "mark"))
    else:
        over.append(svg.diamond(middle + half * cell.net.value, y + 26.5, 4.5, "hollow"))
    return parts, over


def frame_plot(comparison: Comparison, a: str, b: str, *, name: str = "frames") -> Chart | None:
    """Log-odds ratio of each frame between two groups, with intervals; `None` where the pair has no frames."""
    rows = [c for c in comparison.frame_contrasts if (c.a, c.b) == (a, b)]
    rows = sorted(
        sorted(rows, key=lambda c: -abs(c.log_odds.value))[:MAX_FRAMES], key=lambda c: (-c.log_odds.value, c.name)
    )
    if not rows:
        return None
    counts = {(cell.group, cell.frame): cell for cell in comparison.frames}
    title = f"Frames: {a} against {b}"
    said = [
        f"{c.name}: {counts[a, c.frame].count} of {counts[a, c.frame].share.n} in {a}, {counts[b, c.frame].count} "
        f"of {counts[b, c.frame].share.n} in {b}, log-odds ratio {number(c.log_odds.value, 1, sign=True)}"
        for c in rows
    ]
    texts = {
        c.frame: " : ".join(f"{counts[g, c.frame].count}/{counts[g, c.frame].share.n}" for g in (a, b)) for c in rows
    }
    names = (_lettered(comparison, a), _lettered(comparison, b))
    description = "; ".join(said) + "."
    pictures = [_forest(rows, texts, names, width, f"{name}-{tag}", (title, description)) for width, tag in WIDTHS]
    return Chart(name, title, description, *pictures)


def _lettered(comparison: Comparison, group: str) -> str:
    index = [g.name for g in comparison.groups].index(group)
    return f"{letter(index)}  {group}"


def _forest(
    rows: Sequence[FrameContrast],
    texts: dict[str, str],
    names: tuple[str, str],
    width: int,
    uid: str,
    words: tuple[str, str],
) -> str:
    narrow = width < 500
    left, right = (10.0, width - 10.0) if narrow else (232.0 if width == MIDDLE else 270.0, width - 110.0)
    reach = max(
        2.0, *(abs(v) for c in rows for v in (c.log_odds.value, c.log_odds.low, c.log_odds.high) if v is not None)
    )
    reach = min(reach, 8.0)
    middle, half = (left + right) / 2, (right - left) / 2 - 6

    def x(value: float) -> float:
        return middle + half * max(-1.0, min(1.0, value / reach))

    # Each group's name stands on the side of the axis that means more of it.
    start, second = (left, 31.0) if narrow else (0.0, 14.0)
    room = width - 100 if narrow else right / 2 - 100
    body = [
        svg.text(start, 14, f"◀ more in {svg.shorten(names[1], room)}", "small muted"),
        svg.text(right, second, f"more in {svg.shorten(names[0], room)} ▶", "small muted", anchor="end"),
    ]
    if not narrow:
        body.append(svg.text(right + 10, 14, f"{names[0][0]} : {names[1][0]}", "small muted"))
    y = second + 8
    top = y
    marks: list[str] = []
    for c in rows:
        if narrow:
            marks.append(svg.text(left, y + 14, svg.shorten(c.name, width * 0.6), ""))
            marks.append(svg.text(right, y + 14, texts[c.frame], "small muted", anchor="end"))
            y += 18
        else:
            marks.append(svg.text(0, y + 17, svg.shorten(c.name, left - 12), ""))
            marks.append(svg.text(right + 10, y + 17, texts[c.frame], "small muted"))
        at = y + 13
        e = c.log_odds
        if e.low is not None and e.high is not None:
            marks.append(svg.line(x(e.low), at, x(e.high), at, "whisker"))
            for end, turn in ((e.low, -1), (e.high, 1)):  # an interval that goes on beyond the chart ends in an arrow
                if abs(end) > reach:
                    marks.append(f'<path d="M{x(end) + 5 * turn:.1f} {at:.1f}l{-6 * turn} -4v8z" class="mark"/>')
            marks.append(svg.marker(0, x(e.value), at, "mark"))
        else:
            marks.append(svg.marker(0, x(e.value), at, "hollow"))
        y += 26
    body += [svg.line(x(v), top, x(v), y, "grid") for v in (-reach, -reach / 2, reach / 2, reach)]
    body += [svg.line(middle, top, middle, y, "axis"), *marks]
    body += [
        svg.text(x(v), y + 14, number(v, 1, sign=True) if v else "0", "small muted", anchor="middle")
        for v in (-reach / 2, 0, reach / 2)
    ]
    body.append(svg.text(middle, y + 30, "log-odds ratio", "small muted", anchor="middle"))
    return svg.svg(width, y + 36, body, title=words[0], description=words[1], uid=uid)


def vocabulary_plot(comparison: Comparison, contrast: VocabularyContrast, *, name: str = "words") -> Chart | None:
    """The words most typical of each of two groups, by z score; `None` where no word is used twice."""
    first = [word for word in contrast.words if word.z > MIN_Z][:MAX_WORDS]
    second = [word for word in contrast.words if word.z < -MIN_Z][::-1][:MAX_WORDS]
    if not first and not second:
        return None
    title = f"Words: {contrast.a} against {contrast.b}"
    said = [
        f"typical of {group}: " + ", ".join(f"{w.word} ({w.count_a} to {w.count_b})" for w in words)
        for group, words in ((contrast.a, first), (contrast.b, second))
        if words
    ]
    description = "; ".join(said) + "."
    reach = max(abs(word.z) for word in (*first, *second))
    names = (_lettered(comparison, contrast.a), _lettered(comparison, contrast.b))
    pictures: list[str] = []
    for width, tag in WIDTHS:
        narrow = width < 500
        column = width if narrow else width / 2 - 12
        start = 150.0 if width == WIDE else 108.0
        body: list[str] = []
        y = 16.0
        lowest = y
        for side, (words, heading) in enumerate(zip((first, second), names, strict=True)):
            x = 0.0 if narrow or side == 0 else width / 2 + 12
            if not narrow:
                y = 16.0
            body.append(svg.text(x, y, svg.shorten(heading, column, size=13), "strong"))
            y += 10
            if not words:
                body.append(svg.text(x, y + 14, "no word stands out", "small muted"))
                y += 21
            for word in words:
                length = (column - start - 50) * abs(word.z) / reach
                body.append(svg.text(x + start - 8, y + 14, svg.shorten(word.word, start - 8), "", anchor="end"))
                body.append(svg.rect(x + start, y + 4, max(2.0, length), 12, "first" if side == 0 else "second"))
                body.append(
                    svg.text(x + start + 6 + length, y + 14.5, f"{word.count_a} : {word.count_b}", "small muted")
                )
                y += 21
            lowest = max(lowest, y)
            y += 22
        pictures.append(svg.svg(width, lowest + 6, body, title=title, description=description, uid=f"{name}-{tag}"))
    return Chart(name, title, description, *pictures)
