from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.quotes.marks import find_regions, quote_mask


def inner(text: str, level: int = 0) -> list[str]:
    return [region.inner.of(text) for region in find_regions(text) if region.level == level]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“Yes,” she said. “No.”", ["Yes,", "No."]),
        ('"Yes," she said. "No."', ["Yes,", "No."]),
        ("``Yes,'' she said. ''No.''", ["Yes,", "No."]),
        ("«Oui», dit-elle.", ["Oui"]),
        ("„Ja“, sagte sie.", ["Ja"]),
        ("»Ja«, sagte sie.", ["Ja"]),
        ("‘Yes,’ she said, ‘it won’t do.’", ["Yes,", "it won’t do."]),
        ("'It isn't over,' he said.", ["It isn't over,"]),
        ("‘The allies’ plan is dead,’ he said.", ["The allies’ plan is dead,"]),
        ("He is 6'2\" tall and she is 5'1\" tall.", []),
        ("The Smiths' dog and the ’90s and rock ’n’ roll.", []),
        ("Don't say it's so.", []),
        ('He called it "a" "b".', ["a", "b"]),
        ("An empty “” pair.", []),
        ("", []),
    ],
)
def test_outer_regions(text: str, expected: list[str]) -> None:
    assert inner(text) == expected


def test_single_marks_inside_double_ones_are_an_inner_level() -> None:
    text = "“She told me ‘never again’ and left,” he said."
    assert inner(text) == ["She told me ‘never again’ and left,"]
    assert inner(text, 1) == ["never again"]


def test_double_marks_inside_single_ones_are_an_inner_level() -> None:
    text = "‘They said “trust us” and laughed,’ he said."
    assert inner(text) == ["They said “trust us” and laughed,"]
    assert inner(text, 1) == ["trust us"]


def test_an_open_quotation_runs_to_the_end_of_its_paragraph_and_continues() -> None:
    text = "“First, he said nothing.\n\n“Then he spoke.”"
    first, second = find_regions(text)
    assert (first.closed, first.continues) == (False, True)
    assert first.inner.of(text) == "First, he said nothing."
    assert (second.closed, second.continues) == (True, False)


@pytest.mark.parametrize("mark", ["‘’", "''"])
def test_a_british_quotation_of_several_paragraphs_stays_open_over_apostrophes(mark: str) -> None:
    opening, closing = mark
    text = "‘It was ours,’ he said. ‘We took on the drivers’ debts.\n\n‘I won’t be lectured by them.\n\n‘That’s all.’"
    found = find_regions(text.replace("’", closing).replace("‘", opening))
    assert [(region.closed, region.continues) for region in found] == [
        (True, False),
        (False, True),
        (False, True),
        (True, False),
    ]
    assert found[1].inner.of(text) == "We took on the drivers’ debts."
    assert found[2].inner.of(text) == "I won’t be lectured by them."


def test_a_term_in_single_marks_ends_before_a_paragraph_that_begins_with_one() -> None:
    text = "They call it ‘the allies’ plan.\n\n‘It is dead,’ he said."
    assert inner(text) == ["the allies", "It is dead,"]
    assert inner("The ’90s and ‘rock music.\n\n‘It is dead,’ he said.") == ["It is dead,"]


def test_an_odd_mark_costs_no_more_than_its_paragraph() -> None:
    text = 'A stray " mark.\n\n"Fine," she said.'
    assert "Fine," in inner(text)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=st.sampled_from(list("ab sS.,?\n“”\"‘’'«»„‚`‹›")), max_size=80))
def test_regions_nest_or_are_disjoint_on_any_text(text: str) -> None:
    regions = find_regions(text)
    assert len(quote_mask(text)) == len(text)
    for region in regions:
        assert 0 <= region.start < region.inner.start < region.inner.end <= region.end <= len(text)
        assert "\n" not in text[region.start : region.end]
        for other in regions:
            if other is not region and other.start < region.end and region.start < other.end:
                assert {region.level, other.level} == {0, 1}
