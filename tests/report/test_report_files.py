"""Tables and charts in files of their own."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET

import pytest

from stance.compare import RunData, compare
from stance.report import chart_files, charts, csv_text, files, render_markdown, tables
from stance.report.markdown import plain
from stance.schema import Document, Quote, Span, Speaker


def test_every_table_is_flat(harbour, comparison):
    found = tables(harbour, comparison)
    for name, rows in found.items():
        for row in rows:
            assert all(value is None or isinstance(value, (str, int, float)) for value in row.values()), (name, row)
    assert len(found["quotes"]) >= len(harbour.quotes)
    assert {row["stance"] for row in found["quotes"]} == {"favor", "against", "neutral", "abstained"}
    first = found["contrasts"][0]
    assert (first["target"], first["difference"]) == ("Sound Tunnel", 1.75)
    assert {"difference_low", "difference_high", "difference_method", "p", "q", "carriers"} <= set(first)
    assert {"text_a", "text_b", "score"} <= set(found["claims"][0])


def test_offsets_in_the_table_lead_to_the_words(harbour, comparison):
    text = harbour.documents[0].text
    for row in tables(harbour, comparison)["quotes"]:
        assert text[row["start"] : row["end"]] == row["text"]


def test_the_spans_of_a_split_quotation_lead_to_its_words():
    text = "“Two years of dust,” Berg said. “And then what?”"
    quote = Quote("q", "d", "direct", "Two years of dust And then what?", (Span(1, 18), Span(33, 47)), speaker_id="b")
    data = RunData([Document("d", text)], [quote], {"b": Speaker("b", "Ada Berg")}, [])
    (row,) = tables(data, None)["quotes"]
    spans = [tuple(map(int, span.split(":"))) for span in row["spans"].split()]
    assert " ".join(text[start:end] for start, end in spans) == row["text"]


def test_every_speaker_has_a_count_for_every_group_in_their_order(harbour, comparison):
    wanted = [f"by_group_{group.name}" for group in comparison.groups]
    for row in tables(harbour, comparison)["speakers"]:
        assert [name for name in row if name.startswith("by_group_")] == wanted
        assert all(isinstance(row[name], int) for name in wanted)


def test_csv_round_trip_and_formulas_are_defused():
    rows = [{"a": "=HYPERLINK(1)", "b": -1.5}, {"a": 'x,"y"\nz', "b": None, "c": "@x"}]
    for start in "=+-@\t\r\n＝＋－＠":
        assert csv_text([{"a": f"{start}cmd|' /C calc'!A0"}]).split("\r\n", 1)[1].lstrip('"').startswith("'")
    assert csv_text([{"a": "one\x00\x1b[31mtwo"}]) == "a\r\none[31mtwo\r\n"
    read = list(csv.DictReader(io.StringIO(csv_text(rows), newline="")))
    assert read[0] == {"a": "'=HYPERLINK(1)", "b": "-1.5", "c": ""}
    assert read[1] == {"a": 'x,"y"\nz', "b": "", "c": "'@x"}


def test_charts_are_well_formed_and_named(harbour, comparison, series):
    found = charts(harbour, comparison)
    assert {"stance", "frames-1", "words-1", "voices", "heatmap", "network"} <= set(found)
    assert "timeline" in charts(series, compare(series, by="outlet"))
    for picture in found.values():
        root = ET.fromstring(picture)
        assert root.find("{http://www.w3.org/2000/svg}title").text


def test_charts_of_hostile_text_are_well_formed(hostile):
    for by in ("section", "outlet"):
        for picture in charts(hostile, compare(hostile, by=by)).values():
            root = ET.fromstring(picture)
            assert not [e for e in root.iter() if e.tag.endswith(("script", "img"))]


def test_the_run_as_a_whole_has_charts_and_tables(harbour):
    assert "stance" in charts(harbour, None)
    assert tables(harbour, None)["contrasts"] == []


def test_files_as_svg_and_png(harbour, comparison):
    assert chart_files(harbour, comparison)["stance.svg"].startswith(b"<?xml")
    pytest.importorskip("resvg_py")
    assert chart_files(harbour, comparison, "png")["stance.png"].startswith(b"\x89PNG")


def test_everything_beside_a_report(harbour, comparison):
    found = files(harbour, comparison)
    assert {"tables/stance.csv", "tables/quotes.csv", "charts/stance.svg", "networks/speaker_speaker.graphml"} <= set(
        found
    )
    assert found["tables/stance.csv"].startswith(b"\xef\xbb\xbf")


def test_json_tables_and_markdown_count_the_same(harbour, comparison):
    cells = comparison.to_json()["cells"]
    rows = list(csv.DictReader(io.StringIO(csv_text(tables(harbour, comparison)["stance"]), newline="")))
    assert [(r["group"], r["target"], int(r["favor"]), int(r["against"])) for r in rows] == [
        (c["group"], c["target"], c["favor"], c["against"]) for c in cells
    ]
    text = render_markdown(harbour, comparison)
    for cell in cells:
        counts = f"{cell['against']} | {cell['neutral']} | {cell['favor']} | {cell['abstained']}"
        assert f"| {plain(cell['target'])} | “{plain(cell['group'])}” | {counts} |" in text
    numbers = {row["number"]: row["quote_id"] for row in tables(harbour, comparison)["quotes"]}
    assert len(numbers) == len(harbour.quotes)
    assert all(f"\\[{number}\\]" in text for number in numbers)


def test_the_summary_holds_the_answer_and_its_limits(harbour, comparison):
    rows = tables(harbour, comparison)["summary"]
    found = {row["item"]: row["value"] for row in rows}
    assert found["headline"] == comparison.headline
    assert found["facing quotes"] == f"{comparison.facing.quote_a} {comparison.facing.quote_b}"
    assert found["quotes"] == 13
    assert [row["value"] for row in rows if row["item"] == "warning"] == list(comparison.coverage.warnings)
