"""The report as Markdown: the same answer, tables, disputes and method, for a repository, a wiki or an e-mail."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from stance.compare import Claim, Comparison, FrameCell, RunData, overview
from stance.compare.words import number, percent, plural, unit_word
from stance.report.comparison_charts import MIN_Z, letter, ordered_targets
from stance.report.evidence import CALLS, Index, index
from stance.report.people_charts import heat_rows
from stance.report.svg import clean
from stance.report.view import (
    MAX_CONTRAST_CARDS,
    chance,
    interval,
    named,
    nobody,
    percent_interval,
    role_of,
    shown_contrasts,
    spoken,
    typical,
    verdict,
)
from stance.schema import Document, Label

MAX_QUOTES = 200
MAX_ROWS = 60
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|~>=:@^$])")


def plain(text: str) -> str:
    """Text of an article so that Markdown shows it as it is: one line, nothing of it markup, link or HTML."""
    folded = " ".join(clean(text).split())
    escaped = _SPECIAL.sub(r"\\\1", folded.replace("&", "&amp;").replace("<", "&lt;"))
    # A bare address would be linked by many renderers even where escaped.
    shown = re.sub(r"(?i)\b(https?|ftp|www|mailto)(\\[:.])", "\\1\u200b\\2", escaped)
    # Marks that turn the direction of writing act on this text alone, not on the line around it.
    return f"\u2068{shown}\u2069" if _DIRECTION.search(shown) else shown


def render_markdown(data: RunData, comparison: Comparison | None) -> str:
    """The report of a comparison, or of the run as a whole where `comparison` is `None`, as Markdown."""
    shown = comparison if comparison is not None else overview(data)
    found = index(data, shown)
    comparing = shown.by != "all"
    single = data.documents[0] if len(data.documents) == 1 else None
    title = (single.title or single.id) if single else plural(len(data.documents), "article")
    parts = [f"# {plain(title)}", f"**{plain(shown.headline)}**", *_facing(data, shown, found), _facts(shown)]
    parts += _contrasts(data, shown, found)
    parts += _stance(shown)
    parts += _claims(data, shown, found)
    parts += _frames(shown)
    if shown.vocabulary:
        parts.append("## Words")
        parts.append(
            "Most typical of each group, by weighted log-odds (Monroe, Colaresi and Quinn 2008), with their uses in the "
            "first and in the second group. A ranking, not a test."
        )
        for contrast in shown.vocabulary[:6]:
            for group, words in (
                (contrast.a, [w for w in contrast.words if w.z > MIN_Z][:12]),
                (contrast.b, [w for w in contrast.words if w.z < -MIN_Z][::-1][:12]),
            ):
                listed = ", ".join(f"{plain(w.word)} ({w.count_a} : {w.count_b})" for w in words)
                parts.append(f"- {_named(shown, group)}: {listed or 'no word stands out'}")
    parts += _speakers(shown, comparing=comparing)
    parts += _quotes(data, shown, found)
    parts += _method(data, shown)
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], right: int = 0) -> str:
    """A table whose columns after the first `right` are set to the right (0: none are)."""
    rule = ["---" if not right or i < right else "---:" for i in range(len(head))]
    lines = [head, rule, *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _facts(c: Comparison) -> str:
    groups = "; ".join(
        f"{letter(i)} {_named(c, g.name)} {plural(g.quotes, 'quote')}, {plural(g.speakers, 'speaker')}"
        for i, g in enumerate(c.groups)
    )
    counted = (
        f"{plural(c.coverage.documents, 'article')} · {plural(c.coverage.quotes, 'quote')} · "
        f"{plural(c.coverage.speakers, 'speaker')}"
    )
    if c.by != "all" and (rest := c.coverage.quotes - c.coverage.grouped):
        groups += f"; {plural(rest, 'quote')} in no group"
    first = f"\n\nOf {len(c.groups)} groups compared, the headline names two: {c.why}." if len(c.groups) > 2 else ""
    return counted + (f" · {groups}{first}" if c.by != "all" else "")


def _named(c: Comparison, group: str) -> str:
    return plain(named(c.by, group))


def _facing(data: RunData, c: Comparison, found: Index) -> list[str]:
    """The two quotations of the first screen, why these, and what each group speaks of."""
    parts = []
    if c.facing is not None:
        parts = [_quote(data, found, i, c.by) for i in (c.facing.quote_a, c.facing.quote_b)]
        parts.append(plain(c.facing.words))
    lines = []
    for group in (group for group in c.groups if group.name in c.leading):
        targets = ", ".join(f"{plain(target)} ({plural(n, 'quote')})" for target, n in spoken(c, group.name))
        words = ", ".join(f"{plain(word)} ({n})" for word, n in typical(c).get(group.name, ()))
        told = " · ".join(filter(None, (targets, words and f"words typical of them: {words}")))
        lines += [f"- {plain(group.phrase[:1].upper() + group.phrase[1:])} speak most of: {told}"] if targets else []
    return [*parts, "\n".join(lines)]


def _contrasts(data: RunData, c: Comparison, found: Index) -> list[str]:
    if not c.contrasts:
        return []
    parts = [
        "## Where they differ" if c.dispute else "## Possible differences",
        "Difference of net stance (−2 to +2): quotes in favour minus quotes against, over labelled ones, of the first group "
        "minus that of the second.",
        _table(
            ["Target", "Groups", "Difference", "95 % interval", "p", "q", "Verdict", "Carried by"],
            (
                [
                    plain(x.target),
                    f"{_named(c, x.a)} − {_named(c, x.b)}",
                    number(x.difference.value, sign=True),
                    interval(x.difference),
                    chance(x.p),
                    chance(x.q),
                    verdict(x),
                    ", ".join(str(found.numbers[i]) for i in x.carriers),
                ]
                for x in c.contrasts[:MAX_ROWS]
            ),
        ),
    ]
    for x in shown_contrasts(c, MAX_CONTRAST_CARDS):
        parts.append(f"### {plain(x.target)}\n\n{plain(x.words)}")
        parts += [_quote(data, found, quote_id, c.by) for quote_id in x.carriers]
    return parts


def _quote(data: RunData, found: Index, quote_id: str, by: str) -> str:
    quote = found.quotes[quote_id]
    speaker = data.speakers.get(quote.speaker_id or "")
    relayer = data.speakers.get(quote.relayed_by or "")
    who = plain(speaker.name) if speaker else "no speaker named"
    if role_of(speaker):
        who += f", {plain(role_of(speaker))}"
    if quote.relayed_by:
        who += f", relayed by {plain(relayer.name if relayer else quote.relayed_by)}"
    group = found.membership.get(quote_id)
    where = f", {plain(named(by, group))}" if group and len(found.groups) > 1 else ""
    marks = ("“", "”") if quote.kind == "direct" else ("", "")  # a mixed quotation brings its own
    return f"> {marks[0]}{plain(found.words(quote))}{marks[1]}\n>\n> — {who}{where} \\[{found.numbers[quote_id]}\\]"


def _stance(c: Comparison) -> list[str]:
    if not c.cells:
        return []
    cells = {(cell.group, cell.target): cell for cell in c.cells}
    rows = [
        [
            plain(target),
            _named(c, group.name),
            str(cell.against),
            str(cell.neutral),
            str(cell.favor),
            str(cell.abstained),
            str(cell.speakers),
            str(cell.documents),
            number(cell.net.value, sign=True) if cell.net else "—",
            interval(cell.net),
        ]
        for target in ordered_targets(c)
        for group in c.groups
        if (cell := cells.get((group.name, target)))
    ]
    head = [
        "Target",
        "Group",
        "against",
        "neutral",
        "in favour",
        "no call",
        "speakers",
        "articles",
        "net",
        "95 % interval",
    ]
    return ["## Stance toward each target", _table(head, rows[:MAX_ROWS], 2)]


def _claims(data: RunData, c: Comparison, found: Index) -> list[str]:
    titles = {
        "dispute": "### Quotes read as contradicting each other",
        "agreement": "### Quotes read as common ground",
        "opposed": "### Quotes on opposite sides",
    }
    parts = ["## Points of dispute and common ground"] if c.claims else []
    for kind, title in titles.items():
        of_kind: list[Claim] = [claim for claim in c.claims if claim.kind == kind][:8]
        if of_kind:
            parts.append(title)
            if kind != "opposed":
                parts.append("As the entailment model reads them; it errs often: read both before you rely on it.")
        for i, claim in enumerate(of_kind, 1):
            parts.append(f"**{i}\\. {plain(claim.target)}**")
            parts += [_quote(data, found, i, c.by) for i in (claim.quote_a, claim.quote_b)]
    return parts


def _share(cell: FrameCell) -> str:
    interval_ = f" ({percent_interval(cell.share)})" if cell.share.low is not None else ""
    return f"{cell.count} of {cell.share.n}{interval_}"


def _frames(c: Comparison) -> list[str]:
    if not c.frames:
        return []
    cells = {(cell.group, cell.frame): cell for cell in c.frames}
    names = sorted({(cell.name, cell.frame) for cell in c.frames})
    rows = []
    for name, frame in names:
        row = [plain(name)]
        for group in c.groups:
            cell = cells.get((group.name, frame))
            row.append(_share(cell) if cell else "—")
        rows.append(row)
    parts = ["## Frames", _table(["Frame", *(_named(c, g.name) for g in c.groups)], rows)]
    if c.frame_contrasts:
        head = ["Frame", "Groups", "log-odds ratio", "95 % interval", "difference of shares, in points", "p", "q"]
        parts.append(
            _table(
                head,
                (
                    [
                        plain(f.name),
                        f"{_named(c, f.a)} − {_named(c, f.b)}",
                        number(f.log_odds.value, sign=True),
                        interval(f.log_odds),
                        number(f.difference.value * 100, 0, sign=True),
                        chance(f.p),
                        chance(f.q),
                    ]
                    for f in c.frame_contrasts[:MAX_ROWS]
                ),
                2,
            )
        )
    return parts


def _speakers(c: Comparison, *, comparing: bool) -> list[str]:
    head = [
        "Speaker",
        "Role",
        *(["Side"] if c.sides else []),
        "words",
        "share",
        "quotes",
        "direct",
        "indirect",
        "mixed",
        "relayed",
    ]
    groups = c.groups if comparing else ()
    rows = [
        [
            plain(v.name),
            plain(role_of(v)),
            *([plain(v.side or "")] if c.sides else []),
            str(v.words),
            percent(v.share),
            *(str(n) for n in (v.quotes, v.direct, v.indirect, v.mixed, v.relayed)),
            *(str(v.by_group.get(g.name, 0)) for g in groups),
        ]
        for v in c.voices[:MAX_ROWS]
    ]
    parts = ["## Who speaks", _table([*head, *(letter(i) for i in range(len(groups)))], rows, 3 if c.sides else 2)]
    if c.sides:
        side_rows = [[plain(s.side), str(s.speakers), str(s.quotes), str(s.words), percent(s.share)] for s in c.sides]
        parts.append(_table(["Side", "speakers", "quotes", "words", "share"], side_rows, 1))
    parts += [
        f"- {plain(nobody(r.speaker, first=True))}, relayed by {plain(nobody(r.relayer))}: {plural(r.count, 'quote')}"
        for r in c.relays[:20]
    ]
    targets, heat = heat_rows(c)
    if heat:
        cells = [
            [plain(who), *(f"{number(e.net, 1, sign=True)} ({len(e.quotes)})" if e else "" for e in edges)]
            for _, who, edges in heat
        ]
        parts += [
            "### Speaker by target",
            "Net stance, with the number of labelled quotes.",
            _table(["Speaker", *(plain(target) for target in targets)], cells, 1),
        ]
    if c.pairs:
        pair_rows = [
            [
                f"{plain(e.a)} – {plain(e.b)}",
                plain(", ".join(e.agree_on)) or "—",
                plain(", ".join(e.differ_on)) or "—",
                number(e.subtract["raw"], 0, sign=True),
                number(e.subtract["average"], sign=True),
            ]
            for e in c.pairs[:20]
        ]
        parts += [
            "### Agreement and conflict",
            _table(["Speakers", "agree on", "differ on", "subtract", "by average activity"], pair_rows, 3),
        ]
    if c.timeline:
        time_rows = [
            [p.bin, _named(c, p.group), plain(p.target), str(p.net.n), number(p.net.value, sign=True), interval(p.net)]
            for p in c.timeline[:MAX_ROWS]
        ]
        parts += ["## Over time", _table([c.bins, "Group", "Target", "n", "net", "95 % interval"], time_rows, 3)]
    return parts


def _quotes(data: RunData, c: Comparison, found: Index) -> list[str]:
    ordered = sorted(data.quotes, key=lambda quote: found.numbers[quote.id])
    carried = {i for x in c.contrasts[:10] for i in x.carriers} | {
        i for claim in c.claims for i in (claim.quote_a, claim.quote_b)
    }
    shown = ordered
    note = ""
    if len(ordered) > MAX_QUOTES:
        rest = [quote for quote in ordered if quote.id not in carried]
        keep = carried | {quote.id for quote in rest[: max(0, MAX_QUOTES - len(carried))]}
        shown = [quote for quote in ordered if quote.id in keep]
        note = f"A part: {len(shown):,} of {len(ordered):,} quotes; `quotes.jsonl` of the run holds every one."
    parts = ["## The quotes", note] if note else ["## The quotes"]
    counts = Counter(quote.document_id for quote in ordered)
    last = ""
    for quote in shown:
        if quote.document_id != last:
            last = quote.document_id
            parts.append(_head(found.documents[last], counts[last]))
        calls = "; ".join(
            f"{CALLS[label.label]} {plain(str(label.target))}{_score(label)}"
            for label in found.stances.get(quote.id, ())
        )
        frames = ", ".join(plain(found.frame_names[frame]) for frame in found.framed.get(quote.id, ()))
        place = f"characters {quote.content[0].start}–{quote.content[-1].end}" if quote.content else ""
        details = " · ".join(filter(None, (quote.kind, calls, frames, place)))
        parts.append(f"{_quote(data, found, quote.id, c.by)}\n>\n> {details}")
    return parts


def _score(label: Label) -> str:
    score = label.scores.get(label.label) if label.label else None
    return f" ({number(score)})" if score is not None else ""


def _head(document: Document, quotes: int) -> str:
    """An article's title, and below it outlet, author and date, as its own lines give them where no field does."""
    facts = [fact for fact in (document.outlet, document.author, document.published) if fact]
    printed = [s.span.of(document.text).strip("*_ ") for s in document.sections if s.kind == "byline"]
    line = " · ".join(plain(fact) for fact in (*(facts or printed), document.id))
    return f"### {plain(document.title or document.id)}\n\n{line} · {plural(quotes, 'quote')}"


