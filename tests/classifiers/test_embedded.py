import json
import shutil
import subprocess
import sys

import numpy as np
import pytest

from stance.classifiers import load
from stance.classifiers.base import Pair, Scorer
from stance.errors import ModelError
from stance.models import find, shipped
from stance.resources import model_path

PAIRS = [
    Pair("The alliance has kept its word, and we will keep ours.", "The speaker supports the alliance."),
    Pair("It is over.", "The quote is about morality: right and wrong, duty, conscience or religion."),
    Pair(
        "“They lied to us,” the mayor said of the ministry, “and they will lie again.”",
        "The mayor opposes the ministry.",
    ),
    Pair("", "The speaker supports Ukraine."),
    Pair("Überall — 中文 🙂 <b>", "A."),
]


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return load()


def test_it_speaks_the_protocol(scorer) -> None:
    assert isinstance(scorer, Scorer)
    assert scorer.info.name == "embedded"
    assert scorer.info.sha256 == find("embedded").sha256


def test_probabilities(scorer) -> None:
    scores = scorer.score(PAIRS)
    assert scores.probabilities.shape == (len(PAIRS), 3)
    assert scores.probabilities.sum(axis=1) == pytest.approx(np.ones(len(PAIRS)))
    assert scores.windows.tolist() == [1] * len(PAIRS)
    assert scorer.score([]).probabilities.shape == (0, 3)


def test_scores_do_not_depend_on_order_company_or_threads(scorer) -> None:
    many = PAIRS * 3 + [Pair("word " * n, "The quote is about words.") for n in range(1, 40)]
    together = scorer.score(many).probabilities
    assert scorer.score(many[::-1]).probabilities[::-1] == pytest.approx(together, abs=1e-6)
    for at, pair in enumerate(PAIRS):
        assert scorer.score([pair]).probabilities[0] == pytest.approx(together[at], abs=1e-6)


def test_single_precision_for_gpus_gives_the_same_answers_in_batches(scorer) -> None:
    from stance.classifiers.embedded import EmbeddedScorer

    many = [pair for pair in PAIRS if pair.premise] * 2 + [Pair("word " * n, "It is so.") for n in range(1, 9)]
    whole = EmbeddedScorer(model_path("embedded"), weights="model.safetensors", batch_size=3)
    together = whole.score(many).probabilities
    assert np.abs(together - scorer.score(many).probabilities).max() < 0.1
    assert whole.score(many[::-1]).probabilities[::-1] == pytest.approx(together, abs=1e-4)
    assert whole.score(many[:1]).probabilities[0] == pytest.approx(together[0], abs=1e-4)


@pytest.mark.parametrize(
    ("lengths", "size", "expected"),
    [([3, 2, 3], 1, [[0], [1], [2]]), ([3, 2, 3, 3], 2, [[1], [0, 2], [3]]), ([], 4, [])],
)
def test_pairs_of_equal_length_run_together(lengths, size, expected) -> None:
    from stance.classifiers.embedded import alike

    assert alike(lengths, size) == expected


def test_a_gpu_needs_the_unquantised_weights(tmp_path) -> None:
    from stance.classifiers.embedded import built

    for name in ("meta.json", "tokenizer.json", "model.onnx"):
        shutil.copy(model_path("embedded", name), tmp_path / name)
    with pytest.raises(ModelError, match=r"model\.safetensors.*missing"):
        load(str(tmp_path), device="cuda")
    (tmp_path / "config.json").write_text('{"model_type": "bert", "hidden_act": "gelu"}')
    with pytest.raises(ModelError, match="use --device cpu"):
        built(tmp_path)


def test_nothing_is_truncated(scorer) -> None:
    filler = "The committee met on Tuesday and looked at the minutes of its last session. "
    premise = filler * 60 + "We condemn the embargo in the strongest terms."
    scores = scorer.score([Pair(premise, "The speaker supports the embargo.")], task="stance")
    other = scorer.score([Pair(filler * 60, "The speaker supports the embargo.")], task="stance")
    assert scores.windows[0] > 2
    assert np.abs(scores.probabilities - other.probabilities).max() > 1e-3


def test_torch_is_not_imported() -> None:
    code = (
        "import sys; from stance.classifiers import load; from stance.classifiers.base import Pair; "
        "load().score([Pair('a', 'b')]); print({'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.fixture
def copy(tmp_path):
    for name in ("meta.json", "tokenizer.json"):
        shutil.copy(model_path("embedded", name), tmp_path / name)
    (tmp_path / "model.onnx").write_bytes(b"damaged")
    return tmp_path


def test_damaged_weights_are_refused(copy) -> None:
    with pytest.raises(ModelError, match="sha256"):
        load(str(copy))


def test_missing_weights(copy) -> None:
    from stance.classifiers.embedded import EmbeddedScorer

    (copy / "model.onnx").unlink()
    with pytest.raises(ModelError, match="missing"):
        EmbeddedScorer(copy)


def test_other_labels_are_refused(copy) -> None:
    from stance.classifiers.embedded import columns

    assert columns(["contradiction", "entailment", "neutral"], "m") == [1, 2, 0]
    with pytest.raises(ModelError, match="yes, no"):
        columns(["yes", "no"], "m")


def test_the_registry_knows_what_is_shipped() -> None:
    models = {model.name: model for model in shipped()}
    model = models["embedded"]
    assert {"model.onnx", "tokenizer.json", "meta.json"} <= set(model.files)
    running = sum((model.folder / name).stat().st_size for name in ("model.onnx", "tokenizer.json", "meta.json"))
    assert running < 30e6
    assert (model.folder / "model.safetensors").stat().st_size < 50e6
    assert model.licence
    assert set(model.hashes) >= {"model.onnx", "tokenizer.json", "model.safetensors"}
    assert json.loads((model.folder / "meta.json").read_text())["weights"] == "model.onnx"
    with pytest.raises(ModelError, match="embedded"):
        find("embedded-small")


def test_no_file_of_the_larger_model_is_too_large_to_host() -> None:
    model = find("embedded-large")
    assert {"packed1.safetensors", "packed2.safetensors", "tokenizer.json", "card.md"} <= set(model.files)
    assert max((model.folder / name).stat().st_size for name in model.files) < 50e6
    assert set(model.hashes) >= {"packed1.safetensors", "packed2.safetensors", "tokenizer.json", "config.json"}
