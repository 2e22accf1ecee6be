"""Comparison of groups of quotations, on articles made up for the purpose."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import fabricated
import numpy as np
import pytest

from stance.classifiers.base import Pair, Scorer, Scores
from stance.compare import RunData, compare, overview
from stance.compare.claims import candidates, judge
from stance.compare.grouping import assign, columns
from stance.compare.model import BEFORE_FIRST
from stance.compare.network import graphml, one_mode
from stance.compare.timeline import date_bin, parse_date
from stance.compare.vocabulary import content_words, tokens
from stance.compare.voices import own_words
from stance.errors import UsageError
from stance.schema import Label, ModelInfo, Quote, Span

PORT, ISLANDS = "The port’s case", "The islanders’ case"


@pytest.fixture(scope="module")
def harbour() -> RunData:
    return fabricated.harbour()


@pytest.fixture(scope="module")
def series() -> RunData:
    return fabricated.series(24)


class FakeScorer:
    """Reads 'not', 'never' and 'ruin' on one side alone as contradiction, the same words as entailment."""

    info = ModelInfo("fake", "entailment", "0" * 64)

    def __init__(self) -> None:
        self.seen: list[Pair] = []

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        self.seen += pairs
        rows = []
        for pair in pairs:
            a, b = (set(content_words(text)) for text in pair)
            denied = [bool(re.search(r"\b(not|never|ruin|nobody)\b", text.lower())) for text in pair]
            near = len(a & b) / max(1, len(a | b))
            if near > 0.15 and denied[0] != denied[1]:
                rows.append((0.05, 0.05, 0.9))
            else:
                rows.append((0.9, 0.05, 0.05) if near > 0.6 else (0.05, 0.9, 0.05))
        return Scores(np.array(rows).reshape(-1, 3), np.ones(len(rows), dtype=np.int64))


# Groups


def test_sections_come_in_the_order_of_the_article(harbour):
    found = compare(harbour, by="section")
    assert [group.name for group in found.groups] == [PORT, ISLANDS]
    assert [group.quotes for group in found.groups] == [6, 6]


def test_before_the_first_heading_is_left_out_unless_asked(harbour):
    assert "before the first heading" in " ".join(compare(harbour, by="section").coverage.left_out)
    asked = compare(harbour, by="section", groups=[BEFORE_FIRST, ISLANDS])
    assert [group.name for group in asked.groups] == [BEFORE_FIRST, ISLANDS]


def test_groups_are_picked_and_ordered_whatever_their_case_and_marks(harbour):
    found = compare(harbour, by="section", groups=["“the islanders’ CASE”", PORT])
    assert [group.name for group in found.groups] == [ISLANDS, PORT]


@pytest.mark.parametrize(
    ("by", "groups", "words"),
    [
        ("section", ["The ports case", ISLANDS], ["no group", "Did you mean", PORT]),
        ("section", [PORT], ["needs two", ISLANDS]),
        ("colour", [], ["section, speaker, side, outlet, author, date"]),
        ("author", [], ["no quote has an author", "section, speaker, side"]),
        ("outlet", [], ["only one group", "The Oster Courier", "section, speaker, side"]),
    ],
)
def test_errors_name_what_there_is(harbour, by, groups, words):
    with pytest.raises(UsageError) as error:
        compare(harbour, by=by, groups=groups)
    assert all(word in str(error.value) for word in words), str(error.value)


def test_speakers_without_a_name_are_left_out_and_counted(harbour):
    first = harbour.quotes[0]
    data = replace(harbour, quotes=[replace(first, speaker_id=None), *harbour.quotes[1:]])
    assert "1 of 13 quotes: no speaker is named" in assign(data, "speaker").left_out


def test_speakers_of_one_name_stay_apart(harbour):
    people = dict(harbour.speakers)
    people["lind"] = replace(people["lind"], name="Mira Oskarsen")
    names = assign(replace(harbour, speakers=people), "speaker").names
    assert {"Mira Oskarsen [lind]", "Mira Oskarsen [osk]"} <= set(names)


def test_side_outlet_date_and_metadata_columns(harbour, series):
    assert {g.name for g in compare(harbour, by="side").groups} == {"Port", "Islands"}
    assert {g.name for g in compare(series, by="outlet").groups} == {"Island Post", "The Oster Courier"}
    dates = [g.name for g in compare(series, by="date").groups]
    assert dates == sorted(dates)
    assert "desk" in columns(series)
    with pytest.raises(UsageError, match="only one group by desk"):
        compare(series, by="desk")


def test_dates_are_contrasted_with_the_next_and_the_first_with_the_last(series):
    found = compare(series, by="date")
    names = [group.name for group in found.groups]
    pairs = {(c.a, c.b) for c in found.contrasts}
    assert pairs == {*pairwise(names), (names[0], names[-1])}


def test_an_empty_run_says_so():
    with pytest.raises(UsageError, match="no quotation"):
        compare(RunData([], [], {}, []), by="section")


# Stance


def test_cells_count_every_label_and_keep_abstention_apart(harbour):
    found = compare(harbour, by="section")
    cell = found.cell(ISLANDS, "Sound Tunnel")
    assert (cell.favor, cell.against, cell.neutral, cell.abstained, cell.speakers) == (0, 3, 1, 0, 3)
    assert cell.net.value == -0.75
    assert cell.quotes["against"] == ("harbour-i1", "harbour-i2", "harbour-i5")
    port = found.cell(PORT, "Port of Oster")
    assert (port.favor, port.abstained, port.labelled) == (1, 1, 1)


def test_one_article_has_speakers_as_clusters_and_says_so(harbour):
    found = compare(harbour, by="section")
    assert found.unit == "speaker"
    assert found.cell(ISLANDS, "Sound Tunnel").net.clusters == 3
    assert found.cell(PORT, "Sound Tunnel").net.low is None  # two speakers
    assert any("this article only" in warning for warning in found.coverage.warnings)


def test_contrasts_put_first_what_carries_most(harbour):
    found = compare(harbour, by="section")
    assert [c.target for c in found.contrasts] == ["Sound Tunnel", "Port of Oster", "Ferry"]
    first = found.contrasts[0]
    assert first.difference.value == 1.75
    assert (first.p, first.q) == (None, None)
    assert first.carriers[:2] == ("harbour-p1", "harbour-i1")
    assert 2 <= len(first.carriers) <= 3


def test_a_planted_difference_is_found_and_corrected_for(series):
    found = compare(series, by="outlet")
    first = found.contrasts[0]
    assert first.target == "Sound Tunnel"
    assert first.q is not None
    assert first.p <= first.q <= 0.05
    assert first.difference.high < 0
    assert "larger than chance" in found.headline


def test_the_headline_is_careful(harbour, series):
    for found in (compare(harbour, by="section"), compare(series, by="outlet"), overview(harbour)):
        assert re.match(r"In (this article|these 24 articles), ", found.headline)
        assert "think" not in found.headline.replace("not what anyone thinks", "")
    assert "the quotes under “The port’s case”" in compare(harbour, by="section").headline
    assert compare(harbour, by="section").dispute == "Sound Tunnel and Port of Oster"


def test_groups_that_speak_of_different_things_are_still_told_apart():
    text = "T\n## One\n{a|vale|direct|NATO=against||words one}\n## Two\n{b|osk|direct|Russia=against||words two}\n"
    found = compare(fabricated.run(("x", text)), by="section")
    assert found.contrasts == ()
    assert found.dispute == "NATO and Russia"
    assert "against NATO" in found.headline
    assert "against Russia" in found.headline


def test_a_label_given_twice_counts_once(harbour):
    again = [label for label in harbour.labels if label.task == "stance"][:2]
    found = compare(replace(harbour, labels=[*harbour.labels, *again]), by="section")
    assert found.cells == compare(harbour, by="section").cells
    assert any("given twice" in warning for warning in found.coverage.warnings)


def test_comparison_is_deterministic_and_json(series):
    one, two = (json.dumps(compare(series, by="outlet", seed=3).to_json()) for _ in range(2))
    assert one == two
    assert "NaN" not in one
    other = compare(series, by="outlet", seed=4)
    assert other.contrasts[0].difference.value == compare(series, by="outlet", seed=3).contrasts[0].difference.value


def test_numbers_do_not_move_when_another_target_is_added(series):
    more = [
        Label(q.id, q.document_id, "stance", {"favor": 0.9}, target="Weather", label="favor") for q in series.quotes
    ]
    plain = compare(series, by="outlet").cell("Island Post", "Sound Tunnel")
    assert (
        compare(replace(series, labels=[*series.labels, *more]), by="outlet").cell("Island Post", "Sound Tunnel")
        == plain
    )


# Frames, words


def test_frames_have_shares_and_log_odds(harbour, series):
    found = compare(harbour, by="section")
    counts = {(c.group, c.frame): (c.count, c.share.n) for c in found.frames}
    assert counts[PORT, "economic"] == (3, 6)
    assert counts[ISLANDS, "economic"] == (1, 6)
    odds = {c.frame: c.log_odds.value for c in found.frame_contrasts}
    assert odds["economic"] == pytest.approx(np.log(3.5 / 3.5) - np.log(1.5 / 5.5))
    assert all(c.log_odds.low is not None for c in compare(series, by="outlet").frame_contrasts)


def test_words_that_only_one_group_uses_come_first(harbour):
    words = compare(harbour, by="section").vocabulary[0].words
    assert words[0].word == "years"
    assert {w.word for w in words if w.z < -0.3} >= {"ferry", "fishing"}
    assert all(a.z >= b.z for a, b in pairwise(words))


def test_tokens_fold_case_and_possessives():
    assert tokens("Russia’s NATO-led 2014 “don't” Île") == ["russia", "nato-led", "don't", "île"]
    assert content_words("It is the alliance’s own") == ["alliance"]


# Claims


def test_claims_need_a_scorer_and_go_both_ways(harbour):
    scorer = FakeScorer()
    assert isinstance(scorer, Scorer)
    found = compare(harbour, by="section", scorer=scorer)
    disputes = [claim for claim in found.claims if claim.kind == "dispute"]
    assert (disputes[0].quote_a, disputes[0].quote_b) in {("harbour-p5", "harbour-i2"), ("harbour-p1", "harbour-i1")}
    assert all(Pair(pair.hypothesis, pair.premise) in scorer.seen for pair in scorer.seen)
    assert {claim.kind for claim in compare(harbour, by="section").claims} == {"opposed"}
    assert found.settings["entailment_model"] == "fake"


def test_candidates_are_pairs_of_two_groups_on_one_target(harbour):
    of = assign(harbour, "section").of
    quotes = {quote.id: quote for quote in harbour.quotes}
    stances = [label for label in harbour.labels if label.task == "stance"]
    found = candidates(stances, quotes, of, [(PORT, ISLANDS)])
    on = {(label.quote_id, label.target) for label in stances}
    assert all(of[c.quote_a.id] == PORT and of[c.quote_b.id] == ISLANDS for c in found)
    assert all((c.quote_a.id, c.target) in on and (c.quote_b.id, c.target) in on for c in found)
    assert [c.priority for c in found] == sorted((c.priority for c in found), reverse=True)


def test_common_ground_is_not_between_opposite_labels():
    words = "the tunnel will cost the islands a great deal of money"
    text = "T\n## One\n{{a|vale|direct|Tunnel={}||{}}}\n## Two\n{{b|osk|direct|Tunnel={}||{}}}\n"
    same = fabricated.run(("x", text.format("against", words, "against", words)))
    assert [c.kind for c in compare(same, by="section", scorer=FakeScorer()).claims] == ["agreement"]
    odd = fabricated.run(("x", text.format("against", words, "favor", words)))
    assert [c.kind for c in compare(odd, by="section", scorer=FakeScorer()).claims] == ["opposed"]


def test_a_pair_that_shares_targets_is_one_pair_under_the_target_it_divides_on():
    text = (
        "T\n## One\n{a|vale|direct|Tunnel=favor, Port=favor||the port will gain from every metre of it}\n"
        "## Two\n{b|osk|direct|Tunnel=neutral, Port=against||the port will lose whatever is dug}\n"
        "{c|lind|direct|Tunnel=neutral||the tunnel is a tunnel like others}\n"
    )
    found = compare(fabricated.run(("x", text)), by="section").claims
    assert [(c.kind, c.target, c.quote_a, c.quote_b) for c in found] == [("opposed", "Port", "x-a", "x-b")]


def test_what_one_speaker_says_twice_is_no_dispute_with_another():
    text = (
        "T\n## One\n{a|vale|direct|Tunnel=favor||the tunnel will be good for the port}\n"
        "## Two\n{b|vale|direct|Tunnel=against||the tunnel will not be good for the islands}\n"
    )
    assert compare(fabricated.run(("x", text)), by="section", scorer=FakeScorer()).claims == ()


def test_disputes_of_the_leading_pair_come_first_and_fragments_last():
    text = (
        "T\n## Background\n{z|brandt|direct|Tunnel=favor||the tunnel is the best thing that could happen to all of us}\n"
        "## The case for\n{a|vale|direct|Tunnel=favor||the tunnel will bring work to every street of this port}\n"
        "{b|tamm|direct|Tunnel=favor||a fine tunnel indeed}\n"
        "## The case against\n{c|osk|direct|Tunnel=against||we shall pay for it until our grandchildren are old}\n"
    )
    found = compare(fabricated.run(("x", text)), by="section").claims
    assert [(c.quote_a, c.quote_b) for c in found] == [("x-a", "x-c"), ("x-b", "x-c")]


def test_nothing_to_judge_is_no_error():
    _, dispute, agree = judge([], FakeScorer())
    assert (len(dispute), len(agree)) == (0, 0)


# Voices, networks


def test_words_of_a_quote_inside_a_quote_count_for_the_inner_speaker():
    outer = Quote("o", "d", "direct", "he told us it was over for good", (Span(0, 31),), speaker_id="a")
    inner = Quote("i", "d", "indirect", "it was over", (Span(11, 22),), speaker_id="b", parent_id="o")
    assert own_words([outer, inner]) == {"o": 5, "i": 3}


def test_shares_and_relays(harbour):
    found = compare(harbour, by="section")
    assert sum(voice.share for voice in found.voices) == pytest.approx(1)
    vale = next(voice for voice in found.voices if voice.name == "Ines Vale")
    assert (vale.quotes, vale.direct, vale.indirect, vale.relayed, vale.by_group) == (4, 2, 2, 1, {PORT: 4})
    assert [(r.relayer, r.speaker) for r in found.relays] == [("Jonas Tamm", "Ines Vale")]
    assert [side.side for side in found.sides] == ["Port", "Islands", "(no side listed)"]


def test_one_mode_networks_as_discourse_network_analyzer_defines_them():
    # Three speakers, three targets: 1 for, 0 against.
    positions = np.zeros((3, 3, 2))
    positions[0, 0, 0] = positions[0, 1, 1] = positions[0, 2, 0] = 1
    positions[1, 0, 0] = positions[1, 1, 0] = 1
    positions[2, 2, 1] = 1
    found = one_mode(positions)
    assert found["congruence"]["raw"][0, 1] == 1
    assert found["conflict"]["raw"][0, 1] == 1
    assert found["subtract"]["raw"][0, 2] == -1
    assert found["congruence"]["average"][0, 1] == pytest.approx(1 / 2.5)
    assert found["congruence"]["jaccard"][0, 1] == pytest.approx(1 / 4)
    assert found["congruence"]["cosine"][0, 1] == pytest.approx(1 / np.sqrt(6))
    for matrices in found.values():
        for matrix in matrices.values():
            assert np.allclose(matrix, matrix.T)
            assert not matrix.diagonal().any()


def test_pairs_name_what_speakers_agree_and_differ_on(harbour):
    pair = next(p for p in compare(harbour, by="section").pairs if {p.a, p.b} == {"Ines Vale", "Mira Oskarsen"})
    assert pair.differ_on == ("Ferry", "Port of Oster", "Sound Tunnel")
    assert pair.agree_on == ()
    assert pair.subtract["average"] == -1


def test_graphml_opens_elsewhere(harbour):
    networkx = pytest.importorskip("networkx")
    found = compare(harbour, by="section")
    files = graphml(found.signed)
    two_mode = networkx.parse_graphml(files["speaker_target"])
    assert {data["mode"] for _, data in two_mode.nodes(data=True)} == {"speaker", "target"}
    assert two_mode.number_of_edges() == len(found.signed)
    one = networkx.parse_graphml(files["speaker_speaker"])
    assert all("subtract_average" in data for *_, data in one.edges(data=True))


def test_graphml_survives_hostile_names(harbour):
    people = dict(harbour.speakers)
    people["vale"] = replace(people["vale"], name='<script>"&\x07')
    found = compare(replace(harbour, speakers=people), by="section")
    for text in graphml(found.signed).values():
        assert "<script>" not in text
        ET.fromstring(text)


# Time


@pytest.mark.parametrize(
    ("written", "bins", "wanted"),
    [
        ("2021-10-25T10:00:00Z", "month", "2021-10"),
        ("2021-10-25", "day", "2021-10-25"),
        ("25 October 2021", "quarter", "2021-Q4"),
        ("October 25, 2021", "year", "2021"),
        ("2021-01-03", "week", "2020-W53"),
        ("Mon, 25 Oct 2021 10:00:00 +0200", "month", "2021-10"),
        ("2021", "month", None),
        ("2021-10", "week", None),
        ("2021-13-40", "day", None),
        ("yesterday", "month", None),
        (None, "month", None),
    ],
)
def test_date_bins(written, bins, wanted):
    assert date_bin(written, bins) == wanted


def test_unknown_bins_are_refused(series):
    with pytest.raises(UsageError, match="day, week, month, quarter, year"):
        compare(series, by="outlet", bins="fortnight")
    assert parse_date("20211025")[1] == "day"


def test_timeline_where_documents_have_dates(harbour, series):
    assert compare(harbour, by="section").timeline == ()
    points = compare(series, by="outlet").timeline
    assert [p.bin for p in points] == sorted(p.bin for p in points)
    assert {p.group for p in compare(series, by="date").timeline} == {"all quotes"}


# The run as a whole


def test_overview_counts_the_whole_run(harbour):
    found = overview(harbour)
    assert found.contrasts == ()
    assert [group.quotes for group in found.groups] == [13]
    assert "13 quotes from 5 speakers" in found.headline


def test_overview_of_nothing():
    assert overview(RunData([], [], {}, [])).headline == "No quotation was found."
