"""One speaker for one person across documents; descriptions such as "the president" stay apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from stance.schema import Speaker
from stance.speakers.names import fold, same_person, slug, tokens_of


def merge_across_documents(per_document: Iterable[tuple[str, Sequence[Speaker]]]) -> Mapping[tuple[str, str], Speaker]:
    """Give speakers of several documents canonical records.

    Full personal names that agree (spelling variants included) and organisations of one name are one speaker. A lone
    surname joins a full name only where one bearer of it is known. Anonymous and collective descriptions, and persons
    known by their role alone, stay apart from document to document.

    Args:
        per_document: pairs of document id and its speakers.

    Returns:
        The canonical speaker for each pair of document id and speaker id; ids are unique.
    """
    entries = [(document, speaker) for document, speakers in per_document for speaker in speakers]
    groups: list[list[tuple[str, Speaker]]] = []
    apart: list[list[tuple[str, Speaker]]] = []
    lone: list[tuple[str, Speaker]] = []
    for document, speaker in entries:
        if not is_proper(speaker):
            apart.append([(document, speaker)])
            continue
        tokens = tokens_of(speaker.name)
        if speaker.kind == "person" and len(tokens) == 1 and not is_handle(speaker):
            lone.append((document, speaker))
            continue
        home = next((group for group in groups if _same(group[0][1], speaker)), None)
        if home is None:
            groups.append([(document, speaker)])
        else:
            home.append((document, speaker))
    for document, speaker in lone:
        word = tokens_of(speaker.name)
        homes = [g for g in groups if g[0][1].kind == "person" and tokens_of(g[0][1].name)[-1:] == word]
        if len(homes) == 1:
            homes[0].append((document, speaker))
        else:
            same = [g for g in groups if g[0][1].kind == "person" and tokens_of(g[0][1].name) == word]
            if same and len(homes) <= len(same):
                same[0].append((document, speaker))
            else:
                groups.append([(document, speaker)])
    result: dict[tuple[str, str], Speaker] = {}
    taken: set[str] = set()
    for group in [*groups, *apart]:
        canonical = _join([speaker for _, speaker in group])
        identifier = canonical.id
        number = 2
        while identifier in taken:
            identifier, number = f"{canonical.id}-{number}", number + 1
        taken.add(identifier)
        for document, speaker in group:
            result[document, speaker.id] = replace(canonical, id=identifier)
    return result


def is_proper(speaker: Speaker) -> bool:
    """Whether a speaker is known by a proper name and so can be the same in another document."""
    if speaker.kind in ("anonymous", "collective"):
        return False
    if is_handle(speaker):
        return True
    last = speaker.name.split()[-1:] or [""]
    return last[0][:1].isupper() or (speaker.name[:1].isupper() and speaker.kind == "organisation")


def is_handle(speaker: Speaker) -> bool:
    """Whether a speaker is known by an account's name only."""
    return speaker.name.startswith("@")


def _same(first: Speaker, second: Speaker) -> bool:
    if first.kind != second.kind:
        return False
    if is_handle(first) or is_handle(second):
        return first.name.casefold() == second.name.casefold()
    if first.kind == "person":
        return same_person(tokens_of(first.name), tokens_of(second.name))
    return fold(first.name).removeprefix("the ") == fold(second.name).removeprefix("the ")


def _join(speakers: Sequence[Speaker]) -> Speaker:
    best = max(speakers, key=lambda speaker: len(tokens_of(speaker.name)))
    forms = {form for speaker in speakers for form in (speaker.name, *speaker.aliases)} - {best.name}
    return replace(
        best,
        id=best.id or slug(best.name),
        aliases=tuple(sorted(forms)),
        role=best.role or next((s.role for s in speakers if s.role), None),
        affiliation=best.affiliation or next((s.affiliation for s in speakers if s.affiliation), None),
        country=best.country or next((s.country for s in speakers if s.country), None),
        side=best.side or next((s.side for s in speakers if s.side), None),
    )
