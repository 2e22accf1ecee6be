"""From rows to a folder that works everywhere."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from stance import classifiers, codebook
from stance.classifiers.base import Pair
from stance.classifiers.embedded import EmbeddedScorer
from stance.classifiers.finetuned import FinetunedScorer
from stance.classifiers.hub import HubScorer
from stance.classifiers.packed import write as write_packed
from stance.classifiers.rows import label as label_rows
from stance.classifiers.trained import mismatch, mismatches
from stance.errors import ModelError, UsageError
from stance.training import save
from stance.training.arguments import Arguments
from stance.training.finetune import check_labels, finetune
from tests.training.conftest import base_model, frame_rows, stance_rows, write

PAIRS = [Pair(row["text"], "the speaker supports the treaty.") for row in stance_rows(30)]
FRAMES = [Pair(row["text"], "the quote is about money.") for row in frame_rows(12)]


@pytest.fixture(scope="module")
def head(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("head")
    finetune(write(folder / "rows.jsonl", stance_rows()), folder / "m", Arguments(base=base, method="head"))
    return folder / "m"


@pytest.fixture(scope="module")
def frame_head(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("frames")
    rows = write(folder / "topics.jsonl", frame_rows())
    finetune(rows, folder / "m", Arguments(task="frame", base=base, method="head"))
    return folder / "m"


@pytest.fixture(scope="module")
def full(base: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    arguments = Arguments(base=base, method="full", epochs=6, learning_rate=3e-3, batch_size=8, device="cpu")
    finetune(write(folder / "rows.jsonl", stance_rows()), folder / "m", arguments, command="stance finetune rows.jsonl")
    return folder / "m"


@pytest.mark.parametrize("method", ["head", "full"])
def test_a_packed_base_can_be_tuned(method, tmp_path) -> None:
    packed = base_model(tmp_path / "packed", mpnet=True)
    weights = load_file(str(packed / "model.safetensors"))
    for name in ("model.onnx", "model.safetensors"):
        (packed / name).unlink()
    write_packed(weights, packed)
    labels = ["entailment", "neutral", "contradiction"]
    save.write_meta(packed, {"name": "larger", "weights": "packed1.safetensors", "labels": labels, "window": 64})
    arguments = Arguments(base=str(packed), method=method, epochs=4, learning_rate=3e-3, batch_size=8, device="cpu")
    told = finetune(write(tmp_path / "rows.jsonl", stance_rows()), tmp_path / "m", arguments)
    assert told["training"]["base"]["name"] == "larger"
    assert told["figures"]["model"]["accuracy"] > told["figures"]["baseline"]["accuracy"]
    ours = classifiers.load(str(tmp_path / "m")).score(PAIRS, task="stance").probabilities
    assert HubScorer(str(tmp_path / "m")).score(PAIRS, task="stance").probabilities == pytest.approx(ours, abs=0.1)


def test_torch_and_onnx_read_a_long_premise_in_the_same_windows(base, tmp_path) -> None:
    folder = Path(shutil.copytree(base, tmp_path / "b"))
    save.write_meta(folder, {**meta(folder), "window": 32})
    long = [Pair("The harbour is full and the ships wait. " * 60, "Berg supports the harbour.")]
    ours, theirs = classifiers.load(str(folder)).score(long), HubScorer(str(folder)).score(long)
    assert ours.windows[0] == theirs.windows[0] > HubScorer(str(base)).score(long).windows[0]


def meta(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    return found


def test_a_head_learns_and_says_so(head) -> None:
    figures = meta(head)["figures"]
    assert figures["model"]["accuracy"] > 0.9 > figures["baseline"]["accuracy"]
    assert figures["comparison"]["mcnemar"]["only_first_right"] > 20
    assert not head.with_name("m.partial").exists()


def test_a_head_is_a_model_like_any_other(head) -> None:
    scorer = classifiers.load(str(head))
    assert isinstance(scorer, FinetunedScorer)
    given = [row["predicted"] for row, _ in label_rows(scorer, stance_rows(30), task="stance")]
    right = [row["label"] for row in stance_rows(30)]
    assert np.mean([a == b for a, b in zip(given, right, strict=True)]) > 0.9
    assert scorer.score([]).probabilities.shape == (0, 3)
    together = scorer.score(PAIRS, task="stance").probabilities
    assert together.sum(axis=1) == pytest.approx(np.ones(30))
    assert scorer.score(PAIRS[3:4], task="stance").probabilities[0] == pytest.approx(together[3], abs=1e-9)


def test_what_was_not_trained_keeps_its_zero_shot_answer(head, frame_head, base) -> None:
    before = HubScorer(base)
    for folder, pairs, task in ((head, FRAMES, "frame"), (head, PAIRS, "entailment"), (frame_head, PAIRS, "stance")):
        after = classifiers.load(str(folder))
        untouched = before.score(pairs, task=task).probabilities
        assert after.score(pairs, task=task).probabilities == pytest.approx(untouched, abs=0.02)
    other = [Pair(pair.premise, "the quote is about soldiers.") for pair in FRAMES]
    found = classifiers.load(str(frame_head)).score(other, task="frame").probabilities
    assert found == pytest.approx(before.score(other, task="frame").probabilities, abs=0.02)


def test_plain_transformers_gives_the_heads_answers(head) -> None:
    ours = classifiers.load(str(head)).score(PAIRS, task="stance").probabilities
    theirs = HubScorer(str(head)).score(PAIRS).probabilities
    assert (ours.argmax(axis=1) == theirs.argmax(axis=1)).all()
    assert theirs == pytest.approx(ours, abs=0.02)


def test_a_base_with_its_labels_in_another_order(tmp_path) -> None:
    base = base_model(tmp_path / "base", labels=("contradiction", "entailment", "neutral"))
    rows = write(tmp_path / "rows.jsonl", stance_rows(36))
    finetune(rows, tmp_path / "m", Arguments(base=str(base), method="head"))
    ours = classifiers.load(str(tmp_path / "m")).score(PAIRS, task="stance").probabilities
    theirs = HubScorer(str(tmp_path / "m")).score(PAIRS).probabilities
    assert theirs == pytest.approx(ours, abs=0.02)


def test_two_processes_give_the_same_bits_without_torch(head) -> None:
    code = (
        "import sys; from stance.classifiers import load; from stance.classifiers.base import Pair\n"
        f"pairs = [Pair(*pair) for pair in {[tuple(pair) for pair in PAIRS]!r}]\n"
        f"print(load({str(head)!r}).score(pairs, task='stance').probabilities.tobytes().hex())\n"
        "print([name for name in ('torch', 'transformers', 'sklearn', 'scipy') if name in sys.modules])"
    )
    first, second = (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    )
    assert first == second
    assert first.splitlines()[1] == "[]"


def test_a_head_on_torch_alone(base, tmp_path) -> None:
    """A base without ONNX: any transformers model."""
    plain = tmp_path / "plain"
    shutil.copytree(base, plain, ignore=shutil.ignore_patterns("*.onnx", "meta.json"))
    made = finetune(
        write(tmp_path / "a.jsonl", stance_rows(36)), tmp_path / "m", Arguments(base=str(plain), method="head")
    )
    assert made["figures"]["model"]["accuracy"] > 0.8
    scorer = classifiers.load(str(tmp_path / "m"))
    ours = scorer.score(PAIRS, task="stance").probabilities
    assert HubScorer(str(tmp_path / "m")).score(PAIRS).probabilities == pytest.approx(ours, abs=1e-4)
    untouched = HubScorer(str(plain)).score(FRAMES).probabilities
    assert scorer.score(FRAMES, task="frame").probabilities == pytest.approx(untouched, abs=1e-4)


def test_frames(frame_head) -> None:
    found = meta(frame_head)
    assert found["figures"]["model"]["micro_f1"] > found["figures"]["baseline"]["micro_f1"]
    book = codebook.load(frame_head / "codebook.yaml")
    assert book.ids == ("money", "war")
    assert {label.id: label.threshold for label in book.labels} == found["thresholds"]
    scorer = classifiers.load(str(frame_head))
    given = [set(row["predicted"]) for row, _ in label_rows(scorer, frame_rows(24), task="frame", codebook=book)]
    right = [set(row["labels"]) for row in frame_rows(24)]
    assert np.mean([a == b for a, b in zip(given, right, strict=True)]) > 0.7


def test_full_is_an_ordinary_model(full) -> None:
    found = meta(full)
    scorer = classifiers.load(str(full))
    assert isinstance(scorer, EmbeddedScorer)
    assert found["training"]["run"]["onnx_agrees_with_torch"] >= 0.995
    given = scorer.score(PAIRS, task="stance").probabilities.argmax(axis=1)
    torch = HubScorer(str(full)).score(PAIRS, task="stance").probabilities.argmax(axis=1)
    assert (given == torch).all()
    right = [{"favor": 0, "neutral": 1, "against": 2}[row["label"]] for row in stance_rows(30)]
    assert (given == right).mean() > 0.8
    split = found["training"]["split"]
    assert split["train"] + split["development"] + split["test"] == 72


def test_full_for_frames(base, tmp_path) -> None:
    arguments = Arguments(
        task="frame",
        base=base,
        method="full",
        epochs=3,
        learning_rate=3e-3,
        batch_size=16,
        device="cpu",
        balanced=False,
    )
    made = finetune(write(tmp_path / "a.jsonl", frame_rows()), tmp_path / "m", arguments)
    assert set(made["thresholds"]) == {"money", "war"}
    assert classifiers.load(str(tmp_path / "m")).score(FRAMES, task="frame").probabilities.shape == (12, 3)


@pytest.mark.parametrize("kind", ["head", "full"])
def test_the_folder(kind, head, full) -> None:
    folder = {"head": head, "full": full}[kind]
    names = {path.name for path in folder.iterdir()}
    assert {"model.safetensors", "model.onnx", "config.json", "tokenizer.json", "meta.json", "README.md"} <= names
    assert not [name for name in names if name.endswith((".pkl", ".pt", ".bin", ".pth", ".joblib"))]
    found = meta(folder)
    assert (found["label_names"], found["method"]) == (["favor", "against", "neutral"], kind)
    assert found["templates"] == ["{speaker} supports {target}."]
    assert found["training"]["data"]["rows"] == 72
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\nlicense: mit\n")
    for words in (found["training"]["data"]["sha256"], "macro f1", "zero-shot", "split", found["training"]["date"]):
        assert words in card
    assert str(folder.parent) not in card


def test_damaged_heads_are_refused(head, tmp_path) -> None:
    copy = tmp_path / "m"
    shutil.copytree(head, copy)
    (copy / "heads.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError, match="sha256"):
        classifiers.load(str(copy))


@pytest.mark.parametrize("name", ["heads.safetensors", "model.onnx", "tokenizer.json", "meta.json"])
def test_a_folder_with_a_file_missing_is_refused(name, head, tmp_path) -> None:
    copy = tmp_path / "m"
    shutil.copytree(head, copy)
    (copy / name).unlink()
    with pytest.raises(ModelError, match=rf"{name}.*is missing"):
        classifiers.load(str(copy))


@pytest.mark.parametrize("name", ["model.safetensors", "model.onnx", "config.json", "tokenizer.json", "meta.json"])
@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_damaged_base_is_refused_before_anything_is_written(name, content, base, tmp_path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(base, copy)
    (copy / name).unlink()
    if content:
        (copy / name).write_bytes(content)
    rows = write(tmp_path / "a.jsonl", stance_rows(24))
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        finetune(rows, tmp_path / "m", Arguments(base=str(copy), method="head"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.jsonl", "b"]


def test_weights_that_are_altered_are_refused_by_torch_too(base, tmp_path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(base, copy)
    (copy / "model.onnx").unlink()
    save.rehash(copy)
    assert classifiers.load(str(copy)).info.path == str(copy)
    (copy / "model.safetensors").write_bytes((copy / "model.safetensors").read_bytes()[:-1] + b"?")
    with pytest.raises(ModelError, match=r"model\.safetensors: sha256"):
        classifiers.load(str(copy))


@pytest.mark.parametrize("wrong", [{"sha256": 5}, {"calibration": []}])
def test_a_meta_of_another_shape(wrong, base, tmp_path) -> None:
    copy = tmp_path / "b"
    shutil.copytree(base, copy)
    (copy / "meta.json").write_text(json.dumps(meta(copy) | wrong), encoding="utf-8")
    with pytest.raises(ModelError, match=f"{next(iter(wrong))} is not a JSON object"):
        classifiers.load(str(copy))


def test_a_model_asked_for_what_it_was_not_trained_for(base, head, frame_head) -> None:
    assert mismatch(str(base), "frame") is None  # not fine-tuned: as good for any task
    assert mismatch(str(head), "stance") is None
    assert "was fine-tuned for --task stance; for frame" in str(mismatch(str(head), "frame"))
    found = str(mismatch(str(frame_head), "frame", codebook.load("policy_frames")))
    assert found.endswith(f"pass --frames {frame_head}/codebook.yaml")
    own, shipped = codebook.load(frame_head / "codebook.yaml"), codebook.load("policy_frames")
    assert mismatch(str(frame_head), "frame", own) is None
    assert mismatches(str(head), [shipped]) == []  # every run asks for frames
    assert ["for stance" in note for note in mismatches(str(frame_head), [own, shipped])] == [True]
    assert ["for stance" in note for note in mismatches(str(frame_head), [shipped])] == [True, False]


def test_a_frame_of_one_row_is_told(base, tmp_path) -> None:
    rows = write(tmp_path / "a.jsonl", [*frame_rows(), {"text": "a bridge", "labels": ["bridges"]}])
    found = finetune(rows, tmp_path / "m", Arguments(task="frame", base=base, method="head"))
    assert found["figures"]["notes"][-1] == "In one row only, so not both learnt and measured: bridges."


def test_the_same_rows_give_the_same_head(base, head, tmp_path) -> None:
    finetune(write(tmp_path / "rows.jsonl", stance_rows()), tmp_path / "m", Arguments(base=base, method="head"))
    assert (tmp_path / "m" / "heads.safetensors").read_bytes() == (head / "heads.safetensors").read_bytes()


def test_places_and_bases(base, head, tmp_path) -> None:
    rows = write(tmp_path / "a.jsonl", stance_rows(24))
    with pytest.raises(UsageError, match="--overwrite"):
        finetune(rows, head, Arguments(base=base))
    with pytest.raises(UsageError, match="is a file"):
        finetune(rows, rows, Arguments(base=base))
    with pytest.raises(ModelError, match="no such model folder"):
        finetune(rows, tmp_path / "m", Arguments(base="./nowhere"))
    with pytest.raises(ModelError, match="start from its own base"):
        finetune(rows, tmp_path / "m", Arguments(base=str(head)))
    with pytest.raises(UsageError, match="is the --base itself"):
        finetune(rows, base, Arguments(base=base), overwrite=True)
    assert "heads.safetensors" not in {path.name for path in Path(base).iterdir()}
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize(("name", "value"), [("epochs", 0), ("learning_rate", 0.0), ("dev_share", 0.7)])
def test_arguments(name, value) -> None:
    with pytest.raises(UsageError):
        Arguments(**{name: value})


def test_auto_goes_by_the_number_of_rows() -> None:
    arguments = Arguments(device="cpu")
    assert (arguments.chosen_method(60), arguments.chosen_method(600)) == ("head", "full")


def test_wrong_labels_are_found(base, tmp_path) -> None:
    rows = stance_rows()
    rows[7] = {**rows[7], "label": "favor"}
    rows[30] = {**rows[30], "label": "neutral"}
    found = check_labels(write(tmp_path / "a.jsonl", rows), Arguments(base=base))
    worst = {row["where"].rpartition(": ")[2] for row in found[:3]}
    assert {"row 8", "row 31"} <= worst
    first = next(row for row in found if row["where"].endswith("row 8"))
    assert (first["label"], first["suggested"], first["target"]) == ("favor", "against", "the treaty")
    frames = frame_rows()
    frames[0] = {**frames[0], "labels": ["money"]}
    found = check_labels(write(tmp_path / "b.jsonl", frames), Arguments(base=base, task="frame"))
    assert {row["frame"] for row in found} <= {"money", "war"}
