"""What comes back from people's hands: files as each tool, a spreadsheet or an editor leaves them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from stance import exchange
from stance import run as runs
from stance.errors import InputError
from stance.loaders import from_text
from stance.run import Run
from stance.schema import Label, Quote, Span, Speaker

TEXT = (
    "Vor\u2028Ort 🏚️\n\n“He said ‘no \x0b way\u2028Tat all 🙃’,\tand left,” said O'Brien, <b>. “Line one\nline “two”\x0c three,” she said.\n\n"
    "“הגשר מסוכן 🌉,” said Noa.\n"
)
NAME = "Größe (2) & 50 %"
TARGET = 'the ministry, <Dept> & "Co"; a > b / c'


def span(words: str) -> Span:
    return Span(TEXT.index(words), TEXT.index(words) + len(words))


@pytest.fixture
def odd() -> Run:
    """Nested, broken by lines, with characters that XML forbids or that end lines elsewhere, names that need escaping."""
    document = from_text(TEXT, id=NAME)
    people = [Speaker("o-brien-b", "O'Brien, <b>"), Speaker("noa", "Noa"), Speaker("noa-2", "Noa")]

    def quote(number: int, words: str, **fields: Any) -> Quote:
        place = span(words)
        return Quote(
            f"{NAME}-q{number:03d}", NAME, "direct", words, (place,), heading=document.heading_at(place.start), **fields
        )

    outer = "He said ‘no \x0b way\u2028Tat all 🙃’,\tand left,"
    quotes = [
        quote(1, outer, cue=span("said O"), source=span("O'Brien, <b>"), speaker_id="o-brien-b", confidence=0.8125),
        quote(2, "no \x0b way\u2028Tat all 🙃", parent_id=f"{NAME}-q001", relayed_by="o-brien-b", confidence=0.5),
        quote(3, "Line one\nline “two”\x0c three,", speaker_id="o-brien-b"),
        quote(4, "הגשר מסוכן 🌉,", speaker_id="noa-2"),
    ]

    def stance(number: int, target: str, label: str | None) -> Label:
        scores = {"favor": 0.25, "against": 0.5, "neutral": 0.25}
        return Label(f"{NAME}-q{number:03d}", NAME, "stance", scores, target=target, label=label, classifier="embedded")

    frame = Label(
        f"{NAME}-q003",
        NAME,
        "frame",
        {"economic": 0.6},
        labels=("economic",),
        codebook="policy_frames",
        classifier="embedded",
    )
    labels = [stance(1, TARGET, "against"), stance(2, "a  b", None), frame, stance(4, "der Brücke 🌉", "against")]
    return runs.build([document], quotes, people, labels, (), {"version": "0", "seed": 0})


def came_back(run: Run, tool: str, path: Path) -> None:
    back = exchange.merge(run, exchange.read(tool, path, run))
    assert list(back.quotes) == list(run.quotes)
    assert list(back.labels) == list(run.labels)
    assert list(back.speakers) == list(run.speakers)


@pytest.mark.parametrize("tool", exchange.TOOLS)
def test_odd_characters_come_back(tool, odd, tmp_path) -> None:
    if tool == "inception":
        pytest.importorskip("cassis")
    path = tmp_path / "ä b.jsonl" if tool == "doccano" else tmp_path / f"ä b.{tool}"
    exchange.write(odd, tool, path)
    came_back(odd, tool, path)


def spreadsheet(
    path: Path, change: Any = lambda row: None, *, drop: tuple[str, ...] = (), encoding: str = "utf-8-sig"
) -> None:
    """A table as Excel saves it where the decimal mark is a comma: mark, semicolons, CRLF, an empty row at the end."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["confidence"] = row["confidence"].replace(".", ",")
        change(row)
    names = [name for name in rows[0] if name not in drop]
    with path.open("w", encoding=encoding, errors="replace", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=";", lineterminator="\r\n", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        writer.writerow(dict.fromkeys(names, ""))


def test_a_spreadsheet_changes_nothing(odd, run, tmp_path) -> None:
    for number, one in enumerate((odd, run)):
        path = tmp_path / f"{number}.csv"
        exchange.write(one, "csv", path)
        spreadsheet(path, drop=("text", "scores", "cue", "heading", "windows"))
        came_back(one, "csv", path)


def test_old_excel_loses_no_text(run, tmp_path) -> None:
    exchange.write(run, "csv", tmp_path / "a.csv")
    spreadsheet(tmp_path / "a.csv", encoding="cp1252")
    came_back(run, "csv", tmp_path / "a.csv")


def test_what_a_coder_writes_into_a_table(run, tmp_path) -> None:
    def code(row: dict[str, str]) -> None:
        if row["quote_id"] == "bridge-q004":
            row["speaker"] = "Zoe Vale"
            row["label"] = "neutral" if row["task"] == "stance" else "economic; morality"

    exchange.write(
        run, "csv", tmp_path / "a.csv", samples={"bridge-q001": "random p=0.5", "bridge-q004": "random p=0.5"}
    )
    spreadsheet(tmp_path / "a.csv", code)
    (coded,) = exchange.read("csv", tmp_path / "a.csv", run)
    assert coded.samples == {"bridge-q001": "random p=0.5", "bridge-q004": "random p=0.5"}
    back = exchange.merge(run, [coded])
    stance, frame = (label for label in back.labels if label.quote_id == "bridge-q004")
    assert (stance.label, stance.scores, stance.classifier) == ("neutral", {"neutral": 1.0}, None)
    assert frame.labels == ("economic", "morality")
    assert {s.id: s.name for s in back.speakers}[back.quotes[3].speaker_id] == "Zoe Vale"
    assert [la for la in back.labels if la.quote_id != "bridge-q004"] == [
        la for la in run.labels if la.quote_id != "bridge-q004"
    ]


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("label", "Favour", "row 1: label 'Favour' is none of favor, against, neutral; did you mean 'favor'"),
        ("task", "stnace", "row 1: task 'stnace' is none of stance, frame; did you mean 'stance'?"),
        ("task", "", "row 1: a label, but no task"),
        ("target", "", "row 1: no target"),
        ("kind", "quoted", "row 1: kind 'quoted' is none of"),
        ("content", "23", r"row 1: content '23' is no span; it must read \[start, end\]"),
        ("content", "[[3, 9999]]", r"row 1: content \[\[3, 9999\]\] lies outside the text"),
        ("document_id", "dam", "row 1: document 'dam' is not in the run"),
        ("quote_id", "", "row 1: no 'quote_id'"),
    ],
)
def test_a_row_that_cannot_be_used(column, value, words, run, tmp_path) -> None:
    done = []

    def change(row: dict[str, str]) -> None:
        if not done:
            row[column] = value
        done.append(row)

    exchange.write(run, "csv", tmp_path / "a.csv")
    spreadsheet(tmp_path / "a.csv", change)
    with pytest.raises(InputError, match=rf"a\.csv: {words}"):
        exchange.read("csv", tmp_path / "a.csv", run)


