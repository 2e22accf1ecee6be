"""Runs made up for tests: articles written for this project with invented people, quotations marked by hand.

An article is plain text in which a quotation reads `{id|speaker|kind|target=label, ...|frame, ...|its words}`; a line
that starts with `## ` is a heading, the first line the title. `target=?` is an abstention, `speaker>other` says that
`speaker` relays `other`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from stance.compare import RunData
from stance.schema import Document, Label, Quote, Section, Span, Speaker

_QUOTE = re.compile(r"\{([^|{}]*)\|([^|{}]*)\|([^|{}]*)\|([^|{}]*)\|([^|{}]*)\|([^{}]*)\}")
# Tries to break out of every place that a string from outside can end up in.
EVIL = """<script>window.hacked=1</script><img src=x onerror="window.hacked=1">'"--></style></script>]]>{{7*7}}"""
MANIFEST: Mapping[str, Any] = {
    "version": "0.1.0",
    "config": {"model": "embedded", "codebook": "generic_frames", "abstain": 0.5},
    "inputs": [{"id": "harbour", "sha256": "0" * 64}],
    "models": [{"name": "stance-embedded", "role": "entailment", "sha256": "ab" * 32, "licence": "MIT", "path": None}],
    "seed": 0,
    "packages": {"python": "3.11.9", "numpy": "2.0"},
    "device": "cpu",
    "counts": {"documents": 1},
    "warnings": ["1 caption was printed twice"],
}

PEOPLE: tuple[Speaker, ...] = (
    Speaker("vale", "Ines Vale", ("Vale",), role="harbour master", affiliation="Port of Oster", side="Port"),
    Speaker("tamm", "Jonas Tamm", ("Tamm",), role="minister of transport", country="Norrland", side="Port"),
    Speaker("osk", "Mira Oskarsen", ("Oskarsen",), role="chair", affiliation="Island Council", side="Islands"),
    Speaker("lind", "Per Lindqvist", ("Lindqvist",), role="fisherman", side="Islands"),
    Speaker("brandt", "Dr Alma Brandt", ("Brandt",), role="marine biologist"),
)

HARBOUR = """The tunnel that split a harbour
Two shores of Oster Sound read the same plan in two ways.
{h1|brandt|direct|Sound Tunnel=neutral||Nobody has measured the seabed since 2009, so every claim about it is a guess}, says Dr Alma Brandt.
## The port’s case
“{p1|vale|direct|Sound Tunnel=favor, Port of Oster=favor|economic|The tunnel will bring four hundred jobs to the port and it will pay for itself in ten years},” says Ines Vale, the harbour master.
Jonas Tamm, the minister, says {p2|tamm|indirect|Sound Tunnel=favor|security|the tunnel is the only safe way to keep the islands supplied in winter}. “{p3|tamm|direct|Sound Tunnel=favor, Island Council=against|conflict|The Island Council has blocked every plan for twenty years and offers none of its own}.”
Vale adds that {p4|vale|indirect|Ferry=against|economic|the old ferry loses money on every crossing}. “{p5|vale|direct|Sound Tunnel=favor|economic|The fishing grounds will not be harmed by the tunnel works}.”
According to Tamm, {p6|tamm>vale|indirect|Port of Oster=?||Vale had called the port’s books open to anyone}.
## The islanders’ case
“{i1|osk|direct|Sound Tunnel=against|economic|The tunnel will cost the islands their ferry and it will never pay for itself},” says Mira Oskarsen, chair of the Island Council.
“{i2|lind|direct|Sound Tunnel=against, Port of Oster=against|morality|The tunnel works will ruin the fishing grounds, and the port knows it},” says Per Lindqvist.
Oskarsen says {i3|osk|mixed|Ferry=favor|human_interest|the ferry is “the street we live on”}. “{i4|osk|direct|Port of Oster=against|conflict|The port has never once asked us what we need}.”
“{i5|lind|direct|Sound Tunnel=against|conflict|Winter supplies never failed in my lifetime; the tunnel is not needed for safety},” Lindqvist says.
Brandt says {i6|brandt|indirect|Sound Tunnel=neutral||the works could harm the fishing grounds or leave them as they are}.
"""


