"""The comparison itself: from a run to one record with everything a report shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from stance.classifiers.base import Scorer
from stance.compare import stances
from stance.compare.claims import AGREEMENT_THRESHOLD, DISPUTE_THRESHOLD, MAX_PAIRS, candidates, claims
from stance.compare.facing import facing
from stance.compare.frames import frame_names, frames
from stance.compare.grouping import Grouping, assign, opposed, pairs, phrase
from stance.compare.model import UNNAMED, Comparison, Contrast, Coverage, FrameContrast, Group, RunData
from stance.compare.network import MAX_SPEAKERS, pair_edges, signed_edges
from stance.compare.stances import Clusters
from stance.compare.telling import SIGNIFICANT, telling
from stance.compare.timeline import timeline
from stance.compare.vocabulary import PRIOR_WORDS, vocabulary
from stance.compare.voices import own_words, relays, sides, voices
from stance.compare.words import (
    Answer,
    headline,
    listing,
    overview_headline,
    plural,
    scope_words,
    unit_word,
)
from stance.errors import UsageError
from stance.schema import Label, Quote
from stance.statistics import DRAWS, FEW_CLUSTERS, LEVEL, MIN_CLUSTERS, PERMUTATIONS, benjamini_hochberg

ALL = "all quotes"


def compare(
    data: RunData,
    *,
    by: str,
    groups: Sequence[str] = (),
    seed: int = 0,
    scorer: Scorer | None = None,
    codebook: Any = None,
    bins: str = "month",
) -> Comparison:
    """Compare groups of quotations: where they differ, on what, how sure that is, and which quotations show it.

    Args:
        data: one run, or several put together.
        by: section, speaker, side, outlet, author, date, or a column of `Document.meta`.
        groups: the groups wanted, in this order; all if empty.
        seed: of bootstrap and permutation; the same seed and data give the same comparison.
        scorer: an entailment model, which finds points of dispute and common ground; without one, only pairs of
            quotations with opposite labels are listed.
        codebook: names of frames (anything whose `labels` have `id` and `name`).
        bins: width of date bins: day, week, month, quarter, year.

    Raises:
        UsageError: an unknown grouping or group, or fewer than two groups; the message names those there are.
    """
    if not data.quotes:
        raise UsageError("there is no quotation to compare in this run")
    return _build(data, assign(data, by, groups, bins=bins), seed=seed, scorer=scorer, codebook=codebook, bins=bins)


def overview(data: RunData, *, seed: int = 0, codebook: Any = None, bins: str = "month") -> Comparison:
    """The same record for a run as one whole, with no contrast: who speaks, and stance toward each target."""
    everything = Grouping("all", (ALL,), {quote.id: ALL for quote in data.quotes}, ())
    return _build(data, everything, seed=seed, scorer=None, codebook=codebook, bins=bins)


def clusters_of(data: RunData) -> Clusters:
    """Documents as clusters; within one document its speakers, all unnamed ones together."""
    if len(data.documents) > 1:
        return Clusters("document", {quote.id: quote.document_id for quote in data.quotes})
    return Clusters("speaker", {quote.id: quote.speaker_id or UNNAMED for quote in data.quotes})


def _build(
    data: RunData, grouping: Grouping, *, seed: int, scorer: Scorer | None, codebook: Any, bins: str
) -> Comparison:
    quotes = {quote.id: quote for quote in data.quotes}
    known = [label for label in data.labels if label.quote_id in quotes]
    stance_labels, repeated = stances.latest(known, "stance")
    frame_labels, _ = stances.latest(known, "frame")
    clusters = clusters_of(data)
    targets, more_targets = stances.main_targets(stance_labels, grouping.of)
    table = stances.tabulate(stance_labels, grouping.of, targets, clusters)
    cells = stances.cells(table, quotes, grouping.names, targets, unit=clusters.unit, seed=seed)
    contrasted = pairs(grouping)
    found = stances.contrasts(cells, table, quotes, contrasted, unit=clusters.unit, seed=seed)
    frame_cells, frame_contrasts = frames(
        frame_labels, grouping.of, grouping.names, clusters, pairs=contrasted, names=frame_names(codebook), seed=seed
    )
    found, frame_contrasts = _corrected(found, frame_contrasts)
    lead: tuple[str, ...] = ()
    why = ""
    if contrasted:
        lead, why = stances.leading(found, cells, contrasted, partial(opposed, grouping))
        found.sort(key=lambda c: (c.a, c.b) != lead)
        contrasted.sort(key=lambda pair: pair != lead)
    groups = _groups(data, grouping)
    speaking = voices(data, grouping.of)
    side_shares = sides(speaking)
    signed = signed_edges(stance_labels, quotes, data.speakers)
    documents = len(data.documents)
    if grouping.by == "all":
        text = overview_headline(cells, speaking, documents=documents, quotes=len(quotes))
        answer = Answer("Who speaks, and for or against what", "", text, (), "")
    else:
        pair = [group for group in groups if group.name in lead]
        answer = headline(found, cells, pair, unit=clusters.unit, documents=documents)
    judged = claims(candidates(stance_labels, quotes, grouping.of, contrasted), scorer, leading=lead)
    named = telling([c for c in found if (c.a, c.b) == lead], cells)[: stances.NAMED]
    time_of = grouping.of if grouping.by != "date" else dict.fromkeys(grouping.of, ALL)
    comparing = grouping.by != "all"
    return Comparison(
        by=grouping.by,
        unit=clusters.unit,
        scope=scope_words(documents),
        seed=seed,
        headline=str(answer),
        opening=answer.opening,
        reach=answer.reach,
        title=answer.title,
        dispute=answer.dispute,
        leading=lead,
        why=why,
        facing=facing(stance_labels, quotes, grouping.of, (lead[0], lead[1]), named, judged) if lead else None,
        groups=groups,
        targets=tuple(targets),
        cells=cells,
        contrasts=tuple(found),
        frames=frame_cells,
        frame_contrasts=tuple(frame_contrasts),
        vocabulary=vocabulary(data.quotes, grouping.of, grouping.names, contrasted) if comparing else (),
        claims=judged,
        voices=speaking,
        sides=side_shares,
        relays=relays(data),
        signed=signed,
        pairs=pair_edges(signed, MAX_SPEAKERS),
        timeline=timeline(data, stance_labels, time_of, targets, bins=bins, seed=seed),
        bins=bins,
        coverage=_coverage(data, grouping, stance_labels, groups, clusters, dropped=(repeated, more_targets)),
        membership=grouping.of,
        settings={
            "level": LEVEL,
            "bootstrap_draws": DRAWS,
            "permutations": PERMUTATIONS,
            "min_clusters": MIN_CLUSTERS,
            "false_discovery_rate": SIGNIFICANT,
            "prior_words": PRIOR_WORDS,
            "entailment_model": scorer.info.name if scorer is not None else None,
            "dispute_threshold": DISPUTE_THRESHOLD,
            "agreement_threshold": AGREEMENT_THRESHOLD,
            "max_claim_pairs": MAX_PAIRS,
        },
    )


def _corrected(
    found: Sequence[Contrast], frame_contrasts: Sequence[FrameContrast]
) -> tuple[list[Contrast], list[FrameContrast]]:
    """Fill in q over stance and frame contrasts together, and put the contrasts that carry most first."""
    q_values = benjamini_hochberg([c.p for c in found] + [c.p for c in frame_contrasts])
    corrected = [replace(c, q=q) for c, q in zip(found, q_values[: len(found)], strict=True)]
    corrected_frames = [replace(c, q=q) for c, q in zip(frame_contrasts, q_values[len(found) :], strict=True)]
    corrected.sort(key=lambda c: (c.q is None or c.q > SIGNIFICANT, -c.weight, c.target, c.a, c.b))
    return corrected, corrected_frames


def _groups(data: RunData, grouping: Grouping) -> tuple[Group, ...]:
    words = own_words(data.quotes)
    members: dict[str, list[Quote]] = {name: [] for name in grouping.names}
    for quote in data.quotes:
        if quote.id in grouping.of:
            members[grouping.of[quote.id]].append(quote)
    return tuple(
        Group(
            name,
            phrase(grouping.by, name),
            len(mine),
            sum(words[quote.id] for quote in mine),
            len({quote.speaker_id for quote in mine if quote.speaker_id}),
            len({quote.document_id for quote in mine}),
        )
        for name, mine in members.items()
    )


def _coverage(
    data: RunData,
    grouping: Grouping,
    stance_labels: Sequence[Label],
    groups: Sequence[Group],
    clusters: Clusters,
    *,
    dropped: tuple[int, int],
) -> Coverage:
    repeated, more_targets = dropped
    inside = [label for label in stance_labels if label.quote_id in grouping.of]
    left_out = list(grouping.left_out)
    if more_targets:
        left_out.append(f"{plural(more_targets, 'target')} with fewer quotes")
    unnamed = sum(quote.speaker_id is None for quote in data.quotes)
    if unnamed and grouping.by != "speaker":
        left_out.append(f"from the speaker counts and networks: {plural(unnamed, 'quote')} with no named speaker")
    if len({quote.speaker_id for quote in data.quotes}) > MAX_SPEAKERS:
        left_out.append(f"from the agreement and conflict networks: all but the {MAX_SPEAKERS} most active speakers")
    warnings: list[str] = []
    if repeated:
        warnings.append(f"{plural(repeated, 'stance label')} given twice for a quote and target: the last one counts")
    if len(data.documents) == 1 and grouping.by != "all":
        warnings.append(
            "One article: intervals resample its speakers and speak of this article only, not of others like it."
        )
    small = [g.name for g in groups if _clusters_in(grouping.of, clusters.of, g.name) < FEW_CLUSTERS]
    if small and grouping.by != "all":
        warnings.append(
            f"Fewer than {FEW_CLUSTERS} {unit_word(clusters.unit)}s in {listing([f'“{name}”' for name in small])}: "
            f"{'its' if len(small) == 1 else 'their'} intervals are rough, and absent under {MIN_CLUSTERS}."
        )
    long = sum(label.windows > 1 for label in inside)
    if long:
        warnings.append(f"{plural(long, 'quotation')} longer than the model's window: scored in pieces and pooled")
    return Coverage(
        documents=len(data.documents),
        quotes=len(data.quotes),
        speakers=len({quote.speaker_id for quote in data.quotes if quote.speaker_id}),
        grouped=len(grouping.of),
        stance_labels=len(inside),
        abstained=sum(label.label is None for label in inside),
        left_out=tuple(left_out),
        warnings=tuple(warnings),
    )


def _clusters_in(of: Mapping[str, str], cluster: Mapping[str, str], group: str) -> int:
    return len({cluster[quote_id] for quote_id, name in of.items() if name == group})
