"""The straight line, as generators: documents → quotes and speakers → targets → stance and frames.

Each step can be called by itself; `analyze_documents` strings them together and classifies across documents, so that a
forward pass is never half empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stance import blocks
from stance import targets as target_finding
from stance.errors import StanceError
from stance.loaders import Failure
from stance.schema import Document, Label, Quote, Span, Speaker, Target

if TYPE_CHECKING:
    from stance.classifiers.base import Scorer
    from stance.codebook import Codebook

FRAGMENT_WORDS = 7
MAX_CONTEXT_WORDS = 60
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*(?=\s+[\"'“‘«(A-Z0-9])")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked to do. Names and paths only, so that a manifest can hold it.

    Attributes:
        targets: names given by the user; empty means that targets are found.
        targets_file: a targets file; empty means the one shipped.
        frames: codebooks by name or path; empty means no frames.
        speakers_file: a roster, or empty.
        model: `embedded`, a path or a hub id.
        extractor: `rules`, `tagger` or `both`.
        device: where the classifier runs.
        batch_size: pairs in a forward pass.
        seed: of everything drawn at random (bootstrap, permutation).
        text_column: the column of tables that holds the article; found by its name if not given.
        columns: columns of other fields, `{"date": "pub_date"}`; see `loaders.columns.FIELDS`.
        any_language: whether documents in another language than English are analysed all the same.
        parquet: whether a run folder gets its tables as Parquet files too.
    """

    targets: tuple[str, ...] = ()
    targets_file: str = ""
    frames: tuple[str, ...] = ("policy_frames",)
    speakers_file: str = ""
    model: str = "embedded"
    extractor: str = "both"
    device: str = "cpu"
    batch_size: int = 32
    seed: int = 0
    text_column: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    any_language: bool = False
    parquet: bool = False


