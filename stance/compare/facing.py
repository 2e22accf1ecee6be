"""The two quotations that face each other on the first screen, one of each leading group, and on what ground they do.

Where the groups differ on a target, the pair shows that difference. Where the labels show none, a reader still wants to
know what the two sides say: then it is the pair furthest apart, and the words beside it say how little that rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from stance.compare.claims import MIN_WORDS, similarities
from stance.compare.model import Claim, Contrast, Facing
from stance.compare.stances import clarity
from stance.schema import Label, Quote
from stance.statistics import Array

MAX_TARGETS = 30  # those that most quotations of both speak of
MAX_QUOTES = 200  # of each group, the most telling ones, so that a large corpus stays countable


def facing(
    labels: Sequence[Label],
    quotes: Mapping[str, Quote],
    of: Mapping[str, str],
    lead: tuple[str, str],
    named: Sequence[Contrast],
    claims: Sequence[Claim],
) -> Facing | None:
    """Choose the pair.

    Args:
        labels: of stance, one a quotation and target.
        quotes: by id.
        of: the group of each quotation.
        lead: the two groups.
        named: the contrasts of the two that the headline names; empty where it names none.
        claims: pairs that were judged, the surest first in each kind.
    """
    known = {(label.quote_id, label.target): label for label in labels}
    own = [claim for claim in claims if (claim.a, claim.b) == lead and claim.kind != "agreement"]
    called = [(claim, [known[i, claim.target].label for i in (claim.quote_a, claim.quote_b)]) for claim in own]
    for contrast in named:
        pull = ["favor", "against"] if contrast.difference.value >= 0 else ["against", "favor"]
        for claim, ways in called:
            if claim.target == contrast.target and ways == pull:
                return _claimed(claim)
        found = [next((id_ for id_ in contrast.carriers if of.get(id_) == group), None) for group in lead]
        if found[0] and found[1]:
            words = f"The two quotes are the ones on {contrast.target} that the model is surest of and that read best alone."
            return Facing(contrast.target, found[0], found[1], "surest", words)
    # Called for and against comes before read as contradicting: of the two judgements the second errs far more often.
    opposite = next((claim for claim, ways in called if set(ways) == {"favor", "against"}), None)
    if opposite:
        return _claimed(opposite)
    found_apart = _apart(labels, quotes, of, lead)
    return found_apart or (_claimed(own[0]) if own else None) or _near(labels, quotes, of, lead)


def _claimed(claim: Claim) -> Facing:
    if claim.kind == "dispute":
        words = f"The entailment model reads these two quotes on {claim.target} as contradicting each other."
        return Facing(claim.target, claim.quote_a, claim.quote_b, "contradict", words)
    words = f"The model reads one of these two quotes as in favour of {claim.target}, the other as against it."
    return Facing(claim.target, claim.quote_a, claim.quote_b, "opposed", words)


def lean(label: Label) -> float:
    """Where a quotation stands by the model's scores, called or not: favour minus against, −1 to 1."""
    if label.scores:
        return label.scores.get("favor", 0.0) - label.scores.get("against", 0.0)
    return {"favor": 1.0, "against": -1.0}.get(label.label or "", 0.0)


