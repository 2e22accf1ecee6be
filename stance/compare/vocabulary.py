"""The words that tell two groups' quotations apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import numpy as np

from stance.compare.model import VocabularyContrast, Word
from stance.schema import Quote
from stance.statistics import log_odds_dirichlet

PRIOR_WORDS = 500.0
SHOWN = 20
MIN_COUNT = 2
MAX_PAIRS = 15
_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_ENDING = re.compile(r"[’']s?$")


@cache
def function_words() -> frozenset[str]:
    """Words left out of the contrast: articles, pronouns, prepositions, auxiliaries."""
    text = files("stance.compare").joinpath("function_words.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def tokens(text: str) -> list[str]:
    """Lower-case words of a text, possessive endings cut off; numbers and punctuation are no words."""
    return [_ENDING.sub("", match.group().casefold()) for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """`tokens` without function words."""
    skip = function_words()
    return [word for word in tokens(text) if word not in skip and word.replace("’", "'") not in skip and len(word) > 1]


def vocabulary(
    quotes: Sequence[Quote], of: Mapping[str, str], groups: Sequence[str], pairs: Sequence[tuple[str, str]]
) -> tuple[VocabularyContrast, ...]:
    """Weighted log-odds of words between each two groups (Monroe, Colaresi & Quinn 2008).

    The prior is the use of words in all quotations of the run, weighed as `PRIOR_WORDS` words or as many as there
    are. Only quotations' own words count, not the article around them. The z scores take words for independent:
    read them as a ranking, not as a test.
    """
    counts: dict[str, Counter[str]] = {group: Counter() for group in groups}
    everything: Counter[str] = Counter()
    for quote in quotes:
        words = content_words(quote.text)
        everything.update(words)
        group = of.get(quote.id)
        if group in counts:
            counts[group].update(words)
    total = sum(everything.values())
    if not total:
        return ()
    terms = sorted(everything)
    weight = min(PRIOR_WORDS, float(total))
    prior = np.array([everything[term] for term in terms], dtype=np.float64) * weight / total
    vectors = {g: np.array([counts[g][term] for term in terms], dtype=np.float64) for g in groups}
    found: list[VocabularyContrast] = []
    for a, b in pairs[:MAX_PAIRS]:
        if not (vectors[a].sum() and vectors[b].sum()):
            continue
        scores = log_odds_dirichlet(vectors[a], vectors[b], prior)
        often = np.flatnonzero(vectors[a] + vectors[b] >= MIN_COUNT)
        order = sorted((int(i) for i in often), key=lambda i: (-scores.z[i], terms[i]))
        typical = [i for i in order if scores.z[i] > 0][:SHOWN]
        other = [i for i in order if scores.z[i] < 0][-SHOWN:]
        ranked = tuple(
            Word(terms[i], int(vectors[a][i]), int(vectors[b][i]), float(scores.log_odds[i]), float(scores.z[i]))
            for i in [*typical, *other]
        )
        found.append(VocabularyContrast(a, b, int(vectors[a].sum()), int(vectors[b].sum()), weight, ranked))
    return tuple(found)
