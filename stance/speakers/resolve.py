"""Canonical speakers for the relations of one document.

Sources are read in text order (see `reading`); a quotation without a source goes on with whoever spoke last in its
paragraph, or in the paragraph before when that one's quotation was left open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stance.parse import Parsed
from stance.quotes.marks import Region, find_regions
from stance.quotes.relation import Relation
from stance.schema import Document, Speaker
from stance.speakers import joint
from stance.speakers.people import People
from stance.speakers.reading import Reader
from stance.speakers.roles import best_role
from stance.speakers.voices import Voice
from stance.text import slug


class Heard(NamedTuple):
    """Speaker ids aligned with the relations given, ids of those who relay, and the speakers used."""

    speakers: list[str | None]
    relays: list[str | None]
    table: tuple[Speaker, ...]


def resolve(
    document: Document, parsed: Parsed, relations: Sequence[Relation], *, roster: Sequence[Speaker] = ()
) -> Heard:
    """Canonical speakers for relations in text order.

    Args:
        document: the document that the relations come from.
        parsed: its parse.
        relations: in text order; those inside another's content are read as nested in it.
        roster: known speakers; their ids are kept.

    Returns:
        One speaker id (or `None`) a relation, one relaying speaker's id (or `None`), and the speakers used.
    """
    regions = find_regions(document.text)
    headings = [part.span.start for part in document.sections if part.kind == "heading"]
    reader = Reader(parsed, People(parsed, roster), regions, headings)
    body = next((paragraph.start for paragraph in parsed.paragraphs if paragraph.kind != "title"), 0)
    # The headline is read last: whom "minister says" means, the article tells.
    order = sorted(range(len(relations)), key=lambda i: (_place(relations[i]) < body, _place(relations[i])))
    holders = [_holder(relations, i) for i in range(len(relations))]
    voices: list[Voice | None] = [None] * len(relations)
    done: set[int] = set()

    def read(i: int, depth: int = 0) -> None:
        if i in done or depth > 8:
            return
        done.add(i)
        outer = holders[i]
        if outer is not None:
            read(outer, depth + 1)
        around = voices[outer] if outer is not None else None
        relation = relations[i]
        voice = reader.read(relation, around)
        if voice is None and relation.source is None and outer is None and _goes_on(relation, regions):
            voice = _before(document.text, reader, relation, regions)
        voices[i] = None if relation.imagined else voice

    for i in order:
        read(i)
    ids: dict[int, str] = {}
    table: list[Speaker] = []
    for voice in voices:
        if voice is not None and id(voice) not in ids:
            speaker = _speaker(voice, {known.id for known in table})
            ids[id(voice)] = speaker.id
            if all(speaker.id != known.id for known in table):
                table.append(speaker)
    speakers = [ids[id(voice)] if voice else None for voice in voices]
    relays: list[str | None] = []
    for i, outer in enumerate(holders):
        relay = speakers[outer] if outer is not None else None
        relays.append(relay if relay != speakers[i] else None)
    return Heard(speakers, relays, tuple(table))


def _goes_on(relation: Relation, regions: Sequence[Region]) -> bool:
    """Whether a relation without source can be the continuation of an earlier quotation: words between marks."""
    if relation.form == "continued":
        return True
    first = relation.content[0]
    marked = any(region.level == 0 and region.start <= first.start < region.end for region in regions)
    return marked and (relation.cue is None or relation.form == "direct")


def _before(text: str, reader: Reader, relation: Relation, regions: Sequence[Region]) -> Voice | None:
    """The last speaker of the same paragraph, or of the one before where its last quotation was not closed."""
    start = relation.content[0].start
    paragraph = reader.flow.paragraph(start)
    spoken = [(place, voice) for place, voice in reader.history if place < start]
    here = [voice for place, voice in spoken if reader.flow.paragraph(place) == paragraph]
    if here:
        return here[-1]
    earlier = [voice for place, voice in spoken if reader.flow.paragraph(place) == paragraph - 1]
    if relation.form == "continued":
        return earlier[-1] if earlier else spoken[-1][1] if spoken else None
    before = [region for region in regions if region.level == 0 and region.start < start]
    before = [region for region in before if reader.flow.paragraph(region.start) == paragraph - 1]
    opened = bool(before) and text[before[-1].end - 1] not in "\"”»'’"
    return earlier[-1] if earlier and opened else None


def _place(relation: Relation) -> int:
    return relation.source.start if relation.source else relation.content[0].start


def _holder(relations: Sequence[Relation], index: int) -> int | None:
    inner = relations[index]
    best: tuple[int, int] | None = None
    for i, outer in enumerate(relations):
        if i == index or not all(any(o.contains(s) for o in outer.content) for s in inner.content):
            continue
        size = sum(end - start for start, end in outer.content)
        if size > sum(end - start for start, end in inner.content) and (best is None or size < best[0]):
            best = (size, i)
    return best[1] if best else None


def _speaker(voice: Voice, taken: set[str]) -> Speaker:
    entity = voice.entity
    if entity is not None and entity.roster is not None:
        return entity.roster
    name = entity.name if entity else voice.name
    identifier = base = slug(name, otherwise="speaker")
    number = 2
    while identifier in taken:
        identifier, number = f"{base}-{number}", number + 1
    if voice.members:
        people = [_speaker(member, set()) for member in voice.members]
        common = {fact: joint.shared(people, fact) for fact in ("affiliation", "country", "side")}
        return Speaker(identifier, name, (), voice.kind, **common)
    if entity is None:
        return Speaker(identifier, name, (), voice.kind, voice.role)
    aliases = tuple(sorted(form for form in entity.forms if form != name))
    if entity.kind != "person":
        return Speaker(identifier, name, aliases, entity.kind)
    role = best_role(entity.roles)
    affiliation = next((r.affiliation for r in entity.roles if r.affiliation), None)
    country = next((r.country for r in entity.roles if r.country), None)
    return Speaker(identifier, name, aliases, entity.kind, role.text if role else None, affiliation, country)
