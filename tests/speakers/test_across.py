"""One person in several documents. Everybody here is invented."""

from __future__ import annotations

import pytest

from stance.schema import Speaker, SpeakerKind
from stance.speakers import merge_across_documents
from stance.speakers.across import Register


def person(name: str, *, id: str = "", kind: SpeakerKind = "person", role: str | None = None) -> Speaker:
    return Speaker(id or name.casefold().replace(" ", "-"), name, (), kind, role)


def groups(*speakers: Speaker) -> list[int]:
    """A number for each speaker, each in a document of its own; the same number for the same canonical id."""
    merged = merge_across_documents([(f"d{i}", [speaker]) for i, speaker in enumerate(speakers)])
    ids = [merged[f"d{i}", speaker.id].id for i, speaker in enumerate(speakers)]
    return [ids.index(identifier) for identifier in ids]


CASES = [
    ("the same name", ["Ada Holm", "Ada Holm"], [0, 0]),
    ("diacritics", ["Yusuf Balıkçı", "Yusuf Balikci"], [0, 0]),
    ("a variant of a given name", ["Sergei Malenko", "Sergey Malenko"], [0, 0]),
    ("an initial", ["J. Quill", "Jonas Quill"], [0, 0]),
    ("a middle name", ["Ada Maria Holm", "Ada Holm"], [0, 0]),
    ("one surname, two people", ["Abel Trigg", "Marisol Trigg"], [0, 1]),
    ("a surname that one person bears", ["Abel Trigg", "Trigg"], [0, 0]),
    ("a surname that two people bear", ["Abel Trigg", "Marisol Trigg", "Trigg"], [0, 1, 2]),
]


@pytest.mark.parametrize(("names", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_people(names: list[str], expected: list[int]) -> None:
    assert groups(*[person(name) for name in names]) == expected


@pytest.mark.parametrize("kind", ["person", "anonymous", "collective"])
def test_descriptions_stay_apart(kind: SpeakerKind) -> None:
    assert groups(person("president", kind=kind), person("president", kind=kind)) == [0, 1]


@pytest.mark.parametrize("name", ["Western officials", "Norvia’s president", "Ada Holm’s deputy"])
def test_so_do_descriptions_with_a_name_in_them(name: str) -> None:
    assert groups(person(name), person(name)) == [0, 1]


def test_organisations_join_by_name() -> None:
    speakers = [person(name, kind="organisation") for name in ("Lorn Chamber of Trade", "the Lorn Chamber of Trade")]
    assert groups(*speakers) == [0, 0]


def test_handles_join_by_name() -> None:
    assert groups(person("@lorn_mum"), person("@Lorn_Mum"), person("@trigg"), person("Abel Trigg")) == [0, 0, 2, 3]


def test_the_fullest_name_and_what_is_known_are_kept() -> None:
    merged = merge_across_documents(
        [("a", [person("Ada Holm", role="trade minister")]), ("b", [person("Ada Maria Holm")]), ("c", [person("Holm")])]
    )
    canonical = merged["c", "holm"]
    assert (canonical.name, canonical.role, canonical.aliases) == (
        "Ada Maria Holm",
        "trade minister",
        ("Ada Holm", "Holm"),
    )
    assert len({speaker.id for speaker in merged.values()}) == 1


def test_ids_stay_unique_where_a_name_reads_like_a_numbered_one() -> None:
    speakers = [person(name, kind="anonymous") for name in ("officials", "officials 2", "officials", "officials")]
    assert len(set(groups(*speakers))) == 4


def test_the_register_grows_with_the_cast_not_with_the_corpus() -> None:
    cast = [person("Ada Holm"), person("Abel Trigg"), person("Trigg"), person("officials", kind="anonymous")]
    people = Register()
    for _ in range(200):
        people.add(cast)
    people.close()
    assert len(people) == 2
    ids = [[speaker.id for speaker in people.canonical(cast)] for _ in range(3)]
    assert ids[0] == ["ada-holm", "abel-trigg", "abel-trigg", "officials"]
    assert ids[2] == ["ada-holm", "abel-trigg", "abel-trigg", "officials-3"]
