"""From overlapping candidates to one reading: fit content to the marks, choose, and keep what is truly nested."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from stance.data import words
from stance.quotes.lexicon import cues
from stance.quotes.marks import Region
from stance.quotes.relation import Relation, length, merged, minus, shared, trim
from stance.schema import QuoteKind, Span
from stance.speakers.nominal import nouns

THRESHOLD = 0.42
EVIDENCE = 0.6  # what shows or proves something is rarely somebody's statement
NESTED = 0.65
_SOMEBODY = re.compile(r"(?:the|his|her|their|its|our|my)\s|(?:\S+\s)*[A-Z]", re.UNICODE)
_NOBODY = re.compile(
    r"(?:I|We|You|It|This|That|Who(?:ever)?|Which|There|What|He|She|They|People"
    r"|(?:No|Any|Every)(?:one|body|thing)?|Some(?:one|body|thing| people)|None|One)\b"
    r"|Some(?:$| of | who )"
)
_ANYBODY = re.compile(r"(?:An?|Any|Every|No)\s(?:.*\s)?(?:that|which|who)$", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r"\b(as|by)\s$")
_SILENT = re.compile(r"\b(?:declin|refus)(?:e|es|ed|ing)\b", re.IGNORECASE)
_SILENCE = re.compile(
    r"(?:to )?(?:further )?(?:comment|elaborat|discuss|answer|respond|speak|say|talk|be (?:named|identified|quoted|interviewed))"
    r"|any comment|an interview|interview requests",
    re.IGNORECASE,
)
_ACT = re.compile(r"to (?:\w+ly )?(\w+)", re.IGNORECASE)
_PUT_TO = re.compile(r"(?:When )?(?:Asked|Pressed|Questioned|Quizzed|Challenged)\b")
_QUOTED = re.compile(r"(?P<who>[^“”\"‘\n:]{2,80}?) as (?:saying|telling \w+(?: \w+)?)\b[,:]?\s*")
_TOLD = re.compile(r"told[^\w\n]*(?=\n|$)")
_UNNAMED = re.compile(
    r"(?:that (?:he|she|they|his|her|their|its) )?(?:names? )?not (?:to )?be (?:named|identified|quoted)|anonymity\b",
    re.IGNORECASE,
)
_UNREAL = re.compile(
    r"\b(?:to|may|might|could|would|can|should|will|must|not|never|if|ever|does|do|did)\b|n['’]t\b|['’]d\b|['’]ll\b",
    re.IGNORECASE,
)


def fit(text: str, found: Sequence[Relation], regions: Sequence[Region]) -> list[Relation]:
    """Candidates with content fitted to the quotation marks, the surest first.

    Args:
        text: the document.
        found: candidates that may overlap.
        regions: quotation marks of the text.
    """
    outer = [region for region in regions if region.level == 0]
    tidy = [tidied(text, relation, outer) for relation in before_reasons(text, found)]
    fitted = [replace(relation, content=widen(text, relation, outer)) for relation in tidy]
    fitted = [
        relation
        for relation in fitted
        if relation.content and not _about_source(text, relation) and not _unsaid(text, relation, outer)
    ]
    return sorted(fitted, key=lambda relation: -relation.confidence)


def choose(fitted: Sequence[Relation]) -> list[Relation]:
    """One reading of each stretch out of fitted candidates: the surest of those that clash, in text order."""
    kept: list[Relation] = []
    for relation in fitted:
        if relation.confidence >= (EVIDENCE if relation.kind == "other" else THRESHOLD) and not any(
            clashes(relation, other) for other in kept
        ):
            kept.append(relation)
    return in_order(relation for relation in kept if not any(holds(other, relation) for other in kept))


def with_nested(text: str, fitted: Sequence[Relation], top: Sequence[Relation]) -> list[Relation]:
    """`top` and the third parties' statements that stand, cue and all, inside what somebody says."""
    inner: list[Relation] = []
    for relation in sorted(fitted, key=lambda relation: -relation.alone):
        if relation in top or not passed_on(text, relation) or not any(holds(other, relation) for other in top):
            continue
        if not any(rivals(relation, other) for other in (*top, *inner)):
            sure = max(relation.confidence, 0.7 * relation.alone)
            inner.append(replace(relation, confidence=0.5 if relation.imagined else sure))
    return in_order([*top, *inner])


def in_order(relations: Iterable[Relation]) -> list[Relation]:
    """Sorted by where the content begins, then by where it ends."""
    return sorted(relations, key=lambda relation: (relation.content[0], relation.content[-1]))


def rivals(first: Relation, second: Relation) -> bool:
    """Whether a nested candidate reads the same words as another relation does."""
    if first.cue and second.cue and first.cue.overlaps(second.cue):
        return True
    both = shared(first.content, second.content)
    return both > 0.7 * max(length(first.content), length(second.content)) and not (
        holds(second, first) or holds(first, second)
    )


