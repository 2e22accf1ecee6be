"""What a block is by those around it: title, standfirst, caption, pull quote, tail, heading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from stance.schema import SectionKind
from stance.structure.blocks import CLOSERS, Block
from stance.structure.forms import DATE, MAX_CAPTION_WORDS, by_form, caption_score, is_writer

MAX_HEADING_WORDS = 12
MAX_TITLE_WORDS = 28
_NAME_LINKS = frozenset(("of", "de", "der", "van", "von", "and", "in", "for", "the"))
_SPEECH = re.compile(
    r"[“\"«]|\b(?:sa(?:id|ys)|told|tells|according|added|adds|believes?d?|argue[sd]|warn(?:ed|s)|think|thought)\b"
)
_SENTENCES = re.compile(r"[.!?]\s+[A-Z“\"]")
TURN = re.compile(  # the label of a turn in a transcript: "Q:", "Q.", "AB:", "Ada van Berg:", "**MS. BERG:**"
    r"[*_]{0,3}(?P<name>[A-Z][\w.'’-]*(?: (?:[a-z]{2,3} )?[A-Z][\w.'’-]*){0,4})"
    r"(?P<mark>[*_]{0,3}:|(?<=\b[QA]\.)[*_]{0,3})[*_]{0,3}\s+(?=\S)"
)


def classify(blocks: Sequence[Block], *, markdown: bool) -> list[SectionKind]:
    """The kind of every block; hints stand."""
    repeats = Counter(block.folded for block in blocks)
    kinds: list[SectionKind] = [block.hint or by_form(block, repeats, markdown=markdown) for block in blocks]
    fixed = [block.hint is not None for block in blocks]
    _mark_front(blocks, kinds, fixed)
    _mark_captions(blocks, kinds, fixed)
    _mark_asides(blocks, kinds, fixed)
    _mark_tail(blocks, kinds, fixed)
    _mark_headings(blocks, kinds, fixed, turns=_turns(blocks))
    return kinds


def _mark_front(blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool]) -> None:
    """The first block is the title if it is short; a standfirst is the lone paragraph between it and furniture."""
    if not blocks or "title" in kinds:
        return
    first = next(
        (i for i, kind in enumerate(kinds) if kind not in ("credit", "byline", "tail", "caption", "aside")), None
    )
    if first is None or fixed[first] or first > 3:
        return
    block = blocks[first]
    short = block.words <= MAX_TITLE_WORDS and len(blocks) > first + 1
    prose = block.ends_sentence and block.text.rstrip(CLOSERS)[-1:] == "." and block.words > 14
    if not short or prose or (block.text[:1] in '"“«-*•' and block.ends_sentence):
        return
    kinds[first] = "title"
    _mark_bylines(blocks, kinds, fixed, first + 1)
    second = first + 1
    if second + 1 >= len(blocks) or kinds[second] != "body" or fixed[second]:
        return
    stands_apart = kinds[second + 1] in ("caption", "credit", "byline", "dateline") or (
        not blocks[second].ends_sentence and blocks[second].words > 6 and blocks[second].text[-1:] not in "?!"
    )
    if stands_apart and blocks[second].words <= 60:
        kinds[second] = "standfirst"


def _mark_bylines(blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool], start: int) -> None:
    """Between the title and the first prose, lines of nothing but names, a trade and dates say who wrote, where and when."""
    for i in range(start, len(blocks)):
        if kinds[i] != "body":
            continue
        bare = DATE.sub("", blocks[i].text)
        tokens = re.findall(r"[^\W\d_][\w.'’-]*", bare)
        names = all(token[0].isupper() or token in _NAME_LINKS for token in tokens)
        if fixed[i] or blocks[i].finished or blocks[i].words > MAX_HEADING_WORDS:
            return
        if not names and not is_writer(bare):
            return
        if len(tokens) > 1 or bare != blocks[i].text:
            kinds[i] = "byline"


def _mark_captions(blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool]) -> None:
    """A credit pulls in the neighbour that reads like a caption; an unknown short line above a caption is its credit."""
    for i, kind in enumerate(kinds):
        if kind == "credit":
            near = [j for j in (i + 1, i - 1) if 0 <= j < len(blocks) and kinds[j] == "body" and not fixed[j]]
            near = [j for j in near if blocks[j].words <= MAX_CAPTION_WORDS]
            if any(0 <= j < len(blocks) and kinds[j] == "caption" for j in (i - 1, i + 1)):
                continue
            scored = [j for j in near if caption_score(blocks[j].text)]
            silent = [j for j in near if blocks[j].words <= 32 and not _SPEECH.search(blocks[j].text)]
            if scored:
                kinds[max(scored, key=lambda j: caption_score(blocks[j].text))] = "caption"
            elif len(silent) == 1 and not _SENTENCES.search(blocks[silent[0]].text):
                kinds[silent[0]] = "caption"
    captions = {blocks[i].folded for i, kind in enumerate(kinds) if kind == "caption"}
    for i, block in enumerate(blocks):
        if fixed[i] or kinds[i] != "body":
            continue
        if block.folded in captions:
            kinds[i] = "caption"
        elif block.words <= 4 and block.text[-1:] not in ".?!:" and i + 1 < len(blocks) and kinds[i + 1] == "caption":
            kinds[i] = "credit"


def _mark_asides(blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool]) -> None:
    """A pull quote repeats a stretch of another paragraph; a repeated paragraph counts once."""
    bodies = [(i, block.folded) for i, block in enumerate(blocks) if kinds[i] in ("body", "standfirst")]
    seen: set[str] = set()
    for i, folded in bodies:
        pulled = len(folded) >= 25 and any(folded != other and folded in other for _, other in bodies)
        if pulled and blocks[i].words <= 8 and not blocks[i].finished and blocks[i].text[0] not in '“"«':
            pulled = False  # a heading may borrow the words of the paragraph below it
        if not fixed[i] and (pulled or (folded in seen and len(folded) >= 25)):
            kinds[i] = "aside"
        seen.add(folded)


def _mark_tail(blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool]) -> None:
    """From the end upwards: short unfinished lines below the last paragraph belong to the page."""
    for i in range(len(blocks) - 1, 0, -1):
        if fixed[i] and kinds[i] == "body":
            break
        block = blocks[i]
        if kinds[i] in ("tail", "credit", "byline"):
            if kinds[i - 1] != "caption":
                kinds[i] = "tail"
            continue
        if kinds[i] in ("body", "heading") and block.words <= MAX_HEADING_WORDS and not block.finished:
            kinds[i] = "tail"
            continue
        break
    # A "read more" heading takes the headlines listed under it along.
    for i, kind in enumerate(kinds):
        if kind == "tail" and i > 0 and blocks[i].words <= 5:
            for j in range(i + 1, len(blocks)):
                if fixed[j] or kinds[j] != "body" or blocks[j].finished or blocks[j].words > 20 or j + 1 == len(blocks):
                    break
                if kinds[j + 1] == "body" and blocks[j + 1].finished and blocks[j].words <= 5:
                    break
                kinds[j] = "tail"


def _turns(blocks: Sequence[Block]) -> frozenset[int]:
    """The blocks of a transcript, by number: a label before a colon ("Q", "AB", "Ada Berg") that two or more open with."""
    labels = {i: match["name"] for i, block in enumerate(blocks) if (match := TURN.match(block.text))}
    shared = Counter(labels.values())
    return frozenset(i for i, label in labels.items() if shared[label] > 1)


def _mark_headings(
    blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool], *, turns: frozenset[int]
) -> None:
    """A short unfinished line with prose below it is a heading, unless somebody says it in a transcript."""
    for i, block in enumerate(blocks):
        if i in turns or fixed[i] or kinds[i] != "body" or block.words > MAX_HEADING_WORDS or block.text[:1] in "-*•–—":
            continue
        if block.finished and block.text[-1:] not in "?!:":
            continue
        if block.text[:1] in "\"“«‘'" and (block.text[-1:] in "?!" or block.words > 8):
            continue
        if not block.text[:1].isupper() and not block.text[:1].isdigit() and block.text[:1] not in "“\"‘'«¿":
            continue
        below = next(
            (j for j in range(i + 1, len(blocks)) if kinds[j] not in ("credit", "caption", "aside", "byline")), None
        )
        if below is not None and kinds[below] == "body" and blocks[below].words > MAX_HEADING_WORDS - 4:
            kinds[i] = "heading"
