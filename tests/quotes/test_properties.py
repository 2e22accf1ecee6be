"""Any text at all: no exception, offsets inside it, content equal to its slices."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stance.quotes import extract
from stance.schema import Document

PIECES = [
    "“", "”", '"', "‘", "’", "'", "''", "``", "«", "»", "\n", "\n\n", " ", "\u00a0", "\u200b", "\x00", "\r", "🙂", "ı", "…", "—",
    ", ", ". ", ": ", "said ", "says ", "he ", "Ana Brisco ", "according to ", "the bridge is safe", "that ", "told ", "MAYOR: ",
    "(", ")", "termed ", "by ", "as ", "also stated",
]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
        st.text(max_size=60),
    ),
    st.sampled_from(["rules", "both"]),
)
def test_any_text(text: str, extractor: str) -> None:
    found = extract(Document("d", text), extractor=extractor)
    known = {speaker.id for speaker in found.speakers}
    assert len(known) == len(found.speakers)
    for quote in found.quotes:
        assert quote.text == " ".join(span.of(text) for span in quote.content)
        for span in (*quote.content, quote.cue, quote.source):
            assert span is None or 0 <= span.start < span.end <= len(text)
        assert quote.speaker_id is None or quote.speaker_id in known
        assert quote.relayed_by is None or quote.relayed_by in known
        assert 0 <= quote.confidence <= 1
