"""Quotations: who said what, in which words, at which offsets."""

from __future__ import annotations

from stance.quotes.extract import EXTRACTORS, Extraction, Extractor, extract
from stance.quotes.marks import Region, find_regions
from stance.schema import ModelInfo

__all__ = ["EXTRACTORS", "Extraction", "Extractor", "Region", "extract", "find_regions", "tagger_info"]


def tagger_info() -> ModelInfo | None:
    """The trained tagger that `extract` uses, or `None` where its files are not installed."""
    from stance.quotes import tagger

    return tagger.info()
