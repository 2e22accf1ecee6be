"""Between quotes and classifier: what a broken document costs."""

from __future__ import annotations

import pytest

from stance import pipeline
from stance.loaders import Failure
from stance.pipeline import Analysis, Settings, Toolkit
from stance.schema import Document


def test_a_document_that_breaks_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def attribute(document: Document, toolkit: Toolkit) -> Analysis:
        if document.id == "bad":
            raise IndexError("boom")
        return Analysis(document)

    monkeypatch.setattr(pipeline, "attribute", attribute)
    stream = [Document("a", "x"), Document("bad", "x"), Failure("c.txt", "empty"), Document("d", "x")]
    done = list(pipeline.analyze_documents(stream, Toolkit(Settings())))
    assert [item.document.id if isinstance(item, Analysis) else item.source for item in done] == [
        "a",
        "bad",
        "c.txt",
        "d",
    ]
    assert isinstance(done[1], Failure)
    assert "boom" in done[1].reason
