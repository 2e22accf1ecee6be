"""The YAML (or JSON) files a user writes, validated: targets, rosters of speakers; and the reader they all share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from stance.errors import ConfigError
from stance.resources import config_path
from stance.schema import Speaker, SpeakerKind, Target, TargetKind
from stance.text import slug

if TYPE_CHECKING:
    import yaml

Model = TypeVar("Model", bound=BaseModel)


class Strict(BaseModel):
    """Unknown keys are errors, values never change type behind the user's back."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class TargetEntry(Strict):
    """One target: its name, the other names it goes by, and whether it is an entity or a proposition."""

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    kind: TargetKind = "entity"


class TargetsFile(Strict):
    """A targets file: `{targets: [{name, aliases?, kind?}]}`."""

    targets: tuple[TargetEntry, ...] = Field(min_length=1)

    @field_validator("targets")
    @classmethod
    def _one_meaning(cls, entries: tuple[TargetEntry, ...]) -> tuple[TargetEntry, ...]:
        owner: dict[str, str] = {}
        for entry in entries:
            for name in (entry.name, *entry.aliases):
                if owner.setdefault(name, entry.name) != entry.name:
                    raise ValueError(f"{name!r} names both {owner[name]!r} and {entry.name!r}; keep it with one")
        return entries


class SpeakerEntry(Strict):
    """One speaker of a roster."""

    name: str = Field(min_length=1)
    aliases: tuple[str, ...] = ()
    role: str | None = None
    affiliation: str | None = None
    country: str | None = None
    side: str | None = None
    kind: SpeakerKind | Literal[""] = "person"


class RosterFile(Strict):
    """A roster: `{speakers: [{name, aliases?, role?, affiliation?, country?, side?}]}`."""

    speakers: tuple[SpeakerEntry, ...] = Field(min_length=1)


def read_yaml(path: str | Path, model: type[Model]) -> Model:
    """Read a YAML or JSON file and validate it.

    Raises:
        ConfigError: missing file, malformed YAML or a field that does not validate, with file, line and field.
    """
    import yaml

    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise ConfigError(f"{path}: cannot be read ({reason}); check the path") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML"
        raise ConfigError(
            f"{path}{line}: malformed YAML ({problem}); check indentation, colons and quotes there"
        ) from error
    if not isinstance(value, dict):
        raise ConfigError(f"{path}:1: a mapping with {', '.join(model.model_fields)} is expected")
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(part for part in first["loc"] if not str(part).startswith("function-"))
        where = ".".join(map(str, place))
        raise ConfigError(f"{path}:{_line(node, place)}: {where}: {_reason(first, model)}") from error


def _line(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """The line (from 1) of the deepest part of `place` that exists in the file."""
    import yaml

    line = 1
    for part in place:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _reason(problem: Any, model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown field; remove it or correct its spelling"
    if problem["type"] == "missing":
        return "is required and missing"
    return str(problem["msg"]).removeprefix("Value error, ")


def load_targets(path: str | Path) -> tuple[Target, ...]:
    """The targets of a file, with ids made from their names."""
    return tuple(
        Target(slug(entry.name), entry.name, entry.aliases, entry.kind)
        for entry in read_yaml(path, TargetsFile).targets
    )


def default_targets() -> tuple[Target, ...]:
    """States, alliances and organisations of international affairs with their metonyms, as shipped."""
    return load_targets(config_path("targets", "international.yaml"))


def load_roster(path: str | Path) -> tuple[Speaker, ...]:
    """The speakers of a roster, with ids made from their names."""
    return tuple(
        Speaker(slug(e.name), e.name, e.aliases, e.kind or "person", e.role, e.affiliation, e.country, e.side)
        for e in read_yaml(path, RosterFile).speakers
    )
