"""What to label."""

from __future__ import annotations

from collections import Counter

import pytest

from stance import run as runs
from stance.errors import UsageError
from stance.exchange.sample import draw
from tests import fabricated


@pytest.fixture(scope="module")
def run():
    data = fabricated.series(12)
    return runs.build(data.documents, data.quotes, data.speakers.values(), data.labels, (), data.manifest)


def test_random(run) -> None:
    drawn = draw(run, size=6, how="random", seed=1)
    assert len(drawn) == 6
    assert set(drawn.values()) == {"random p=0.25"}
    assert draw(run, size=6, how="random", seed=1) == drawn
    assert draw(run, size=6, how="random", seed=2) != drawn
    assert len(draw(run, size=1000)) == len(run.quotes)


def test_random_is_even(run) -> None:
    counts = Counter(name for seed in range(300) for name in draw(run, size=6, seed=seed))
    assert set(counts) == {quote.id for quote in run.quotes}
    assert 45 < min(counts.values()) <= max(counts.values()) < 110  # 75 expected


def test_stratified(run) -> None:
    drawn = draw(run, size=7, how="stratified", by="outlet")
    outlet = {document.id: document.outlet for document in run.documents}
    of = {quote.id: outlet[quote.document_id] for quote in run.quotes}
    assert sorted(Counter(of[name] for name in drawn).values()) == [3, 4]
    for name, how in drawn.items():
        assert how.startswith(f"stratified outlet={of[name]} p=0.")
    with pytest.raises(UsageError, match="--sample-by colour"):
        draw(run, size=7, how="stratified", by="colour")


def test_uncertain(run) -> None:
    labels = [
        runs.replace(label, scores={"favor": 0.5, "against": 0.5 - at / 200, "neutral": at / 200})
        for at, label in enumerate(run.labels)
    ]
    leaning = runs.build(run.documents, run.quotes, run.speakers, labels, (), run.manifest)
    drawn = draw(leaning, size=3, how="uncertain")
    stances = [label.quote_id for label in labels if label.task == "stance"]
    assert set(drawn) == set(list(dict.fromkeys(stances))[:3])
    assert drawn[stances[0]] == "uncertain margin=0.0000"


def test_nothing_to_draw_from(run) -> None:
    empty = runs.build(run.documents, (), (), ())
    with pytest.raises(UsageError, match="no quotations"):
        draw(empty, size=3)
    with pytest.raises(UsageError, match="no stance scores"):
        draw(runs.build(run.documents, run.quotes, run.speakers, ()), size=3, how="uncertain")
