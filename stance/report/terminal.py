"""The summary of `stance analyze`: who speaks, stance toward each target, the contrast, the quotes that carry it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from stance.schema import QUOTE_KINDS, Quote

if TYPE_CHECKING:
    from rich.console import Console

    from stance.run import Run

MAX_SPEAKERS = 8
MAX_TARGETS = 8
MAX_QUOTE = 220
_MARKS = {"favor": ("+", "blue"), "against": ("−", "red"), "neutral": ("·", "white"), None: ("?", "dim")}


def show(run: Run, *, out: str | None = None, width: int | None = None) -> None:
    """Print the summary of `run` on stdout; plain text where stdout is no terminal."""
    from rich.console import Console

    # Text from an article is never read as markup, and never coloured by what it happens to contain.
    console = Console(width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)
    _title(console, run)
    if not len(run.quotes):
        console.print("No quotation was found.")
        return
    _speakers(console, run)
    _stances(console, run)
    _contrast(console, run)
    if out:
        console.print()
        console.print("Report:  ", f"{out}/report.html", sep="")
        by = run.default_comparison.by if run.default_comparison is not None else "speaker"
        console.print("Compare: ", f"stance compare {out} --by {by}", sep="")


def _clean(text: str) -> str:
    """Folded to one line, control characters (which could drive a terminal) left out."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def _title(console: Console, run: Run) -> None:
    if len(run.documents) == 1:
        document = run.documents[0]
        console.print(_clean(document.title or document.id), style="bold")
        facts = [f for f in (document.outlet, document.author, document.published) if f]
        if facts:
            console.print(_clean(" · ".join(facts)), style="dim")
    else:
        console.print(f"{len(run.documents)} articles", style="bold")
    kinds = Counter(quote.kind for quote in run.quotes)
    counted = ", ".join(f"{kinds[kind]} {kind}" for kind in QUOTE_KINDS if kinds[kind])
    console.print(f"{len(run.quotes)} quotations ({counted}) by {len(run.speakers)} speakers", style="dim")


def _speakers(console: Console, run: Run) -> None:
    from rich.table import Table

    counts = Counter(quote.speaker_id for quote in run.quotes if quote.speaker_id)
    names = {speaker.id: speaker for speaker in run.speakers}
    relayed = Counter(quote.speaker_id for quote in run.quotes if quote.relayed_by)
    console.print("\nSpeakers", style="bold")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(justify="right")
    table.add_column()
    table.add_column(style="dim")
    for speaker_id, number in counts.most_common(MAX_SPEAKERS):
        speaker = names.get(speaker_id)
        if speaker is None:
            continue
        facts = [speaker.role] if speaker.role and speaker.role != speaker.name else []
        if speaker.affiliation and speaker.affiliation not in (speaker.role or ""):
            facts.append(speaker.affiliation)
        if speaker.kind != "person":
            facts.append(speaker.kind)
        if relayed[speaker_id]:
            facts.append(f"{relayed[speaker_id]} relayed by others")
        table.add_row(str(number), _clean(speaker.name), _clean(", ".join(facts)))
    console.print(table)
    if len(counts) > MAX_SPEAKERS:
        console.print(f"  and {len(counts) - MAX_SPEAKERS} more", style="dim")
    if missing := sum(quote.speaker_id is None for quote in run.quotes):
        console.print(f"  {missing} without a speaker that could be named", style="dim")


def _stances(console: Console, run: Run) -> None:
    from rich.table import Table

    counts: dict[str, Counter[str | None]] = {}
    for label in run.labels:
        if label.task == "stance" and label.target:
            counts.setdefault(label.target, Counter())[label.label] += 1
    if not counts:
        return
    console.print("\nStance of the quoted speakers", style="bold")
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("toward")
    for heading in ("favor", "neutral", "against", "no call", ""):
        table.add_column(heading, justify="left" if not heading else "right")
    for target, tally in sorted(counts.items(), key=lambda item: (-sum(item[1].values()), item[0]))[:MAX_TARGETS]:
        numbers = [tally["favor"], tally["neutral"], tally["against"], tally[None]]
        table.add_row(_clean(target), *(str(n) if n else "·" for n in numbers), _bar(tally))
    console.print(table)


def _bar(tally: Counter[str | None]) -> Any:
    from rich.text import Text

    bar = Text()
    for label in ("favor", "neutral", "against", None):
        mark, colour = _MARKS[label]
        bar.append(mark * min(tally[label], 30), style=colour)
    return bar


def _contrast(console: Console, run: Run) -> None:
    comparison = run.default_comparison
    if comparison is None:
        return
    from stance.report.evidence import words_of

    console.print("\nContrast", style="bold")
    console.print(_clean(comparison.headline))
    quotes = {quote.id: quote for quote in run.quotes}
    documents = {document.id: document for document in run.documents}
    names = {speaker.id: speaker.name for speaker in run.speakers}
    labels = {(label.quote_id, label.target): label.label for label in run.labels if label.task == "stance"}
    face = comparison.facing
    if face is None:
        return
    for quote_id in (face.quote_a, face.quote_b):
        if quote_id in quotes:
            quote = quotes[quote_id]
            words = words_of(quote, documents.get(quote.document_id))
            _quote(console, quote, words, names, face.target, labels.get((quote_id, face.target)))
    console.print()
    console.print(_clean(face.words), style="dim")


def _quote(
    console: Console, quote: Quote, words: str, names: dict[str, str], target: str | None, label: str | None
) -> None:
    from rich.padding import Padding
    from rich.text import Text

    from stance.report.evidence import CALLS

    text = _clean(words)
    text = text if len(text) <= MAX_QUOTE else text[:MAX_QUOTE].rsplit(" ", 1)[0] + " …"
    mark, colour = _MARKS[label]
    line = Text()
    line.append(f"{mark} ", style=colour)
    line.append(f"“{text}”" if quote.kind == "direct" else text)
    name = names.get(quote.speaker_id or "", "unnamed")
    under = f" under “{_clean(quote.heading)}”" if quote.heading else ""
    about = f": {CALLS[label]} {_clean(target)}" if target else ""
    line.append(f"\n  {_clean(name)}{under}{about}  [{quote.id}]", style="dim")
    console.print()
    console.print(Padding(line, (0, 0, 0, 2)))
