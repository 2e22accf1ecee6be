"""A run in memory: what came out of the line, as tables, with comparison and reports one call away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from stance import records
from stance.loaders import Failure
from stance.pipeline import Analysis
from stance.schema import Document, Label, Quote, Speaker

if TYPE_CHECKING:
    import pandas as pd

    from stance.classifiers.base import Scorer
    from stance.codebook import Codebook
    from stance.compare import Comparison, RunData

T = TypeVar("T")


class Table(Sequence[T], Generic[T]):
    """An immutable sequence of records that also opens as a data frame.

    Args:
        records: the records, or a function that reads them when they are first asked for.
        as_row: a record as a row of the run folder's file.
    """

    def __init__(
        self, records: Sequence[T] | Callable[[], Iterable[T]], as_row: Callable[[T], Mapping[str, Any]]
    ) -> None:
        self._source = records
        self.as_row = as_row

    @cached_property
    def records(self) -> tuple[T, ...]:
        """The records."""
        return tuple(self._source() if callable(self._source) else self._source)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and self.records == other.records

    def __hash__(self) -> int:
        return hash(self.records)

    def __repr__(self) -> str:
        return f"Table({len(self)} records)"

    def __len__(self) -> int:
        return len(self.records)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        """The record, or a tuple of records for a slice."""
        return self.records[index]

    def __iter__(self) -> Iterator[T]:
        return iter(self.records)

    def rows(self) -> list[Mapping[str, Any]]:
        """The records as the rows of the run folder's files."""
        return [self.as_row(record) for record in self.records]

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a data frame; nested fields (speaker, scores) become columns joined by a dot."""
        import pandas

        flat = [_flat(row) for row in self.rows()]
        return pandas.DataFrame.from_records(flat)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat |= {f"{key}.{inner}": item for inner, item in value.items()}
        elif key == "speaker" and value is None:
            flat |= {"speaker.id": None, "speaker.name": None, "speaker.kind": None}
        else:
            flat[key] = value
    return flat


@dataclass(frozen=True)
class Run:
    """Everything a run found. Speakers are canonical across its documents.

    Attributes:
        documents: the articles as read.
        quotes: attributed quotations, in the order of the articles.
        speakers: who is quoted.
        labels: stance and frames.
        errors: inputs that could not be used.
        manifest: versions, models, settings, counts.
    """

    documents: Table[Document]
    quotes: Table[Quote]
    speakers: Table[Speaker]
    labels: Table[Label]
    errors: tuple[Failure, ...] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> RunData:
        """The run as comparison and reports take it."""
        from stance.compare import RunData

        by_id = {speaker.id: speaker for speaker in self.speakers}
        return RunData(self.documents.records, self.quotes.records, by_id, self.labels.records, dict(self.manifest))

    def compare(
        self,
        by: str = "section",
        groups: Sequence[str] = (),
        *,
        seed: int = 0,
        scorer: Scorer | None = None,
        bins: str = "month",
    ) -> Comparison:
        """Compare groups of quotes; see `stance.compare.compare`. Frames are named as in the run's codebook."""
        from stance.compare import compare

        return compare(self.data, by=by, groups=groups, seed=seed, scorer=scorer, codebook=self.codebook(), bins=bins)

    @cached_property
    def default_comparison(self) -> Comparison | None:
        """The comparison that a run shows unasked, made once; see `stance.finish.default_comparison`."""
        from stance import finish

        return finish.default_comparison(self)

    def codebook(self) -> Codebook | None:
        """The codebook of the run's frames, where it can still be read."""
        from stance import codebook
        from stance.errors import ConfigError

        for name in self.manifest.get("config", {}).get("frames", ()):
            try:
                return codebook.load(name)
            except ConfigError:
                continue
        return None

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the run folder; see `stance.store.save`."""
        from stance.store import save

        return save(self, path, overwrite=overwrite)


def build(
    documents: Iterable[Document],
    quotes: Iterable[Quote],
    speakers: Iterable[Speaker],
    labels: Iterable[Label],
    errors: Iterable[Failure] = (),
    manifest: Mapping[str, Any] | None = None,
) -> Run:
    """A run from its parts."""
    people = tuple(speakers)
    by_id = {speaker.id: speaker for speaker in people}
    return Run(
        Table(tuple(documents), records.document_row),
        Table(tuple(quotes), lambda quote: records.quote_row(quote, by_id)),
        Table(people, records.speaker_row),
        Table(tuple(labels), records.label_row),
        tuple(errors),
        manifest or {},
    )


def gather(results: Iterable[Analysis | Failure], manifest: Mapping[str, Any] | None = None) -> Run:
    """A run from the pipeline's results, its speakers joined across documents."""
    from stance.speakers.across import Register

    results = list(results)
    analyses = [item for item in results if isinstance(item, Analysis)]
    people = Register()
    for analysis in analyses:
        people.add(analysis.speakers)
    people.close()
    joined = [with_canonical(analysis, people.canonical(analysis.speakers)) for analysis in analyses]
    return from_joined(joined, (item for item in results if isinstance(item, Failure)), manifest)


def from_joined(
    analyses: Sequence[Analysis], errors: Iterable[Failure] = (), manifest: Mapping[str, Any] | None = None
) -> Run:
    """A run from analyses whose speakers are the run's already."""
    speakers = {speaker.id: speaker for analysis in analyses for speaker in analysis.speakers}
    return build(
        (a.document for a in analyses),
        (quote for a in analyses for quote in a.quotes),
        speakers.values(),
        (label for a in analyses for label in a.labels),
        errors,
        manifest,
    )


def with_canonical(analysis: Analysis, canonical: Sequence[Speaker]) -> Analysis:
    """An analysis with its local speakers replaced by the run's, given in the same order."""
    ids = {local.id: speaker.id for local, speaker in zip(analysis.speakers, canonical, strict=True)}

    def known(speaker_id: str | None) -> str | None:
        return ids.get(speaker_id, speaker_id) if speaker_id is not None else None

    quotes = tuple(replace(q, speaker_id=known(q.speaker_id), relayed_by=known(q.relayed_by)) for q in analysis.quotes)
    return replace(analysis, quotes=quotes, speakers=tuple(canonical))
