"""Tell an article's parts apart: title, standfirst, headings, body, captions, credits, bylines, datelines, tail.

Plain text marks none of these, so each block is judged by its form (length, end punctuation, scene verbs, dates) and
by its neighbours: a caption stands beside a credit or repeats, a heading has prose below it, a tail has none. The word
lists are in `data/structure.toml`. Offsets are code points into the text given; the text is never changed.
"""

from stance.structure.forms import caption_score, is_credit
from stance.structure.front_matter import front_matter
from stance.structure.neighbours import TURN
from stance.structure.parts import heading_text, sections, title

__all__ = ["TURN", "caption_score", "front_matter", "heading_text", "is_credit", "sections", "title"]
