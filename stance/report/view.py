"""What the templates show: the comparison arranged for a page, with links from numbers to quotations and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from stance.compare import Claim, Comparison, Contrast, Group, RunData, Voice
from stance.compare.model import BEFORE_FIRST, UNNAMED
from stance.compare.telling import SIGNIFICANT, WORTH_NAMING, direction, sayings, significant
from stance.compare.words import leaning, listing, number, percent, plural, unit_word
from stance.report import comparison_charts as charts
from stance.report import people_charts
from stance.report.comparison_charts import letter
from stance.report.evidence import SIGNS, Index, index, look, pages
from stance.report.svg import Chart
from stance.schema import Estimate, Speaker

MAX_PAIRS = 6
MAX_CONTRAST_CARDS = 3
MAX_CONTRAST_ROWS = 60
MAX_ROWS = 40
BY_WORDS = {
    "section": "section heading",
    "side": "side (from the roster)",
    "date": "date",
    "all": "run",
}
STANCE_WORDS = {"favor": "in favour", "against": "against", "neutral": "neutral", "abstained": "no call"}


@dataclass(frozen=True, slots=True)
class Said:
    """A quotation shown away from its article."""

    number: int
    text: str
    speaker: str
    role: str
    relayer: str | None
    group: str
    group_named: str
    letter: str
    document: str
    here: bool


def interval(estimate: Estimate | None, digits: int = 2) -> str:
    """'−0.80 to +0.20', or an em dash."""
    if estimate is None or estimate.low is None or estimate.high is None:
        return "—"
    return f"{number(estimate.low, digits, sign=True)} to {number(estimate.high, digits, sign=True)}"


def percent_interval(estimate: Estimate) -> str:
    """'10–40 %', or an em dash."""
    if estimate.low is None or estimate.high is None:
        return "—"
    return f"{estimate.low * 100:.0f}–{estimate.high * 100:.0f} %"


def named(by: str, name: str) -> str:
    """A group's name as shown: what an article, a roster or a table calls it in quotation marks, proper names bare."""
    return name if by in ("outlet", "speaker", "author", "date", "all") or name == BEFORE_FIRST else f"“{name}”"


def chance(value: float | None) -> str:
    """A p or q value."""
    if value is None:
        return "—"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def verdict(contrast: Contrast) -> str:
    """What can be said of a contrast, in a few words."""
    if contrast.q is None:
        return "too few to test"
    return "larger than chance would give" if significant(contrast) else "not larger than chance would give"


def find(**keys: object) -> str:
    """The address of a set of quotations on the page: the filter it sets."""
    return "#find?" + urlencode({key: value for key, value in keys.items() if value is not None})


