"""Small pieces of SVG. Colours come from classes, so that a chart follows the page into dark mode.

A chart inside the report takes its colours from the page's style sheet; `standalone` adds the light palette for a file
of its own. Every text passes through `escape`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape as _escape

from stance.errors import UsageError

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
WIDE = 1080
MIDDLE = 720
NARROW = 340
MARGIN = 16  # of a chart in a file of its own
WIDTHS = ((WIDE, "w"), (MIDDLE, "m"), (NARROW, "n"))

STYLE = f"""
text {{ font-family: {FONT}; font-size: 13px; fill: #1c2330; }}
.halo {{ paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round; }}
.muted {{ fill: #586174; }} .small {{ font-size: 12px; }} .strong {{ font-weight: 600; }}
.favor {{ fill: #2b78bd; }} .against {{ fill: #dc7a28; }} .neutral {{ fill: #c3c9d3; }}
.on-fill {{ fill: #10151d; }} .on-favor {{ fill: #ffffff; }}
.grid {{ stroke: #dfe3ea; stroke-width: 1; }} .axis {{ stroke: #586174; stroke-width: 1; }}
.mark {{ fill: #1c2330; stroke: #ffffff; stroke-width: 1; }} .whisker {{ stroke: #1c2330; stroke-width: 2; }}
.hollow {{ fill: #ffffff; stroke: #1c2330; stroke-width: 1.5; }}
.first {{ fill: #334b66; }} .second {{ fill: #9aa8ba; }}
.hatch {{ stroke: #7a3c06; stroke-width: 1.4; }}
.line-favor {{ stroke: #1f66a8; }} .line-against {{ stroke: #b45309; }} .line-neutral {{ stroke: #6b7484; }}
.link {{ fill: none; stroke-linecap: round; }} .node {{ fill: #f1f3f7; stroke: #586174; }}
.series {{ fill: none; stroke: #1c2330; stroke-width: 1.8; }}
.cell-5 {{ fill: #2b78bd; }} .cell-4 {{ fill: #a9cbe8; }} .cell-3 {{ fill: #e4e7ec; }} .cell-2 {{ fill: #f4c79f; }}
.cell-1 {{ fill: #dc7a28; }}
""".strip()

# What XML 1.0 does not allow in a document at all.
_FORBIDDEN = dict.fromkeys((*range(9), 11, 12, *range(14, 32), 127, 65534, 65535, *range(55296, 57344)))


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart drawn for columns of three `WIDTHS`; `description` says in words what it shows."""

    name: str
    title: str
    description: str
    wide: str
    middle: str
    narrow: str


def clean(text: str) -> str:
    """Text without the characters that neither XML nor HTML allows."""
    return text.translate(_FORBIDDEN)


def escape(text: str) -> str:
    """Text made safe inside an element or a quoted attribute."""
    return _escape(clean(text), quote=True)


def text(x: float, y: float, content: str, classes: str = "", *, anchor: str = "start") -> str:
    """A line of text; `x`, `y` in pixels, `y` of the baseline."""
    place = f' text-anchor="{anchor}"' if anchor != "start" else ""
    style = f' class="{classes}"' if classes else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{style}{place}>{escape(content)}</text>'


def rect(x: float, y: float, width: float, height: float, classes: str, *, tip: str = "", fill: str = "") -> str:
    """A rectangle, with a tooltip if `tip` is given."""
    inner = f"<title>{escape(tip)}</title>" if tip else ""
    filled = f' fill="{fill}"' if fill else ""
    style = f' class="{classes}"' if classes else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.0, width):.1f}" height="{height:.1f}"{style}{filled}>{inner}</rect>'


def line(x1: float, y1: float, x2: float, y2: float, classes: str) -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{classes}"/>'


def diamond(x: float, y: float, size: float, classes: str) -> str:
    """A diamond around a point."""
    return f'<path d="M{x:.1f} {y - size:.1f}l{size} {size}l-{size} {size}l-{size} -{size}z" class="{classes}"/>'


def marker(shape: int, x: float, y: float, classes: str) -> str:
    """One of four shapes, so that series differ without colour."""
    if shape % 4 == 0:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="{classes}"/>'
    if shape % 4 == 1:
        return f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8" class="{classes}"/>'
    if shape % 4 == 2:
        return f'<path d="M{x:.1f} {y - 5:.1f}l5 9h-10z" class="{classes}"/>'
    return diamond(x, y, 5.5, classes)


def hatch(uid: str) -> str:
    """The pattern that marks “against” without colour; use as `url(#UID-hatch)`."""
    return (
        f'<defs><pattern id="{uid}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="hatch"/></pattern></defs>'
    )


def shorten(content: str, width: float, *, size: float = 13) -> str:
    """Text cut to about `width` pixels, with an ellipsis."""
    fits = max(2, int(width / (size * 0.56)))
    return content if len(content) <= fits else content[: fits - 1].rstrip() + "…"


def wrap(content: str, width: float, *, lines: int = 2, size: float = 13) -> list[str]:
    """Text broken at spaces into at most `lines` lines of about `width` pixels."""
    fits, found = max(2, int(width / (size * 0.56))), [""]
    for word in content.split():
        if found[-1] and len(found[-1]) + 1 + len(word) > fits and len(found) < lines:
            found.append(word)
        else:
            found[-1] = f"{found[-1]} {word}".strip()
    return [shorten(part, width, size=size) for part in found]


def svg(width: float, height: float, body: Sequence[str], *, title: str, description: str, uid: str) -> str:
    """A whole picture with its title and description for readers who cannot see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" role="img" aria-labelledby="{uid}-t {uid}-d">'
        f'<title id="{uid}-t">{escape(title)}</title><desc id="{uid}-d">{escape(description)}</desc>{"".join(body)}</svg>'
    )


def standalone(picture: str) -> str:
    """The picture as a file of its own: light palette, white ground and a margin."""
    head, _, rest = picture.partition(">")
    width, height = (int(side) for side in re.findall(r' (?:width|height)="(\d+)"', head))
    wide, high = width + 2 * MARGIN, height + 2 * MARGIN
    frame = f'viewBox="-{MARGIN} -{MARGIN} {wide} {high}" width="{wide}" height="{high}"'
    head = head.replace(f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"', frame)
    ground = f'<rect x="-{MARGIN}" y="-{MARGIN}" width="{wide}" height="{high}" fill="#ffffff"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}><style>{STYLE}</style>{ground}{rest}\n'


def png(picture: str, *, scale: float = 2.0) -> bytes:
    """A standalone picture as PNG, `scale` device pixels a pixel.

    Raises:
        UsageError: the renderer is not installed.
    """
    try:
        import resvg_py  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise UsageError("PNG needs the package resvg-py: pip install resvg-py (or write .svg)") from None
    return bytes(resvg_py.svg_to_bytes(svg_string=picture, zoom=scale))
