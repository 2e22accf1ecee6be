"""How long does a comparison of many documents take, and how big is its report?

Makes up a corpus (words drawn by a power law, speakers, outlets, dates, stances that lean by outlet), compares it in
several ways and renders the report. Prints one line a comparison: seconds, report size, peak memory.

    python scripts/benchmark_compare.py --documents 1000
"""

from __future__ import annotations

import argparse
import json
import resource
import time

import numpy as np

from stance.compare import RunData, compare
from stance.report import render_html, render_markdown, tables
from stance.schema import Document, Label, Quote, Section, Span, Speaker

FRAMES = ("economic", "morality", "security", "conflict", "human_interest", "responsibility", "legality", "policy")


def corpus(documents: int, *, quotes: int = 15, seed: int = 0) -> RunData:
    """A made-up run: `quotes` quotations a document, 2 targets each, 4 outlets, 24 months, 200 speakers, 25 targets."""
    rng = np.random.default_rng(seed)
    syllables = ["ka", "ro", "mi", "ten", "sul", "ver", "do", "lan", "pe", "gri", "osh", "bal"]
    words = [f"{a}{b}{c}" for a in syllables for b in syllables for c in syllables]
    odds = 1 / np.arange(1, len(words) + 1)
    odds /= odds.sum()
    speakers = {
        f"s{i}": Speaker(f"s{i}", f"Speaker {words[i].title()}", role="official", side=("East", "West", None)[i % 3])
        for i in range(200)
    }
    targets = [f"Target {words[i].title()}" for i in range(25)]
    outlets = ["Courier", "Post", "Herald", "Gazette"]
    made, found, labels = [], [], []
    for d in range(documents):
        outlet = d % 4
        text, sections = "", []
        for q in range(quotes):
            start = len(text)
            said = " ".join(words[int(i)] for i in rng.choice(len(words), size=22, p=odds))
            who = f"s{rng.integers(200)}"
            text += f"{speakers[who].name} says {said}. " + "More is written around it. " * 6
            at = start + len(speakers[who].name) + 6
            name = f"d{d:05d}-q{q:03d}"
            heading = ("First view", "Second view")[q * 2 // quotes]
            quote = Quote(
                name, f"d{d:05d}", "direct", said, (Span(at, at + len(said)),), speaker_id=who, heading=heading
            )
            found.append(quote)
            sections.append(Section("body", Span(start, len(text)), heading))
            text += "\n\n"
            for t in rng.choice(25, size=2, replace=False):
                lean = np.array([0.3 + 0.1 * (outlet == t % 4), 0.35, 0.25, 0.1])
                label = ("favor", "against", "neutral", None)[int(rng.choice(4, p=lean / lean.sum()))]
                scores = {"favor": 0.2, "against": 0.2, "neutral": 0.2} | ({label: 0.6} if label else {})
                labels.append(Label(name, quote.document_id, "stance", scores, target=targets[int(t)], label=label))
            frames = tuple(f for f in FRAMES if rng.random() < 0.2)
            labels.append(Label(name, quote.document_id, "frame", dict.fromkeys(frames, 0.7), labels=frames))
        published = f"20{20 + (d % 24) // 12}-{1 + d % 12:02d}-15"
        made.append(Document(f"d{d:05d}", text, tuple(sections), f"Article {d}", outlets[outlet], published=published))
    return RunData(made, found, speakers, labels, {"version": "benchmark"})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--by", nargs="+", default=["outlet", "section", "side", "speaker", "date"])
    arguments = parser.parse_args()
    data = corpus(arguments.documents)
    print(f"{len(data.documents)} documents, {len(data.quotes)} quotations, {len(data.labels)} labels")
    for by in arguments.by:
        times = [time.perf_counter()]
        found = compare(data, by=by)
        times.append(time.perf_counter())
        page = render_html(data, found)
        times.append(time.perf_counter())
        render_markdown(data, found)
        tables(data, found)
        size = len(json.dumps(found.to_json()))
        times.append(time.perf_counter())
        compared, rendered, rest = np.diff(times)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"by {by:8} {len(found.groups)} groups {len(found.contrasts):4} contrasts: compare {compared:.1f} s, "
            f"html {rendered:.1f} s ({len(page.encode()) / 1e6:.2f} MB), rest {rest:.1f} s (json {size / 1e6:.2f} MB), "
            f"peak {memory:.0f} MB"
        )


if __name__ == "__main__":
    main()
