"""Who speaks: the share of quoted words by speaker and side, in whose words, and who is relayed by whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from stance.compare.model import UNNAMED, Relay, RunData, SideShare, Voice
from stance.schema import Quote

NO_SIDE = "(no side listed)"


def own_words(quotes: Sequence[Quote]) -> dict[str, int]:
    """Words of each quotation, less those of quotations nested in it, which are someone else's."""
    words = {quote.id: len(quote.text.split()) for quote in quotes}
    inner: Counter[str] = Counter()
    for quote in quotes:
        if quote.parent_id in words:
            inner[str(quote.parent_id)] += words[quote.id]
    return {key: max(0, count - inner[key]) for key, count in words.items()}


def voices(data: RunData, of: Mapping[str, str]) -> tuple[Voice, ...]:
    """Every speaker by words, most first; quotations with no named speaker come last as one entry."""
    words = own_words(data.quotes)
    total = sum(words.values()) or 1
    members: dict[str | None, list[Quote]] = defaultdict(list)
    for quote in data.quotes:
        members[quote.speaker_id if quote.speaker_id in data.speakers else None].append(quote)
    found: list[Voice] = []
    for speaker_id, mine in members.items():
        speaker = data.speakers[speaker_id] if speaker_id is not None else None
        kinds = Counter(quote.kind for quote in mine)
        count = sum(words[quote.id] for quote in mine)
        groups = Counter(of[quote.id] for quote in mine if quote.id in of)
        found.append(
            Voice(
                speaker_id,
                speaker.name if speaker else UNNAMED,
                speaker.role if speaker else None,
                speaker.affiliation if speaker else None,
                speaker.side if speaker else None,
                len(mine),
                kinds["direct"],
                kinds["indirect"],
                kinds["mixed"],
                count,
                count / total,
                len({quote.document_id for quote in mine}),
                dict(sorted(groups.items())),
                sum(quote.relayed_by is not None for quote in mine),
                tuple(quote.id for quote in mine),
            )
        )
    found.sort(key=lambda v: (v.speaker_id is None, -v.words, v.name, v.speaker_id or ""))
    return tuple(found)


def sides(found: Sequence[Voice]) -> tuple[SideShare, ...]:
    """Words by side of the roster; empty where no speaker has one."""
    if not any(voice.side for voice in found):
        return ()
    members: dict[str, list[Voice]] = defaultdict(list)
    for voice in found:
        members[voice.side or NO_SIDE].append(voice)
    result = [
        SideShare(
            side,
            sum(v.speaker_id is not None for v in mine),
            sum(v.quotes for v in mine),
            sum(v.words for v in mine),
            sum(v.share for v in mine),
        )
        for side, mine in members.items()
    ]
    return tuple(sorted(result, key=lambda s: (s.side == NO_SIDE, -s.words, s.side)))


def relays(data: RunData) -> tuple[Relay, ...]:
    """Who passes on whose words, most often first."""
    members: dict[tuple[str, str], list[str]] = defaultdict(list)
    for quote in data.quotes:
        if quote.relayed_by is not None:
            relayer = data.speakers.get(quote.relayed_by)
            speaker = data.speakers.get(quote.speaker_id or "")
            key = (relayer.name if relayer else quote.relayed_by, speaker.name if speaker else UNNAMED)
            members[key].append(quote.id)
    found = [Relay(relayer, speaker, len(ids), tuple(ids)) for (relayer, speaker), ids in members.items()]
    return tuple(sorted(found, key=lambda r: (-r.count, r.relayer, r.speaker)))