def context(data: RunData, comparison: Comparison, *, title: str | None) -> dict[str, Any]:
    """Everything the template names."""
    found = index(data, comparison)
    shown = pages(data, comparison, found)
    here = {quote_id for page in shown for block in page.blocks for quote_id in (c.quote.id for c in block.cards)}
    documents = {document.id: document for document in data.documents}

    def said(quote_id: str) -> Said:
        quote = found.quotes[quote_id]
        speaker = data.speakers.get(quote.speaker_id or "")
        relayer = data.speakers.get(quote.relayed_by or "")
        group = found.membership.get(quote_id, "")
        document = documents[quote.document_id]
        return Said(
            found.numbers[quote_id],
            found.words(quote),
            speaker.name if speaker else "no speaker named",
            role_of(speaker),
            relayer.name if relayer else quote.relayed_by,
            group,
            named(comparison.by, group),
            letter(found.groups[group]) if group in found.groups and len(found.groups) > 1 else "",
            (document.title or document.id) if len(documents) > 1 else "",
            quote_id in here,
        )

    comparing = comparison.by != "all"
    pairs = _pairs(comparison)
    targets = charts.ordered_targets(comparison)
    titles = [document.title for document in data.documents if document.title]
    return {
        "c": comparison,
        "data": data,
        "comparing": comparing,
        "title": title or (titles[0] if len(data.documents) == 1 and titles else _collection(data)),
        "own_title": bool(title is None and len(data.documents) == 1 and titles),
        "document": data.documents[0] if len(data.documents) == 1 else None,
        "answer": _answer(comparison),
        "leading": _leading(comparison, found),
        "examples": _examples(comparison, found),
        "spoken": {group.name: spoken(comparison, group.name) for group in _pair(comparison)},
        "typical": typical(comparison),
        "unit": unit_word(comparison.unit),
        "look_on": _look_on(found),
        "tested": len([1 for c in comparison.contrasts if c.q is not None])
        + len([1 for f in comparison.frame_contrasts if f.q is not None]),
        "frame_names": sorted({(cell.frame, cell.name) for cell in comparison.frames}, key=lambda item: item[1]),
        "looks": {found.numbers[key]: look(found.stances.get(key, ())) for key in here},
        "speaker_of": {found.numbers[key]: _speaker_name(data, found, key) for key in here},
        "initials": {found.numbers[key]: initials(_speaker_name(data, found, key)) for key in here},
        "by_words": BY_WORDS.get(comparison.by, comparison.by),
        "stance_words": STANCE_WORDS,
        "find": find,
        "said": said,
        "number_of": found.numbers,
        "here": here,
        "ix": found,
        "targets": targets,
        "cards": _contrast_cards(comparison),
        "contrast_rows": comparison.contrasts[:MAX_CONTRAST_ROWS],
        "cells": {(cell.group, cell.target): cell for cell in comparison.cells},
        "frame_cells": {(cell.group, cell.frame): cell for cell in comparison.frames},
        "pairs": pairs,
        "frame_pairs": [
            (a, b, chart, [c for c in comparison.frame_contrasts if (c.a, c.b) == (a, b)])
            for i, (a, b) in enumerate(pairs)
            if (chart := charts.frame_plot(comparison, a, b, name=f"frames{i}")) is not None
        ],
        "word_pairs": [
            (contrast, chart)
            for i, contrast in enumerate(comparison.vocabulary[:MAX_PAIRS])
            if (chart := charts.vocabulary_plot(comparison, contrast, name=f"words{i}")) is not None
        ],
        "stance_chart": charts.stance_bars(comparison, targets[: charts.shown_targets(comparison)])
        if comparison.cells
        else None,
        "voice_chart": people_charts.voice_bars(comparison),
        "network_chart": people_charts.network(comparison),
        "timeline_chart": people_charts.timeline_panels(comparison),
        "heat": people_charts.heat_rows(comparison),
        "shade": people_charts.shade,
        "claims": _claims(comparison.claims),
        "pages": shown,
        "sampled": len(shown) < len(data.documents),
        "shown_quotes": len(here),
        "max_rows": MAX_ROWS,
        "manifest": dict(data.manifest or {}),
        "quality": _quality(data.manifest),
        "significant": SIGNIFICANT,
    }


def _collection(data: RunData) -> str:
    outlets = sorted({document.outlet for document in data.documents if document.outlet})
    where = f" from {listing(outlets)}" if 0 < len(outlets) <= 3 else ""
    return f"{plural(len(data.documents), 'article')}{where}"


def _speaker_name(data: RunData, found: Index, quote_id: str) -> str:
    speaker = data.speakers.get(found.quotes[quote_id].speaker_id or "")
    return speaker.name if speaker else "no speaker named"


def role_of(speaker: Speaker | Voice | None) -> str:
    """Role and affiliation in one phrase, the affiliation only where the role does not name it."""
    if speaker is None:
        return ""
    role, place = speaker.role or "", speaker.affiliation or ""
    shown = "" if role == speaker.name else role  # who is known by a role alone
    return shown if place.casefold() in role.casefold() else ", ".join(filter(None, (shown, place)))


def initials(name: str) -> str:
    """At most three letters for a tag: 'IV' for Ines Vale, 'n.n.' where nobody is named."""
    if name == "no speaker named":
        return "n.n."
    parts = [part for part in name.replace("-", " ").split() if part[:1].isalnum()]
    return "".join(part[0] for part in parts[:3]).upper() or "?"


def _look_on(found: Index) -> Callable[[str, str], str]:
    def on(quote_id: str, target: str) -> str:
        return next(
            (label.label or "none" for label in found.stances.get(quote_id, ()) if label.target == target), "none"
        )

    return on


def _pairs(comparison: Comparison) -> list[tuple[str, str]]:
    found = [(c.a, c.b) for c in comparison.contrasts] + [(f.a, f.b) for f in comparison.frame_contrasts]
    return list(dict.fromkeys(found))[:MAX_PAIRS]


def _pair(comparison: Comparison) -> list[Group]:
    """The two groups of the first screen."""
    return [group for group in comparison.groups if group.name in comparison.leading]


def _answer(comparison: Comparison) -> dict[str, Any]:
    """The first screen: a title that names the dispute, and the groups it is between."""
    return {"title": comparison.title, "groups": _pair(comparison)}


def _own(comparison: Comparison) -> list[Contrast]:
    return [c for c in comparison.contrasts if (c.a, c.b) == comparison.leading]


