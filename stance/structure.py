"""Tell an article's parts apart: title, standfirst, headings, body, captions, credits, bylines, datelines, tail.

Plain text marks none of these, so each block is judged by its form (length, end punctuation, scene verbs, dates) and
by its neighbours: a caption stands beside a credit or repeats, a heading has prose below it, a tail has none. The word
lists are in `data/structure.toml`. Offsets are code points into the text given; the text is never changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stance.resources import data_table
from stance.schema import Section, SectionKind, Span

MAX_HEADING_WORDS = 12
MAX_TITLE_WORDS = 28
MAX_CAPTION_WORDS = 75
MAX_CREDIT_WORDS = 9

_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)[a-z]*\.?"
_DATE = re.compile(
    rf"(?:{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTH},?\s+\d{{4}}|\d{{4}}-\d\d-\d\d)"
)
_PLACED = re.compile(
    r"\((?:[LRC]|left|right|cent(?:re|er)|[LRC]-[LRC]|rear|front)\)|,\s(?:left|right|cent(?:re|er)|second from)\b", re.I
)
_CLOSERS = "\"'”’»)]"
_DATELINE = re.compile(
    r"(?P<place>[A-Z][A-Z.'’\- ]+[A-Z.](?:,\s[A-Z][\w. ]+?)?)"  # CAPITALS, perhaps ", Region"
    rf"(?:,?\s{_MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?)?"
    r"(?:\s\([^()\n]{2,40}\))?"
    r"\s?[—–-]{1,2}\s"
)
_STAMP = re.compile(  # of a live blog's post: "16:48 ", "5.20pm BST – "
    r"\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\.?)?(?:\s(?:[A-Z]{2,4}|local time))?(?:\s?[—–:|-])?\s+(?=[A-Z“\"‘'«@])",
    re.IGNORECASE,
)
_NAME_LINKS = frozenset(("of", "de", "der", "van", "von", "and", "in", "for", "the"))
_SPEECH = re.compile(
    r"[“\"«]|\b(?:sa(?:id|ys)|told|tells|according|added|adds|believes?d?|argue[sd]|warn(?:ed|s)|think|thought)\b"
)
_SENTENCES = re.compile(r"[.!?]\s+[A-Z“\"]")
TURN = re.compile(  # the label of a turn in a transcript: "Q:", "Q.", "AB:", "Ada van Berg:", "**MS. BERG:**"
    r"[*_]{0,3}(?P<name>[A-Z][\w.'’-]*(?: (?:[a-z]{2,3} )?[A-Z][\w.'’-]*){0,4})"
    r"(?P<mark>[*_]{0,3}:|(?<=\b[QA]\.)[*_]{0,3})[*_]{0,3}\s+(?=\S)"
)
_MARKDOWN_HEADING = re.compile(r"#{1,6}\s+(?P<text>.+?)\s*#*\s*$")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.S)
_CAPITALISED = re.compile(r"[A-Z0-9][\w.'’&\-]*")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text between line breaks, stripped of surrounding space."""

    span: Span
    text: str
    hint: SectionKind | None = None

    @property
    def words(self) -> int:
        """Number of words, split at white space."""
        return len(self.text.split())

    @property
    def ends_sentence(self) -> bool:
        """Whether it ends as prose does, with a full stop (closing marks aside)."""
        return self.text.rstrip(_CLOSERS)[-1:] in (".", "…", ";", ":", ",")


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Mapping[str, frozenset[str]]]:
    table = data_table("structure")
    return {
        part: {key: frozenset(w.casefold() for w in words) for key, words in lists.items()}
        for part, lists in table.items()
    }


