"""Points of dispute and common ground: quotations of two groups that contradict each other, or say the same.

Pairs are blocked first: only quotations on one target are compared, those with most words in common before others.
Each pair goes through the entailment model both ways. Contradiction is symmetric, so both directions must hold on
average; agreement is not (one may say more than the other), so the stronger direction counts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stance.classifiers.base import Pair, Scorer
from stance.compare.model import Claim, ClaimKind
from stance.compare.stances import clarity
from stance.compare.vocabulary import content_words
from stance.schema import ENTAILMENTS, Label, Quote
from stance.statistics import Array

DISPUTE_THRESHOLD = 0.5
AGREEMENT_THRESHOLD = 0.2
MAX_PAIRS = 400
MAX_PAIRS_PER_TARGET = 60
MIN_WORDS = 4
OPPOSED_BONUS = 0.2
SHOWN = 25
_SIDE: Mapping[str | None, float] = {"favor": 1.0, "against": -1.0}


class Candidate(NamedTuple):
    """A pair worth judging, and why: `similarity` of words, and whether the two labels are opposite."""

    target: str
    a: str
    b: str
    quote_a: Quote
    quote_b: Quote
    similarity: float
    stances: tuple[str | None, str | None]
    sureness: float

    @property
    def opposite(self) -> bool:
        """Whether one is for the target and the other against it."""
        return set(self.stances) == {"favor", "against"}

    @property
    def clarity(self) -> float:
        """How well both quotations can be read by themselves."""
        return clarity(self.quote_a) * clarity(self.quote_b)

    @property
    def priority(self) -> float:
        """What is judged first."""
        return self.similarity + (OPPOSED_BONUS if self.opposite else 0.0)


def similarities(texts: Sequence[str]) -> tuple[Array, Mapping[str, int]]:
    """Rows of unit length, one a text, so that `rows @ rows.T` is the cosine of idf-weighted content words."""
    bags = [Counter(content_words(text)) for text in texts]
    containing: Counter[str] = Counter(word for bag in bags for word in bag)
    index = {word: i for i, word in enumerate(sorted(containing))}
    rows = np.zeros((len(bags), max(1, len(index))), dtype=np.float64)
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            rows[row, index[word]] = (1 + np.log(count)) * np.log(1 + len(bags) / containing[word])
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1.0), index


def candidates(
    labels: Sequence[Label], quotes: Mapping[str, Quote], of: Mapping[str, str], pairs: Sequence[tuple[str, str]]
) -> list[Candidate]:
    """Pairs of quotations of two groups on one target, the most promising first, at most `MAX_PAIRS`.

    Two quotations that share several targets are one pair: under a target on which their labels are opposite, if there is
    one, else under the one that most quotations speak of. What one speaker says twice in one article is no pair.
    """
    on_target: dict[tuple[str, str], list[Label]] = defaultdict(list)
    for label in labels:
        quote = quotes.get(label.quote_id)
        if quote is not None and label.quote_id in of and label.target and len(quote.text.split()) >= MIN_WORDS:
            on_target[str(label.target), of[label.quote_id]].append(label)
    groups = list(dict.fromkeys(name for pair in pairs for name in pair))
    spoken = Counter({target: 0 for target, _ in on_target})
    for (target, _), members in on_target.items():
        spoken[target] += len(members)
    found: dict[tuple[str, str], Candidate] = {}
    for target in sorted(spoken, key=lambda target: (-spoken[target], target)):
        members = [label for group in groups for label in _best(on_target.get((target, group), []))]
        rows, _ = similarities([quotes[label.quote_id].text for label in members])
        cosine = rows @ rows.T
        place = {group: [i for i, m in enumerate(members) if of[m.quote_id] == group] for group in groups}
        sides = np.array([_SIDE.get(member.label, 0.0) for member in members])
        priority = cosine + OPPOSED_BONUS * (np.outer(sides, sides) < 0)
        near: list[Candidate] = []
        for a, b in pairs:
            for i, j in _top(priority, place[a], place[b]):
                first, second = members[i], members[j]
                one, two = quotes[first.quote_id], quotes[second.quote_id]
                nested = one.parent_id == two.id or two.parent_id == one.id
                if nested or (_one_voice(one, two) and one.document_id == two.document_id):
                    continue
                sureness = _sureness(first) * _sureness(second)
                stances = (first.label, second.label)
                near.append(Candidate(target, a, b, one, two, float(cosine[i, j]), stances, sureness))
        near.sort(key=lambda c: (-c.priority, c.quote_a.id, c.quote_b.id))
        for candidate in near[:MAX_PAIRS_PER_TARGET]:
            known = found.setdefault((candidate.quote_a.id, candidate.quote_b.id), candidate)
            if candidate.opposite and not known.opposite:
                found[candidate.quote_a.id, candidate.quote_b.id] = candidate
    ranked = sorted(found.values(), key=lambda c: (-c.priority, c.target, c.quote_a.id, c.quote_b.id))
    return ranked[:MAX_PAIRS]


def _one_voice(a: Quote, b: Quote) -> bool:
    return a.speaker_id is not None and a.speaker_id == b.speaker_id


def _top(priority: Array, rows: Sequence[int], columns: Sequence[int]) -> list[tuple[int, int]]:
    """The pairs (row, column) of greatest priority, at most `MAX_PAIRS_PER_TARGET` and as many again as tie with them."""
    if not rows or not columns:
        return []
    block = priority[np.ix_(rows, columns)].ravel()
    count = min(MAX_PAIRS_PER_TARGET, block.size)
    least = np.partition(block, block.size - count)[block.size - count]
    chosen = np.flatnonzero(block >= least)[: 2 * MAX_PAIRS_PER_TARGET]
    return [(rows[int(k) // len(columns)], columns[int(k) % len(columns)]) for k in chosen]


def _sureness(label: Label) -> float:
    return label.scores.get(label.label or "", 0.5)


def _best(labels: Sequence[Label], limit: int = 200) -> list[Label]:
    """The surest labels, so that the pairs of a large corpus stay countable."""
    return sorted(labels, key=lambda label: (label.label is None, -_sureness(label), label.quote_id))[:limit]


def judge(pairs: Sequence[tuple[str, str]], scorer: Scorer) -> tuple[Array, Array, Array]:
    """Contradiction and agreement of pairs of texts.

    Returns:
        Probabilities of shape (n, 2, 3): both directions, columns as `ENTAILMENTS`; then the dispute score and the
        agreement score, shape (n,) each.
    """
    both = [Pair(a, b) for a, b in pairs] + [Pair(b, a) for a, b in pairs]
    scores = scorer.score(both, task="entailment").probabilities if both else np.zeros((0, 3))
    directions = np.stack([scores[: len(pairs)], scores[len(pairs) :]], axis=1)
    contradiction = directions[:, :, ENTAILMENTS.index("contradiction")]
    entailment = directions[:, :, ENTAILMENTS.index("entailment")]
    return directions, contradiction.mean(axis=1), entailment.max(axis=1)


def relation(dispute: float, agreement: float) -> ClaimKind | None:
    """What the two scores make of a pair, `None` for neither."""
    if dispute >= DISPUTE_THRESHOLD and dispute >= agreement:
        return "dispute"
    return "agreement" if agreement >= AGREEMENT_THRESHOLD else None


def claims(found: Sequence[Candidate], scorer: Scorer | None, *, leading: Sequence[str] = ()) -> tuple[Claim, ...]:
    """Judge candidates and rank them: disputes, agreements, then pairs that are only labelled opposite.

    In each kind the pairs of the two `leading` groups come first, then those that are surest and can be read by
    themselves. A quotation is shown at most twice in each kind, so that one strong sentence does not fill the page.
    """
    ranked: list[tuple[float, Claim]] = []
    judged: set[tuple[str, str]] = set()
    if scorer is not None and found:
        directions, disputes, agreements = judge([(c.quote_a.text, c.quote_b.text) for c in found], scorer)
        con, ent = ENTAILMENTS.index("contradiction"), ENTAILMENTS.index("entailment")
        for i, candidate in enumerate(found):
            kind = relation(float(disputes[i]), float(agreements[i]))
            # No common ground: a pair labelled for and against one target, whatever its wording, and one speaker twice.
            alone = candidate.opposite or _one_voice(candidate.quote_a, candidate.quote_b)
            if kind is None or (kind == "agreement" and alone):
                continue
            judged.add((candidate.quote_a.id, candidate.quote_b.id))
            score = float(disputes[i] if kind == "dispute" else agreements[i])
            contradiction = (float(directions[i, 0, con]), float(directions[i, 1, con]))
            entailment = (float(directions[i, 0, ent]), float(directions[i, 1, ent]))
            ranked.append((score * candidate.clarity, _claim(kind, candidate, score, contradiction, entailment)))
    for candidate in found:
        if candidate.opposite and (candidate.quote_a.id, candidate.quote_b.id) not in judged:
            score = candidate.sureness * (0.5 + candidate.similarity / 2)
            ranked.append((score * candidate.clarity, _claim("opposed", candidate, score, None, None)))
    order = {"dispute": 0, "agreement": 1, "opposed": 2}

    def place(item: tuple[float, Claim]) -> tuple[int, bool, float, str, str, str]:
        worth, claim = item
        behind = (claim.a, claim.b) != tuple(leading)
        return order[claim.kind], behind, -worth, claim.target, claim.quote_a, claim.quote_b

    return _varied([claim for _, claim in sorted(ranked, key=place)])


def _claim(
    kind: ClaimKind,
    candidate: Candidate,
    score: float,
    contradiction: tuple[float, float] | None,
    entailment: tuple[float, float] | None,
) -> Claim:
    return Claim(
        kind,
        candidate.target,
        candidate.a,
        candidate.b,
        candidate.quote_a.id,
        candidate.quote_b.id,
        score,
        contradiction,
        entailment,
        candidate.similarity,
    )


def _varied(ranked: Sequence[Claim]) -> tuple[Claim, ...]:
    uses: Counter[tuple[str, str]] = Counter()
    shown: Counter[str] = Counter()
    seen: set[tuple[str, str, str]] = set()
    kept: list[Claim] = []
    for claim in ranked:
        ends = [(claim.kind, claim.quote_a), (claim.kind, claim.quote_b)]
        same = (claim.kind, claim.quote_a, claim.quote_b)
        if shown[claim.kind] >= SHOWN or same in seen or any(uses[end] >= 2 for end in ends):
            continue
        seen.add(same)
        shown[claim.kind] += 1
        uses.update(ends)
        kept.append(claim)
    return tuple(kept)
