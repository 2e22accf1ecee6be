"""What a source noun phrase is: a role of one person, an organisation, a collective, or somebody unnamed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from stance.resources import data_table

if TYPE_CHECKING:
    from spacy.tokens import Token

_ROLE_ENDING = re.compile(r"(?:ist|ologist|ian|crat|man|woman|person|eer|essor|izer|iser|ant|ator|itor)$")
_UNNAMED = re.compile(
    r"anonym|not (?:(?:want|wish) )?(?:to )?be (?:named|identified)|declin\w+ to be (?:named|identified)|who asked|"
    r"requested anonymity|not authori[sz]ed|unnamed|unidentified|familiar with|condition of|close to the|"
    r"with knowledge of|wished to remain",
    re.IGNORECASE,
)


@cache
def nouns(kind: str) -> frozenset[str]:
    """One list of `data/people.toml`, multi-word entries joined by spaces."""
    return frozenset(word.replace("_", " ") for word in str(data_table("people")[kind]).split())


def is_role(lemma: str) -> bool:
    """Whether a noun names a person by what they do or are."""
    word = lemma.casefold()
    return word in nouns("roles") or (len(word) > 5 and _ROLE_ENDING.search(word) is not None)


def is_unnamed(text: str) -> bool:
    """Whether a source phrase says that its bearer is not to be named."""
    return _UNNAMED.search(text) is not None


def is_plural(token: Token) -> bool:
    """Whether a noun token is plural by its tag."""
    return token.tag_ in ("NNS", "NNPS")


@cache
def _groups() -> dict[str, frozenset[int]]:
    """The numbers of the groups of `synonyms` that a noun is in."""
    groups: dict[str, frozenset[int]] = {}
    for number, line in enumerate(str(data_table("people")["synonyms"]).strip().splitlines()):
        for word in line.split():
            groups[word] = groups.get(word, frozenset()) | {number}
    return groups


def same_role(first: str, second: str) -> bool:
    """Whether one role noun can stand for another: the same word, or words of one group of `synonyms`."""
    return first == second or bool(_groups().get(first, frozenset()) & _groups().get(second, frozenset()))


def modifier(word: str) -> str:
    """A modifier of a role noun, "retired" and "ex" folded into "former"."""
    return "former" if word in nouns("past") else word