def test_two_codes_of_one_coder(run, tmp_path) -> None:
    path = tmp_path / "a.csv"
    exchange.write(run, "csv", path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1].replace(",favor,", ",against,")]), encoding="utf-8")
    with pytest.raises(InputError, match=r"another label of the same quotation and target than in row 1; keep one"):
        exchange.read("csv", path, run)


def test_brat_by_hand(run, tmp_path) -> None:
    exchange.write(run, "brat", tmp_path / "a")
    file = tmp_path / "a" / "bridge.ann"
    text = file.read_text(encoding="utf-8").replace("\tFavor ", "\tAgainst ").replace("\tNeutral ", "\tNuetral ")
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    (coded,) = exchange.read("brat", tmp_path / "a", run)
    assert coded.faults == ("bridge: 1 of type 'Nuetral' is none of " + coded.faults[0].partition("is none of ")[2],)
    assert coded.faults[0].endswith("did you mean 'Neutral'?; left out")
    back = exchange.merge(run, [coded])
    assert list(back.quotes) == list(run.quotes)
    assert [la.label for la in back.labels if la.target == "the bridge"] == ["against", None]
    file.write_bytes("T1\tCue 1 2\tü\n".encode("cp1252"))
    with pytest.raises(InputError, match=r"bridge\.ann: it or its .txt is not UTF-8"):
        exchange.read("brat", tmp_path / "a", run)


def test_brat_two_stances_toward_one_target(run, tmp_path) -> None:
    exchange.write(run, "brat", tmp_path / "a")
    file = tmp_path / "a" / "bridge.ann"
    with file.open("a", encoding="utf-8") as handle:
        handle.write(
            "T90\tAgainst 21 32\tThe bridge,\n#90\tAnnotatorNotes T90\tthe bridge\nR90\tStanceOf Arg1:T90 Arg2:T1\t\n"
        )
    (coded,) = exchange.read("brat", tmp_path / "a", run)
    (fault,) = coded.faults
    assert "favor and against toward 'the bridge'; keep one" in fault


