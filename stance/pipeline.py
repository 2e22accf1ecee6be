"""The straight line, as generators: documents → quotes and speakers → targets → stance and frames.

Each step can be called by itself; `analyze_documents` strings them together and classifies across documents, so that a
forward pass is never half empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stance import blocks
from stance import targets as target_finding
from stance.context import context_of, stance_reading, with_host
from stance.errors import StanceError
from stance.loaders import Failure
from stance.schema import Document, Label, Quote, Speaker, Target

if TYPE_CHECKING:
    from stance.classifiers.base import Scorer
    from stance.codebook import Codebook


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
    seen = [with_host(document, quote, analysis.quotes) for quote in analysis.quotes]
    if toolkit.asked:
        return target_finding.given(document, seen, toolkit.asked)
    return target_finding.find(document, seen, analysis.speakers, toolkit.known_targets)


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
            speaker, (words, context) = names.get(quote.speaker_id or ""), stance_reading(analysis.document, quote)
            frame_items.append(tasks.FrameItem(quote.text, speaker, context_of(analysis.document, quote)))
            for target in wanted[quote.id]:
                asked.append((quote, target))
                stance_items.append(tasks.StanceItem(words, target.name, speaker, context))
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
