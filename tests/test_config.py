"""Configuration: what ships is valid, what a user gets wrong is named by file, line and field."""

from __future__ import annotations

from pathlib import Path

import pytest

from stance import codebook, config
from stance.errors import ConfigError
from stance.resources import config_path
from stance.text import fold, slug


@pytest.mark.parametrize("path", sorted(config_path("targets").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_targets(path: Path) -> None:
    targets = config.load_targets(path)
    assert len({target.id for target in targets}) == len(targets)
    by_name = {name: target.name for target in targets for name in (target.name, *target.aliases)}
    if path.stem == "international":
        assert (by_name["Moscow"], by_name["the Kremlin"], by_name["the alliance"]) == ("Russia", "Russia", "NATO")


@pytest.mark.parametrize("path", sorted(config_path("speakers").glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_rosters(path: Path) -> None:
    assert all(speaker.name and speaker.side for speaker in config.load_roster(path))


@pytest.mark.parametrize("name", codebook.available())
def test_shipped_codebooks(name: str) -> None:
    book = codebook.load(name)
    assert book.name == name
    assert all(label.statements() for label in book.labels)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("targets:\n  - name: A\n    alias: [B]\n", (":3:", "targets[0].alias", "aliases")),
        ("targets:\n  - aliases: [B]\n", ("targets[0].name", "missing")),
        ("targets:\n  - {name: A, kind: thing}\n", (":2:", "targets[0].kind", "entity")),
        ("targets:\n  - {name: A, aliases: [X]}\n  - {name: B, aliases: [X]}\n", ("'X'", "'A'", "'B'")),
        ("targets: []\n", ("targets",)),
        ("- A\n- B\n", ("a list", "targets")),
        ("", ("empty", "targets")),
        ("targets: [a: b: c]\n", (":1:", "malformed YAML")),
        ("targets: !!python/object:os.system [x]\n", ("malformed YAML",)),
    ],
)
def test_a_wrong_targets_file(text: str, words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        config.load_targets(path)
    message = str(raised.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    for word in words:
        assert word in message


def test_json_is_yaml_too(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text('{"targets": [{"name": "carbon tax", "aliases": ["the levy"]}]}', encoding="utf-8")
    assert config.load_targets(path)[0].aliases == ("the levy",)


@pytest.mark.parametrize(
    ("name", "folded"),
    [("Yalınkılıç", "yalinkilic"), ("José  Núñez-Ørsted", "jose nunez orsted"), ("O’Neil", "o neil")],
)
def test_fold(name: str, folded: str) -> None:
    assert fold(name) == folded
    assert slug(name) == folded.replace(" ", "-")


def test_slug_is_never_empty() -> None:
    assert slug("…") == "unnamed"
    assert slug("…", otherwise="speaker") == "speaker"


def test_slug_keeps_other_scripts_where_asked() -> None:
    assert slug("Sea Power, Économie", "_", latin=False) == "sea_power_économie"
    assert slug("sea_power") == "sea-power"