def test_a_renamed_file_is_known_by_its_text(run, tmp_path) -> None:
    exchange.write(run, "brat", tmp_path / "a")
    for suffix in (".txt", ".ann"):
        (tmp_path / "a" / f"bridge{suffix}").rename(tmp_path / "a" / f"batch 1{suffix}")
    came_back(run, "brat", tmp_path / "a")
    (tmp_path / "a" / "batch 1.txt").write_text(TEXT * 5, encoding="utf-8")
    with pytest.raises(InputError, match="batch 1: the run has no such document"):
        exchange.read("brat", tmp_path / "a", run)


def test_label_studio_tasks_that_nobody_coded(run, tmp_path) -> None:
    """An export of a project half done must not give the model's own predictions as codes."""
    path = tmp_path / "a.json"
    exchange.write(run, "labelstudio", path)
    (task,) = json.loads(path.read_text(encoding="utf-8"))
    done = {**task, "id": 1, "annotations": [{"id": 5, "completed_by": 2, "result": task["predictions"][0]["result"]}]}
    done["predictions"] = [7]  # by number alone, as snapshots are
    path.write_text(json.dumps([done, {**task, "id": 2, "annotations": []}, {**task, "id": 3}]), encoding="utf-8")
    (coded,) = exchange.read("labelstudio", path, run)
    assert coded.annotator == "2"
    assert coded.faults == ("bridge: 2 of 3 tasks have no annotation yet; left out",)


def test_doccano_relabelled(run, tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    exchange.write(run, "doccano", path)
    row = json.loads(path.read_text(encoding="utf-8"))
    for one in row["entities"]:
        swap = {"favor > the bridge": "against > the bridge", "neutral > the ministry": "againts > the ministry"}
        one["label"] = swap.get(one["label"], one["label"])
    path.write_text(json.dumps(row, ensure_ascii=True) + "\r\n", encoding="utf-8")
    (coded,) = exchange.read("doccano", path, run)
    (fault,) = coded.faults
    assert fault.startswith("bridge: 1 labelled 'againts > the ministry' is none of direct,")
    assert next(la.label for la in coded.labels if la.target == "the bridge") == "against"


def packed(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_inception_as_it_is_exported(run, tmp_path) -> None:
    """One document; a project, in which each annotator's files are packed again; the same unpacked."""
    pytest.importorskip("cassis")
    exchange.write(run, "inception", tmp_path / "a")
    system, xmi = ((tmp_path / "a" / name).read_bytes() for name in ("TypeSystem.xml", "bridge.xmi"))
    one = tmp_path / "one.zip"
    one.write_bytes(packed(**{"bridge.xmi": xmi, "TypeSystem.xml": system}))
    came_back(run, "inception", one)
    changed = xmi.replace(b'value="favor"', b'value="against"').replace(b'value="neutral"', b'value="nuetral"')
    parts = {"ana.zip": changed, "INITIAL_CAS.zip": xmi}
    inner = {
        f"annotation/bridge.xmi/{name}": packed(**{"some name.xmi": data, "TypeSystem.xml": system})
        for name, data in parts.items()
    }
    project = tmp_path / "project.zip"
    project.write_bytes(packed(**inner, **{"exportedproject.json": b"{}"}))
    with zipfile.ZipFile(project) as archive:
        archive.extractall(tmp_path / "unpacked")
    for path in (project, tmp_path / "unpacked" / "annotation"):
        (coded,) = exchange.read("inception", path, run)
        assert coded.annotator == "ana"
        assert list(coded.quotes) == list(run.quotes)
        assert next(la.label for la in coded.labels if la.target == "the bridge") == "against"
        (fault,) = coded.faults
        assert "'nuetral' is none of" in fault


def test_inception_without_our_layers(run, tmp_path) -> None:
    cassis = pytest.importorskip("cassis")
    cas = cassis.Cas(typesystem=cassis.TypeSystem())
    cas.sofa_string, cas.sofa_mime = run.documents[0].text, "text/plain"
    (tmp_path / "a").mkdir()
    cas.to_xmi(tmp_path / "a" / "bridge.xmi")
    cas.typesystem.to_xml(tmp_path / "a" / "TypeSystem.xml")
    (coded,) = exchange.read("inception", tmp_path / "a", run)
    assert coded.quotes == ()
