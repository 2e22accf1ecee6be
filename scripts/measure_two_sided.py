"""On how many two-sided articles does the report's first screen say what the article was written to say?

corpora/two_sided.jsonl holds, for an article and a grouping, what a reader should learn: the two groups that the headline sets
against each other, a target it names (none where the groups are written to agree), and which way each group points.

    python scripts/measure_two_sided.py [--coded | --read-coded | --name-targets] [--model embedded|PATH|HUB_ID] [--show]

`--coded` compares the quotations, speakers and stances of corpora/gold: the comparison alone, free of the errors of what comes
before it. `--read-coded` has the classifier read those quotations toward their coded targets: comparison and classifier.
Otherwise the whole job runs: quotations, speakers, targets and stance as `stance analyze` finds them, speakers' sides from
corpora/sides. `--name-targets` gives it the targets of corpora/two_sided.jsonl, as `--target` would; else it finds its own.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stance import classifiers, loaders
from stance.classifiers.base import Scorer
from stance.compare import Comparison, RunData, StanceCell, compare
from stance.compare.telling import direction, named_targets
from stance.config import load_roster
from stance.errors import UsageError
from stance.schema import Document, Label, Quote, Span, Speaker
from stance.text import fold, slug

CORPORA = Path(__file__).parents[1] / "corpora"
PARTS = ("groups", "target", "direction")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a reader should learn from the first screen; `target` is `None` where the groups are written to agree."""

    article: str
    by: str
    groups: tuple[str, str]
    target: str | None
    names: tuple[str, ...]
    stance: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The article's file."""
        return CORPORA / "articles" / self.article

    @property
    def stem(self) -> str:
        """Its name, that of its gold and its roster."""
        return Path(self.article).stem

    def read(self, found: Comparison) -> dict[str, bool]:
        """Which parts of the lesson a comparison's headline gives."""
        groups = set(found.leading) == set(self.groups)
        if self.target is None:
            return (
                dict.fromkeys(PARTS, groups) if not found.dispute else {**dict.fromkeys(PARTS, False), "groups": groups}
            )
        wanted = {_bare(name) for name in (self.target, *self.names)}
        pair = [group for group in found.groups if group.name in found.leading]
        about = named_targets(found.contrasts, found.cells, pair) if groups else []
        shared = {contrast.target for contrast in found.contrasts if {contrast.a, contrast.b} == set(self.groups)}
        named = [target for target in about if _bare(target) in wanted and target in shared]
        cells = [(found.cell(self.groups[0], target), found.cell(self.groups[1], target)) for target in named]
        way = any(self._agrees(a, b) for a, b in cells if a and b)
        return {"groups": groups, "target": bool(named), "direction": way}

    def _agrees(self, a: StanceCell, b: StanceCell) -> bool:
        """Whether the groups stand to each other as written, and neither points the other way."""
        order = ["against", "neutral", "favor"]
        written = [order.index(way) for way in self.stance]
        net = [(cell.favor - cell.against) / max(1, cell.labelled) for cell in (a, b)]
        contrary = any(
            abs(order.index(direction(cell)) - way) > int(way != 1) for cell, way in zip((a, b), written, strict=True)
        )
        return not contrary and (net[0] - net[1]) * (written[0] - written[1]) > 0


def _bare(name: str) -> str:
    return fold(name).removeprefix("the ")


def lessons() -> list[Lesson]:
    """The rows of corpora/two_sided.jsonl."""
    lines = (CORPORA / "two_sided.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [
        Lesson(
            row["article"],
            row["by"],
            tuple(row["groups"]),
            row["target"],
            tuple(row.get("names", ())),
            tuple(row.get("stance", ())),
        )
        for row in rows
    ]


def coded(path: Path) -> RunData:
    """An article as its gold file codes it: quotations, speakers with their sides, stances."""
    document = loaders.from_file(path)
    roster = {_bare(name): person for person in load_roster(_roster(path)) for name in (person.name, *person.aliases)}
    people: dict[str, Speaker] = {}
    quotes: list[Quote] = []
    labels: list[Label] = []
    gold = (CORPORA / "gold" / f"{path.stem}.jsonl").read_text(encoding="utf-8")
    for number, line in enumerate(gold.splitlines()):
        row = json.loads(line)
        person = roster.get(_bare(row["speaker"])) or Speaker(slug(row["speaker"]), row["speaker"])
        people[person.id] = person
        spans = _spans(document, row["text"])
        text = " ".join(document.text[span.start : span.end] for span in spans)
        quote_id = f"{path.stem}-q{number:03d}"
        quotes.append(
            Quote(quote_id, document.id, row["kind"], text, spans, speaker_id=person.id, heading=row["heading"])
        )
        for stance in row["stance"]:
            label = stance["label"]
            labels.append(Label(quote_id, document.id, "stance", {label: 1.0}, target=stance["target"], label=label))
    return RunData([document], quotes, people, labels)


