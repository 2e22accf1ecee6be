"""Attribution of marked stretches by what stands beside them: `“A,” X said. “B.”`, `X said: “A”`, `X: “A”`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from stance.parse import Paragraph
from stance.quotes.grammar import cue_extent
from stance.quotes.lexicon import cue_of
from stance.quotes.marks import Region
from stance.quotes.relation import Relation
from stance.quotes.voice import source_of
from stance.schema import Span

if TYPE_CHECKING:
    from spacy.tokens import Token

STOP = re.compile(
    r"[.!?…;](?=\s|$)(?<!\b[A-Z]\.)(?<!\b(?:Mr|Ms|Dr|St|Lt|Sr|Jr)\.)"
    r"(?<!\b(?:Mrs|Gov|Sen|Rep|Gen|Rev|Col|Sgt|Hon|Maj)\.)(?<!\bProf\.)"
)
_CLAIM = re.compile(r"(?P<claim>[^\n]{15,120}[^\s.,;:])\s[–—-]\s(?P<name>[A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){0,3})")
_JOINS = re.compile(r"[,\s]*(?:and|but|then|while|before|after)\b")
_ENDS = frozenset(",.?!…—–-;")


class Attribution(NamedTuple):
    """A cue outside the marks with its source, either of which may be missing."""

    cue: Span
    source: Span | None
    kind: str
    whole: bool = True  # the marks hold a statement of its own, not a part of a reported clause


def relations(text: str, paragraph: Paragraph, regions: Sequence[Region]) -> Iterator[Relation]:
    """Attributions of the outer regions of one paragraph, split quotations joined."""
    count = len(regions)
    index = 0
    while index < count:
        region = regions[index]
        gap_start = regions[index - 1].end if index else paragraph.start
        gap_end = regions[index + 1].start if index + 1 < count else paragraph.end
        after = _after(text, paragraph, region, Span(region.end, gap_end))
        ahead = after is None or _JOINS.match(text, region.end)  # `X said, “A,” and then Y said ...` is X's
        before = _before(text, paragraph, region, Span(gap_start, region.start)) if ahead else None
        after = None if before else after
        found = after or before
        if found is None:
            index += 1
            continue
        content = [region.inner]
        last = index
        while last + 1 < count and _continues(
            text, paragraph, regions[last], regions[last + 1], last == index and after is not None
        ):
            rest = Span(regions[last + 1].end, regions[last + 2].start if last + 2 < count else paragraph.end)
            if _has_its_own(text, paragraph, Span(regions[last].end, regions[last + 1].start), regions[last + 1], rest):
                break
            last += 1
            content.append(regions[last].inner)
        kind = "opinion" if found.kind == "opinion" else "speech"
        lead = _lead(text, paragraph, region, Span(gap_start, region.start)) if after else None
        if lead is not None:
            content[0] = Span(lead.start, content[0].end)
        sure = (0.95 if found.source else 0.7) if found.whole else 0.5
        yield Relation(tuple(content), found.cue, found.source, sure, kind, "direct")  # type: ignore[arg-type]
        index = last + 1


def _lead(text: str, paragraph: Paragraph, region: Region, gap: Span) -> Span | None:
    """The unmarked beginning of the sentence that a marked stretch ends: `It was “a farce,” X said`."""
    outside = gap.of(text)
    stops = [match.end() for match in STOP.finditer(outside)]
    start = gap.start + (stops[-1] if stops else 0)
    words = text[start : gap.end]
    start += len(words) - len(words.lstrip())
    if not words.strip() or words.rstrip()[-1:] in ":—–" or (gap.start > paragraph.start and not stops):
        return None
    if any(_reports(token) for token in _tokens(paragraph, Span(start, gap.end))):
        return None
    return Span(start, gap.end)


def is_sentence(text: str, region: Region) -> bool:
    """Whether the words between the marks look like a statement of their own rather than a term or a title."""
    inner = region.inner.of(text).strip()
    return len(inner.split()) >= 4 and (inner[-1:] in ".,?!…—–-" or (inner[:1].isupper() and len(inner.split()) >= 6))


def _continues(text: str, paragraph: Paragraph, first: Region, second: Region, attributed: bool) -> bool:
    """Whether `second` goes on with what `first` began: only the attribution stands between them."""
    between = Span(first.end, second.start).of(text)
    if not between.strip():
        return True
    if not attributed:
        return False
    stripped = between.strip()
    if len(stripped) > 160 or len(STOP.findall(stripped[:-1])) > 0:
        return False
    if stripped[-1:] not in ".,;:—–":
        return False
    if stripped[-1:] in ",:" and _last_cue(paragraph, Span(first.end, second.start), 4):
        return _first_cue(paragraph, Span(first.end, second.start)) == _last_cue(
            paragraph, Span(first.end, second.start), 4
        )
    return is_sentence(text, second) or second.inner.of(text)[:1].islower() or stripped[-1:] == ","


def _has_its_own(text: str, paragraph: Paragraph, between: Span, region: Region, rest: Span) -> bool:
    """Whether a marked sentence after the end of an attribution has one too: `“A,” X noted. “B,” she stressed.`."""
    own = _after(text, paragraph, region, rest) if between.of(text).rstrip()[-1:] == "." else None
    return own is not None and own.whole and own.source is not None


def _tokens(paragraph: Paragraph, span: Span) -> list[Token]:
    found = paragraph.doc.char_span(
        max(0, span.start - paragraph.start),
        min(len(paragraph.doc.text), span.end - paragraph.start),
        alignment_mode="contract",
    )
    return list(found) if found is not None else []


def _first_cue(paragraph: Paragraph, span: Span) -> Token | None:
    for token in _tokens(paragraph, span):
        if _reports(token):
            return token
    return None


def _last_cue(paragraph: Paragraph, span: Span, reach: int) -> Token | None:
    for token in reversed(_tokens(paragraph, span)[-reach:]):
        if _reports(token):
            return token
    return None


def _reports(token: Token) -> bool:
    if token.pos_ not in ("VERB", "AUX", "NOUN", "PROPN", "ADJ"):
        return False
    cue = cue_of(token)
    if cue is None or cue.kind == "other" or "clause" not in cue.frames:
        return False
    return token.pos_ == "VERB" or token.lower_ in ("says", "said", "adds", "told", "tells", "notes", "argues", "views")


def _after(text: str, paragraph: Paragraph, region: Region, gap: Span) -> Attribution | None:
    """`“A,” X said`: the clause that follows the closing mark, up to the end of its sentence."""
    inner = region.inner.of(text).rstrip()
    outside = gap.of(text)
    if not inner or not (inner[-1] in _ENDS or outside.lstrip()[:1] == "," or outside[:1] == " "):
        return None
    stop = STOP.search(outside)
    clause = Span(gap.start, gap.start + stop.end() if stop else gap.end)
    words = clause.of(text).strip()
    if not words or (inner[-1] in ".?!…" and words[:1].isupper() and inner[-1] == "."):
        return None
    accord = re.match(r"[,\s]*according to ", clause.of(text))
    if accord:
        start = clause.start + accord.end()
        end = clause.end - (1 if words[-1:] in ".;" else 0)
        cue = Span(clause.start + accord.group().index("according"), start - 1)
        return Attribution(cue, Span(start, end), "speech", inner[-1] in _ENDS or outside.lstrip()[:1] == ",")
    tokens = _tokens(paragraph, clause)
    for position, token in enumerate(tokens[:22]):
        if token.lower_ in ("that", "which", "because", "but", "if") and position < 3:
            return None
        if _reports(token) and _relative(token, tokens[0].i):
            return None
        if _reports(token):
            if inner[-1] not in _ENDS and outside.lstrip()[:1] != "," and token.i - tokens[0].i > 6:
                return None
            source = _source(paragraph, token, clause)
            if source is not None and source.overlaps(region.inner):  # "“Duty free!” yelled another"
                last = next((t for t in tokens if t.i > token.i and t.pos_ in ("PRON", "DET", "NOUN", "PROPN")), None)
                source = paragraph.span(last.left_edge, last) if last is not None else None
            entry = cue_of(token)
            whole = inner[-1] in _ENDS or outside.lstrip()[:1] == ","
            return Attribution(cue_extent(paragraph, token), source, entry.kind if entry else "speech", whole)
    return None


def _relative(verb: Token, first: int) -> bool:
    """Whether `verb` speaks in a clause about a noun after token `first`: `“frank”, a word that diplomats use`."""
    while verb.head.i != verb.i and verb.head.i >= first:
        if verb.dep_ == "relcl" and verb.head.pos_ == "NOUN":
            return True
        verb = verb.head
    return False


def _before(text: str, paragraph: Paragraph, region: Region, gap: Span) -> Attribution | None:
    """`X said, “A”`, `X: “A”`: the clause that leads up to the opening mark."""
    outside = gap.of(text)
    stops = [match.end() for match in STOP.finditer(outside)]
    clause = Span(gap.start + (stops[-1] if stops else 0), gap.end)
    lead = clause.of(text).rstrip()
    if not lead.strip():
        return None
    tokens = [token for token in _tokens(paragraph, clause) if not token.is_space]
    reach = 25 if lead[-1:] in ":," else 5
    for token in reversed(tokens[-reach:]):
        if _reports(token):
            if lead[-1:] not in ":,—–" and tokens[-1].i - token.i > 4:
                continue
            if lead[-1:] == "," and tokens[-1].i - token.i > 2 and not is_sentence(text, region):
                continue
            source = _source(paragraph, token, clause)
            cue = cue_of(token)
            whole = lead[-1:] in ":,—–" or (is_sentence(text, region) and tokens[-1].i - token.i <= 1)
            return Attribution(cue_extent(paragraph, token), source, cue.kind if cue else "speech", whole)
    accord = re.search(r"[Aa]ccording to ([^,“”\"]+), ?$", clause.of(text))
    if accord:
        start = clause.start + accord.start()
        return Attribution(
            Span(start, start + 12), Span(clause.start + accord.start(1), clause.start + accord.end(1)), "speech"
        )
    if lead[-1:] == ":" and (found := _manner(paragraph, tokens, clause)) is not None:
        return found
    if lead[-1:] == ":" and 0 < len(tokens) <= 9:
        head = Span(clause.start + len(clause.of(text)) - len(clause.of(text).lstrip()), clause.start + len(lead) - 1)
        if any(token.pos_ == "PROPN" for token in tokens):
            return Attribution(Span(clause.start + len(lead) - 1, clause.start + len(lead)), head, "speech")
    return None


def _manner(paragraph: Paragraph, tokens: Sequence[Token], clause: Span) -> Attribution | None:
    """`Her answer was blunt: “No.”`: a clause that says how, and whose words follow."""
    verb = next((token for token in tokens if token.dep_ == "ROOT" and token.lemma_ == "be"), None)
    subject = next((child for child in verb.children if child.dep_ == "nsubj"), None) if verb is not None else None
    if verb is None or subject is None:
        return None
    owner = next((child for child in subject.children if child.dep_ == "poss"), None)
    if (owner is None and subject.pos_ not in ("PRON", "PROPN")) or subject.lower_ in (
        "it",
        "this",
        "that",
        "there",
        "what",
    ):
        return None
    chosen = owner if owner is not None else subject
    source = paragraph.span(chosen.left_edge, chosen)
    complement = next((child for child in verb.children if child.dep_ in ("acomp", "attr")), verb)
    return Attribution(paragraph.span(verb, complement), source, "speech") if clause.contains(source) else None


def headline(text: str, paragraph: Paragraph) -> Relation | None:
    """`Bridge was built in a hurry – Lindqvist`: a claim, a dash and a name, with no full stop."""
    match = _CLAIM.fullmatch(text, paragraph.start, paragraph.end)
    if match is None:
        return None
    dash = Span(match.end("claim"), match.start("name"))
    cue = Span(dash.start + 1, dash.end - 1)
    return Relation((Span(*match.span("claim")),), cue, Span(*match.span("name")), 0.8, "speech", "headline")


def _source(paragraph: Paragraph, verb: Token, clause: Span) -> Span | None:
    edges = source_of(verb)
    if edges is not None:
        span = paragraph.span(*edges)
        if span.start < clause.end < span.end:
            span = span._replace(end=clause.end)
        if clause.contains(span) or (span.end <= clause.start and edges[0].sent == verb.sent):
            return span
    # The parse lost the subject among the quoted words: take the noun phrase beside the verb.
    nearby = [chunk for chunk in paragraph.doc.noun_chunks if clause.contains(paragraph.span(chunk[0], chunk[-1]))]
    if verb.pos_ == "NOUN":  # "the analyst views" read as one noun phrase
        own = [c for c in verb.lefts if c.dep_ in ("det", "amod", "compound") and clause.contains(paragraph.span(c, c))]
        if own and own[-1].i == verb.i - 1:
            return paragraph.span(own[0], own[-1])
    left = [chunk for chunk in nearby if chunk.end <= verb.i and verb.i - chunk.end <= 3]
    right = [chunk for chunk in nearby if chunk.start > verb.i and chunk.start - verb.i <= 2]
    chosen = left[-1] if left else right[0] if right else None
    return paragraph.span(chosen[0], chosen[-1]) if chosen is not None else None
