"""Who speaks: canonical speakers inside a document and across documents."""

from __future__ import annotations

from stance.speakers.across import merge_across_documents
from stance.speakers.resolve import Heard, resolve

__all__ = ["Heard", "merge_across_documents", "resolve"]
