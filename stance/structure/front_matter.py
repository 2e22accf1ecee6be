"""The YAML at the head of a Markdown file."""

from __future__ import annotations

import re

FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.S)


def front_matter(text: str) -> dict[str, str]:
    """The plain values of a Markdown file's YAML front matter; empty where there is none or it is no YAML."""
    front = FRONT_MATTER.match(text)
    if not front:
        return {}
    import yaml

    try:
        found = yaml.safe_load(front.group().strip("-.\n"))
    except yaml.YAMLError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key).lower(): str(value) for key, value in found.items() if not isinstance(value, dict | list | None)}
