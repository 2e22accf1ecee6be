"""What noun phrases and pronouns stand for: a name said in full before ("the Commission"), a topic ("that dam"), "it"."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from stance.schema import Target
from stance.targets.contest import contest
from stance.targets.phrases import Phrase

REACH = 2  # sentences back in which a pronoun's antecedent is looked for
# Weights set by hand, not fitted.
PER_SENTENCE, SUBJECT, KNOWN, PER_PHRASE = 1.0, 0.8, 0.4, 0.05

Named = Iterable[tuple[int, int, Target]]


def named_phrases(phrases: Sequence[Phrase], names: Named) -> dict[int, Target]:
    """The phrases (by their place) whose head ends a name of a target."""
    ends = {end: (start, target) for start, end, target in names}
    return {
        at: ends[phrase.end][1]
        for at, phrase in enumerate(phrases)
        if phrase.end in ends and ends[phrase.end][0] >= phrase.start
    }


def referents(
    phrases: Sequence[Phrase],
    named: Mapping[int, Target],
    heads: Mapping[str, Target],
    short: Mapping[str, Target] | None = None,
    plans: Collection[Target] = (),
    main: Target | None = None,
    called: Mapping[str, Target] | None = None,
) -> dict[int, Target]:
    """For phrases by their place, the target each stands for; those that stand for none are left out.

    Args:
        phrases: of the document, in order.
        named: phrases that name a target.
        heads: topics by the lemma of their head.
        plans: the topics that "the plan" or "the move" can mean.
        main: what it means where none of these is near.
        called: targets by what the article calls them beside their name: "Halden Lithium, the company that", then "the company".
        short: targets by the last word of a name of theirs that the article need not say in full ("the Commission").
    """
    found: dict[int, Target] = {}
    full: dict[str, Target] = {}  # by head: the last name of several words
    for at, phrase in enumerate(phrases):
        target: Target | None
        if phrase.pronoun and phrase.person:
            continue
        if phrase.pronoun:
            place = antecedent(phrases, at, found)
            target = None if place is None else found.get(place)
        elif at in named:
            target = named[at]
            if phrase.modifiers:
                full[phrase.head] = target
        elif phrase.bare and phrase.definite and phrase.head in full:
            target = full[phrase.head]
        elif phrase.bare and phrase.definite and called and phrase.head in called:
            target = called[phrase.head]
        else:
            target = heads.get(phrase.aim) or heads.get(phrase.head)
            if target is None and phrase.bare and phrase.definite:
                if phrase.proper and short:
                    target = short.get(phrase.head)
                elif phrase.head in contest("generic") and not phrase.told:
                    target = _last_topic(phrases, at, found, plans) or main
            if not phrase.bare:
                full.pop(phrase.head, None)
        if target is not None:
            found[at] = target
    return found


def _last_topic(
    phrases: Sequence[Phrase], at: int, found: Mapping[int, Target], among: Collection[Target]
) -> Target | None:
    """The topic spoken of last before a phrase, in its paragraph or the one before."""
    for place in range(at - 1, -1, -1):
        if phrases[at].paragraph - phrases[place].paragraph > 1:
            return None
        if found.get(place) in among:
            return found[place]
    return None


def stand_ins(phrases: Sequence[Phrase], known: Collection[int]) -> dict[int, int]:
    """For each pronoun by its place, the place of the phrase that it stands for, through other pronouns."""
    found: dict[int, int] = {}
    for at, phrase in enumerate(phrases):
        if phrase.pronoun and not phrase.person and (place := antecedent(phrases, at, known)) is not None:
            found[at] = found.get(place, place)
    return found


def antecedent(phrases: Sequence[Phrase], at: int, known: Collection[int]) -> int | None:
    """The place of the phrase that a pronoun for a thing most likely means; `known` are places of targets."""
    pronoun = phrases[at]
    best: tuple[float, int] | None = None
    for place in range(at - 1, -1, -1):
        other = phrases[place]
        away = pronoun.sentence - other.sentence
        if away > REACH or other.titled:
            break
        if other.person or other.counted or (other.doing and place not in known):
            continue
        if other.plural != pronoun.plural and not (pronoun.plural and other.proper):
            continue
        score = -PER_SENTENCE * away - PER_PHRASE * (at - place)
        score += SUBJECT * other.subject + KNOWN * (place in known)
        if best is None or score > best[0]:
            best = score, place
    return best[1] if best else None
