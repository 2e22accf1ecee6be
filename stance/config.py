"""Targets and rosters of speakers, as a user writes them in YAML or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from stance import yamlfile
from stance.resources import config_path
from stance.schema import Speaker, SpeakerKind, Target, TargetKind
from stance.text import slug
from stance.yamlfile import Strict


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


def load_targets(path: str | Path) -> tuple[Target, ...]:
    """The targets of a file, with ids made from their names."""
    return tuple(
        Target(slug(entry.name), entry.name, entry.aliases, entry.kind)
        for entry in yamlfile.read(path, TargetsFile).targets
    )


def default_targets() -> tuple[Target, ...]:
    """States, alliances and organisations of international affairs with their metonyms, as shipped."""
    return load_targets(config_path("targets", "international.yaml"))


def load_roster(path: str | Path) -> tuple[Speaker, ...]:
    """The speakers of a roster, with ids made from their names."""
    return tuple(
        Speaker(slug(e.name), e.name, e.aliases, e.kind or "person", e.role, e.affiliation, e.country, e.side)
        for e in yamlfile.read(path, RosterFile).speakers
    )
