"""Short articles put together from the paragraphs of `corpora/articles`, with a new invented speaker in each."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import stance

ARTICLES = Path(__file__).parents[1] / "corpora" / "articles"
OUTLETS = ("The Oster Courier", "Island Post", "Lorn Gazette", "Arda Daily")
_GIVEN = ("Ada", "Tom", "Mira", "Jonas", "Ines", "Per", "Alma", "Ruben", "Selma", "Viktor")
_SYLLABLES = ("bra", "tor", "lin", "vas", "kel", "mar", "dun", "esk", "hol", "pry", "sen", "gard", "wick", "ova", "rik")


def paragraphs() -> list[str]:
    """The body paragraphs of the articles."""
    found = []
    for path in sorted(ARTICLES.glob("*.*")):
        if path.suffix in (".txt", ".md", ".html"):
            document = stance.read(path)
            found += [s.span.of(document.text) for s in document.sections if s.kind == "body"]
    return [text for text in found if len(text.split()) > 15]


def articles(count: int, *, length: int = 3, seed: int = 0) -> Iterator[dict[str, str]]:
    """Rows with `id`, `title`, `outlet`, `text`: `length` paragraphs and a quotation of somebody found nowhere else."""
    pool, draw = paragraphs(), random.Random(seed)
    for number in range(count):
        surname = "".join(draw.choices(_SYLLABLES, k=3)).capitalize()
        words = draw.choice(("will pay for itself", "was never asked for", "is the wrong answer", "cannot wait"))
        own = f"“The plan for the harbour {words},” said {draw.choice(_GIVEN)} {surname}, who runs depot {number}."
        title = f"Notes from depot {number}"
        text = "\n\n".join([title, *draw.sample(pool, length), own]) + "\n"
        yield {"id": f"n{number:07}", "title": title, "outlet": draw.choice(OUTLETS), "text": text}


def write(path: Path, count: int, *, length: int = 3, seed: int = 0) -> None:
    """The articles as JSON Lines."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in articles(count, length=length, seed=seed))
