"""What a block is by its own form: credit, caption, byline, tail, heading of Markdown, or body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache

from stance.resources import data_table
from stance.schema import SectionKind
from stance.structure.blocks import CLOSERS, Block

MAX_CAPTION_WORDS = 75
MAX_CREDIT_WORDS = 9
MAX_NOTE_WORDS = 40
MAX_TAIL_WORDS = 12
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
DATE = re.compile(
    rf"(?:{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH},?\s+\d{{4}}|\d{{4}}-\d\d-\d\d)"
)
_PLACED = re.compile(
    r"\((?:[LRC]|left|right|cent(?:re|er)|[LRC]-[LRC]|rear|front)\)|,\s(?:left|right|cent(?:re|er)|second from)\b", re.I
)
MARKDOWN_HEADING = re.compile(r"#{1,6}\s+(?P<text>.+?)\s*#*\s*$")
_CAPITALISED = re.compile(r"[A-Z0-9][\w.'’&\-]*")


def by_form(block: Block, repeats: Counter[str], *, markdown: bool) -> SectionKind:
    """What a block is by its own form."""
    if markdown and MARKDOWN_HEADING.match(block.text):
        return "heading"
    if markdown and block.text.startswith("!["):
        return "caption"
    if is_credit(block.text):
        return "credit"
    if _is_byline(block):
        return "byline"
    if _is_tail(block):
        return "tail"
    score = caption_score(block.text)
    if block.words <= MAX_CAPTION_WORDS and (score >= 2 or (score and repeats[block.folded] > 1)):
        return "caption"
    return "body"


def is_credit(line: str) -> bool:
    """Whether a line is a photo credit: an agency's name alone, or a short line of names with a word such as "photo"."""
    lists = _words()["credit"]
    bare = line.strip().strip("[]()|").strip()
    count = len(bare.split())
    if not bare or count > MAX_CREDIT_WORDS:
        return False
    folded = bare.casefold()
    if folded in lists["agencies"]:
        return True
    pieces = [piece.strip() for piece in re.split(r"[/|,:;—–]|\s-\s|\bvia\b", bare) if piece.strip()]
    tokens = {token.strip(".,:;()[]").casefold() for token in re.split(r"[\s/|]+", bare)}
    names = all(
        _CAPITALISED.fullmatch(token) or token.casefold() in ("of", "de", "the", "via", "for", "by", "/", "|", "-")
        for token in re.split(r"[\s/|]+", re.sub(r"[:,©]", "", bare))
        if token
    )
    agency = any(
        piece.casefold() in lists["agencies"] or piece.split()[0].casefold() in ("ap", "afp", "reuters")
        for piece in pieces
    )
    if bare.rstrip(CLOSERS)[-1:] in ".?!" and not folded.startswith(("©", "photo", "image", "picture", "credit")):
        return False
    if folded.startswith(_starts()):
        return True
    if names and (agency and (len(pieces) > 1 or "/" in bare or tokens & lists["marks"])):
        return True
    return names and bool(tokens & lists["marks"]) and (count <= 3 or "/" in bare or "©" in bare) and count >= 2


def _starts() -> tuple[str, ...]:
    return tuple(sorted(_words()["credit"]["starts"]))


def caption_score(line: str) -> int:
    """How much a block reads like a photo caption, 0 to 4: scene verb, placed people, closing date, stock phrase."""
    lists = _words()["caption"]
    folded = line.casefold()
    lead = [token.strip(",.;:()").casefold() for token in line.split()]
    # The scene: a verb in the present tense, followed by a place, an event or a companion.
    scene = any(
        token in lists["verbs"]
        and i
        and i + 1 < len(lead)
        and lead[i + 1] in lists["after"]
        and lead[i - 1] not in ("to", "will", "can", "may", "could", "would", "must", "not", "should")
        for i, token in enumerate(lead)
    )
    dated = bool((found := list(DATE.finditer(line))) and found[-1].end() >= len(line.rstrip(CLOSERS + ". ")) - 1)
    return sum((scene, bool(_PLACED.search(line)), dated, any(phrase in folded for phrase in lists["phrases"])))


def _is_byline(block: Block) -> bool:
    starts = _words()["byline"]["starts"]
    if block.words > 16 or (block.ends_sentence and block.words > 6):
        return False
    bare_text = block.text.strip("*_ ")
    folded = bare_text.casefold()
    if any(folded.startswith(start) for start in starts):
        rest = bare_text.split(None, 1)[1] if " " in bare_text else ""
        trades = _words()["byline"]["trades"]
        if block.words <= MAX_CREDIT_WORDS and any(word.strip(",") in trades for word in folded.split()):
            return True  # nobody is named: "By our political correspondent", "By staff and agencies"
        return bool(rest) and (rest[:1].isupper() or rest[:1].isdigit() or folded.startswith(("last", "first")))
    bare = DATE.sub("", block.text)
    return bare != block.text and len(re.findall(r"[A-Za-z]{3,}", bare)) <= 2


def is_writer(line: str) -> bool:
    """Whether a short line is a name and a trade: "Ada Berg, political correspondent"."""
    name, comma, rest = line.partition(",")
    named = 1 < len(name.split()) <= 4 and all(_CAPITALISED.fullmatch(token) for token in name.split())
    return bool(comma) and named and any(word in _words()["byline"]["trades"] for word in rest.casefold().split())


def _is_tail(block: Block) -> bool:
    line = block.text.casefold().lstrip("([*_ ")
    lists = _words()["tail"]

    def opens(key: str) -> bool:
        return any(line.startswith(start) and not line[len(start) : len(start) + 1].isalnum() for start in lists[key])

    if opens("certain") or (opens("notes") and block.words <= MAX_NOTE_WORDS) or line in lists["short"]:
        return True
    return opens("short") and block.words <= MAX_TAIL_WORDS and not block.finished


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    table = data_table("structure")
    return {
        part: {key: frozenset(w.casefold() for w in words) for key, words in lists.items()}
        for part, lists in table.items()
    }