def parse(
    source: str, document_id: str, *, speakers: Sequence[Speaker] = PEOPLE, **fields: Any
) -> tuple[Document, list[Quote], list[Label]]:
    """A document, its quotations and labels from marked text."""
    text, heading, title = "", None, None
    sections: list[Section] = []
    quotes: list[Quote] = []
    labels: list[Label] = []
    for number, line in enumerate(source.strip().splitlines()):
        start = len(text)
        kind = "title" if number == 0 else "heading" if line.startswith("## ") else "body"
        if kind == "heading":
            line = heading = line[3:]
        position = 0
        for match in _QUOTE.finditer(line):
            text += line[position : match.start()]
            position = match.end()
            name, who, how, stances, frames, words = match.groups()
            span = Span(len(text), len(text) + len(words))
            text += words
            relayer, _, inner = who.partition(">")
            quote_id = f"{document_id}-{name}"
            quotes.append(
                Quote(
                    quote_id,
                    document_id,
                    how,  # type: ignore[arg-type]
                    words,
                    (span,),
                    speaker_id=(inner or relayer) or None,
                    relayed_by=relayer if inner else None,
                    heading=heading,
                    confidence=0.9,
                )
            )
            for part in filter(None, (part.strip() for part in stances.split(","))):
                target, label = part.rsplit("=", 1)
                scores = dict.fromkeys(("favor", "against", "neutral"), 0.05)
                if label != "?":
                    scores[label] = 0.9
                labels.append(
                    Label(quote_id, document_id, "stance", scores, target=target, label=None if label == "?" else label)
                )
            found = tuple(filter(None, (part.strip() for part in frames.split(","))))
            labels.append(Label(quote_id, document_id, "frame", dict.fromkeys(found, 0.8), labels=found))
        text += line[position:]
        if number == 0:
            title = line
        sections.append(Section(kind, Span(start, len(text)), heading if kind != "title" else None))  # type: ignore[arg-type]
        text += "\n\n"
    return Document(document_id, text, tuple(sections), title=title, **fields), quotes, labels


def run(
    *sources: tuple[str, str] | tuple[str, str, Mapping[str, Any]], speakers: Sequence[Speaker] = PEOPLE
) -> RunData:
    """A run over articles given as (id, marked text) or (id, marked text, document fields)."""
    documents: list[Document] = []
    quotes: list[Quote] = []
    labels: list[Label] = []
    for source in sources:
        document, found, labelled = parse(source[1], source[0], **(source[2] if len(source) > 2 else {}))
        documents.append(document)
        quotes += found
        labels += labelled
    return RunData(documents, quotes, {speaker.id: speaker for speaker in speakers}, labels, MANIFEST)


def harbour() -> RunData:
    """One article whose two sections disagree about a tunnel."""
    return run(("harbour", HARBOUR, {"outlet": "The Oster Courier", "published": "2021-10-25"}))


def series(count: int = 12) -> RunData:
    """Articles of two outlets over some months: one for the tunnel, one against, with a little noise."""
    sources = []
    for i in range(count):
        outlet, mostly, other = (
            ("The Oster Courier", "favor", "against") if i % 2 else ("Island Post", "against", "favor")
        )
        noise = other if i in (2, 5) else mostly
        text = (
            f"Sound notes {i}\n"
            f"“{{a|vale|direct|Sound Tunnel={mostly}|economic|The tunnel plan number {i} was weighed against its cost}},” said Vale.\n"
            f"“{{b|osk|direct|Sound Tunnel={noise}, Ferry=neutral|conflict|Nobody on the shore was asked about plan {i}}},” said Oskarsen.\n"
        )
        fields = {"outlet": outlet, "published": f"2021-{1 + i // 2:02d}-0{1 + i % 9}", "meta": {"desk": "news"}}
        sources.append((f"n{i:02d}", text, fields))
    return run(*sources)