@dataclass(frozen=True, slots=True)
class Analysis:
    """One document through the whole line. Speaker ids are local to the document."""

    document: Document
    quotes: tuple[Quote, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    labels: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class Toolkit:
    """Everything loaded that a run needs; building it is where bad settings show."""

    settings: Settings
    roster: tuple[Speaker, ...] = ()
    known_targets: tuple[Target, ...] = ()
    asked: tuple[Target, ...] = ()
    codebooks: tuple[Codebook, ...] = ()
    scorer: Scorer | None = field(default=None, compare=False)


def prepare(settings: Settings, *, classify: bool = True, threads: int | None = None) -> Toolkit:
    """Load and check what `settings` name.

    Args:
        settings: what the run is asked to do.
        classify: whether quotes are going to be labelled.
        threads: of the classifier; default: the cores this process may use.

    Raises:
        ConfigError: a targets file, codebook or roster that does not validate.
        ModelError: a model that cannot be used.
    """
    from stance import config

    roster = config.load_roster(settings.speakers_file) if settings.speakers_file else ()
    if not classify:
        return Toolkit(settings, roster)
    from stance import classifiers, codebook

    library = config.load_targets(settings.targets_file) if settings.targets_file else config.default_targets()
    asked = target_finding.named(settings.targets, library)
    books = tuple(codebook.load(name) for name in settings.frames)
    scorer = classifiers.load(settings.model, device=settings.device, batch_size=settings.batch_size, threads=threads)
    return Toolkit(settings, roster, library, asked, books, scorer)


def attribute(document: Document, toolkit: Toolkit) -> Analysis:
    """Quotes and speakers of one document."""
    from stance import quotes

    found = quotes.extract(document, extractor=toolkit.settings.extractor, roster=toolkit.roster)
    return Analysis(document, found.quotes, found.speakers)


def find_targets(analysis: Analysis, toolkit: Toolkit) -> Mapping[str, tuple[Target, ...]]:
    """For each quote id, the targets whose stance is asked."""
    document = analysis.document
    seen = [_with_host(document, quote, analysis.quotes) for quote in analysis.quotes]
    if toolkit.asked:
        return target_finding.given(document, seen, toolkit.asked)
    return target_finding.find(document, seen, analysis.speakers, toolkit.known_targets)


def _with_host(document: Document, quote: Quote, others: Sequence[Quote]) -> Quote:
    """A fragment ("pointless") is read with the sentence that it stands in, less who says it and what others are quoted with."""
    from dataclasses import replace

    if len(quote.text.split()) >= FRAGMENT_WORDS:
        return quote
    host = host_sentence(document, quote)
    taken = [quote.source] if quote.source else []
    for other in others:
        if other.id != quote.id and not any(span.overlaps(mine) for span in other.content for mine in quote.content):
            taken += [*other.content, *([other.source] if other.source else [])]
    spans: list[Span] = []
    start = host.start
    for span in sorted(span for span in taken if host.overlaps(span)):
        if span.start > start:
            spans.append(Span(start, span.start))
        start = max(start, span.end)
    spans += [Span(start, host.end)] if start < host.end else []
    text = " … ".join(span.of(document.text) for span in spans)
    return replace(quote, text=text, content=tuple(spans)) if spans else quote


def host_sentence(document: Document, quote: Quote) -> Span:
    """The sentence, or the run of sentences, around a quotation's content and cue, inside its paragraph."""
    spans = [*quote.content, *([quote.cue] if quote.cue else [])]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    left = document.text.rfind("\n", 0, start) + 1
    right = document.text.find("\n", end)
    right = len(document.text) if right < 0 else right
    for stop in _SENTENCE_END.finditer(document.text, left, right):
        if stop.end() <= start:
            left = stop.end()
        elif stop.end() >= end:
            right = stop.end()
            break
    while left < start and document.text[left].isspace():
        left += 1
    return Span(left, right)


def context_of(document: Document, quote: Quote) -> str | None:
    """The sentence around a quotation, where its own words do not stand alone; `None` where they do."""
    if quote.kind == "direct" and len(quote.text.split()) >= FRAGMENT_WORDS:
        return None
    text = " ".join(host_sentence(document, quote).of(document.text).split())
    return text if len(text.split()) <= MAX_CONTEXT_WORDS and len(text) > len(quote.text) + 12 else None


def stance_context(document: Document, quote: Quote) -> str | None:
    """What a reader needs to tell whom a quotation speaks of ("it", "the pipe"): the sentence before, and `context_of`."""
    before = document.text[: host_sentence(document, quote).start].rstrip()
    line = before[before.rfind("\n") + 1 :]
    last = line[max((stop.end() for stop in _SENTENCE_END.finditer(line)), default=0) :]
    parts = [" ".join(last.split()) if len(last.split()) <= MAX_CONTEXT_WORDS else None, context_of(document, quote)]
    return " ".join(filter(None, parts)) or None


def classify(analyses: Sequence[Analysis], toolkit: Toolkit) -> list[Analysis]:
    """Label every quote of the analyses: stance toward its targets, frames of each codebook."""
    from dataclasses import replace

    from stance.classifiers import routed, tasks

    scorer = toolkit.scorer
    if scorer is None:
        return list(analyses)
    asked: list[tuple[Quote, Target]] = []
    stance_items: list[tasks.StanceItem] = []
    frame_items: list[tasks.FrameItem] = []
    for analysis in analyses:
        wanted = find_targets(analysis, toolkit)
        names = {speaker.id: speaker.name for speaker in analysis.speakers}
        for quote in analysis.quotes:
            speaker, context = names.get(quote.speaker_id or ""), stance_context(analysis.document, quote)
            frame_items.append(tasks.FrameItem(quote.text, speaker, context_of(analysis.document, quote)))
            for target in wanted[quote.id]:
                asked.append((quote, target))
                stance_items.append(tasks.StanceItem(quote.text, target.name, speaker, context))
    labels: dict[str, list[Label]] = {}
    results = tasks.classify_stance(scorer, stance_items)
    for (quote, target), stance in zip(asked, results, strict=True):
        label = Label(
            quote.id,
            quote.document_id,
            "stance",
            stance.scores,
            target.name,
            stance.label,
            classifier=routed.of_task(scorer, "stance").info.name,
            windows=stance.windows,
        )
        labels.setdefault(quote.id, []).append(label)
    everyone = [quote for analysis in analyses for quote in analysis.quotes]
    for book in toolkit.codebooks:
        for quote, frame in zip(everyone, tasks.classify_frames(scorer, frame_items, book), strict=True):
            label = Label(
                quote.id,
                quote.document_id,
                "frame",
                frame.scores,
                labels=frame.labels,
                codebook=book.name,
                classifier=routed.of_task(scorer, "frame").info.name,
                windows=frame.windows,
            )
            labels.setdefault(quote.id, []).append(label)
    return [
        replace(analysis, labels=tuple(label for quote in analysis.quotes for label in labels.get(quote.id, ())))
        for analysis in analyses
    ]


def analyze_documents(documents: Iterable[Document | Failure], toolkit: Toolkit) -> Iterator[Analysis | Failure]:
    """The whole line over a stream. A document that breaks costs itself alone and comes out as a `Failure`.

    Yields:
        Analyses and failures in the order of the input.
    """
    for block in blocks.split(documents):
        yield from analyze_block(block, toolkit)


def analyze_block(block: Sequence[Document | Failure], toolkit: Toolkit) -> list[Analysis | Failure]:
    """The whole line over a few documents, whose quotations are scored together."""
    attributed = [attribute_safely(item, toolkit) if isinstance(item, Document) else item for item in block]
    done = iter(classify_safely([item for item in attributed if isinstance(item, Analysis)], toolkit))
    return [next(done) if isinstance(item, Analysis) else item for item in attributed]


def classify_safely(analyses: Sequence[Analysis], toolkit: Toolkit) -> list[Analysis | Failure]:
    """`classify`, but a document that breaks comes out as a `Failure`."""
    try:
        return [*classify(analyses, toolkit)]
    except StanceError:
        raise
    except Exception as error:
        if len(analyses) > 1:
            return [found for analysis in analyses for found in classify_safely([analysis], toolkit)]
        reason = f"quotes could not be labelled ({type(error).__name__}: {error}); please report the article"
        return [Failure(analyses[0].document.id, reason)]


def attribute_safely(document: Document, toolkit: Toolkit) -> Analysis | Failure:
    """`attribute`, but a document that breaks comes out as a `Failure`."""
    try:
        return attribute(document, toolkit)
    except StanceError:
        raise
    except Exception as error:  # a corpus must not die of one article
        return Failure(
            document.id, f"quotes could not be read ({type(error).__name__}: {error}); please report the article"
        )
