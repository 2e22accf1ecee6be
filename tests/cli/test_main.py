"""The command line as a user meets it: what it loads, what it says, how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stance.cli.main import COMMANDS, main

HEAVY = (
    "torch",
    "transformers",
    "datasets",
    "spacy",
    "sklearn",
    "pandas",
    "scipy",
    "onnxruntime",
    "trafilatura",
    "altair",
)


def stance(*arguments: str, stdin: bytes | None = None, cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    offline = {**os.environ, "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "stance", *arguments]
    return subprocess.run(command, input=stdin, cwd=cwd, env=offline, capture_output=True, timeout=120)


@pytest.mark.parametrize(("typed", "meant"), [("analyse", "analyze"), ("quote", "quotes"), ("fine-tune", "finetune")])
def test_a_mistyped_command_is_answered_with_the_one_meant(
    typed: str, meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([typed, "article.txt"])
    assert stop.value.code == 2
    assert f"No such command {typed!r}; did you mean {meant!r}?" in capsys.readouterr().err


def one_line(done: subprocess.CompletedProcess[bytes]) -> str:
    text = done.stderr.decode()
    assert "Traceback" not in text
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


@pytest.mark.parametrize("arguments", [["--help"], ["analyze", "--help"], ["quotes", "--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = (
        f"import sys\nfrom stance.cli.main import main\ntry:\n    main({arguments!r})\nexcept SystemExit as stop:\n    assert not stop.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.stderr.decode().strip() == "[]"


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = f"import sys, stance\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).stdout.decode().strip() == "[]"


def test_every_command_has_help_and_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f"stance {name}" in readme, f"README.md does not mention stance {name}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze", "nowhere.txt"], ["nowhere.txt", "no such file"]),
        (["analyze", "empty-folder"], ["empty-folder", "no readable files"]),
        (["analyze", "a.txt", "--frames", "no_such_codebook"], ["no_such_codebook", "policy_frames"]),
        (["analyze", "a.txt", "--frames", "broken.yaml"], ["broken.yaml:", "malformed YAML"]),
        (["analyze", "a.txt", "--frames", "field.yaml"], ["field.yaml:3", "labels[0]", "nmae"]),
        (["analyze", "a.txt", "--targets", "targets.yaml"], ["targets.yaml:2", "targets[0].knid", "unknown key"]),
        (["analyze", "a.txt", "--speakers", "none.yaml"], ["none.yaml", "cannot be read"]),
        (["analyze", "a.txt", "--target", " "], ["--target", "empty"]),
        (["analyze", "a.txt", "--model", "no-such-folder/model"], ["no-such-folder/model"]),
        (["analyze", "a.txt", "--model", "empty-folder"], ["empty-folder"]),
        (["analyze", "a.txt", "--device", "abacus"], ["--device abacus", "cuda", "--device cpu"]),
        (["analyze", "a.txt", "-o", "taken.txt"], ["taken.txt", "is a file"]),
        (["compare", "empty-folder"], ["empty-folder", "not a run folder"]),
        (["classify", "none.jsonl"], ["none.jsonl", "no such file"]),
        (["models", "show", "nothing"], ["nothing", "embedded"]),
    ],
)
def test_wrong_usage_is_one_line_with_the_remedy_and_status_2(
    arguments: list[str], words: list[str], tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("“It is over,” said Ada Brink of the talks on Tuesday.\n", encoding="utf-8")
    (tmp_path / "taken.txt").write_text("x", encoding="utf-8")
    (tmp_path / "empty-folder").mkdir()
    (tmp_path / "broken.yaml").write_text("name: x\nlabels: [a, b\n", encoding="utf-8")
    (tmp_path / "field.yaml").write_text("name: x\nlabels:\n  - nmae: conflict\n", encoding="utf-8")
    (tmp_path / "targets.yaml").write_text("targets:\n  - {name: NATO, knid: entity}\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    done = stance(*arguments, cwd=tmp_path)
    line = one_line(done)
    for word in words:
        assert word in line
    assert done.returncode == 2
    assert done.stdout == b""
    assert sorted(tmp_path.rglob("*")) == before


def test_a_gpu_that_onnx_runtime_cannot_use_is_one_line_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import onnxruntime

    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    (tmp_path / "a.txt").write_text("“It is over,” said Ada Brink of the talks on Tuesday.\n", encoding="utf-8")
    with pytest.raises(SystemExit) as stop:
        main(["analyze", str(tmp_path / "a.txt"), "--device", "cuda"])
    (line,) = capsys.readouterr().err.splitlines()
    assert stop.value.code == 2
    assert all(word in line for word in ("--device cuda", "onnxruntime-gpu", "--device cpu"))


@pytest.mark.parametrize(("name", "data"), [("empty.txt", b""), ("binary.txt", b"\x89PNG\r\n\x1a\n\0\0")])
def test_an_unusable_input_alone_is_status_1_and_leaves_no_folder(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    done = stance("analyze", name, "-o", "run", cwd=tmp_path)
    assert name in one_line(done)
    assert done.returncode == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_quotes_from_standard_input() -> None:
    text = "“The bridge is safe,” said Ada Brink, the town engineer. Tom Vale said that it was not.\n"
    done = stance("quotes", "-", stdin=text.encode())
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(row["kind"], row["speaker"]["name"]) for row in rows] == [
        ("direct", "Ada Brink"),
        ("indirect", "Tom Vale"),
    ]
    for row in rows:
        assert row["text"] == " ".join(text[start:end] for start, end in row["content"])
    assert done.returncode == 0


def test_classify_keeps_columns_and_names_bad_rows(tmp_path: Path) -> None:
    rows = [{"text": "The treaty is a disgrace.", "target": "the treaty", "page": 4}, {"text": "Good.", "page": 5}]
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    done = stance("classify", str(path))
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["page"] == 4
    assert set(first["scores"]) == {"favor", "against", "neutral"}
    assert sum(first["scores"].values()) == pytest.approx(1, abs=1e-3)
    assert (second["page"], second["predicted"]) == (5, None)
    assert "row 2" in one_line(done)
    assert "no target" in one_line(done)
    assert done.returncode == 1