def _apart(
    labels: Sequence[Label], quotes: Mapping[str, Quote], of: Mapping[str, str], lead: tuple[str, str]
) -> Facing | None:
    """The pair on one target whose scores are furthest apart, the way the two groups are on the whole."""
    on: dict[str, dict[str, list[Label]]] = defaultdict(lambda: {group: [] for group in lead})
    for label in labels:
        if label.target and of.get(label.quote_id) in lead and _readable(quotes[label.quote_id]):
            on[label.target][of[label.quote_id]].append(label)
    best: tuple[float, str, Label, Label] | None = None
    shared = {target: min(len(labels) for labels in sides.values()) for target, sides in on.items()}
    for target in sorted(shared, key=lambda target: (-shared[target], target))[:MAX_TARGETS]:
        a, b = (sorted(on[target][group], key=lambda x: (-abs(lean(x)), x.quote_id))[:MAX_QUOTES] for group in lead)
        if not a or not b:
            continue
        leans, clear = (
            [np.array([lean(x) for x in side]) for side in (a, b)],
            [_clarity(a, quotes), _clarity(b, quotes)],
        )
        gaps = leans[0][:, None] - leans[1][None, :]
        way = np.sign(leans[0].mean() - leans[1].mean()) or 1.0
        often = min(len(a), len(b)) / (min(len(a), len(b)) + 2)  # one quotation of each says less of the two sides
        rows, _ = similarities([quotes[label.quote_id].text for label in (*a, *b)])
        alike = 1 + rows[: len(a)] @ rows[len(a) :].T  # of one matter before of two
        worth = np.where(gaps * way > 0, np.abs(gaps), np.abs(gaps) / 2) * alike * often
        worth = worth * clear[0][:, None] * clear[1][None, :]
        for i, j in _ranked(worth):
            if _one_voice(quotes[a[i].quote_id], quotes[b[j].quote_id]):
                continue
            if best is None or worth[i, j] > best[0]:
                best = (float(worth[i, j]), target, a[i], b[j])
            break
    if best is None:
        return None
    _, target, first, second = best
    uncalled = [label.label is None for label in (first, second)]
    waived = {0: "", 1: ", which made no call on one of them", 2: ", which made no call on either"}[sum(uncalled)]
    words = (
        f"Of the quotes on {target}, these two are the furthest apart by the model’s scores{waived}: "
        "a hint where to read, no finding."
    )
    return Facing(target, first.quote_id, second.quote_id, "apart", words)


def _near(
    labels: Sequence[Label], quotes: Mapping[str, Quote], of: Mapping[str, str], lead: tuple[str, str]
) -> Facing | None:
    """With no target in common: the pair with most words in common, those that lean apart before others."""
    leans: dict[str, list[float]] = defaultdict(list)
    for label in labels:
        leans[label.quote_id].append(lean(label))
    sides = [
        sorted(
            (q for q in quotes.values() if of.get(q.id) == group and _readable(q)), key=lambda q: (-clarity(q), q.id)
        )
        for group in lead
    ]
    a, b = (side[:MAX_QUOTES] for side in sides)
    if not a or not b:
        return None
    rows, _ = similarities([q.text for q in (*a, *b)])
    cosine = rows[: len(a)] @ rows[len(a) :].T
    mean = [np.array([float(np.mean(leans[q.id] or [0.0])) for q in side]) for side in (a, b)]
    clear = [np.array([clarity(q) for q in side]) for side in (a, b)]
    worth = cosine * (1 + np.abs(mean[0][:, None] - mean[1][None, :])) * clear[0][:, None] * clear[1][None, :]
    for i, j in _ranked(worth):
        if worth[i, j] > 0 and not _one_voice(a[i], b[j]):
            words = (
                "No target is common to quotes of both; these two share most words: a hint where to read, no finding."
            )
            return Facing(None, a[i].id, b[j].id, "near", words)
    return None


def _readable(quote: Quote) -> bool:
    return len(quote.text.split()) >= MIN_WORDS


def _clarity(labels: Sequence[Label], quotes: Mapping[str, Quote]) -> Array:
    return np.array([clarity(quotes[label.quote_id]) for label in labels])


def _one_voice(a: Quote, b: Quote) -> bool:
    """Whether two quotations are one inside the other or of one speaker in one article, and so nobody's dispute."""
    same = a.speaker_id is not None and a.speaker_id == b.speaker_id and a.document_id == b.document_id
    return same or a.parent_id == b.id or b.parent_id == a.id


def _ranked(worth: Array) -> list[tuple[int, int]]:
    order = np.argsort(-worth, axis=None, kind="stable")[: 4 * MAX_QUOTES]
    return [(int(k) // worth.shape[1], int(k) % worth.shape[1]) for k in order]
