"""Codebooks: a scheme of labels, each with the hypotheses that a text entails when the label applies.

A codebook is a YAML or JSON file that a user copies and edits:

    name: generic_frames
    multi_label: true
    labels:
      - name: conflict
        description: disagreement between people, parties or states
        hypotheses: ["The quote is about {name}: {description}"]

Only `name` is needed for a label: its id is then made from the name, and the hypothesis from the name and definition.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Annotated, Any

from pydantic import Field, StringConstraints, field_validator, model_validator

from stance import yamlfile
from stance.errors import ConfigError
from stance.resources import config_path
from stance.text import slug
from stance.yamlfile import Strict

DEFAULT_HYPOTHESIS = "The quote is about {name}: {description}"
DEFAULT_HYPOTHESIS_BARE = "The quote is about {name}."
PLACEHOLDERS = frozenset({"name", "description", "speaker", "target"})
SUFFIXES = (".yaml", ".yml", ".json")

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1)]


class CodebookLabel(Strict):
    """One label: its id (what comes out), name, one-line definition, and hypothesis templates.

    `threshold` is the probability from which the label counts as present, where the codebook is multi-label; without
    it the codebook's own or the model's calibrated threshold holds.
    """

    id: Text
    name: Text
    description: str | None = None
    hypotheses: tuple[Text, ...] = ()
    threshold: Share | None = None

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = {"name": value}
        if isinstance(value, dict) and "id" not in value and isinstance(value.get("name"), str):
            value = {**value, "id": slug(value["name"], "_", latin=False, otherwise=value["name"])}
        return value

    @field_validator("hypotheses")
    @classmethod
    def _check_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for template in value:
            try:
                fields = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
            except ValueError as error:
                raise ValueError(f"{template!r} is no template ({error}); double literal braces") from None
            if unknown := fields - PLACEHOLDERS:
                raise ValueError(
                    f"{template!r} has the unknown placeholder {{{sorted(unknown)[0]}}}; "
                    f"known are {', '.join('{' + name + '}' for name in sorted(PLACEHOLDERS))}"
                )
        return value

    def statements(self, **values: str) -> tuple[str, ...]:
        """The hypotheses with their placeholders filled: the label's own, or one made from name and description.

        Args:
            **values: `speaker` and `target`, where a template asks for them.

        Returns:
            At least one sentence.
        """
        fill = {"name": self.name, "description": self.description or self.name, "speaker": "the speaker"}
        fill |= {"target": "the matter", **values}
        default = DEFAULT_HYPOTHESIS if self.description else DEFAULT_HYPOTHESIS_BARE
        return tuple(sentence(template.format(**fill)) for template in self.hypotheses or (default,))


class Codebook(Strict):
    """A validated, frozen codebook.

    `multi_label` says whether a text may have several labels (or none): each is then judged by itself against a
    threshold. Otherwise exactly one is chosen and the scores sum to 1.
    """

    name: Text
    description: str | None = None
    multi_label: bool = True
    threshold: Share | None = None
    labels: tuple[CodebookLabel, ...]

    @model_validator(mode="after")
    def _check_ids(self) -> Codebook:
        if not self.labels:
            raise ValueError("`labels` is empty; list at least one label")
        seen: set[str] = set()
        for label in self.labels:
            if label.id in seen:
                raise ValueError(f"the label id {label.id!r} occurs twice; give each label its own `id`")
            seen.add(label.id)
        return self

    @property
    def ids(self) -> tuple[str, ...]:
        """The label ids in the order of the file."""
        return tuple(label.id for label in self.labels)

    def label(self, name: str) -> CodebookLabel:
        """The label with this id.

        Raises:
            KeyError: if there is none.
        """
        for label in self.labels:
            if label.id == name:
                return label
        raise KeyError(name)


def sentence(text: str) -> str:
    """`text` with a capital first letter and a full stop, as the hypotheses in training have."""
    text = " ".join(text.split())
    text = text[:1].upper() + text[1:]
    return text if text[-1:] in ".!?" else text + "."


def available() -> tuple[str, ...]:
    """The names of the codebooks that come with the package."""
    folder = config_path("codebooks")
    return tuple(sorted(path.stem for path in folder.glob("*") if path.suffix in SUFFIXES))


def load(name_or_path: str | Path) -> Codebook:
    """Load a codebook by the name of a shipped one (`policy_frames`) or the path of a YAML or JSON file.

    Args:
        name_or_path: a name from `available()`, or a path.

    Returns:
        The codebook; the same frozen object for the same unchanged file.

    Raises:
        ConfigError: if there is no such codebook or it does not validate; the message names file, line and field.
    """
    path = Path(name_or_path)
    if path.suffix not in SUFFIXES:
        shipped = [config_path("codebooks", f"{name_or_path}{suffix}") for suffix in SUFFIXES]
        found = next((candidate for candidate in shipped if candidate.is_file()), None)
        if found is None:
            raise ConfigError(
                f"unknown codebook {str(name_or_path)!r}; there are {', '.join(available())}, "
                "or give the path of a .yaml or .json file"
            )
        path = found
    if not path.is_file():
        raise ConfigError(f"{path}: no such codebook file; shipped codebooks are {', '.join(available())}")
    return _load_file(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _load_file(path: Path, _mtime: int) -> Codebook:
    return yamlfile.read(path, Codebook)


def parse(text: str, *, source: str = "<codebook>") -> Codebook:
    """Validate a codebook from YAML or JSON text.

    Args:
        text: the file's content.
        source: what error messages call it.

    Raises:
        ConfigError: naming `source`, line and field.
    """
    return yamlfile.parse(text, Codebook, source=source)