def _leading(comparison: Comparison, found: Index) -> dict[str, list[dict[str, str]]]:
    """For each group of the first screen, what its quotations lean to, with the table row that counts it."""
    leading: dict[str, list[dict[str, str]]] = {}
    for group in _pair(comparison):
        leading[group.name] = []
        for cell in sayings(_own(comparison), comparison.cells, group, 3):
            kind = direction(cell)
            row = f"s-{found.groups[group.name]}-{found.targets[cell.target]}"
            words = leaning(cell)
            leading[group.name].append({"kind": kind, "sign": SIGNS[kind], "row": row, "words": words})
    return leading


def _examples(comparison: Comparison, found: Index) -> dict[str, tuple[str, str] | None]:
    """For each group of the first screen, a quotation (with its target): the two that face each other, or one that is clear."""
    face = comparison.facing
    if face is not None:
        return dict(
            zip(comparison.leading, ((i, face.target or "") for i in (face.quote_a, face.quote_b)), strict=True)
        )
    examples: dict[str, tuple[str, str] | None] = {}
    for group in _pair(comparison):
        clear = [
            (cell.quotes[direction(cell)][0], cell.target)
            for cell in sayings([], comparison.cells, group, 1)
            if cell.quotes[direction(cell)]
        ]
        examples[group.name] = next(iter(clear), None)
    return examples


def spoken(comparison: Comparison, group: str, limit: int = 3) -> list[tuple[str, int]]:
    """The targets that most quotations of a group speak of, called or not, and how many do."""
    counted = [(c.target, c.labelled + c.abstained) for c in comparison.cells if c.group == group]
    most = sorted(counted, key=lambda item: -item[1])[:limit]
    return [(target, n) for target, n in most if n > 1] or most[:1]


def typical(comparison: Comparison, limit: int = 5) -> dict[str, list[tuple[str, int]]]:
    """Words typical of each leading group with their counts, where stance tells the two apart by no target; else nothing."""
    if comparison.dispute:
        return {}
    words: dict[str, list[tuple[str, int]]] = {}
    for contrast in comparison.vocabulary:
        if (contrast.a, contrast.b) == comparison.leading:
            first = [(w.word, w.count_a) for w in contrast.words if w.z > charts.MIN_Z]
            second = [(w.word, w.count_b) for w in reversed(contrast.words) if w.z < -charts.MIN_Z]
            words = {contrast.a: first[:limit], contrast.b: second[:limit]}
    return words


def shown_contrasts(comparison: Comparison, limit: int = MAX_CONTRAST_CARDS) -> list[Contrast]:
    """The contrasts that carry most, one a target; none where the largest is too small to speak of."""
    first: dict[str, Contrast] = {}
    for contrast in comparison.contrasts:
        if contrast.weight >= WORTH_NAMING:
            first.setdefault(contrast.target, contrast)
    return list(first.values())[:limit]


def _contrast_cards(comparison: Comparison) -> list[tuple[Contrast, Chart]]:
    """Those contrasts, each with its own small chart."""
    return [
        (c, charts.stance_bars(comparison, [c.target], name=f"card{i}", groups=[c.a, c.b]))
        for i, c in enumerate(shown_contrasts(comparison))
    ]


def _claims(claims: Sequence[Claim]) -> dict[str, list[Claim]]:
    return {kind: [claim for claim in claims if claim.kind == kind] for kind in ("dispute", "agreement", "opposed")}


def _quality(manifest: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    """Measured quality of the models, where the manifest says: (model, measure, value)."""
    rows: list[tuple[str, str, str]] = []
    for model in (manifest or {}).get("models", ()):
        measured = model.get("quality") or model.get("metrics") or {}
        if isinstance(measured, Mapping):
            rows += [
                (str(model.get("name", "?")), str(key), f"{value:.3f}" if isinstance(value, float) else str(value))
                for key, value in sorted(measured.items())
            ]
    return rows


def nobody(name: str, *, first: bool = False) -> str:
    """A speaker's name in a sentence, or at its start (`first`)."""
    return ("Somebody not named" if first else "somebody not named") if name == UNNAMED else name


FILTERS: Mapping[str, Callable[..., Any]] = {
    "num": number,
    "interval": interval,
    "percent_interval": percent_interval,
    "percent": percent,
    "named": lambda name, by: named(by, name),
    "chance": chance,
    "verdict": verdict,
    "plural": plural,
    "listing": listing,
    "letter": letter,
    "leaning": leaning,
    "role": role_of,
    "nobody": nobody,
}
