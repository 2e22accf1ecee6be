"""From labelled rows to pairs: the same premises and hypotheses that the classifier sees when it is used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.classifiers.base import Pair
from stance.classifiers.tasks import ANONYMOUS, premise
from stance.schema import STANCES
from stance.training.data import Example

if TYPE_CHECKING:
    from stance.codebook import Codebook

ENTAILED, NEUTRAL, CONTRADICTED, NOT_ENTAILED = range(4)
_GOLD = {"favor": ENTAILED, "neutral": NEUTRAL, "against": CONTRADICTED}
_REVERSED = {"favor": CONTRADICTED, "neutral": NEUTRAL, "against": ENTAILED}


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """A pair with its gold: columns of `ENTAILMENTS`, or `NOT_ENTAILED` where it may be neutral or contradicted.

    `row` is the example's number, `label` that of the stance or frame in its list; `reverse` tells a hypothesis of
    opposition, which is contradicted by favor.
    """

    pair: Pair
    gold: int
    row: int
    label: int
    reverse: bool = False


def of_stance(examples: Sequence[Example]) -> list[LabelledPair]:
    """One pair an example for each template of the shipped stance codebook."""
    from stance.codebook import load, sentence

    book = load("stance")
    templates = [(template, _GOLD) for template in book.label("favor").hypotheses]
    templates += [(template, _REVERSED) for template in book.label("against").hypotheses]
    found = []
    for row, example in enumerate(examples):
        text = premise(example.text, speaker=example.speaker, context=example.context)
        for template, gold in templates:
            filled = template.format(speaker=example.speaker or ANONYMOUS, target=example.target.strip().rstrip("."))
            pair = Pair(text, sentence(filled))
            found.append(LabelledPair(pair, gold[example.label], row, STANCES.index(example.label), gold is _REVERSED))
    return found


def of_frames(examples: Sequence[Example], codebook: Codebook) -> list[LabelledPair]:
    """For each example a pair for each label of the codebook (its first hypothesis), in that order."""
    statements = [label.statements()[0] for label in codebook.labels]
    found = []
    for row, example in enumerate(examples):
        text = premise(example.text, context=example.context)
        for at, (name, statement) in enumerate(zip(codebook.ids, statements, strict=True)):
            gold = ENTAILED if name in example.labels else NOT_ENTAILED
            found.append(LabelledPair(Pair(text, statement), gold, row, at))
    return found
