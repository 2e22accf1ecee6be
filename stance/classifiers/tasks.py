"""From entailment to the tool's tasks: stance toward a target, frames of a codebook, plain entailment.

Stance is read off one hypothesis that names speaker and target ("Maren Holt supports the treaty."): entailed means
favor, contradicted against, neither neutral. Frames are judged one hypothesis a label, each with its definition (Yin,
Hay and Roth 2019, "Benchmarking Zero-shot Text Classification").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stance.classifiers import calibration
from stance.classifiers.base import Pair
from stance.schema import ENTAILMENTS, STANCES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.classifiers.base import Scorer
    from stance.codebook import Codebook, CodebookLabel

ANONYMOUS = "The speaker"
DEFAULT_AGAINST = "{speaker} opposes {target}."


class StanceItem(NamedTuple):
    """A quotation and what its stance is asked toward; `context` is text that a reader needs to understand it."""

    text: str
    target: str
    speaker: str | None = None
    context: str | None = None


class FrameItem(NamedTuple):
    """A text whose frames are asked."""

    text: str
    speaker: str | None = None
    context: str | None = None


class StanceResult(NamedTuple):
    """`label` is favor, against, neutral, or `None` where the model abstains; `scores` sum to 1."""

    label: str | None
    scores: dict[str, float]
    windows: int


class FrameResult(NamedTuple):
    """`labels` are the ids over their threshold, likeliest first; `scores` has a probability for every id."""

    labels: tuple[str, ...]
    scores: dict[str, float]
    windows: int


class EntailmentResult(NamedTuple):
    """`label` is the likeliest of entailment, neutral, contradiction; `scores` sum to 1."""

    label: str
    scores: dict[str, float]
    windows: int


def premise(text: str, *, speaker: str | None = None, context: str | None = None) -> str:
    """The premise of a quotation: context, speaker, text, as the model saw them in training.

    >>> premise("It is over.", speaker="Maren Holt", context="The talks failed.")
    'The talks failed. Maren Holt: It is over.'
    """
    parts = [" ".join(context.split())] if context else []
    parts.append(f"{speaker}: {' '.join(text.split())}" if speaker else " ".join(text.split()))
    return " ".join(parts)


def classify_stance(
    scorer: Scorer, items: Sequence[StanceItem], codebook: Codebook | None = None
) -> list[StanceResult]:
    """The stance of the quoted speaker toward a target.

    Args:
        scorer: any entailment model. One that cannot tell neutral from contradiction is asked twice, for and against.
        items: quotations with their targets.
        codebook: the templates; default: the shipped `stance` codebook.

    Returns:
        One result an item, in order.
    """
    import numpy as np

    if not items:
        return []
    favor, against = _templates(scorer, codebook)
    pairs: list[Pair] = []
    for item in items:
        text = premise(item.text, speaker=item.speaker, context=item.context)
        values = {"speaker": item.speaker or ANONYMOUS, "target": item.target}
        pairs.extend(Pair(text, _fill(template, values)) for template in (*favor, *against))
    scored = scorer.score(pairs, task="stance")
    shape = (len(items), len(favor) + len(against), 3)
    table = scored.probabilities.reshape(shape)
    windows = scored.windows.reshape(shape[:2]).max(axis=1)
    if getattr(scorer, "three_way", True):
        # entailment, neutral, contradiction → favor, against, neutral; `against` hypotheses the other way round
        views = [table[:, at][:, [0, 2, 1]] for at in range(len(favor))]
        views += [table[:, at][:, [2, 0, 1]] for at in range(len(favor), shape[1])]
        joined = np.mean(views, axis=0)
    else:
        yes = table[:, : len(favor), 0].mean(axis=1)
        no = table[:, len(favor) :, 0].mean(axis=1)
        joined = np.stack([yes * (1 - no), no * (1 - yes), (1 - yes) * (1 - no)], axis=1)
        joined = (joined + 1e-9) / (joined + 1e-9).sum(axis=1, keepdims=True)
    threshold = calibration.of(scorer).abstain_below.get("stance", 0.0)
    return [
        StanceResult(_decide(row, STANCES, threshold), _named(row, STANCES), int(count))
        for row, count in zip(joined, windows, strict=True)
    ]


def classify_frames(scorer: Scorer, items: Sequence[FrameItem], codebook: Codebook) -> list[FrameResult]:
    """The frames of each text.

    Args:
        scorer: any entailment model.
        items: texts.
        codebook: the labels. Multi-label: every label whose probability of entailment reaches its threshold (the
            label's, else the codebook's, else the model's). Otherwise the one likeliest label, scores summing to 1.

    Returns:
        One result an item, in order.
    """
    import numpy as np

    if not items:
        return []
    pairs: list[Pair] = []
    owner: list[int] = []
    for item in items:
        text = premise(item.text, context=item.context)
        for at, label in enumerate(codebook.labels):
            statements = label.statements(speaker=item.speaker or "the speaker")
            pairs.extend(Pair(text, statement) for statement in statements)
            if len(owner) < len(pairs):
                owner.extend([at] * len(statements))
    scored = scorer.score(pairs, task="frame")
    per_item = len(pairs) // len(items)
    entailed = scored.probabilities[:, 0].reshape(len(items), per_item)
    windows = scored.windows.reshape(len(items), per_item).max(axis=1)
    columns = np.array(owner[:per_item])
    table = np.stack([entailed[:, columns == at].mean(axis=1) for at in range(len(codebook.labels))], axis=1)
    return [_frames(row, int(count), scorer, codebook) for row, count in zip(table, windows, strict=True)]


def classify_entailment(scorer: Scorer, pairs: Sequence[Pair]) -> list[EntailmentResult]:
    """Entailment, neutral or contradiction for each (premise, hypothesis)."""
    if not pairs:
        return []
    scored = scorer.score([Pair(*pair) for pair in pairs], task="entailment")
    return [
        EntailmentResult(ENTAILMENTS[int(row.argmax())], _named(row, ENTAILMENTS), int(count))
        for row, count in zip(scored.probabilities, scored.windows, strict=True)
    ]


def threshold_of(label: CodebookLabel, codebook: Codebook, scorer: Scorer) -> float:
    """The probability from which a label of a multi-label codebook counts as present."""
    return label.threshold or codebook.threshold or calibration.of(scorer).threshold(codebook.name)


def _frames(row: NDArray[np.float64], windows: int, scorer: Scorer, codebook: Codebook) -> FrameResult:
    if not codebook.multi_label:
        row = row / max(float(row.sum()), 1e-12)
        return FrameResult((codebook.ids[int(row.argmax())],), _named(row, codebook.ids), windows)
    scores = _named(row, codebook.ids)
    held = [label.id for label in codebook.labels if scores[label.id] >= threshold_of(label, codebook, scorer)]
    return FrameResult(tuple(sorted(held, key=lambda name: -scores[name])), scores, windows)


def _templates(scorer: Scorer, codebook: Codebook | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    from stance.codebook import load

    book = codebook or load("stance")
    favor = book.label("favor").hypotheses
    against = book.label("against").hypotheses
    if not getattr(scorer, "three_way", True) and not against:
        against = (DEFAULT_AGAINST,)
    return favor, against


def _fill(template: str, values: Mapping[str, str]) -> str:
    from stance.codebook import sentence

    return sentence(template.format(speaker=values["speaker"], target=values["target"].strip().rstrip(".")))


def _decide(row: NDArray[np.float64], labels: Sequence[str], threshold: float) -> str | None:
    best = int(row.argmax())
    return labels[best] if row[best] >= threshold else None


def _named(row: NDArray[np.float64], labels: Sequence[str]) -> dict[str, float]:
    """Scores by label, rounded to 6 digits: what is below is noise of the arithmetic, and files stay readable."""
    return {label: round(float(value), 6) for label, value in zip(labels, row, strict=True)}
