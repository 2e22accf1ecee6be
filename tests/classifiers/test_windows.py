import numpy as np
import pytest

from stance.classifiers.base import Pair
from stance.classifiers.windows import pack, pool, sentences, split
from stance.errors import ModelError


def count(texts):
    return [len(text.split()) if " " in text or len(text) < 12 else len(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("One. Two. Three.", ["One.", "Two.", "Three."]),
        ('He said: "No." Then he left.', ['He said: "No."', "Then he left."]),
        ("“Is it over?” she asked.", ["“Is it over?”", "she asked."]),
        ("no mark at all", ["no mark at all"]),
        ("", []),
    ],
)
def test_sentences(text, pieces) -> None:
    assert sentences(text) == pieces


def test_a_pair_that_fits_is_left_alone() -> None:
    assert [window.premise for window in split([Pair("One.  Two.", "h")], window=64, count=count)] == ["One.  Two."]


def test_a_long_premise_is_cut_at_sentences_and_nothing_is_lost() -> None:
    premise = " ".join(f"Sentence number {n} has seven words here." for n in range(40))
    windows = split([Pair("short", "h"), Pair(premise, "a b c")], window=64, count=count)
    assert windows[0].row == 0
    assert {window.row for window in windows[1:]} == {1}
    assert " ".join(window.premise for window in windows[1:]) == premise
    assert all(count([window.premise])[0] <= 64 - 4 - 3 for window in windows)
    assert all(window.premise.endswith(".") for window in windows[1:])


def test_a_sentence_without_end_is_cut_at_words() -> None:
    text = " ".join(f"w{n}" for n in range(100))
    pieces = pack(text, room=30, count=count)
    assert len(pieces) == 4
    assert " ".join(pieces) == text


def test_a_word_without_end_is_cut_at_characters() -> None:
    word = "x" * 100
    assert "".join(pack(word, room=30, count=count)) == word


def test_a_hypothesis_that_fills_the_window_is_an_error() -> None:
    with pytest.raises(ModelError, match="shorten the hypothesis"):
        split([Pair("word " * 50, "long " * 40)], window=48, count=count)


def test_one_window_that_speaks_outweighs_many_that_are_silent() -> None:
    silent, speaking = [0.02, 0.96, 0.02], [0.05, 0.05, 0.9]
    pooled = pool(np.array([silent] * 6 + [speaking, silent]), np.array([0] * 7 + [1]), 2)
    assert pooled[0].argmax() == 2
    assert pooled[1] == pytest.approx(silent)
    assert pooled.sum(axis=1) == pytest.approx([1, 1])