def sections(
    text: str, hints: Mapping[Span, SectionKind] | None = None, *, markdown: bool = False
) -> tuple[Section, ...]:
    """Split `text` into its parts.

    Args:
        text: the article. Line breaks are `\\n`.
        hints: blocks whose kind is known already (from HTML), by their exact span.
        markdown: whether `#` lines are headings and a YAML front matter is to be left out.

    Returns:
        Sections in text order. `heading` of each is the text of the heading it stands under.
    """
    blocks = _blocks(text, dict(hints or {}), markdown=markdown)
    kinds = _classify(blocks, markdown=markdown)
    found: list[Section] = []
    heading: str | None = None
    for block, kind in zip(blocks, kinds, strict=True):
        if kind == "heading":
            heading = heading_text(block.text)
        span = block.span
        mark = _DATELINE.match(block.text) or _STAMP.match(block.text)
        if kind == "body" and mark and mark.end() < len(block.text):
            cut = span.start + mark.end()
            found.append(Section("dateline", Span(span.start, span.start + len(mark.group().rstrip())), heading))
            span = Span(cut, span.end)
        found.append(Section(kind, span, heading))
    return tuple(found)


def heading_text(line: str) -> str:
    """A heading as a reader names it: without Markdown marks and final colon."""
    mark = _MARKDOWN_HEADING.match(line)
    return (mark.group("text") if mark else line).strip().strip("*_").rstrip(":").strip()


def title(text: str, parts: Sequence[Section]) -> str | None:
    """The text of the title section, if there is one."""
    for part in parts:
        if part.kind == "title":
            return heading_text(part.span.of(text))
    return None


def front_matter(text: str) -> dict[str, str]:
    """The plain values of a Markdown file's YAML front matter; empty where there is none or it is no YAML."""
    front = _FRONT_MATTER.match(text)
    if not front:
        return {}
    import yaml

    try:
        found = yaml.safe_load(front.group().strip("-.\n"))
    except yaml.YAMLError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key).lower(): str(value) for key, value in found.items() if not isinstance(value, dict | list | None)}


def _blocks(text: str, hints: dict[Span, SectionKind], *, markdown: bool) -> list[Block]:
    start = 0
    if markdown and (front := _FRONT_MATTER.match(text)):
        start = front.end()
    pattern = r"(?:[^\n]+(?:\n(?!\s*\n|\s*\Z|#)[^\n]+)*)" if _hard_wrapped(text) else r"[^\n]+"
    blocks = []
    for line in re.compile(pattern).finditer(text, start):
        body = line.group()
        stripped = body.strip()
        if not stripped:
            continue
        begin = line.start() + body.index(stripped[0])
        span = Span(begin, begin + len(stripped))
        blocks.append(Block(span, stripped, hints.get(span)))
    return blocks


def _hard_wrapped(text: str) -> bool:
    """Whether lines were broken at a column, so that only blank lines end a paragraph."""
    inner = [line for paragraph in re.split(r"\n\s*\n", text) for line in paragraph.split("\n")[:-1] if line.strip()]
    total = text.count("\n") + 1
    if len(inner) < 4 or len(inner) < 0.3 * total:
        return False
    wrapped = sum(40 <= len(line) <= 110 and line.rstrip()[-1:] not in '.!?”"' for line in inner)
    return wrapped >= 0.6 * len(inner)


def _classify(blocks: Sequence[Block], *, markdown: bool) -> list[SectionKind]:
    repeats = Counter(_folded(block.text) for block in blocks)
    kinds: list[SectionKind] = [block.hint or _alone(block, repeats, markdown=markdown) for block in blocks]
    fixed = [block.hint is not None for block in blocks]
    _mark_front(blocks, kinds, fixed)
    _mark_captions(blocks, kinds, fixed)
    _mark_asides(blocks, kinds, fixed)
    _mark_tail(blocks, kinds, fixed)
    _mark_headings(blocks, kinds, fixed, turns=_turns(blocks))
    return kinds


