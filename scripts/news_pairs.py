"""What `stance analyze` would ask of news articles, without labels: pairs for a teacher to label in training.

    python scripts/news_pairs.py DATA_FOLDER -o .work/news_pairs.jsonl [--documents 400] [--seed 0]

DATA_FOLDER holds quotes/polnear_train.jsonl.gz (`{doc_id, text}`; the PolNeAR corpus, Newell, Margolin and Ruths 2018). Each
line of the output is a quotation as the classifier is given it, toward one target: `{text, target, speaker, context}`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path

from classifier_data import Row, read

from stance import pipeline, structure
from stance.config import default_targets
from stance.context import stance_reading
from stance.schema import Document


def asked(document: Document, toolkit: pipeline.Toolkit) -> Iterator[Row]:
    """The rows of one article."""
    analysis = pipeline.attribute(document, toolkit)
    targets = pipeline.find_targets(analysis, toolkit)
    names = {speaker.id: speaker.name for speaker in analysis.speakers}
    for quote in analysis.quotes:
        words, context = stance_reading(document, quote)
        for target in targets[quote.id]:
            speaker = names.get(quote.speaker_id or "")
            yield {"text": words, "target": target.name, "speaker": speaker, "context": context}


def main() -> None:
    """Parse the command line and write the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    toolkit = pipeline.Toolkit(pipeline.Settings(), known_targets=default_targets())
    articles = read(options.data, "quotes/polnear_train")
    chosen = random.Random(options.seed).sample(articles, min(options.documents, len(articles)))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    part = options.out.with_name(f"{options.out.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        for article in chosen:
            document = Document(article["doc_id"], article["text"], structure.sections(article["text"]))
            stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in asked(document, toolkit))
    part.replace(options.out)


if __name__ == "__main__":
    main()
