"""What of a document the parser is given."""

from __future__ import annotations

from itertools import pairwise

import pytest

from stance.parse import LONGEST, UNBROKEN, blocks, parse
from stance.schema import Document, Section, Span


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The ferry is late.", 1),
        ("The ferry is late.\n\nAgain.", 2),
        ("a " * LONGEST, 2),
        ("The end. " + "-" * UNBROKEN + " And more.", 1),
        ("The end. " + "-" * (UNBROKEN + 1) + " And more.", 2),
        (";" * (3 * UNBROKEN), 3),
    ],
)
def test_long_blocks_and_runs_without_a_space_are_cut_and_nothing_is_lost(text: str, count: int) -> None:
    found = [(start, end) for start, end, _ in blocks(Document("d", text))]
    assert len(found) == count
    assert all(before[1] <= after[0] and not text[before[1] : after[0]].strip() for before, after in pairwise(found))
    assert (found[0][0], found[-1][1]) == (0, len(text.rstrip()))
    for start, end in found:
        assert end - start <= LONGEST
        assert max(len(word) for word in text[start:end].split()) <= UNBROKEN


def test_what_has_been_parsed_of_a_document_is_not_parsed_again() -> None:
    sections = (Section("title", Span(0, 10)), Section("body", Span(12, 30)))
    document = Document("d", "Ferry late\n\nIt was late again.", sections)
    (body,) = parse(document, kinds=["body"]).paragraphs
    title, again = parse(document).paragraphs
    assert title.kind == "title"
    assert again.doc is body.doc


def test_a_missing_space_after_a_mark_parts_words() -> None:
    (paragraph,) = parse(Document("d", "“It is wrong,”Berg said. The U.S.’s envoy left Yahoo!’s office.")).paragraphs
    words = [token.text for token in paragraph.doc]
    assert words[3:7] == ["wrong", ",", "”", "Berg"]
    assert {"U.S.", "’s"} <= {*words}