def before_reasons(text: str, found: Sequence[Relation]) -> list[Relation]:
    """`refused the visas on the grounds that S`: what is refused ends where the reason given for it begins."""
    reasons = [(r.cue, r.source) for r in found if r.form == "grounds" and r.cue]
    result = []
    for relation in found:
        content = relation.content
        for reason, who in reasons:
            if (
                who == relation.source
                and relation.cue
                and relation.cue.end <= reason.start
                and any(span.overlaps(reason) for span in content)
            ):
                content = tuple(
                    trim(text, Span(s.start, min(s.end, reason.start))) for s in content if s.start < reason.start
                )
        result.append(replace(relation, content=content))
    return result


def tidied(text: str, relation: Relation, outer: Sequence[Region]) -> Relation:
    """A source ends where marks begin, stands in the cue's own paragraph, and speaks: `Dam is safe, jury told` has none."""
    relation = _of_whom(text, relation)
    source, cue = relation.source, relation.cue
    if source is None:
        return relation
    if cue is not None and source.end <= cue.start and _TOLD.match(text, cue.start):
        return replace(relation, source=None)
    for region in outer:
        touched = any(span.overlaps(region.inner) for span in relation.content)
        if source.start < region.start < source.end and (touched or region.end - region.start > 25):
            source = trim(text, Span(source.start, region.start), ":—–")
    if cue is not None and source.start < source.end:
        low, high = sorted((source.start, cue.start))
        if "\n" in text[low:high]:
            source = Span(0, 0)
    return replace(relation, source=source if source.start < source.end else None)


def _of_whom(text: str, relation: Relation) -> Relation:
    """`It quoted him as saying S`: who is quoted speaks, and only what follows is said."""
    first = relation.content[0] if relation.content else None
    quoted = _QUOTED.match(text, first.start, first.end) if first is not None and relation.cue is not None else None
    if first is None or quoted is None or relation.cue is None or relation.cue.start > first.start:
        return relation
    if not relation.cue.of(text).casefold().startswith(("quot", "cit")):
        return relation
    rest = (Span(quoted.end(), first.end), *relation.content[1:])
    return replace(relation, content=rest, source=Span(*quoted.span("who")))


def _about_source(text: str, relation: Relation) -> bool:
    """`who asked not to be named`, `Asked whether ..., she`, `declined to comment`: about the source, not its words.

    Nor does `Analysis: why ...` quote an analysis.
    """
    cue = relation.cue.of(text) if relation.cue is not None else ""
    before = relation.source.of(text).casefold() if relation.source is not None else ""
    if cue == ":" and before in words("labels") and relation.form != "transcript":
        return True
    if relation.cue is not None and _aside(text, relation, relation.cue):
        return True
    if _PUT_TO.match(cue) or (_SILENT.search(cue) and _SILENCE.match(relation.content[0].of(text))):
        return True
    return len(relation.content) == 1 and _UNNAMED.match(relation.content[0].of(text)) is not None


def _aside(text: str, relation: Relation, cue: Span) -> bool:
    """`Berg, asked whether S, said` and `As reported earlier`: what is put to somebody, and what nobody is named for."""
    if relation.source is None:
        return text[: cue.start].endswith("As ")
    beside = text[relation.source.end : cue.start] in (", ", " ") and text[: cue.start].endswith(", ")
    return (
        beside and _PUT_TO.match(cue.of(text).capitalize()) is not None and text[relation.content[-1].end :][:1] == ","
    )


def _unsaid(text: str, relation: Relation, outer: Sequence[Region]) -> bool:
    """`refused to renew the visas`: an act that was not done, no words; `refused to say whether` and marked words are."""
    act = _ACT.match(relation.content[0].of(text))
    if act is None or relation.cue is None or not _SILENT.search(relation.cue.of(text)):
        return False
    cue = cues().get(act[1].casefold())
    return (cue is None or cue.kind == "other") and not any(shared(relation.content, [r.inner]) for r in outer)


def clashes(first: Relation, second: Relation) -> bool:
    """Whether two candidates are rival readings of the same words."""
    if first.cue and second.cue and first.cue.overlaps(second.cue):
        return True
    if holds(first, second) or holds(second, first):
        return False
    both = shared(first.content, second.content)
    return both > 0.3 * min(length(first.content), length(second.content))


def holds(outer: Relation, inner: Relation) -> bool:
    """Whether `inner` stands, cue and all, inside what `outer` says."""
    if outer is inner or inner.cue is None or length(outer.content) <= length(inner.content):
        return False
    parts = [*inner.content, inner.cue]
    return all(any(span.contains(part) for span in outer.content) for part in parts)


