"""The report as one HTML file that opens from disk: no network, no framework, nothing executed but its own script.

Everything that comes from an article (text, names, headings, file names) passes through Jinja2's autoescape or
`svg.escape`. The page carries a Content-Security-Policy that allows the one script by its hash and nothing from
outside, so that markup which slipped through could still do nothing.
"""

from __future__ import annotations

import base64
import hashlib
import sys
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.compare import Comparison, RunData, overview
from stance.report import view
from stance.report.svg import clean

if TYPE_CHECKING:
    from jinja2 import BytecodeCache, Environment

_TEMPLATES = Path(__file__).with_name("templates")


@cache
def environment() -> Environment:
    """Jinja2 with autoescape and strict names, on the templates of this package."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("stance.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
        bytecode_cache=_compiled(),
    )
    made.filters.update(view.FILTERS)
    return made


def _compiled() -> BytecodeCache:
    """Where compiled templates are kept (a sixth of a second): beside them, as Python keeps modules, if it may write there."""
    from jinja2.bccache import Bucket, FileSystemBytecodeCache

    class Kept(FileSystemBytecodeCache):
        def dump_bytecode(self, bucket: Bucket) -> None:
            if sys.dont_write_bytecode:
                return
            with suppress(OSError):
                Path(self.directory).mkdir(exist_ok=True)
                super().dump_bytecode(bucket)

    return Kept(str(Path(cache_from_source(str(_TEMPLATES / "page.py"))).parent), "%s.pyc")


def _finalize(value: Any) -> Any:
    # Markup is our own; a plain string may hold characters that HTML forbids.
    return clean(value) if type(value) is str else value


def render_html(data: RunData, comparison: Comparison | None, *, title: str | None = None) -> str:
    """The report of a comparison, or of the run as a whole where `comparison` is `None`.

    Args:
        data: the run or runs that were compared.
        comparison: made from the same `data`.
        title: of the page; the articles' own title if there is one article.

    Returns:
        A whole HTML document.
    """
    from markupsafe import Markup

    shown = comparison if comparison is not None else overview(data)
    env = environment()
    loader = env.loader
    assert loader is not None
    script = loader.get_source(env, "report.js")[0]
    style = loader.get_source(env, "report.css")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    context = view.context(data, shown, title=title)
    # Both files are part of this package; nothing of an article is ever in them.
    context |= {"script": Markup(script), "style": Markup(style), "script_hash": digest}  # noqa: S704
    return env.get_template("report.html").render(context)
