"""The two quotations of the first screen, and what the headline says where labels show no difference."""

from __future__ import annotations

from dataclasses import replace

import fabricated

from stance.compare import Comparison, RunData, compare


def article(*lines: str) -> RunData:
    return fabricated.run(("x", "Made-up title\n" + "\n".join(lines)))


def faced(found: Comparison) -> tuple[str, str]:
    assert found.facing is not None
    return found.facing.quote_a.removeprefix("x-"), found.facing.quote_b.removeprefix("x-")


MILL = "## What the mill says"
RIVER = "## What the river says"


def test_where_groups_differ_the_pair_shows_the_target_and_the_direction_of_the_headline():
    found = compare(fabricated.harbour(), by="section")
    face = found.facing
    assert face is not None
    assert face.target == "Sound Tunnel"
    assert face.ground == "opposed"
    assert found.membership[face.quote_a] == "The port’s case"
    assert face.quote_a in found.cell("The port’s case", "Sound Tunnel").quotes["favor"]
    assert face.quote_b in found.cell("The islanders’ case", "Sound Tunnel").quotes["against"]


def test_where_no_pair_is_labelled_opposite_the_surest_of_each_group_are_shown():
    found = compare(
        article(
            MILL,
            "{a1|vale|direct|Toll=neutral||the toll will be counted every year in spring}",
            RIVER,
            "{b1|osk|direct|Toll=against||the toll will ruin every farm along the river}",
        ),
        by="section",
    )
    assert found.dispute == "Toll"
    assert faced(found) == ("a1", "b1")
    assert found.facing.ground == "surest"


def unsure() -> RunData:
    """Nothing is called but one quotation of each side; the scores of some lean."""
    data = article(
        MILL,
        "{a1|vale|direct|Toll=?||the toll will be counted every year in the spring}",
        "{a2|tamm|direct|Toll=?||the toll is fair to everybody who uses the old road}",
        "{a3|tamm|direct|Board=neutral||the board will meet again before the summer starts}",
        RIVER,
        "{b1|osk|direct|Toll=?||the toll robs everybody who uses the old road daily}",
        "{b2|lind|direct|Board=neutral||the board has met three times since the winter began}",
    )
    leans = {"x-a2": {"favor": 0.45, "against": 0.25}, "x-b1": {"favor": 0.2, "against": 0.44}}
    labels = [replace(x, scores=leans.get(x.quote_id, x.scores)) if x.target == "Toll" else x for x in data.labels]
    return replace(data, labels=labels)


def test_where_the_model_is_unsure_the_headline_says_what_both_speak_of_and_shows_the_pair_furthest_apart():
    found = compare(unsure(), by="section")
    assert found.title == (
        "Quotes under “What the mill says” and “What the river says” both speak of Board and Toll, and show no clear difference"
    )
    assert found.dispute == ""
    assert faced(found) == ("a2", "b1")
    assert found.facing.ground == "apart"
    assert "no call on either" in found.facing.words
    assert "no finding" in found.facing.words


def test_what_one_speaker_says_twice_is_not_set_against_itself():
    data = unsure()
    quotes = [replace(q, speaker_id="osk") if q.id == "x-a2" else q for q in data.quotes]
    assert faced(compare(replace(data, quotes=quotes), by="section")) == ("a1", "b1")


def test_with_no_target_in_common_the_pair_shares_words_and_the_title_says_what_each_speaks_of():
    found = compare(
        article(
            MILL,
            "{a1|vale|direct|Toll=favor||the old road needs new gravel before the winter}",
            "{a2|tamm|direct|Toll=?||nobody has asked for a second market day so far}",
            RIVER,
            "{b1|osk|direct|Levy=against||the old road needs no gravel but fewer carts}",
        ),
        by="section",
    )
    assert faced(found) == ("a1", "b1")
    assert (found.facing.ground, found.facing.target) == ("near", None)
    assert (
        found.title == "Quotes under “What the mill says” speak most of Toll, those under “What the river says” of Levy"
    )


def each(heading: str, *quotes: str) -> str:
    who = "vale" if heading == MILL else "osk"
    lines = [
        f"{{{heading.split()[3]}{i}|{who}|direct|{q}||words about it, number {i}, of some length}}"
        for i, q in enumerate(quotes)
    ]
    return "\n".join([heading, *lines])


def test_sides_that_each_turn_against_another_target_are_told_apart_by_it_without_claiming_a_difference():
    against = ("Mill=against", "Mill=against", "River=against")
    mirror = ("River=against", "River=against", "River=against", "Mill=against")
    found = compare(article(each(MILL, *mirror), each(RIVER, *against)), by="section")
    assert found.title == (
        "Quotes under “What the mill says” speak most often against River, those under “What the river says” against Mill"
    )
    assert "on no single target do they clearly differ" in found.opening
    assert found.dispute == ""


def test_where_the_few_that_take_a_side_take_opposite_ones_the_title_names_the_target_and_says_that_they_are_few():
    for_it, against_it = (
        each(name, f"Toll={way}", *["Toll=neutral"] * 3) for name, way in ((MILL, "favor"), (RIVER, "against"))
    )
    found = compare(article(for_it, against_it), by="section")
    assert found.title.endswith("lean apart on Toll, though few of them take a side")
    assert found.dispute == ""
    assert faced(found) == ("mill0", "river0")


def test_a_single_quotation_is_no_emphasis():
    found = compare(article(each(MILL, "River=against", "Mill=against"), each(RIVER, "Mill=against")), by="section")
    assert "most often" not in found.title


def test_one_against_and_five_against_differ_in_nothing():
    found = compare(article(each(MILL, "Toll=against"), each(RIVER, *["Toll=against"] * 5)), by="section")
    assert found.contrasts[0].difference.value == 0
    assert found.contrasts[0].weight == 0


def test_where_no_stance_was_read_the_title_still_says_what_both_speak_of():
    found = compare(article(each(MILL, "Toll=?", "Toll=?"), each(RIVER, "Toll=?")), by="section")
    assert "both speak of Toll" in found.title
    assert "no stance toward a target was read" in found.title


def test_the_pair_is_in_the_json():
    plain = compare(unsure(), by="section").to_json()["facing"]
    assert (plain["quote_a"], plain["quote_b"], plain["target"]) == ("x-a2", "x-b1", "Toll")
