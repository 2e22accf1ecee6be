"""Runs and reports that several tests look at."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

import fabricated
from fabricated import EVIL

from stance.compare import Comparison, RunData, compare
from stance.schema import Document, Label, Quote, Section, Span, Speaker

CHROMIUM = next((path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), None)


@pytest.fixture(scope="session")
def harbour() -> RunData:
    return fabricated.harbour()


@pytest.fixture(scope="session")
def comparison(harbour: RunData) -> Comparison:
    return compare(harbour, by="section")


@pytest.fixture(scope="session")
def series() -> RunData:
    return fabricated.series(24)


@pytest.fixture(scope="session")
def hostile() -> RunData:
    """A run in which every string that comes from outside tries to break out."""
    manifest: Mapping[str, Any] = {
        "version": EVIL,
        "config": {"model": EVIL},
        "inputs": [{"id": EVIL, "sha256": EVIL}],
        "models": [{"name": EVIL, "role": EVIL, "sha256": EVIL, "licence": EVIL}],
        "packages": {EVIL: EVIL},
        "warnings": [EVIL],
        "device": EVIL,
    }
    people = [
        Speaker(f"s{i}", f"{EVIL} {i}", role=EVIL, affiliation=EVIL, side=f"{EVIL}{i}", country=EVIL) for i in range(4)
    ]
    documents, quotes, labels = [], [], []
    for d in range(2):
        words = f"{EVIL} said number {d} \x00\x1b\u202e"
        text = f"{EVIL}\n\n{words}\n\n{words} again"
        second = text.index(words, len(EVIL) + 10)
        name = f"{EVIL}{d}"
        sections = (
            Section("title", Span(0, len(EVIL))),
            Section("body", Span(len(EVIL) + 2, len(EVIL) + 2 + len(words)), EVIL),
            Section("body", Span(second, len(text)), f"{EVIL} 2"),
        )
        fields = {
            "title": EVIL,
            "outlet": f"{EVIL}{d}",
            "author": EVIL,
            "published": f"2021-1{d}-01",
            "url": "javascript:alert(1)",
        }
        documents.append(Document(name, text, sections, meta={EVIL: EVIL}, **fields))
        for i, start in enumerate((len(EVIL) + 2, second)):
            quote = f"{EVIL}-{d}-{i}"
            heading = sections[1 + i].heading
            span = Span(start, start + len(words))
            quotes.append(
                Quote(
                    quote, name, "direct", words, (span,), speaker_id=f"s{2 * d + i}", relayed_by="s0", heading=heading
                )
            )
            label = "favor" if i else "against"
            labels.append(Label(quote, name, "stance", {label: 0.9}, target=EVIL, label=label))
            labels.append(Label(quote, name, "frame", {EVIL: 0.9}, labels=(EVIL,)))
    return RunData(documents, quotes, {person.id: person for person in people}, labels, manifest)


@pytest.fixture(scope="session")
def without_names(harbour: RunData) -> RunData:
    """Nobody named, no section, no label: the least a run can hold."""
    documents = [replace(document, sections=(), title=None) for document in harbour.documents]
    quotes = [replace(quote, speaker_id=None, relayed_by=None) for quote in harbour.quotes]
    return RunData(documents, quotes, {}, [], None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Headless Chromium, or the test is skipped."""
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as run:
        started = run.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
