"""Where a text says something about a named target, whatever it is called there.

Names, aliases and metonyms ("Moscow", "the Kremlin" → Russia) come from a targets file; a name counts when the text says
something about its bearer, not when it is a place ("in Moscow"), an address ("NATO headquarters") or part of another name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stance.resources import data_table
from stance.schema import Target

_WORD_AFTER = re.compile(r"(?:['’]s?)?[\s]+([\w\-]+)(?:\s+([\w\-]+))?")
_WORD_BEFORE = re.compile(r"([\w\-]+)(?:\s+the)?\s+$", re.I)
_DESCRIBES = re.compile(r"^[A-Z]\w+(?:an|ish|ese|ic|ench|utch)$")
_COMPASS = re.compile(r"\b(?:North|South|East|West|New|Northern|Southern|Eastern|Western|Central)\s$")
_RANGE_START = re.compile(r"\bfrom\s+(?:the\s+)?$", re.I)
_RANGE_END = re.compile(r"\s+to\s+(?:the\s+)?[A-Z]")
_RANGE_BEFORE = re.compile(r"\b[Ff]rom\s+(?:the\s+)?[A-Z][\w.-]*(?:\s[A-Z][\w.-]*)*\s+to\s+(?:the\s+)?$")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Targets and one pattern over all their names; `owner` maps a folded name to its target."""

    targets: tuple[Target, ...]
    pattern: re.Pattern[str] | None
    owner: Mapping[str, Target]
    proper: Mapping[str, re.Pattern[str]]
    adjectives: Mapping[str, Target]


def lexicon(targets: Sequence[Target], adjectives: Mapping[str, Sequence[str]] | None = None) -> Lexicon:
    """Compile targets for matching; longer names win over shorter ones.

    Args:
        targets: what to look for.
        adjectives: of states, by the name of their target; default: those of the shipped table.
    """
    owner: dict[str, Target] = {}
    for target in targets:
        if target.kind == "entity":
            for name in (target.name, *target.aliases):
                owner.setdefault(_bare(name), target)
    described: dict[str, Target] = {}
    by_name = {target.name: target for target in targets if target.kind == "entity"}
    for name, words in {**data_table("demonyms")["adjectives"], **(adjectives or {})}.items():
        if name in by_name:
            described |= dict.fromkeys(words, by_name[name])
    names = sorted({*owner, *described}, key=lambda name: (-len(name), name))
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(map(_name_pattern, names)) + r")(?![\w])") if names else None
    proper = {
        target.id: re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, own)) + r")(?!\w)")
        for target in targets
        if not target.name[0].islower()
        and (own := [name for name in (target.name, *target.aliases) if not name[0].islower()])
    }
    return Lexicon(tuple(targets), pattern, owner, proper, described)


def _bare(name: str) -> str:
    """A name without a leading article, except where the article is what makes it a name ("the alliance")."""
    rest = re.sub(r"^[Tt]he\s+", "", name)
    return rest if rest[:1].isupper() else "the " + rest if rest != name else rest


def _name_pattern(name: str) -> str:
    words = re.escape(name).replace(r"\ ", r"\s+")
    return (
        f"[Tt]he{words[3:]}"
        if name.startswith("the ")
        else f"[{words[0].upper()}{words[0]}]{words[1:]}"
        if name[0].islower()
        else words
    )


def mentioned(text: str, known: Lexicon, *, article: str | None = None) -> dict[Target, int]:
    """Targets that `text` says something about, with how often, in order of first mention.

    Args:
        text: a quotation's content.
        known: the compiled targets.
        article: the whole article; an alias without a capital counts only if a proper name of its target is in there.
    """
    found: dict[Target, int] = {}
    if known.pattern is None:
        return found
    for match in known.pattern.finditer(text):
        surface = re.sub(r"\s+", " ", match.group())
        target, key = _owner(surface, known)
        if surface in known.adjectives:
            counts = _adjective_counts(text, match.end())
        else:
            counts = target is not None and name_counts(text, match.start(), match.end())
            if counts and target is not None and key[0].islower() and article is not None:
                named = known.proper.get(target.id)
                counts = named is None or bool(named.search(article))
        if counts and target is not None:
            found[target] = found.get(target, 0) + 1
    return found


def _owner(surface: str, known: Lexicon) -> tuple[Target | None, str]:
    if surface in known.adjectives:
        return known.adjectives[surface], surface
    key = surface if surface in known.owner else surface[0].lower() + surface[1:]
    return known.owner.get(key), key


def occurrences(text: str, known: Lexicon) -> Iterator[tuple[int, int, Target]]:
    """Where a text names targets, whether or not it says anything about them: start, end, target; adjectives left out."""
    for match in known.pattern.finditer(text) if known.pattern else ():
        surface = re.sub(r"\s+", " ", match.group())
        target, _ = _owner(surface, known)
        if target is not None and surface not in known.adjectives:
            yield match.start(), match.end(), target


@lru_cache(maxsize=1)
def lists() -> dict[str, frozenset[str]]:
    """The word lists of `data/demonyms.toml`."""
    table = data_table("demonyms")
    return {
        "state": frozenset(table["state"]["nouns"]),
        "next": frozenset(table["bystander"]["next"]),
        "before": frozenset(table["bystander"]["before"]),
        "stop": frozenset(table["stop"]["words"]),
        "plain": frozenset(table["plain"]["words"]),
        "vague": frozenset(table["vague"]["words"]),
        "quantity": frozenset(table["quantity"]["words"]),
    }


def _adjective_counts(text: str, end: int) -> bool:
    after = _WORD_AFTER.match(text, end)
    return after is not None and any(word and word.lower() in lists()["state"] for word in after.groups())


def name_counts(text: str, start: int, end: int) -> bool:
    """Whether something is said of the bearer of a name: it is no place, no address and no part of another name there."""
    rest = text[end:]
    if re.match(
        r"[-–](?:based|born|led|brokered|backed|funded|made|educated|registered|owned|language|[A-Z])", rest
    ) or re.search(r"[A-Z]\w*[-–]$", text[:start]):
        return False
    if re.match(r"[ \n](?!I\b)[A-Z][a-z]", rest) or _COMPASS.search(text[:start]):
        return False  # "Warsaw Pact", "South China Sea": part of a longer name
    if _RANGE_START.search(text[:start]) and _RANGE_END.match(rest):
        return False  # "from Georgia to Ukraine": a range, of which nothing is said
    if _RANGE_BEFORE.search(text[:start]):
        return False
    before = _WORD_BEFORE.search(text[:start])
    if before and before.group(1).lower() in lists()["before"] and not rest.startswith(("'s", "’s")):
        return False
    after = _WORD_AFTER.match(text, end)
    possessive = rest.startswith(("'s ", "’s "))
    word = after.group(1).lower() if after else ""
    return not (
        after
        and word in lists()["next"]
        and (not possessive or word in ("capital", "headquarters", "ambassador", "envoy"))
    )
