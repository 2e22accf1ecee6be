"""Which two groups make the headline, and its words, on articles made up for the purpose."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import fabricated
import pytest

from stance.compare import RunData, compare
from stance.compare.headings import BOTH_VIEWS, SAME_WORDING, UNRELATED, opposition
from stance.compare.model import StanceCell
from stance.compare.telling import direction
from stance.compare.words import leaning
from stance.finish import default_comparison


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Norrland’s thinking", "Ostmark’s thinking"),
        ("How Norvale sees it", "How Sardany sees it"),
        ("The view from the mill", "The view from the river"),
        ("The farmers’ view", "The view of the miners"),
        ("The case for", "The case against"),
        ("The case for a toll", "The case against"),
        ("Those in favour", "Those against"),
        ("For the toll", "Against the toll"),
        ("Who supports the bill?", "Who is against it?"),
        ("Supporters", "Opponents"),
        ("Its backers", "The sceptics"),
        ("What the union says", "What the mill says"),
        ("Pros", "Cons"),
        ("Benefits for the town", "Risks for the river"),
    ],
)
def test_headings_set_against_each_other_by_their_wording(a, b):
    assert opposition(a, b) == opposition(b, a) == SAME_WORDING


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("What critics say", "The ministry’s position"),
        ("What the farmers fear", "What the miners hope"),
        ("Lorne’s winter", "Vilkmar’s winter"),
        ("French losses", "German losses"),
    ],
)
def test_headings_that_each_give_a_holder_are_set_against_each_other(a, b):
    assert opposition(a, b) == BOTH_VIEWS


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Background", "What happens next?"),
        ("The council", "The farmers’ view"),
        ("Economic impact", "Political impact"),
        ("What happened in 2014", "What happened in 2018"),
        ("What it means for farmers", "The fight against crime"),
        ("Winners and losers", "A quiet word"),
        ("The farmers’ view", "The farmers’ view"),
        ("The view", "The farmers’ view"),
    ],
)
def test_other_headings_are_not(a, b):
    assert opposition(a, b, adjacent=True) == UNRELATED


def test_an_answer_is_set_against_the_heading_before_it():
    assert opposition("A letter nobody signed", "The engineer’s reply", adjacent=True) == BOTH_VIEWS
    assert opposition("A letter nobody signed", "The engineer’s reply") == UNRELATED


def article(*sections: str) -> RunData:
    return fabricated.run(("x", "Made-up title\n" + "\n".join(sections)))


def section(heading: str, *quotes: str) -> str:
    """A section; a quotation is 'speaker stance, stance', each stance target=label."""
    lines = [f"## {heading}"]
    for i, quote in enumerate(quotes):
        speaker, _, stances = quote.partition(" ")
        lines.append(f"{{{heading}{i}|{speaker}|direct|{stances}||words that {speaker} said here}}")
    return "\n".join(lines)


BACKGROUND = section("The Toll Board", "brandt Toll=favor", "brandt Toll=favor", "tamm Toll=favor", "tamm Board=favor")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Mill thinking", "River thinking"),
        ("The view from the mill", "The view from the river"),
        ("The case for", "The case against"),
        ("Supporters", "Opponents"),
        ("What the mill says", "What the river says"),
    ],
)
def test_the_author_s_own_pair_makes_the_headline_though_another_differs_more(a, b):
    found = compare(
        article(
            BACKGROUND,
            section(a, "vale Toll=neutral", "vale Board=against"),
            section(b, "osk Toll=against", "osk Toll=against"),
        ),
        by="section",
    )
    assert found.leading == (a, b)
    assert found.title == f"Quotes under “{a}” and “{b}” differ most on Toll"
    assert (found.contrasts[0].a, found.contrasts[0].b) == (a, b)
    largest = max(found.contrasts, key=lambda c: c.weight)
    assert (largest.a, largest.b) == ("The Toll Board", b)


def test_of_headings_that_oppose_nothing_the_pair_that_differs_most_is_named():
    found = compare(
        article(
            section("Morning", "vale Toll=favor"),
            section("Noon", "tamm Toll=favor, Board=against", "brandt Toll=favor", "vale Toll=favor"),
            section("Night", "osk Toll=against, Board=favor", "lind Toll=against", "osk Toll=against"),
        ),
        by="section",
    )
    assert found.leading == ("Noon", "Night")
    assert found.dispute == "Toll and Board"


def test_two_differences_carry_more_than_one_and_many_quotes_more_than_few():
    found = compare(
        article(
            section("Morning", "vale Toll=favor"),
            section("Noon", "osk Toll=against"),
            section("Evening", "tamm Toll=favor", "brandt Toll=favor", "tamm Toll=favor"),
            section("Night", "osk Toll=against", "lind Toll=against", "lind Toll=against"),
        ),
        by="section",
    )
    assert found.leading == ("Evening", "Night")


def test_a_pair_with_a_target_in_common_comes_before_one_without():
    found = compare(
        article(
            section("Morning", "vale Toll=neutral", "vale Toll=neutral"),
            section("Noon", "tamm Board=neutral", "tamm Board=neutral"),
            section("Night", "osk Toll=neutral"),
        ),
        by="section",
    )
    assert found.leading == ("Morning", "Night")


def test_a_section_without_a_labelled_quote_does_not_make_the_headline():
    found = compare(
        article(
            section("Mill thinking", "vale Toll=?"),
            section("River thinking", "osk Toll=against"),
            section("Background", "tamm Toll=favor"),
        ),
        by="section",
    )
    assert found.leading == ("River thinking", "Background")


def test_a_pair_the_author_opposes_may_hardly_differ_and_says_so():
    found = compare(
        article(
            section("The view from the mill", "vale Toll=favor", "tamm Toll=against"),
            section("The view from the river", "osk Toll=favor", "lind Toll=against"),
        ),
        by="section",
    )
    assert "show no clear difference" in found.title
    assert found.dispute == ""
    assert "divided on Toll (1 in favour, 1 against)" in found.headline


def test_two_degrees_of_one_direction_are_no_dispute():
    found = compare(
        article(
            section("Mill thinking", "vale Toll=against", "tamm Toll=neutral"),
            section("River thinking", "osk Toll=against", "lind Toll=against"),
        ),
        by="section",
    )
    assert found.contrasts[0].weight >= 0.2
    assert "no clear difference" in found.title


def test_a_target_of_one_side_alone_is_not_what_they_differ_on():
    found = compare(
        article(
            section("Mill thinking", "vale Toll=favor, Board=against", "tamm Board=against"),
            section("River thinking", "osk Toll=against"),
        ),
        by="section",
    )
    assert found.dispute == "Toll"
    assert "all against Board (2 of 2)" in found.headline


def test_the_headline_counts_what_it_rests_on():
    found = compare(
        article(
            section("Mill thinking", "vale Toll=favor", "tamm Toll=?"),
            section("River thinking", "osk Toll=against"),
        ),
        by="section",
    )
    assert found.reach.startswith("This rests on 2 quotes (on 1 more no call was made) and describes what one article")


@pytest.mark.parametrize(
    ("favor", "against", "neutral", "words", "way"),
    [
        (0, 0, 1, "neutral on Toll (a single quote)", "neutral"),
        (1, 0, 0, "in favour of Toll (a single quote)", "favor"),
        (0, 3, 0, "all against Toll (3 of 3)", "against"),
        (0, 1, 3, "mostly neutral on Toll (3 of 4, 1 against)", "neutral"),
        (0, 1, 1, "partly against Toll (1 against, 1 neutral)", "against"),
        (3, 2, 0, "divided on Toll (3 in favour, 2 against)", "neutral"),
        (1, 1, 0, "divided on Toll (1 in favour, 1 against)", "neutral"),
        (6, 3, 1, "leaning in favour of Toll (6 in favour, 3 against, 1 neutral)", "favor"),
        (1, 4, 0, "mostly against Toll (4 of 5)", "against"),
    ],
)
def test_words_claim_no_more_than_the_counts(favor, against, neutral, words, way):
    cell = StanceCell("Mill thinking", "Toll", favor, against, neutral, 0, 2, 1, None, {})
    assert leaning(cell) == words
    assert direction(cell) == way


@pytest.mark.parametrize(
    ("headings", "why"),
    [
        (("Mill thinking", "River thinking", "Background"), "headings set them against each other"),
        (("Morning", "Noon", "Night"), "quotes differ most"),
    ],
)
def test_it_says_why_this_pair_comes_first(headings, why):
    one, two, three = headings
    found = compare(
        article(
            section(one, "vale Toll=favor"),
            section(two, "osk Toll=against"),
            section(three, "brandt Toll=neutral"),
        ),
        by="section",
    )
    assert found.leading == (one, two)
    assert why in found.why


@pytest.mark.parametrize(
    ("by", "start"),
    [
        ("section", "Quotes under “The port’s case” and “The islanders’ case” "),
        ("side", "Quotes of speakers listed as “Port” and “Islands” "),
        ("speaker", "Quotes of Ines Vale and Per Lindqvist "),
    ],
)
def test_titles_name_both_groups_briefly_and_the_headline_in_full(by, start):
    found = compare(fabricated.harbour(), by=by)
    assert found.title.startswith(start)
    assert found.opening.startswith("In this article, the quotes ")
    assert " and those " in found.opening


@pytest.mark.parametrize(("listed", "by"), [(True, "side"), (False, "section")])
def test_sides_that_a_roster_gives_are_compared_unasked_before_sections(listed, by):
    data = fabricated.harbour()
    if not listed:
        data = replace(data, speakers={key: replace(person, side=None) for key, person in data.speakers.items()})
    shown = SimpleNamespace(
        documents=data.documents, manifest={}, compare=lambda by, seed: compare(data, by=by, seed=seed)
    )
    found = default_comparison(shown)
    assert found is not None
    assert found.by == by


def test_one_quotation_against_one_does_not_outweigh_what_each_side_says_often():
    found = compare(
        article(
            section("How the mill sees it", *["vale Toll=against"] * 4, "vale Board=favor"),
            section("How the river sees it", *["osk Ferry=against"] * 4, "osk Board=against"),
        ),
        by="section",
    )
    assert "speak most often against Toll" in found.title
    assert "against Ferry" in found.title
    assert "Board" not in found.title
