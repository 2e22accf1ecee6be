"""How rows become entailment examples, and how quotations become rows."""

import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module", autouse=True)
def scripts():
    sys.path.insert(0, str(ROOT / "scripts"))
    yield
    sys.path.remove(str(ROOT / "scripts"))


@pytest.fixture
def mixer(tmp_path):
    from classifier_data import Mixer

    config = yaml.safe_load((ROOT / "configs" / "train_classifier.yaml").read_text("utf-8"))
    return Mixer(config, tmp_path, tmp_path, "stance")


def test_a_quotation_becomes_a_row_a_target() -> None:
    from build_labelled import problems, rows

    quote = {
        "id": "t-1", "topic": "t", "speaker": "A", "text": "x", "batch": "b-01", "frames": ["economic"],
        "targets": [{"name": "NATO", "label": "favor"}, {"name": "Iran", "label": "neutral", "phenomenon": "bystander"}],
    }  # fmt: skip
    first, second = rows(quote, "train")
    assert (first["id"], first["target"], first["label"], first["phenomenon"]) == ("t-1-t1", "NATO", "favor", "plain")
    assert (second["target"], second["phenomenon"], second["split"]) == ("Iran", "bystander", "train")
    assert problems(quote, frozenset({"economic"})) == []
    assert problems({**quote, "frames": ["economics"]}, frozenset({"economic"})) == ["unknown frame economics"]
    assert problems({**quote, "text": ""}, frozenset({"economic"})) == ["no text"]


@pytest.mark.parametrize("label", ["favor", "against", "neutral"])
def test_the_first_wording_is_the_shipped_template(mixer, label) -> None:
    from classifier_data import TOWARD

    row = {"text": "It is over.", "speaker": "Maren Holt", "target": "the treaty"}
    example = mixer._stance_row(row, "project/stance", "the treaty", label, first=True)
    assert example.premise == "Maren Holt: It is over."
    assert example.hypothesis == "Maren Holt supports the treaty."
    assert example.label == TOWARD[label]


def test_wordings_that_oppose_turn_the_label(mixer) -> None:
    row = {"text": "It is over.", "target": "the treaty"}
    examples = [mixer._stance_row(row, "stance/x", "the treaty", "favor") for _ in range(200)]
    opposing = ("opposes", "against", "critic", "negative", "disapproves", "hostile")
    for example in examples:
        sided = "neutral toward" in example.hypothesis or "no side" in example.hypothesis
        sided = sided or "does not say anything" in example.hypothesis
        turned = any(word in example.hypothesis for word in opposing)
        assert example.label == (2 if turned or sided else 0), example


def test_patterns_know_who_speaks_of_whom(mixer) -> None:
    for example in mixer._patterns(300):
        assert example.label in {0, 1, 2}
        assert example.hypothesis.endswith(".")


def test_the_same_seed_gives_the_same_examples(mixer) -> None:
    mixer.sources = {"patterns": {"take": 50}}
    assert mixer.examples() == mixer.examples()


def test_a_headline_and_its_article_are_held_out_together() -> None:
    from classifier_data import held_out

    for headline in ("Two dead after shooting in the old town", "Senate debates new rules on gun sales today"):
        article = {"text": f"{headline}. POLICE said on Monday …"}
        assert held_out("frames/gvfc_headlines", {"text": headline}) == held_out("frames/gvfc_extension", article)


def test_the_training_config_names_every_definition_it_needs() -> None:
    config = yaml.safe_load((ROOT / "configs" / "train_classifier.yaml").read_text("utf-8"))
    for stage in config["stages"].values():
        assert stage["learning_rate"] > 0
        assert stage["sources"]
    assert config["templates"]["favor"][0] == "{speaker} supports {target}."
