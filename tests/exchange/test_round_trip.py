"""Every tool gives a run back as it was, and carries what annotators change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from stance import exchange
from stance.errors import InputError, UsageError
from stance.run import Run, build
from stance.schema import Label, Span

NAMES = {
    "labelstudio": "a.json",
    "doccano": "a.jsonl",
    "brat": "a",
    "inception": "a",
    "csv": "a.csv",
    "parquet": "a.parquet",
}
TOOLS = tuple(NAMES)


def place(tool: str, tmp_path: Path) -> Path:
    if tool == "inception":
        pytest.importorskip("cassis")
    return tmp_path / NAMES[tool]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_run_comes_back_as_it_was(tool, run, tmp_path) -> None:
    path = place(tool, tmp_path)
    exchange.write(run, tool, path)
    back = exchange.merge(run, exchange.read(tool, path, run))
    assert list(back.quotes) == list(run.quotes)
    assert list(back.labels) == list(run.labels)
    assert list(back.speakers) == list(run.speakers)
    assert list(back.documents) == list(run.documents)


@pytest.mark.parametrize("tool", TOOLS)
def test_the_file_alone_holds_places_speakers_and_labels(tool, run, tmp_path) -> None:
    """Into a run of the same article that has no quotations at all."""
    path = place(tool, tmp_path)
    exchange.write(run, tool, path)
    empty = build(run.documents, (), (), (), (), run.manifest)
    (coded,) = exchange.read(tool, path, empty)
    by_text = {quote.text: quote for quote in coded.quotes}
    names = {speaker.id: speaker.name for speaker in coded.speakers}
    for quote in run.quotes:
        found = next(q for q in coded.quotes if q.cue == quote.cue and q.kind == quote.kind)
        if "\n" not in quote.text:  # brat cuts at line ends
            assert by_text[quote.text].content == quote.content
            assert (found.source, found.kind) == (quote.source, quote.kind)
            if quote.speaker_id:
                assert names[found.speaker_id] == {s.id: s.name for s in run.speakers}[quote.speaker_id]
    nested = by_text["safe as houses 🏠"]
    assert nested.parent_id == next(q.id for q in coded.quotes if q.cue and q.kind == "indirect")
    stances = {(label.target, label.label) for label in coded.labels if label.task == "stance"}
    assert stances == {(label.target, label.label) for label in run.labels if label.task == "stance"}
    frames = {frame for label in coded.labels for frame in label.labels}
    assert frames == {"health_and_safety", "economic"}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_sample_leaves_the_rest_alone(tool, run, tmp_path) -> None:
    path = place(tool, tmp_path)
    samples = {"bridge-q001": "random p=0.4", "bridge-q003": "random p=0.4"}
    exchange.write(run, tool, path, samples=samples)
    (coded,) = exchange.read(tool, path, run)
    assert coded.samples == samples
    assert [quote.id for quote in coded.quotes] == list(samples)
    back = exchange.merge(run, [coded])
    assert list(back.quotes) == list(run.quotes)
    assert list(back.labels) == list(run.labels)
    dropped = exchange.merge(run, [coded], drop_missing=True)
    assert [quote.id for quote in dropped.quotes] == list(samples)
    rows = list(exchange.labelled_rows([coded], task="stance"))
    assert {row["sample"] for row in rows} == {"random p=0.4"}


@pytest.mark.parametrize("tool", exchange.ANNOTATION)
def test_a_named_annotator_stands_beside_the_classifier(tool, run, tmp_path) -> None:
    path = place(tool, tmp_path)
    exchange.write(run, tool, path)
    coded = exchange.read(tool, path, run, annotator="ana")
    back = exchange.merge(run, coded)
    assert [label for label in back.labels if label.annotator is None] == list(run.labels)
    own = [label for label in back.labels if label.annotator == "ana"]
    assert [(la.quote_id, la.target, la.label, set(la.labels)) for la in own] == [
        (la.quote_id, la.target, la.label, set(la.labels)) for la in run.labels
    ]
    again = tmp_path / "again" / NAMES[tool]
    again.parent.mkdir()
    exchange.write(back, tool, again, annotator="ana")
    once_more = exchange.merge(back, exchange.read(tool, again, back, annotator="ana"))
    assert list(once_more.labels) == list(back.labels)


def test_labelled_rows(run, tmp_path) -> None:
    exchange.write(run, "labelstudio", tmp_path / "a.json")
    coded = exchange.read("labelstudio", tmp_path / "a.json", run, annotator="ana")
    stance = list(exchange.labelled_rows(coded, task="stance"))
    assert [(row["target"], row["label"]) for row in stance] == [
        ("the bridge", "favor"), ("the ministry", "neutral"), ("the bridge", None), ("the ministry", "against"),
    ]  # fmt: skip
    assert stance[0]["speaker"] == "Ada Brink"
    assert stance[0]["annotator"] == "ana"
    assert stance[2]["context"].endswith("Tom Vale said Ms Brink had called it “safe as houses 🏠”.")
    frames = list(exchange.labelled_rows(coded, task="frame"))
    assert [row["labels"] for row in frames][:3] == [["health_and_safety"], [], ["health_and_safety", "economic"]]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_of_something_else(tool, run, tmp_path) -> None:
    path = place(tool, tmp_path)
    if tool in exchange.FOLDERS:
        path.mkdir()
    else:
        path.write_text('{"nothing": 1}\n', encoding="utf-8")
    with pytest.raises(InputError, match=str(path)):
        exchange.read(tool, path, run)


@pytest.mark.parametrize("tool", exchange.ANNOTATION)
def test_the_wrong_run(tool, run, tmp_path) -> None:
    path = place(tool, tmp_path)
    exchange.write(run, tool, path)
    other = build([replace(run.documents[0], text="Another text.")], (), (), (), (), {})
    with pytest.raises(InputError, match="differs from the run"):
        exchange.read(tool, path, other)


def test_a_place_that_is_taken(run, tmp_path) -> None:
    with pytest.raises(UsageError, match="is taken"):
        exchange.write(run, "brat", tmp_path)
    with pytest.raises(UsageError, match="no folder"):
        exchange.write(run, "csv", tmp_path / "no" / "a.csv")
    (tmp_path / "coded.csv").write_text("what a coder did")
    with pytest.raises(UsageError, match="is there already"):
        exchange.write(run, "csv", tmp_path / "coded.csv")
    assert (tmp_path / "coded.csv").read_text() == "what a coder did"
    with pytest.raises(UsageError, match="--run"):
        (tmp_path / "a.csv").write_text("")
        exchange.read("csv", tmp_path / "a.csv")


def changed(run: Run, number: int, **fields: object) -> Run:
    quotes = [replace(q, **fields) if at == number else q for at, q in enumerate(run.quotes)]  # type: ignore[arg-type]
    return build(run.documents, quotes, run.speakers, run.labels, (), run.manifest)


def test_a_moved_boundary_changes_that_quote_alone(run, tmp_path) -> None:
    exchange.write(run, "brat", tmp_path / "a")
    file = tmp_path / "a" / "bridge.ann"
    old = run.quotes[1].content[0]
    text = file.read_text(encoding="utf-8").replace(
        f"Indirect {old.start} {old.end}", f"Indirect {old.start + 3} {old.end}"
    )
    file.write_text(text, encoding="utf-8")
    back = exchange.merge(run, exchange.read("brat", tmp_path / "a", run))
    assert back.quotes[1].content == (Span(old.start + 3, old.end),)
    assert back.quotes[1].text == run.quotes[1].text[3:]
    assert [q for at, q in enumerate(back.quotes) if at != 1] == [q for at, q in enumerate(run.quotes) if at != 1]


def test_label_studio_counts_utf16_units(run, tmp_path) -> None:
    exchange.write(run, "labelstudio", tmp_path / "a.json")
    (task,) = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    text = task["data"]["text"].encode("utf-16-le")
    labels = [r for r in task["predictions"][0]["result"] if r["type"] == "labels"]
    assert len(labels) == 19
    for region in labels:
        value = region["value"]
        assert text[2 * value["start"] : 2 * value["end"]].decode("utf-16-le") == value["text"]
    config = (tmp_path / "a.xml").read_text(encoding="utf-8")
    assert 'value="policy_frames/health_and_safety"' in config


def test_label_studio_annotators_and_new_regions(run, tmp_path) -> None:
    path = tmp_path / "a.json"
    exchange.write(run, "labelstudio", path)
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    (prediction,) = task.pop("predictions")
    result = prediction["result"]
    for one in result:
        if one.get("id") == "bridge-q004/stance/0" and one["from_name"] == "stance":
            one["value"]["choices"] = ["neutral"]
    place = {"start": 0, "end": 8, "text": "A bridge"}
    new = [
        {"id": "x1", "from_name": "span", "to_name": "text", "type": "labels", "value": {**place, "labels": ["content"]}},
        {"id": "x1", "from_name": "kind", "to_name": "text", "type": "choices", "value": {**place, "choices": ["direct"]}},
        {"id": "x1", "from_name": "speaker", "to_name": "text", "type": "textarea", "value": {**place, "text": ["Zoe"]}},
        {"id": "x2", "from_name": "span", "to_name": "text", "type": "labels", "value": {**place, "labels": ["stance"]}},
        {"id": "x2", "from_name": "stance", "to_name": "text", "type": "choices", "value": {**place, "choices": ["favor"]}},
        {"id": "x2", "from_name": "target", "to_name": "text", "type": "textarea", "value": {**place, "text": ["bridges"]}},
        {"id": "x3", "from_name": "span", "to_name": "text", "type": "labels", "value": {**place, "labels": ["stance"]}},
    ]  # fmt: skip
    task["annotations"] = [
        {"completed_by": {"id": 3, "email": "ana@example.org"}, "result": result + new},
        {"completed_by": 7, "result": result},
        {"completed_by": 8, "result": [], "was_cancelled": True},
    ]
    path.write_text(json.dumps([task]), encoding="utf-8")
    ana, seven = exchange.read("labelstudio", path, run)
    assert (ana.annotator, seven.annotator) == ("ana@example.org", "7")
    (added,) = [quote for quote in ana.quotes if quote.text == "A bridge"]
    assert (added.id, added.speaker_id) == ("bridge-m001", "zoe")
    assert [(la.target, la.label) for la in ana.labels if la.quote_id == added.id] == [("bridges", "favor")]
    (fault,) = ana.faults
    assert "names no target" in fault
    back = exchange.merge(run, [ana, seven])
    said = {la.annotator: la.label for la in back.labels if la.quote_id == "bridge-q004" and la.task == "stance"}
    assert said == {None: "against", "ana@example.org": "neutral", "7": "neutral"}


def test_doccano_renumbers(run, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    exchange.write(run, "doccano", path)
    row = json.loads(path.read_text(encoding="utf-8"))
    text = row["text"].encode("utf-16-le")
    first = row["entities"][0]
    assert text[2 * first["start_offset"] : 2 * first["end_offset"]].decode("utf-16-le") == "The bridge,"
    for one in row["entities"]:
        one["id"] += 1000
    for one in row["relations"]:
        one["from_id"] += 1000
        one["to_id"] += 1000
    row["id"] = 55
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    back = exchange.merge(run, exchange.read("doccano", path, run))
    assert list(back.quotes) == list(run.quotes)
    assert list(back.labels) == list(run.labels)


def test_brat_files_are_well_formed(run, tmp_path) -> None:
    written = exchange.write(run, "brat", tmp_path / "a")
    assert [path.name for path in written] == ["annotation.conf", "bridge.txt", "bridge.ann"]
    text = written[1].read_text(encoding="utf-8")
    for line in written[2].read_text(encoding="utf-8").splitlines():
        key, head, *tail = line.split("\t")
        if key.startswith("T"):
            pieces = [tuple(map(int, p.split())) for p in head.partition(" ")[2].split(";")]
            assert " ".join(text[a:b] for a, b in pieces) == tail[0]
    conf = written[0].read_text(encoding="utf-8")
    for part in ("[entities]", "[relations]", "[attributes]", "[events]", "CueOf", "Abstained"):
        assert part in conf


def test_a_table_can_be_recoded(run, tmp_path) -> None:
    path = tmp_path / "a.csv"
    exchange.write(run, "csv", path)
    path.write_text(path.read_text(encoding="utf-8").replace(",against,", ",neutral,"), encoding="utf-8")
    back = exchange.merge(run, exchange.read("csv", path, run, annotator="ana"))
    own = [la for la in back.labels if la.annotator == "ana" and la.quote_id == "bridge-q004" and la.task == "stance"]
    assert [la.label for la in own] == ["neutral"]
    assert sum(la.annotator is None for la in back.labels) == len(run.labels)


def test_without_the_run_a_new_one_is_made(run, tmp_path) -> None:
    exchange.write(run, "labelstudio", tmp_path / "a.json")
    new = exchange.merge(None, exchange.read("labelstudio", tmp_path / "a.json"))
    assert [quote.content for quote in new.quotes] == [quote.content for quote in run.quotes]
    assert {s.name for s in new.speakers} == {"Ada Brink", "Tom Vale"}
    assert new.documents[0].sections
    assert isinstance(new.labels[0], Label)
