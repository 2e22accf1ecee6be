"""Whether a text is in English: by its script and its function words, and by what its own metadata declare.

The quotation grammar and the classifiers know English alone. A fifth or more of the words of English prose are among a hundred
function words, and next to none of another language's; so no model is needed to tell. What is too short to tell is taken on
trust, unless the document itself declares another language.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain

from stance.resources import data_table

SAMPLE = 40_000  # code points that are looked at
FEWEST_WORDS = 20  # below this a text in Latin letters is too short to tell
FEWEST_LETTERS = 20  # below this so are letters of another script, among Latin ones
ENGLISH = 0.2  # share of function words from which a text is English, whatever it declares
SOME_OTHER = (
    0.12  # share of another language's function words, well above the English one, that counts as that language
)
NO_ENGLISH = 0.08  # share below which it is not, even if no other language is recognised
OTHER = "a language other than English"
_LATIN_FORMS = frozenset(("LATIN", "FULLWIDTH", "MATHEMATICAL", "MODIFIER", "FEMININE", "MASCULINE", "MICRO", "SCRIPT"))
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_CODE = re.compile(r"[a-z]{2,3}(?=$|[-_ ])")


def not_english(text: str, declared: str | None = None) -> str | None:
    """The language of a text that is not English, for a message; `None` for English and for what cannot be told.

    Args:
        text: the article.
        declared: the language that its metadata name (`de`, `en-GB`, `German`), if any. The text outweighs it where the
            text is clear.
    """
    named = code(declared)
    sample = text[:SAMPLE]
    script = _foreign_script(sample)
    if script:
        return script
    words = [word.replace("’", "'") for word in _WORD.findall(sample.lower())]
    declares_other = name_of(named) if named and named != "en" else None
    if len(words) < FEWEST_WORDS:
        return declares_other
    shares = _shares(words)
    english = shares.pop("en")
    best = max(shares, key=lambda key: shares[key])
    if english >= ENGLISH and english >= shares[best]:
        return None
    if shares[best] >= SOME_OTHER and shares[best] > 1.3 * english:
        return name_of(best) if shares[best] >= ENGLISH else declares_other or OTHER
    if english < NO_ENGLISH and len(words) >= 2 * FEWEST_WORDS:
        return declares_other or OTHER
    return declares_other


def code(declared: str | None) -> str | None:
    """A declared language as its ISO 639 code: `en-GB` and `English` are `en`; an unknown word stays as it is."""
    if not declared or not declared.strip():
        return None
    folded = declared.strip().casefold()
    by_name = {name.casefold(): key for key, name in data_table("languages")["names"].items()}
    if folded in by_name:
        return str(by_name[folded])
    three = {"eng": "en", "ger": "de", "deu": "de", "fra": "fr", "fre": "fr", "spa": "es", "rus": "ru", "und": None}
    if folded in three:
        return three[folded]
    found = _CODE.match(folded)
    return found.group() if found else folded


def name_of(language: str) -> str:
    """The English name of a language by its code; the code where there is none."""
    name: str = data_table("languages")["names"].get(language, language)
    return name


def _foreign_script(sample: str) -> str | None:
    """The script (or the language, where the script tells) that two fifths of the letters are in, unless it is Latin."""
    if sample.isascii():
        return None
    letters = Counter(character for character in sample if character.isalpha())
    scripts: Counter[str] = Counter()
    for character, count in letters.items():
        word = unicodedata.name(character, "LATIN").split()[0].split("-")[0]
        scripts["LATIN" if word in _LATIN_FORMS else word] += count
    total, latin = scripts.total(), scripts.pop("LATIN", 0)
    other = total - latin
    if not other or (latin and (other < FEWEST_LETTERS or other < 0.4 * total)):
        return None
    if scripts["HIRAGANA"] + scripts["KATAKANA"] > 0.1 * other:
        return "Japanese"
    script = scripts.most_common(1)[0][0]
    known = {"CJK": "Chinese", "HANGUL": "Korean", "HEBREW": "Hebrew", "GREEK": "Greek", "THAI": "Thai"}
    return known.get(script, f"a language in {script.capitalize()} script")


def _shares(words: list[str]) -> dict[str, float]:
    """For each language, the share of the words that are its function words."""
    counts = Counter(chain.from_iterable(map(_elided, words)))
    return {
        language: sum(counts[word] for word in known) / max(1, len(words))
        for language, known in _function_words().items()
    }


def _elided(word: str) -> Iterator[str]:
    """`l'eau` as its article, `l'`, and the rest; other words as they are."""
    head, mark, tail = word.partition("'")
    if mark and len(head) <= 5:
        yield from (head + mark, tail)
    else:
        yield word


@cache
def _function_words() -> dict[str, frozenset[str]]:
    lists: dict[str, str] = data_table("languages")["words"]
    return {language: frozenset(words.split()) for language, words in lists.items()}
