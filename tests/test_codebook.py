import pytest

from stance import codebook
from stance.errors import ConfigError

POLICY_FRAMES = [
    "economic",
    "capacity_and_resources",
    "morality",
    "fairness_and_equality",
    "legality_constitutionality_and_jurisprudence",
    "policy_prescription_and_evaluation",
    "crime_and_punishment",
    "security_and_defense",
    "health_and_safety",
    "quality_of_life",
    "cultural_identity",
    "public_opinion",
    "political",
    "external_regulation_and_reputation",
    "other",
]


def test_policy_frames_has_the_fifteen_of_the_codebook() -> None:
    book = codebook.load("policy_frames")
    assert list(book.ids) == POLICY_FRAMES
    assert book.multi_label
    assert all(label.description for label in book.labels)


def test_generic_frames() -> None:
    assert codebook.load("generic_frames").ids == (
        "conflict",
        "human_interest",
        "economic_consequences",
        "morality",
        "responsibility",
    )


def test_stance_is_read_off_the_hypotheses_of_favor() -> None:
    book = codebook.load("stance")
    assert book.ids == ("favor", "against", "neutral")
    assert "{speaker}" in book.label("favor").hypotheses[0]
    assert "{target}" in book.label("favor").hypotheses[0]


def test_every_shipped_codebook_loads() -> None:
    assert {"policy_frames", "generic_frames", "stance"} <= set(codebook.available())
    for name in codebook.available():
        assert codebook.load(name).name == name


@pytest.mark.parametrize(
    ("text", "ids", "statement"),
    [
        ("name: b\nlabels: [Sea power]", ("sea_power",), "The quote is about Sea power."),
        ("name: b\nlabels:\n  - name: Sea power", ("sea_power",), "The quote is about Sea power."),
        ("name: b\nlabels: ['Экономика и суд']", ("экономика_и_суд",), "The quote is about Экономика и суд."),
        (
            "name: b\nlabels:\n  - {id: s, name: sea power, description: navies}",
            ("s",),
            "The quote is about sea power: navies.",
        ),
        (
            '{"name": "b", "labels": [{"name": "sea", "hypotheses": ["it is about {name}"]}]}',
            ("sea",),
            "It is about sea.",
        ),
    ],
)
def test_a_label_needs_only_a_name(text: str, ids: tuple[str, ...], statement: str) -> None:
    book = codebook.parse(text)
    assert book.ids == ids
    assert book.labels[0].statements() == (statement,)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "name: b\nlabels:\n  - name: a\n    descripton: x\n",
            ["b.yaml:4", "labels[0].descripton", "unknown key"],
        ),
        ("name: b\nlabels: [a, a]\n", ["b.yaml", "'a' occurs twice"]),
        ("name: b\nlabels: []\n", ["b.yaml", "empty"]),
        ("name: b\n", ["b.yaml", "labels", "missing"]),
        ("labels: [a]\n", ["b.yaml", "name", "missing"]),
        ("name: b\nlabels: [a\n", ["b.yaml:", "YAML"]),
        ("name: b\nlabels:\n  - name: a\n    hypotheses: ['{topic} it is']\n", ["b.yaml:4", "{topic}", "{name}"]),
        ("name: b\nlabels:\n  - name: a\n    hypotheses: ['{name it is']\n", ["b.yaml:4", "template"]),
        ("name: b\nlabels:\n  - name: a\n    threshold: 3\n", ["b.yaml:4", "threshold", "less than 1"]),
        ("name: b\nlabels: [a]\nlabels: [c]\n", ["b.yaml:3: labels: is there twice; keep one"]),
        ("name: b\nlabels:\n  - name: a\n    id: s\n    name: c\n", ["b.yaml:5: name: is there twice"]),
        (
            "name: b\nlabels: [yes, no]\n",
            ["b.yaml:2: labels[0]: a mapping is expected, this is True; quote it if it is a name"],
        ),
        ("name: b\nlabels: a\n", ["b.yaml:2: labels: a list is expected, this is plain text"]),
        ("- a\n", ["b.yaml"]),
        ("", ["b.yaml"]),
    ],
)
def test_faults_name_file_line_and_field(text: str, parts: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        codebook.parse(text, source="b.yaml")
    message = str(caught.value)
    assert "\n" not in message
    for part in parts:
        assert part in message


def test_an_unknown_name_lists_those_there_are() -> None:
    with pytest.raises(ConfigError, match="policy_frames"):
        codebook.load("polcy_frames")


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml"):
        codebook.load(tmp_path / "none.yaml")


def test_a_file_is_read_again_when_it_changed(tmp_path) -> None:
    import os

    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nlabels: [a]\n")
    assert codebook.load(path).ids == ("a",)
    path.write_text("name: mine\nlabels: [a, b]\n")
    os.utime(path, ns=(1, 1))
    assert codebook.load(path).ids == ("a", "b")


def test_codebooks_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        codebook.load("stance").name = "x"  # type: ignore[misc]
