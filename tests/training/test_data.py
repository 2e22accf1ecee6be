"""Reading, checking and splitting labelled rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from stance.errors import UsageError
from stance.training.data import BadRowsError, Example, folds, read, split
from tests.training.conftest import frame_rows, stance_rows, write

GOOD = [
    {"text": f"It is {word} {n}.", "target": "NATO", "label": label}
    for n in range(5)
    for word, label in (("good", "favor"), ("bad", "against"))
]


def test_rows_as_they_come(tmp_path) -> None:
    rows = [*GOOD, {**GOOD[0], "text": " It  is\ngood 9. ", "speaker": " Holt ", "note": 3}, {**GOOD[1], "label": None}]
    data = read(write(tmp_path / "a.jsonl", [*rows, GOOD[0]]), task="stance")
    assert len(data.examples) == 11
    assert (data.left_open, data.repeated) == (1, 1)
    assert (data.examples[-1].text, data.examples[-1].speaker) == ("It is good 9.", "Holt")
    assert data.counts == {"favor": 6, "against": 5}


def test_csv_and_parquet_give_the_same(tmp_path) -> None:
    import pandas

    frame = pandas.DataFrame(GOOD)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    first = read(write(tmp_path / "a.jsonl", GOOD), task="stance")
    for name in ("a.csv", "a.parquet"):
        assert read(str(tmp_path / name), task="stance").sha256 == first.sha256


def test_a_dataset(tmp_path) -> None:
    import datasets

    datasets.Dataset.from_list(GOOD).save_to_disk(str(tmp_path / "set"))
    assert len(read(f"hf:{tmp_path}/set", task="stance").examples) == 10


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"text": "x", "label": "favor"}, "row 11: no target; write"),
        ({"text": " ", "target": "NATO", "label": "favor"}, "row 11: no text; write"),
        ({"text": "x", "target": "NATO", "label": "for"}, "row 11: label 'for' is none of favor,"),
        ({"text": "x", "target": "NATO"}, "row 11: no label; write"),
        ({"text": "x", "target": "NATO", "label": ""}, "row 11: empty label; write one of favor,"),
        ({"text": "x", "target": "NATO", "label": ["favor"]}, "row 11: label ['favor'] is a list; write one of favor,"),
        ({**GOOD[0], "label": "against"}, "row 11: 'against' toward 'NATO', but the same text is 'favor' in row 1; decide"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_the_remedy(row, words, tmp_path) -> None:
    path = write(tmp_path / "a.jsonl", [*GOOD, row])
    with pytest.raises(BadRowsError) as caught:
        read(path, task="stance")
    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)
    assert str(caught.value).endswith("nothing was written")


def test_a_line_that_is_not_json(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(GOOD[0]) + "\n{broken\n", encoding="utf-8")
    with pytest.raises(BadRowsError, match=r"a\.jsonl:2: not JSON"):
        read(str(path), task="stance")


def test_every_bad_row_is_listed(tmp_path) -> None:
    path = write(tmp_path / "a.jsonl", [*GOOD, {"text": ""}, {"text": "x", "target": ""}])
    with pytest.raises(BadRowsError, match="2 of 12 rows") as caught:
        read(path, task="stance")
    assert [fault.row for fault in caught.value.faults] == [11, 12]
    one, two = caught.value.details
    assert one.endswith("row 11: no text; write it into the column `text`")
    assert "row 12: no target" in two


def test_rows_with_one_fault_share_a_line(tmp_path) -> None:
    bad = {"text": "x", "target": "NATO", "label": "pro"}
    rows = [*GOOD, *({**bad, "text": f"x{n}"} for n in range(3)), GOOD[0], {**bad, "text": "y"}, {**bad, "target": 5}]
    with pytest.raises(BadRowsError, match="5 of 16 rows") as caught:
        read(write(tmp_path / "a.jsonl", rows), task="stance")
    one, two = (line.split("a.jsonl: ")[1] for line in caught.value.details)
    assert one == "rows 11-13, 15: label 'pro' is none of favor, against, neutral"
    assert two == "row 16: target 5 is no text; write what the stance is toward into the column `target`"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "no rows"),
        (GOOD[:3], "3 usable rows; label at least 8"),
        ([{**row, "label": "favor"} for row in GOOD], "every row is 'favor'"),
        ([{**row, "label": None} for row in GOOD], "0 usable rows and 10 without a label"),
        (
            [*GOOD, {**GOOD[0], "text": "Hm.", "label": "neutral"}],
            "row 11: only this row is 'neutral'; label at least 2",
        ),
        ([{**row, "document_id": "one"} for row in GOOD], "all rows are of one document"),
    ],
)
def test_too_little(rows, words, tmp_path) -> None:
    with pytest.raises(UsageError, match=words):
        read(write(tmp_path / "a.jsonl", rows), task="stance")


def test_other_files(tmp_path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read("nowhere.jsonl", task="stance")
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="not a table"):
        read(str(tmp_path / "a.txt"), task="stance")
    with pytest.raises(UsageError, match="is a folder"):
        read(str(tmp_path), task="stance")
    with pytest.raises(UsageError, match="no column 'paper'"):
        read(write(tmp_path / "a.jsonl", GOOD), task="stance", split_by="paper")
    with pytest.raises(UsageError, match="--split-by label: is the label itself"):
        read(write(tmp_path / "a.jsonl", GOOD), task="stance", split_by="label")


@pytest.mark.parametrize(("rows", "task"), [(GOOD, "frame"), (frame_rows(), "stance")])
def test_rows_of_the_other_task(rows, task, tmp_path) -> None:
    other = "stance" if task == "frame" else "frame"
    with pytest.raises(
        UsageError, match=f"these are rows of --task {other}; pass that, or add .*; nothing was written"
    ):
        read(write(tmp_path / "a.jsonl", rows), task=task)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("quote,about,label", "no columns 'text', 'target'; there are 'quote', 'about', 'label'; rename"),
        ("It is good.,NATO,favor", "there are 'It is good.', 'NATO', 'favor'"),
        ("text,about,label", "no column 'target'; there are 'text', 'about', 'label'; rename"),
    ],
)
def test_a_table_with_other_columns_is_one_line(header, words, tmp_path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(header + "\n" + "".join(f"It is bad {n}.,NATO,against\n" for n in range(20)), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read(str(path), task="stance")
    assert words in str(caught.value)
    assert str(caught.value).endswith("nothing was written")


@pytest.mark.parametrize("labels", [5, [{"war": 1}], {"war": 1}, [None], 1.5])
def test_frames_of_another_type_are_named(labels, tmp_path) -> None:
    with pytest.raises(BadRowsError, match="row 61: labels are neither"):
        read(write(tmp_path / "a.jsonl", [*frame_rows(), {"text": "x", "labels": labels}]), task="frame")


def test_frames_with_and_without_a_codebook(tmp_path) -> None:
    path = write(tmp_path / "set.jsonl", frame_rows())
    data = read(path, task="frame")
    assert data.codebook is not None
    assert (data.codebook.name, data.codebook.ids) == ("set", ("money", "war"))
    with pytest.raises(BadRowsError) as caught:
        read(path, task="frame", codebook="policy_frames")
    assert "row 1: frame 'war' is none of economic" in str(caught.value.faults[0])
    with pytest.raises(BadRowsError, match="no labels"):
        read(write(tmp_path / "a.jsonl", [*frame_rows(), {"text": "x"}]), task="frame")


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["War"], "frame 'War' is 'war' in other rows; write it one way, or pass your codebook"),
        ("war, money", "frame 'war, money' is several; join them by `;`"),
    ],
)
def test_a_frame_written_differently(labels, words, tmp_path) -> None:
    with pytest.raises(BadRowsError, match=f"row 61: {words}"):
        read(write(tmp_path / "a.jsonl", [*frame_rows(), {"text": "x", "labels": labels}]), task="frame")


@pytest.mark.parametrize(("labels", "words"), [(["war", "money"], "2 frames"), ([], "no frames")])
def test_a_codebook_of_one_frame_a_text(labels, words, tmp_path) -> None:
    (tmp_path / "mine.yaml").write_text("name: mine\nmulti_label: false\nlabels: [war, money]\n")
    rows = [row for row in frame_rows() if len(row["labels"]) == 1]
    path = write(tmp_path / "a.jsonl", [*rows, {"text": "x", "labels": labels}])
    with pytest.raises(
        BadRowsError, match=f"row {len(rows) + 1}: {words}, but the codebook 'mine' has exactly one a text"
    ):
        read(path, task="frame", codebook=str(tmp_path / "mine.yaml"))


def test_documents_that_share_a_text_stay_together(tmp_path) -> None:
    rows = [{**row, "document_id": f"d{at}"} for at, row in enumerate(GOOD)]
    rows += [{**GOOD[0], "target": "Russia", "document_id": "d99"}]
    data = read(write(tmp_path / "a.jsonl", rows), task="stance")
    assert data.examples[0].group == data.examples[-1].group
    assert len({example.group for example in data.examples}) == 10


def examples(tmp_path: Any) -> tuple[Example, ...]:
    return read(write(tmp_path / "a.jsonl", stance_rows(120)), task="stance").examples


def test_folds_keep_documents_whole_and_classes_even(tmp_path) -> None:
    rows = examples(tmp_path)
    found = folds(rows, count=5, seed=1)
    assert sorted(at for fold in found for at in fold) == list(range(120))
    for fold in found:
        inside, outside = {rows[at].group for at in fold}, {rows[at].group for at in range(120) if at not in fold}
        assert not inside & outside
        counts = Counter(rows[at].label for at in fold)
        assert max(counts.values()) - min(counts.values()) <= 3
    assert folds(rows, count=5, seed=1) == found
    assert folds(rows, count=5, seed=2) != found


def test_no_document_is_on_two_sides(tmp_path) -> None:
    rows = examples(tmp_path)
    parts = split(rows, dev=0.15, test=0.15, seed=0)
    assert sorted(at for part in parts for at in part) == list(range(120))
    groups = [{rows[at].group for at in part} for part in parts]
    assert not (groups[0] & groups[1] or groups[0] & groups[2] or groups[1] & groups[2])
    for part in parts[1:]:
        assert 0.1 * 120 <= len(part) <= 0.25 * 120
        assert {rows[at].label for at in part} == {"favor", "against", "neutral"}


def test_too_few_documents_to_split(tmp_path) -> None:
    rows = [{**row, "document_id": f"d{at % 2}"} for at, row in enumerate(stance_rows(24))]
    data = read(write(tmp_path / "a.jsonl", rows), task="stance")
    with pytest.raises(UsageError, match="--method head"):
        split(data.examples, dev=0.15, test=0.15, seed=0)