def _roster(path: Path) -> Path:
    return CORPORA / "sides" / f"{path.stem}.yaml"


def _spans(document: Document, text: str | Sequence[str]) -> tuple[Span, ...]:
    spans: list[Span] = []
    at = 0
    for piece in [text] if isinstance(text, str) else text:
        start = document.text.find(piece, at)
        start = document.text.find(piece) if start < 0 else start
        spans.append(Span(start, start + len(piece)))
        at = spans[-1].end
    return tuple(spans)


def read_by(data: RunData, scorer: Scorer) -> RunData:
    """The same quotations and targets, their stances read by a classifier."""
    from stance.classifiers.tasks import StanceItem, classify_stance
    from stance.context import stance_reading

    document = data.documents[0]
    quotes = {quote.id: quote for quote in data.quotes}
    items = []
    for label in data.labels:
        quote = quotes[label.quote_id]
        speaker = data.speakers[quote.speaker_id or ""].name
        words, context = stance_reading(document, quote)
        items.append(StanceItem(words, str(label.target), speaker, context))
    results = classify_stance(scorer, items)
    labels = [replace(a, label=b.label, scores=b.scores) for a, b in zip(data.labels, results, strict=True)]
    return replace(data, labels=labels)


def whole_job(path: Path, *, model: str, wanted: Sequence[Lesson], folder: Path) -> RunData:
    """An article as `stance analyze` reads it; `wanted` names its targets, by a targets file written into `folder`."""
    import stance

    targets = {lesson.target: lesson.names for lesson in wanted if lesson.path == path and lesson.target}
    options: dict[str, Any] = {"model": model, "speakers_file": str(_roster(path)), "frames": ()}
    if targets:
        file = folder / f"{path.stem}.yaml"
        rows = [{"name": name, "aliases": list(names)} for name, names in targets.items()]
        file.write_text(json.dumps({"targets": rows}), encoding="utf-8")
        options |= {"targets_file": str(file), "targets": tuple(targets)}
    return stance.analyze(path, **options).data


def measure(
    wanted: Iterable[Lesson], analyse: Callable[[Path], RunData]
) -> list[tuple[Lesson, Mapping[str, bool], str]]:
    """For each lesson, which of its parts came out, and the title that did."""
    runs: dict[Path, RunData] = {}
    result: list[tuple[Lesson, Mapping[str, bool], str]] = []
    for lesson in wanted:
        if lesson.path not in runs:
            runs[lesson.path] = analyse(lesson.path)
        try:
            found = compare(runs[lesson.path], by=lesson.by)
        except UsageError as error:
            result.append((lesson, dict.fromkeys(PARTS, False), str(error)))
            continue
        result.append((lesson, lesson.read(found), found.headline))
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--coded", action="store_true", help="compare what corpora/gold codes; no model is loaded")
    parser.add_argument("--read-coded", action="store_true", help="read the stance of the coded quotations and targets")
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--name-targets", action="store_true", help="ask for the targets that the lessons name")
    parser.add_argument("--show", action="store_true", help="print every headline")
    arguments = parser.parse_args()
    wanted = lessons()
    scorer = classifiers.load(arguments.model) if arguments.read_coded else None
    with TemporaryDirectory() as folder:

        def analyse(path: Path) -> RunData:
            if arguments.coded or scorer is not None:
                return read_by(coded(path), scorer) if scorer is not None else coded(path)
            named = wanted if arguments.name_targets else ()
            return whole_job(path, model=arguments.model, wanted=named, folder=Path(folder))

        rows = measure(wanted, analyse)
    total: Counter[str] = Counter()
    for lesson, parts, words in rows:
        total.update(part for part in PARTS if parts[part])
        total["all"] += all(parts.values())
        marks = "  ".join(f"{part} {'yes' if parts[part] else 'NO '}" for part in PARTS)
        print(f"{lesson.stem:26} by {lesson.by:8} {marks}")
        if arguments.show:
            print(f"    {words}")
    print(f"of {len(rows)}: " + ", ".join(f"{part} {total[part]}" for part in (*PARTS, "all")))


if __name__ == "__main__":
    main()