def _alone(block: Block, repeats: Counter[str], *, markdown: bool) -> SectionKind:
    """What a block is by its own form."""
    if markdown and _MARKDOWN_HEADING.match(block.text):
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
    if block.words <= MAX_CAPTION_WORDS and (score >= 2 or (score and repeats[_folded(block.text)] > 1)):
        return "caption"
    return "body"


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
    prose = block.ends_sentence and block.text.rstrip(_CLOSERS)[-1:] == "." and block.words > 14
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
    """Between the title and the first prose, lines that hold nothing but names and dates say who wrote, where and when."""
    for i in range(start, len(blocks)):
        if kinds[i] != "body":
            continue
        bare = _DATE.sub("", blocks[i].text)
        tokens = re.findall(r"[^\W\d_][\w.'’-]*", bare)
        names = all(token[0].isupper() or token in _NAME_LINKS for token in tokens)
        if fixed[i] or _finished(blocks[i]) or blocks[i].words > MAX_HEADING_WORDS or not names:
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
    captions = {_folded(blocks[i].text) for i, kind in enumerate(kinds) if kind == "caption"}
    for i, block in enumerate(blocks):
        if fixed[i] or kinds[i] != "body":
            continue
        if _folded(block.text) in captions:
            kinds[i] = "caption"
        elif block.words <= 4 and block.text[-1:] not in ".?!:" and i + 1 < len(blocks) and kinds[i + 1] == "caption":
            kinds[i] = "credit"


def _mark_asides(blocks: Sequence[Block], kinds: list[SectionKind], fixed: Sequence[bool]) -> None:
    """A pull quote repeats a stretch of another paragraph; a repeated paragraph counts once."""
    bodies = [(i, _folded(block.text)) for i, block in enumerate(blocks) if kinds[i] in ("body", "standfirst")]
    seen: set[str] = set()
    for i, folded in bodies:
        pulled = len(folded) >= 25 and any(folded != other and folded in other for _, other in bodies)
        if pulled and blocks[i].words <= 8 and not _finished(blocks[i]) and blocks[i].text[0] not in '“"«':
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
        if kinds[i] in ("body", "heading") and block.words <= MAX_HEADING_WORDS and not _finished(block):
            kinds[i] = "tail"
            continue
        break
    # A "read more" heading takes the headlines listed under it along.
    for i, kind in enumerate(kinds):
        if kind == "tail" and i > 0 and blocks[i].words <= 5:
            for j in range(i + 1, len(blocks)):
                if (
                    fixed[j]
                    or kinds[j] != "body"
                    or _finished(blocks[j])
                    or blocks[j].words > 20
                    or j + 1 == len(blocks)
                ):
                    break
                if kinds[j + 1] == "body" and _finished(blocks[j + 1]) and blocks[j].words <= 5:
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
        if _finished(block) and block.text[-1:] not in "?!:":
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
    if bare.rstrip(_CLOSERS)[-1:] in ".?!" and not folded.startswith(("©", "photo", "image", "picture", "credit")):
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
    dated = bool((found := list(_DATE.finditer(line))) and found[-1].end() >= len(line.rstrip(_CLOSERS + ". ")) - 1)
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
    bare = _DATE.sub("", block.text)
    return bare != block.text and len(re.findall(r"[A-Za-z]{3,}", bare)) <= 2


def _is_tail(block: Block) -> bool:
    folded = block.text.casefold().lstrip("([*_ ")
    for start in _words()["tail"]["starts"]:
        if folded.startswith(start):
            rest = folded[len(start) : len(start) + 1]
            boundary = not rest or not rest.isalnum()
            certain = start.endswith(":") or start.startswith(
                (
                    "read",
                    "©",
                    "sign up",
                    "subscribe",
                    "all rights",
                    "you m",
                    "additional rep",
                    "reporting by",
                    "editing by",
                    "writing by",
                    "this ",
                )
            )
            return boundary and (
                (certain and not (start.startswith("this ") and block.words > 40))
                or (block.words <= 12 and not _finished(block))
                or folded == start
            )
    return False


def _finished(block: Block) -> bool:
    return block.text.rstrip(_CLOSERS)[-1:] in (".", "!", "?", "…", ":", ";", ",")


def _folded(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
