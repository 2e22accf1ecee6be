"""Score stance on articles with gold quotations: found, speaker, kind, heading, and stance where the gold has it.

    python scripts/benchmark_articles.py corpora/articles [--extractor rules|tagger|both] [--stance] [--errors]

FOLDER holds articles, `gold/STEM.jsonl` beside it. A quotation is found where gold and prediction share at least half
of the words of each (one to one, best overlap first). A speaker is right where the folded names agree: the same, or the
same last name with no contradicting first name, or, for descriptions, the same words less articles.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from stance import context, loaders, pipeline
from stance.schema import Document, Quote
from stance.text import fold

WORD = re.compile(r"\w+")


def word_ids(text: str, start: int, end: int) -> set[int]:
    return {match.start() for match in WORD.finditer(text, start, end)}


def gold_words(document: Document, row: dict[str, Any]) -> set[int]:
    """Offsets of the words of a gold quotation; its pieces are searched in order."""
    found: set[int] = set()
    pieces = row["text"] if isinstance(row["text"], list) else [row["text"]]
    at = 0
    for piece in pieces:
        start = document.text.find(piece, at)
        start = document.text.find(piece) if start < 0 else start
        if start >= 0:
            found |= word_ids(document.text, start, start + len(piece))
            at = start + len(piece)
    return found


def same_speaker(gold: str | None, predicted: str | None) -> bool:
    if not gold or not predicted:
        return not gold and not predicted
    a, b = (
        [w for w in fold(name).split() if w not in ("the", "a", "an", "some", "many")] for name in (gold, predicted)
    )
    if not a or not b:
        return False
    return a == b or (a[-1] == b[-1] and (set(a) <= set(b) or set(b) <= set(a))) or (len(set(a) & set(b)) >= 2)


def pairs(gold: list[set[int]], predicted: list[set[int]]) -> dict[int, int]:
    scored = []
    for i, g in enumerate(gold):
        for j, p in enumerate(predicted):
            shared = len(g & p)
            if shared and shared >= 0.5 * len(g) and shared >= 0.5 * len(p):
                scored.append((2 * shared / (len(g) + len(p)), -i, -j))
    matched: dict[int, int] = {}
    for _, i, j in sorted(scored, reverse=True):
        if -i not in matched and -j not in matched.values():
            matched[-i] = -j
    return matched


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--extractor", default="both")
    parser.add_argument("--stance", action="store_true", help="also classify, toward the gold's targets")
    parser.add_argument("--model", default="embedded", help="the classifier, with --stance")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    settings = pipeline.Settings(extractor=options.extractor, model=options.model)
    toolkit = pipeline.prepare(settings, classify=options.stance)
    total: Counter[str] = Counter()
    confusion: Counter[tuple[str, str]] = Counter()
    for path in sorted(p for p in options.folder.iterdir() if p.suffix in loaders.ARTICLES and p.stem != "README"):
        gold_path = options.folder.parent / "gold" / f"{path.stem}.jsonl"
        if not gold_path.is_file():
            continue
        gold = [json.loads(line) for line in gold_path.read_text(encoding="utf-8").splitlines() if line.strip()]
        document = loaders.from_file(path)
        analysis = pipeline.attribute(document, toolkit)
        names = {speaker.id: speaker.name for speaker in analysis.speakers}
        gold_sets = [gold_words(document, row) for row in gold]
        sets = [set().union(*(word_ids(document.text, *span) for span in quote.content)) for quote in analysis.quotes]
        matched = pairs(gold_sets, sets)
        here: Counter[str] = Counter(gold=len(gold), predicted=len(sets), found=len(matched))
        for i, row in enumerate(gold):
            if i not in matched:
                if options.errors:
                    print(f"  MISS  {path.stem}: {row['text']!s:.100} <- {row['speaker']}")
                continue
            quote = analysis.quotes[matched[i]]
            name = names.get(quote.speaker_id or "")
            right = same_speaker(row["speaker"], name)
            here["speaker"] += right
            here["kind"] += quote.kind == row["kind"]
            here["heading"] += quote.heading == row.get("heading")
            if row.get("relayed_by"):
                here["relayed"] += 1
                here["relay"] += same_speaker(row["relayed_by"], names.get(quote.relayed_by or ""))
            if options.errors and not right:
                print(f"  WHO   {path.stem}: {quote.text:.80} <- gold {row['speaker']}, got {name}")
            if options.stance:
                stances(toolkit, document, quote, name, row, confusion, show=options.errors)
        if options.errors:
            for j, quote in enumerate(analysis.quotes):
                if j not in matched.values():
                    print(f"  EXTRA {path.stem}: {quote.text:.100} <- {names.get(quote.speaker_id or '')}")
        total += here
        print(f"{path.stem:32} {report(here)}")
    print(f"{'all':32} {report(total)}")
    if confusion:
        agreed = sum(n for (a, b), n in confusion.items() if a == b)
        print(
            f"stance toward gold targets: accuracy {agreed / sum(confusion.values()):.3f}, n {sum(confusion.values())}"
        )
        print({f"{a}->{b}": n for (a, b), n in sorted(confusion.items())})


def stances(
    toolkit: pipeline.Toolkit,
    document: Document,
    quote: Quote,
    name: str | None,
    row: dict[str, Any],
    confusion: Counter[tuple[str, str]],
    *,
    show: bool,
) -> None:
    from stance.classifiers.tasks import StanceItem, classify_stance

    if toolkit.scorer is None:
        return
    wanted = row.get("stance") or []
    words, around = context.stance_reading(document, quote)
    items = [StanceItem(words, t["target"], name, around) for t in wanted]
    for target, result in zip(wanted, classify_stance(toolkit.scorer, items), strict=True):
        best = max(result.scores, key=lambda key: result.scores[key])
        confusion[target["label"], best] += 1
        if show and best != target["label"]:
            print(f"  STANCE {quote.text:.90} -> {target['target']}: gold {target['label']}, got {best}")


def report(c: Counter[str]) -> str:
    p, r = c["found"] / max(1, c["predicted"]), c["found"] / max(1, c["gold"])
    e2e = 2 * c["speaker"] / max(1, c["gold"] + c["predicted"])
    f1 = 2 * p * r / (p + r) if p + r else 0.0
    speaker, kind, heading = (c[name] / max(1, c["found"]) for name in ("speaker", "kind", "heading"))
    return (
        f"gold {c['gold']:3} found {c['found']:3} P {p:.2f} R {r:.2f} F1 {f1:.2f}  speaker {speaker:.2f}  E2E F1 {e2e:.2f}"
        f"  kind {kind:.2f}  heading {heading:.2f}  relay {c['relay']}/{c['relayed']}"
    )


if __name__ == "__main__":
    main()
