"""The whole line on articles of `corpora/`, as a user runs it: from the library and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import stance
from stance import finish, store
from stance.cli.main import main
from stance.errors import UsageError
from stance.run import Run

ARTICLES = Path(__file__).parents[1] / "corpora" / "articles"
STRAIT = ARTICLES / "strait-dispute.txt"


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "strait"
    stance.analyze([STRAIT, ARTICLES / "un-vote-explainer.md"], out=folder, frames=["generic_frames"])
    return folder


@pytest.fixture(scope="module")
def run(run_folder: Path) -> Run:
    return stance.load_run(run_folder)


def test_quotes_are_slices_of_their_document(run: Run) -> None:
    texts = {document.id: document.text for document in run.documents}
    assert len(run.quotes) > 20
    for quote in run.quotes:
        assert quote.text == " ".join(span.of(texts[quote.document_id]) for span in quote.content)
        for span in (*quote.content, quote.cue, quote.source):
            assert span is None or 0 <= span.start < span.end <= len(texts[quote.document_id])


def test_speakers_headings_and_labels_refer_to_each_other(run: Run) -> None:
    speakers = {speaker.id for speaker in run.speakers}
    assert len(speakers) == len(run.speakers)
    assert {quote.speaker_id for quote in run.quotes if quote.speaker_id} <= speakers
    quotes = {quote.id for quote in run.quotes}
    assert len(quotes) == len(run.quotes)
    assert {label.quote_id for label in run.labels} <= quotes
    headings = {quote.heading for quote in run.quotes if quote.document_id == STRAIT.stem}
    assert headings == {None, "How Norvale sees it", "How Sardany sees it"}


def test_labels_are_distributions(run: Run) -> None:
    for label in run.labels:
        assert all(0 <= score <= 1 for score in label.scores.values())
        if label.task == "stance":
            assert set(label.scores) == {"favor", "against", "neutral"}
            assert sum(label.scores.values()) == pytest.approx(1, abs=1e-3)
            assert label.label is None or label.scores[label.label] == max(label.scores.values())
        else:
            assert label.codebook == "generic_frames"
            assert set(label.labels) <= set(label.scores)


def test_the_manifest_says_what_another_needs(run_folder: Path) -> None:
    manifest = json.loads((run_folder / "run.json").read_text(encoding="utf-8"))
    assert {"version", "config", "inputs", "models", "seed", "packages", "device", "counts", "warnings"} <= set(
        manifest
    )
    assert [item["id"] for item in manifest["inputs"]] == ["strait-dispute", "un-vote-explainer"]
    assert all(len(model["sha256"]) == 64 for model in manifest["models"])
    assert str(Path.home()) not in json.dumps(manifest)


def test_two_runs_are_the_same_bytes_apart_from_the_times(run_folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    stance.analyze([STRAIT, ARTICLES / "un-vote-explainer.md"], out=again, frames=["generic_frames"])
    assert sorted(p.name for p in again.iterdir()) == sorted(p.name for p in run_folder.iterdir())
    for path in sorted(again.iterdir()):
        mine, other = path.read_text(encoding="utf-8"), (run_folder / path.name).read_text(encoding="utf-8")
        if path.name == "run.json":
            mine, other = (json.dumps({**json.loads(text), "started": 0, "seconds": 0}) for text in (mine, other))
        assert mine == other, path.name


def test_one_article_alone_or_among_others_gets_the_same_labels(run: Run) -> None:
    alone = stance.analyze(STRAIT, frames=["generic_frames"])
    together = [label for label in run.labels if label.document_id == STRAIT.stem]
    assert [(one.quote_id, one.target, one.label) for one in alone.labels] == [
        (one.quote_id, one.target, one.label) for one in together
    ]
    for one, other in zip(alone.labels, together, strict=True):
        assert dict(one.scores) == pytest.approx(dict(other.scores), abs=1e-4)


def test_the_steps_one_at_a_time() -> None:
    document = stance.read(STRAIT)
    labelled = stance.classify(stance.attribute(document), settings=stance.Settings(targets=("Norvale",), frames=()))
    assert {label.target for label in labelled.labels} == {"Norvale"}


def test_given_targets_only(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["analyze", str(STRAIT), "--target", "the naval base", "--frames", "none", "--format", "json", "--quiet"])
    assert not stop.value.code
    labels = json.loads(capsys.readouterr().out)["labels"]
    assert {label["target"] for label in labels} == {"the naval base"}


def test_the_summary_names_title_speakers_and_contrast(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["analyze", str(STRAIT), "--frames", "none"])
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "Can Brussels keep the peace in the Kestrel Strait?",
        "Danilo Presk",
        "Norvale",
        "favor",
        "against",
        "How Sardany sees it",
    ):
        assert words in shown


def test_report_and_summary_share_one_comparison(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Run] = []
    original = finish.default_comparison
    monkeypatch.setattr(finish, "default_comparison", lambda shown: made.append(shown) or original(shown))
    out = str(tmp_path / "run")
    with pytest.raises(SystemExit) as stop:
        main(["analyze", str(STRAIT), "-o", out, "--extractor", "rules", "--frames", "none"])
    assert not stop.value.code
    assert len(made) == 1


@pytest.mark.parametrize("suffix", [".html", ".md", ".json"])
def test_compare_writes_each_form(
    run_folder: Path, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"report{suffix}"
    groups = ["--group", "How Norvale sees it", "--group", "How Sardany sees it"]
    with pytest.raises(SystemExit) as stop:
        main(["compare", str(run_folder), "--by", "section", *groups, "-o", str(out)])
    assert not stop.value.code
    text = out.read_text(encoding="utf-8")
    assert "How Norvale sees it" in text
    assert "How Sardany sees it" in text
    assert capsys.readouterr().out.strip()
    if suffix == ".json":
        assert [group["name"] for group in json.loads(text)["groups"]] == ["How Norvale sees it", "How Sardany sees it"]


def test_an_unknown_group_names_those_there_are(run_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["compare", str(run_folder), "--group", "Nobody", "--group", "How Sardany sees it"])
    assert stop.value.code == 2
    line = capsys.readouterr().err
    assert "Nobody" in line
    assert "How Norvale sees it" in line


def test_bad_inputs_are_named_and_the_rest_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.txt").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(SystemExit) as stop:
        main(["analyze", str(tmp_path / "bad.txt"), str(STRAIT), "-o", str(tmp_path / "run"), "--frames", "none"])
    assert stop.value.code == 1
    assert "bad.txt" in capsys.readouterr().err
    (error,) = [
        json.loads(line) for line in (tmp_path / "run" / "errors.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert "bad.txt" in error["source"]
    assert "binary" in error["reason"]


def test_nothing_to_do_raises() -> None:
    with pytest.raises(UsageError):
        stance.analyze("nowhere.txt")


def test_a_roster_gives_canonical_speakers_and_sides() -> None:
    roster = Path(__file__).parents[1] / "configs" / "speakers" / "example.yaml"
    run = stance.analyze(STRAIT, frames=[], speakers_file=str(roster))
    sides = {speaker.name: speaker.side for speaker in run.speakers}
    assert sides["Ilse Vantongeren"] == "Norvale"
    assert sides["Danilo Presk"] == "Sardany"
    assert {group.name for group in run.compare("side").groups} == {"Norvale", "Sardany"}


def test_text_from_an_article_is_escaped_in_the_report(tmp_path: Path) -> None:
    text = (
        "Town <b>vote</b>\n\n“<script>alert(1)</script> is what they want,” said Ada Brink of <img src=x> on Tuesday.\n"
    )
    path = tmp_path / "x.txt"
    path.write_text(text, encoding="utf-8")
    stance.analyze(path, out=tmp_path / "run", frames=[])
    html = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in html
    assert "<img src=x>" not in html
    assert store.load(tmp_path / "run").documents[0].text == text
