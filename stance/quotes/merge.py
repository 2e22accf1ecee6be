"""One list of relations out of what the rules and the tagger each propose.

The two are paired by their cue, or failing that by their content. Each pair or single is scored by a small logistic
model over what both say (weights in `models/quotes/merge.json`, fitted on documents that the tagger did not see).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from stance.quotes.direct import STOP
from stance.quotes.marks import Region
from stance.quotes.relation import Relation, length, merged, minus, shared
from stance.quotes.tagger import Proposal, folder
from stance.schema import Span

# Forms that are plain on the page, and too rare in the training text for their weights to show it.
AGREED = 0.3
_STOP = re.compile(r"[.?!…][”’\"']?\s")
FLOORS = {"direct": 0.6, "grounds": 1.0, "view": 0.8, "headline": 0.8, "as": 0.7, "interrupted": 0.6, "gerund": 0.65}
ALIKE = {"interrupted": "parataxis"}  # what the weights were fitted on does not tell these apart


def combine(
    text: str, proposals: Sequence[Proposal], ruled: Sequence[Relation], regions: Sequence[Region]
) -> list[Relation]:
    """Relations with a confidence that both layers' evidence has gone into.

    Args:
        text: the document.
        proposals: what the tagger finds, sure or not.
        ruled: what the rules find, overlapping readings included; may be empty.
        regions: quotation marks of the text.

    Returns:
        Candidates in no particular order; they may overlap.
    """
    outer = [region for region in regions if region.level == 0]
    partners = _pair(proposals, ruled)
    used = {index for index in partners if index is not None}
    result = []
    for proposal, index in zip(proposals, partners, strict=True):
        rule = ruled[index] if index is not None else None
        sure = score(features(text, proposal, rule, outer))
        if rule is not None and rule.confidence >= 0.7 and rule.kind != "other" and proposal.cue_sure >= AGREED:
            sure = max(sure, 0.45)  # both see the same cue: enough to report, with little confidence
        if rule is not None:
            sure = max(sure, FLOORS.get(rule.form, 0.0) * rule.confidence)
        joined = _without_others(text, _joined(text, proposal, rule, sure), rule, ruled)
        for place, other in enumerate(ruled):
            split = other.form == "direct" and other.cue is not None and other.cue.overlaps(proposal.cue)
            if split and shared(other.content, joined.content):
                source = joined.source or other.source
                joined = replace(joined, content=merged([*joined.content, *other.content]), source=source)
                used.add(place)
        result.append(joined)
    for index, rule in enumerate(ruled):
        if index not in used:
            sure = 0.75 * score(
                features(text, None, rule, outer)
            )  # alone, the rules are right less often than the fit says
            floor = FLOORS.get(rule.form, 0.0) * rule.confidence
            result.append(replace(rule, confidence=max(sure, floor)))
    return result


def features(text: str, proposal: Proposal | None, rule: Relation | None, outer: Sequence[Region]) -> dict[str, float]:
    """What the logistic model looks at; every value is about 0..1 or a logarithm of odds cut at ±6."""
    content = proposal.content if proposal else rule.content if rule else ()
    covered = shared(content, [Span(r.start, r.end) for r in outer])
    size = max(1, length(content))
    cue = proposal.cue if proposal else rule.cue if rule else None
    result = {
        "bias": 1.0,
        "marked": covered / size,
        "touches": float(covered > 0),
        "short": float(size < 20),
        "cue_inside_marks": float(cue is not None and any(r.inner.contains(cue) for r in outer)),
    }
    if proposal:
        statement = proposal.kinds[0] + proposal.kinds[1]
        result |= {
            "tagged": 1.0,
            "cue": _odds(proposal.cue_sure),
            "statement": _odds(statement),
            "clausal": _odds(proposal.clausal),
            "content": _odds(proposal.content_sure),
            "source": proposal.source_sure,
            "opinion": proposal.kinds[1],
            "certain": float(proposal.cue_sure > 0.97),
            "sure_statement": _odds(proposal.cue_sure * statement),
            "marked_cue": _odds(proposal.cue_sure) * covered / size,
        }
    if rule:
        form = ALIKE.get(rule.form, rule.form)
        result |= {
            "ruled": 1.0,
            "rule": rule.confidence,
            f"form_{form}": 1.0,
            "rule_source": float(rule.source is not None),
        }
        if rule.kind == "opinion":
            result["rule_opinion"] = 1.0
        if not proposal:
            result |= {"alone": 1.0, f"alone_{form}": 1.0, "alone_marked": covered / size}
    return result


def score(values: Mapping[str, float]) -> float:
    """Probability that a candidate with these features is a reported statement."""
    weights = _weights()
    total = sum(weights.get(name, 0.0) * value for name, value in values.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=1)
def _weights() -> dict[str, float]:
    path = folder() / "merge.json"
    weights: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))["weights"]
    return weights


def _odds(value: float) -> float:
    value = min(max(value, 1e-3), 1 - 1e-3)
    return math.log(value / (1 - value))


def _pair(proposals: Sequence[Proposal], ruled: Sequence[Relation]) -> list[int | None]:
    """For each proposal the index of the rule that means the same, the surest first; each rule is used once."""
    free = set(range(len(ruled)))
    partners: list[int | None] = []
    for proposal in proposals:
        best: tuple[float, int] | None = None
        for index in free:
            rule = ruled[index]
            both = shared(proposal.content, rule.content)
            if not both:
                continue
            agree = 2 * both / (length(proposal.content) + length(rule.content))
            same_cue = rule.cue is not None and rule.cue.overlaps(proposal.cue)
            likeness = agree + same_cue + (same_cue and rule.form == "interrupted")  # commas leave no doubt
            if (same_cue or agree > 0.7) and (best is None or likeness > best[0]):
                best = (likeness, index)
        if best:
            free.discard(best[1])
        partners.append(best[1] if best else None)
    return partners


def _joined(text: str, proposal: Proposal, rule: Relation | None, sure: float) -> Relation:
    if rule is not None and rule.form == "view":  # "in her view": the tagger has seen too few to know their edges
        return replace(rule, confidence=sure, origin="both")
    if rule is not None and (rule.form == "interrupted" or (rule.form == "parataxis" and _interrupts(rule))):
        return replace(rule, confidence=sure, origin="both")
    source = _one(text, proposal)
    content = _beside(text, proposal)
    form = "tagged"
    if rule is not None:
        form = rule.form
        relative = source is not None and source.of(text).startswith(("who ", "which ", "that "))
        if source is None or (rule.source is not None and (proposal.source_sure < 0.5 or relative)):
            source = rule.source
        if rule.form == "clause" and len(content) > 1:
            # what stands between a verb and its "that" is no content: "warned for years that"
            start = rule.content[0].start
            content = tuple(s for s in content if s.end > start or len(s.of(text).split()) > 4) or content
        if rule.form in ("direct", "fronted"):
            content = merged([*_same_sentence(text, content, rule.content), *rule.content])
    return Relation(
        content,
        proposal.cue,
        source,
        sure,
        rule.kind if rule and rule.kind != "other" else proposal.kind,
        form,
        "both" if rule else "tagger",
        proposal.clausal > 0.5,
        rule.imagined if rule else False,
        max(rule.alone if rule else 0.0, proposal.cue_sure * proposal.content_sure),
    )


def _without_others(text: str, joined: Relation, rule: Relation | None, ruled: Sequence[Relation]) -> Relation:
    """`joined` without marked sentences that have a cue and a source of their own: `“A,” X noted. “B,” she said.`."""
    if rule is None or rule.form not in ("direct", "fronted"):
        return joined
    others = [
        span
        for other in ruled
        if other.form == "direct" and other.cue and other.source and not shared(other.content, rule.content)
        for span in other.content
        if joined.cue and not other.cue.overlaps(joined.cue)
    ]
    kept = [piece for span in joined.content for piece in minus(span, others) if any(map(str.isalnum, piece.of(text)))]
    return replace(joined, content=tuple(kept)) if kept else joined


def _interrupts(rule: Relation) -> bool:
    """`Turkey, she noted drily, has offered a timetable`: commas show the edges of what stands in between."""
    return rule.source is not None and rule.content[-1].start > rule.source.end


def _same_sentence(text: str, content: Sequence[Span], marked: Sequence[Span]) -> list[Span]:
    """`content` without unmarked sentences before or after the marked words: `Would he go? “No.” Was he sure?`."""
    first, last = marked[0], marked[-1]
    return [
        span
        for span in content
        if not (span.end <= first.start and _STOP.search(text, span.end, first.start))
        and not (span.start >= last.end and text[span.start].isupper() and _STOP.search(text, last.end - 1, span.start))
    ]


def _one(text: str, proposal: Proposal) -> Span | None:
    """The source as one span: pieces with only commas, titles or names between them joined, else the nearest to the cue."""
    if not proposal.source:
        return None
    first, last = proposal.source[0], proposal.source[-1]
    if (
        last.end - first.start < 150
        and _close(text, proposal.source)
        and "\n" not in text[first.start : last.end]
        and not first.start < proposal.cue.start < last.end
    ):
        return Span(first.start, last.end)
    return min(
        proposal.source, key=lambda span: min(abs(span.end - proposal.cue.start), abs(span.start - proposal.cue.end))
    )


def _close(text: str, spans: Sequence[Span]) -> bool:
    """Whether no more than three words of the same sentence stand between one piece and the next."""
    gaps = [text[a.end : b.start] for a, b in pairwise(spans)]
    return all(len(gap.split()) <= 3 and not STOP.search(gap) for gap in gaps)


def _beside(text: str, proposal: Proposal) -> tuple[Span, ...]:
    """Content without pieces from another paragraph than the cue's, where there are pieces in the cue's own."""
    near = []
    for span in proposal.content:
        for start, end in _lines(text, span):
            low, high = sorted((start, proposal.cue.start))
            if "\n" not in text[low:high]:
                near.append(Span(start, end))
    return tuple(near) or proposal.content


def _lines(text: str, span: Span) -> list[Span]:
    pieces, start = [], span.start
    for position in range(span.start, span.end):
        if text[position] == "\n":
            pieces.append(Span(start, position))
            start = position + 1
    pieces.append(Span(start, span.end))
    return [piece for piece in pieces if piece.of(text).strip()]
