"""Is a quotation asked about the targets that a coder gave it? The pairs asked against the pairs coded, on articles with gold.

    python scripts/measure_targets.py [CORPORA] [--show]

CORPORA holds articles/ and gold/ (default: corpora). Quotations are matched to gold as `benchmark_articles.py` does; pairs of
quotations that match nothing are left out. Two names are one target where they are equal less articles, are in one row of the
shipped targets file, where one is the end or a part of the other with the same last word ("the dam", "the Kosten Mill dam"), or
where the names of CORPORA/two_sided.jsonl, if there is one, say so. Gold codes what a quotation is about, not all that it names:
precision is a lower bound.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmark_articles import gold_words, pairs, word_ids

from stance import loaders, pipeline
from stance.config import default_targets
from stance.resources import data_table
from stance.schema import Target
from stance.text import fold

_STATE = re.compile(r"^(?:the )?([A-Z]\w+) (?:government|army)$")
_OFFICE = re.compile(r"(?:['’]s? )(?:government|army|president|leaders?|generals)$")


def bare(name: str) -> str:
    """A name for comparison: folded, without article, its words in the singular."""
    words = fold(
        _OFFICE.sub("", re.sub(r"^(?:the )?EU (?=[A-Z])", "European ", name.replace("U.N.", "United Nations")))
    ).split()
    while words and words[0] in ("the", "a", "an", "this", "that"):
        words.pop(0)
    return " ".join(re.sub(r"(?<=\w{3})s$", "", word) for word in words)


class Names:
    """Which names are one target, for one article."""

    def __init__(self, library: tuple[Target, ...], lessons: list[list[str]]) -> None:
        self._states = {word: name for name, words in data_table("demonyms")["adjectives"].items() for word in words}
        self._rows = [{bare(name) for name in (target.name, *target.aliases)} for target in library]
        self._rows += [{bare(name) for name in names} for names in lessons]

    def same(self, gold: str, found: Target) -> bool:
        """Whether a coded name and a found target mean the same."""
        one = self._all(gold)
        other = set().union(*(self._all(name) for name in (found.name, *found.aliases)))
        return bool(one & other) or any(_within(a, b) for a in one for b in other)

    def _all(self, name: str) -> set[str]:
        state = _STATE.match(name)
        own = bare(self._states.get(state[1], name) if state else name)
        return {own}.union(*(row for row in self._rows if own in row))


def _within(one: str, other: str) -> bool:
    a, b = one.split(), other.split()
    return bool(a and b) and a[-1] == b[-1] and (set(a) <= set(b) or set(b) <= set(a))


def measure(corpora: Path, *, show: bool = False) -> Counter[str]:
    """Count pairs over all articles that have gold; prints a line for each."""
    library = default_targets()
    toolkit = replace(pipeline.prepare(pipeline.Settings(), classify=False), known_targets=library)
    readings = corpora / "two_sided.jsonl"
    lines = readings.read_text("utf-8").splitlines() if readings.is_file() else []
    lessons = [json.loads(line) for line in lines if line]
    total: Counter[str] = Counter()
    for path in sorted(p for p in (corpora / "articles").iterdir() if p.suffix in loaders.ARTICLES):
        gold_path = corpora / "gold" / f"{path.stem}.jsonl"
        if not gold_path.is_file():
            continue
        gold = [json.loads(line) for line in gold_path.read_text("utf-8").splitlines() if line.strip()]
        analysis = pipeline.attribute(loaders.from_file(path), toolkit)
        wanted = [row for row in lessons if row["article"] == path.name and row["target"]]
        names = Names(library, [[row["target"], *row.get("names", ())] for row in wanted])
        here = count(analysis, gold, names, toolkit, show=show)
        total += here
        print(f"{path.stem:28} {report(here)}", flush=True)
    print(f"{'all':28} {report(total)}")
    return total


def count(
    analysis: pipeline.Analysis,
    gold: list[dict[str, Any]],
    names: Names,
    toolkit: pipeline.Toolkit,
    *,
    show: bool = False,
) -> Counter[str]:
    """Pairs coded, asked and both, for one article."""
    document = analysis.document
    asked = pipeline.find_targets(analysis, toolkit)
    sets = [set().union(*(word_ids(document.text, *span) for span in quote.content)) for quote in analysis.quotes]
    matched = pairs([gold_words(document, row) for row in gold], sets)
    here: Counter[str] = Counter()
    for i, row in enumerate(gold):
        coded = row["stance"]
        here["coded"] += len(coded)
        here["sided"] += sum(s["label"] != "neutral" for s in coded)
        if i not in matched:
            if show:
                print(f"  LOST {row['text']!s:.80}")
            continue
        mine = list(asked[analysis.quotes[matched[i]].id])
        here["asked"] += len(mine)
        hits = {s["target"]: [t for t in mine if names.same(s["target"], t)] for s in coded}
        here["right"] += sum(bool(found) for found in hits.values())
        here["right sided"] += sum(bool(hits[s["target"]]) for s in coded if s["label"] != "neutral")
        wrong = [t for t in mine if not any(t in found for found in hits.values())]
        here["wrong"] += len(wrong)
        if show:
            marks = [f"{'+' if hits[s['target']] else '-'}{s['target']}({s['label'][0]})" for s in coded]
            print(f"  {row['text']!s:.150}\n      {', '.join(marks)}   asked: {', '.join(t.name for t in mine)}")
    return here


def report(c: Counter[str]) -> str:
    """One line of shares."""
    recall, sided = c["right"] / max(1, c["coded"]), c["right sided"] / max(1, c["sided"])
    precision = 1 - c["wrong"] / max(1, c["asked"])
    return (
        f"coded {c['coded']:3} asked {c['asked']:3}  recall {recall:.2f} (for or against {sided:.2f})  "
        f"precision {precision:.2f}  not coded {c['wrong']}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path, nargs="?", default=Path(__file__).parents[1] / "corpora")
    parser.add_argument("--show", action="store_true", help="print every quotation with its targets")
    arguments = parser.parse_args()
    measure(arguments.corpora, show=arguments.show)


if __name__ == "__main__":
    main()
