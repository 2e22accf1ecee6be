"""Feed random and mutated texts to the quotation extractor: no exception, offsets inside, text equal to its slices.

    python scripts/fuzz_quotes.py --texts 10000 --extractor rules --seed 0
    python scripts/fuzz_quotes.py --texts 3000 --extractor both --seed 1

A third are random strings of marks, letters and odd characters; the rest are stretches of the articles in corpora/ with
up to 25 characters inserted or deleted. Stops at the first fault with the text that caused it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

from stance import loaders, structure
from stance.quotes import EXTRACTORS, extract
from stance.schema import Document

ARTICLES = Path(__file__).resolve().parent.parent / "corpora" / "articles"
PIECES = [
    *"“”\"‘’'«»„‚‹›`",
    "''",
    "``",
    "\n",
    "\n\n",
    "\t",
    "\r",
    "\0",
    "\u00a0",
    "\u200b",
    "\u2028",
    "\u202e",
    "\ud800",
    "\u0301",
    "🙂",
    "İ",
]
PIECES += ["…", "—", ".", ",", ":", "(", ")", " said ", " he ", " according to ", " that ", "X", "’s"]


def texts(count: int, seed: int) -> list[str]:
    """`count` texts, the same for the same seed."""
    rng = random.Random(seed)
    base = [loaders.from_file(path).text for path in sorted(ARTICLES.iterdir()) if path.suffix in loaders.ARTICLES]
    made = []
    for _ in range(count):
        if rng.random() < 1 / 3:
            made.append("".join(rng.choice([*PIECES, *"abcdefgh IJK"]) for _ in range(rng.randrange(120))))
            continue
        article = rng.choice(base)
        start = rng.randrange(len(article))
        characters = list(article[start : start + rng.randrange(20, 700)])
        for _ in range(rng.randrange(1, 25)):
            place = rng.randrange(len(characters) + 1)
            if rng.random() < 0.5 or place == len(characters):
                characters.insert(place, rng.choice(PIECES))
            else:
                del characters[place]
        made.append("".join(characters))
    return made


def fault(text: str, extractor: str) -> str | None:
    """What is wrong with the extraction of `text`, or `None`."""
    found = extract(Document("d", text, structure.sections(text)), extractor=extractor)
    known = {speaker.id for speaker in found.speakers}
    for quote in found.quotes:
        if not quote.content or quote.text != " ".join(span.of(text) for span in quote.content):
            return f"{quote.id}: text is not its slices"
        if any(a.end > b.start for a, b in zip(quote.content, quote.content[1:], strict=False)):
            return f"{quote.id}: stretches overlap"
        for span in (*quote.content, quote.cue, quote.source):
            if span is not None and not 0 <= span.start < span.end <= len(text):
                return f"{quote.id}: {span} is outside the text"
        if {quote.speaker_id, quote.relayed_by} - known - {None}:
            return f"{quote.id}: unknown speaker"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=10_000)
    parser.add_argument("--extractor", choices=EXTRACTORS, default="rules")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.monotonic()
    for number, text in enumerate(texts(options.texts, options.seed), 1):
        try:
            problem = fault(text, options.extractor)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}"
        if problem:
            print(f"text {number}: {problem}\n{text!r}")
            return 1
    print(
        f"{options.texts} texts, {options.extractor}, seed {options.seed}: no fault, {time.monotonic() - started:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