def _method(data: RunData, c: Comparison) -> list[str]:
    manifest = dict(data.manifest or {})
    unit = unit_word(c.unit)
    lines = [
        "Stance is that of the quoted speaker toward the target, as a model read the quoted words; a heading is the "
        "article’s. Net stance is quotes in favour minus quotes against over labelled ones, abstentions apart.",
        f"Intervals: 95 %, bootstrap over {unit}s ({c.settings['bootstrap_draws']} draws); none under "
        f"{c.settings['min_clusters']} {unit}s. p: permutation of whole {unit}s; q: Benjamini–Hochberg over all "
        f"contrasts tested. Seed {c.seed}.",
    ]
    facts = [f"stance {plain(str(manifest.get('version', 'unknown')))}"]
    facts += [
        f"model {plain(str(model.get('name')))} (sha256 {plain(str(model.get('sha256', ''))[:16])})"
        for model in manifest.get("models", ())
    ]
    notes = [f"- Warning: {plain(str(w))}" for w in (*c.coverage.warnings, *manifest.get("warnings", ()))]
    notes += [f"- Left out: {plain(w)}" for w in c.coverage.left_out]
    notes.append(f"- No call made on {c.coverage.abstained} of {c.coverage.stance_labels} quote–target pairs")
    return ["## Method", *lines, "; ".join(facts), "\n".join(notes)]