def passed_on(text: str, relation: Relation) -> bool:
    """Whether a nested relation names a third party: not `I think`, nor a pronoun for whoever is speaking."""
    if relation.imagined:
        return True
    if relation.alone < NESTED or relation.source is None or relation.cue is None or relation.kind == "other":
        return False
    if relation.form in ("object", "infinitive") or _UNREAL.search(relation.cue.of(text)):
        return False
    if relation.cue.of(text).split()[-1].casefold() in words("factives"):
        return False
    source = relation.source.of(text).strip()
    paper = not nouns("documents").isdisjoint(source.casefold().split()[-2:])
    if _ANYBODY.match(source) and not paper:  # "a city that only asks drivers"
        return False
    return (_SOMEBODY.match(source) is not None or paper) and _NOBODY.match(source) is None


def widen(text: str, relation: Relation, outer: Sequence[Region]) -> tuple[Span, ...]:
    """Content widened to every marked stretch that it touches, without cue, source and outer marks."""
    result: list[Span] = []
    for span in relation.content:
        start, end = span
        for region in outer:
            if region.start < end and start < region.end:
                if relation.cue and region.inner.contains(relation.cue):
                    continue
                start, end = min(start, region.start), max(end, region.end)
        result.append(trim(text, Span(start, end)))
    holes = _attribution(text, relation, outer)
    clean: list[Span] = []
    for span in merged(result):
        for piece in minus(span, holes):
            plain = relation.form not in ("transcript", "continued")
            start, end = trim(text, piece)
            if plain:
                start, end = _without_stop(text, _without_tail(text, Span(start, end), outer), outer)
            for region in outer:
                if region.start <= start and end <= region.end:
                    start, end = max(start, region.inner.start), min(end, region.inner.end)
            fitted = trim(text, Span(start, end))
            if any(ch.isalnum() for ch in fitted.of(text)):
                clean.append(fitted)
    return merged(clean)


def _without_tail(text: str, span: Span, outer: Sequence[Region]) -> Span:
    """`“It’s over,” and left`, `“No.” Would she go?`: what follows a finished marked statement is the writer's again."""
    for region in outer:
        opens = region.start <= span.start < region.end < span.end and text[region.inner.end - 1] in ".?!…"
        if opens and text[region.end : span.end].lstrip()[:1].isupper() and not _marked(region.end, span.end, outer):
            return span._replace(end=region.end)
        if span.start <= region.inner.start and region.end < span.end and text[region.inner.end - 1] in ".,!?…":
            rest = text[region.end : span.end].split()
            if rest and len(rest) <= 4 and rest[0].casefold() in ("and", "then", "before", "as", "while"):
                return span._replace(end=region.end)
    return span


def _marked(start: int, end: int, outer: Sequence[Region]) -> bool:
    """Whether a marked stretch begins between two offsets."""
    return any(start <= region.start < end for region in outer)


def _without_stop(text: str, span: Span, outer: Sequence[Region]) -> Span:
    """`span` without the full stop of the sentence that reports it; marked words keep theirs, as do abbreviations."""
    words = span.of(text)
    if not words.endswith(".") or any(region.start < span.end <= region.end for region in outer):
        return span
    last = words.split()[-1][:-1]
    return span if "." in last or len(last) < 2 else span._replace(end=span.end - 1)


def _attribution(text: str, relation: Relation, outer: Sequence[Region]) -> list[Span]:
    """What of cue and source is to be cut out of the content: both as one stretch unless content lies between."""
    own = [span for span in (relation.cue, relation.source) if span]
    if not own:
        return []
    own = [_with_link(text, span) for span in own]
    hull = Span(min(span.start for span in own), max(span.end for span in own))
    if any(region.inner.contains(hull) for region in outer):
        return own if any(hull.contains(span) for span in relation.content) else [hull]
    far = hull.end - hull.start > 200 or any(hull.contains(span) for span in relation.content)
    return own if far else [hull]


def _with_link(text: str, span: Span) -> Span:
    """A cue or source with the `as` or `by` that ties it to the clause."""
    match = _LINK.search(text, max(0, span.start - 4), span.start)
    return Span(match.start(1), span.end) if match else span


def kind_of(text: str, content: Sequence[Span], regions: Sequence[Region]) -> QuoteKind:
    """direct: every word stands between marks; indirect: none does; mixed: some do."""
    inside = outside = False
    for span in content:
        covered = sorted(
            Span(max(span.start, r.start), min(span.end, r.end))
            for r in regions
            if r.level == 0 and r.start < span.end and span.start < r.end
        )
        position = span.start
        for part in covered:
            inside = inside or any(ch.isalnum() for ch in part.of(text))
            outside = outside or any(ch.isalnum() for ch in text[position : part.start])
            position = max(position, part.end)
        outside = outside or any(ch.isalnum() for ch in text[position : span.end])
    return "mixed" if inside and outside else "direct" if inside else "indirect"
