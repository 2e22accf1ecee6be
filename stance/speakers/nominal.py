"""What a source noun phrase is: a role of one person, an organisation, a collective, or somebody unnamed."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Literal

from stance.resources import data_table

if TYPE_CHECKING:
    from spacy.tokens import Token

Gender = Literal["female", "male"]
_ROLE_ENDING = re.compile(r"(?:ist|ologist|ian|crat|man|woman|person|eer|essor|izer|iser|ant|ator|itor)$")
_UNNAMED = re.compile(
    r"anonym|not to be (?:named|identified)|declin\w+ to be (?:named|identified)|who asked|requested anonymity|"
    r"not authori[sz]ed|unnamed|unidentified|familiar with|condition of|close to the|with knowledge of|wished to remain",
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


def gender_of_noun(lemma: str) -> Gender | None:
    """The gender that a role noun implies."""
    word = lemma.casefold()
    if word in nouns("female") or word.endswith("woman"):
        return "female"
    if word in nouns("male") or word.endswith(("man", "men")) and word not in ("woman", "human"):
        return "male"
    return None


def gender_of_name(first: str, title: str = "") -> Gender | None:
    """The gender that a title or a given name implies."""
    if title in ("mr", "sir", "lord", "king", "prince", "father", "congressman", "chairman"):
        return "male"
    if title in ("mrs", "ms", "miss", "dame", "lady", "queen", "princess", "congresswoman", "chairwoman", "baroness"):
        return "female"
    if first in nouns("female_names"):
        return "female"
    return "male" if first in nouns("male_names") else None
