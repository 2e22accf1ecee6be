"""Comparing viewpoints: where groups of quotations differ, on what, how sure that is, and which quotations show it."""

from stance.compare.engine import compare, overview
from stance.compare.model import (
    Claim,
    Comparison,
    Contrast,
    Coverage,
    FrameCell,
    FrameContrast,
    Group,
    PairEdge,
    Relay,
    RunData,
    SideShare,
    SignedEdge,
    StanceCell,
    TimePoint,
    VocabularyContrast,
    Voice,
    Word,
)

__all__ = [
    "Claim",
    "Comparison",
    "Contrast",
    "Coverage",
    "FrameCell",
    "FrameContrast",
    "Group",
    "PairEdge",
    "Relay",
    "RunData",
    "SideShare",
    "SignedEdge",
    "StanceCell",
    "TimePoint",
    "VocabularyContrast",
    "Voice",
    "Word",
    "compare",
    "overview",
]
