"""How often English is taken for another language: over articles and rows of quotations.

python scripts/measure_language.py corpora/articles corpora/labelled
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from stance import loaders
from stance.language import not_english


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "folders", nargs="+", type=Path, help="folders of English articles or of tables with a text column"
    )
    options = parser.parse_args()
    for folder in options.folders:
        texts = alarms = 0
        for path in sorted(folder.rglob("*")):
            if path.suffix not in (*loaders.ARTICLES, ".jsonl") or path.stem.isupper():
                continue
            for source, text in texts_of(path):
                texts += 1
                if found := not_english(text):
                    alarms += 1
                    print(f"{source}: {found}: {text[:80]!r}")
        print(f"{folder}: {texts} texts, {alarms} taken for another language")
    return 0


def texts_of(path: Path) -> list[tuple[str, str]]:
    """The texts of a file, each with its place."""
    if path.suffix == ".jsonl":
        rows = enumerate(loaders.rows(path), 1)
        return [(f"{path}:{n}", row["text"]) for n, row in rows if isinstance(row, dict) and row.get("text")]
    return [(str(path), loaders.from_file(path).text)]


if __name__ == "__main__":
    sys.exit(main())
