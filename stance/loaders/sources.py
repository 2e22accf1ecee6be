"""What a user names (files, folders, globs, addresses, datasets, standard input) to a list of sources."""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from stance.errors import UsageError

ARTICLES = (".txt", ".md", ".markdown", ".html", ".htm")
OFFICE = (".pdf", ".docx", ".rtf")
TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
PACKED = (".gz", ".zst")
# Parquet and office files are compressed inside already, and need to be read from both ends.
_READ = (*ARTICLES, *OFFICE, *TABLES)
_PACKABLE = tuple(suffix for suffix in (*ARTICLES, *TABLES) if suffix != ".parquet")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read: a file or address (with the document id it will get), standard input, or a dataset's name."""

    kind: str
    name: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be read, and why."""

    source: str
    reason: str


def suffixes(name: str | Path) -> tuple[str, str]:
    """A file's suffix without its packing, and the packing: `news.jsonl.gz` has `.jsonl` and `.gz`."""
    path = PurePosixPath(_path_of(str(name)))
    outer = path.suffix.lower()
    return (PurePosixPath(path.stem).suffix.lower(), outer) if outer in PACKED else (outer, "")


def stem(name: str | Path) -> str:
    """A file's name without folder, suffix and packing."""
    return PurePosixPath(_bare(str(name))).name


def is_table(name: str | Path) -> bool:
    """Whether a file holds rows, by its suffix."""
    return suffixes(name)[0] in TABLES


def is_address(name: str | Path) -> bool:
    """Whether a name has a scheme, as in `s3://bucket/news.jsonl`; nothing but what a user names is ever fetched."""
    return bool(_ADDRESS.match(str(name)))


def readable(name: str | Path) -> bool:
    """Whether a file in a folder is one that stance reads, by its suffix."""
    suffix, packing = suffixes(name)
    return suffix in (_PACKABLE if packing else _READ)


def exists(path: str | Path) -> bool:
    """Whether a file is there to be read; a dataset's name (`hf:NAME`) and an address are taken on trust."""
    return str(path).startswith("hf:") or is_address(path) or Path(path).is_file()


def find_sources(inputs: Sequence[str]) -> list[Source]:
    """Expand paths, folders, globs, addresses, `-` and `hf:NAME` into sources, in the order given, sorted inside each.

    Raises:
        UsageError: an input that does not exist, or a folder or glob without readable files.
    """
    found: list[Source] = []
    for item in inputs:
        if item == "-":
            found.append(Source("stdin", "-", "stdin"))
        elif item.startswith("hf:"):
            found.append(Source("dataset", item[3:]))
        elif is_address(item):
            from stance.loaders.remote import find

            found += [Source("file", address) for address in find(item, readable)]
        elif _is_dataset(Path(item)):
            found.append(Source("dataset", item))
        else:
            found += [Source("file", path) for path in _paths(item)]
    return _with_ids(list(dict.fromkeys(found)))


def _is_dataset(path: Path) -> bool:
    """Whether a folder was written by `datasets.save_to_disk`."""
    return (path / "dataset_dict.json").is_file() or all(
        (path / name).is_file() for name in ("dataset_info.json", "state.json")
    )


def _paths(item: str) -> list[str]:
    path = Path(item)
    if path.is_dir():
        names = sorted(str(p) for p in path.rglob("*") if p.is_file() and readable(p) and not _hidden(p, path))
        if not names:
            raise UsageError(f"{item}: no readable files in this folder; stance reads {', '.join(_READ)}")
        return names
    if path.exists():
        return [item]
    if glob.has_magic(item):
        matches = glob.glob(item, recursive=True)  # noqa: PTH207 - a pattern may be absolute
        names = sorted(name for name in matches if Path(name).is_file())
        if names:
            return names
        raise UsageError(f"{item}: no file matches; check the pattern and the folder you are in")
    raise UsageError(f"{item}: no such file or folder; check the spelling and the folder you are in")


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _with_ids(sources: Iterable[Source]) -> list[Source]:
    """A file's stem is its id; where two collide, its path without the suffix, then its whole path."""
    sources = list(sources)
    articles = [s for s in sources if s.kind == "file" and not is_table(s.name)]
    stems = Counter(stem(s.name) for s in articles)
    routes = Counter(_bare(s.name) for s in articles)
    named = []
    for s in sources:
        if s.kind == "file":
            own, route = stem(s.name), _bare(s.name)
            if stems[own] > 1:
                own = route if routes[route] == 1 else Path(_path_of(s.name)).as_posix()
            named.append(replace(s, id=own.lstrip("./")))
        else:
            named.append(s)
    return named


def _bare(name: str) -> str:
    """A name without suffix and packing, with forward slashes."""
    path = PurePosixPath(Path(_path_of(name)).as_posix())
    if path.suffix.lower() in PACKED and PurePosixPath(path.stem).suffix:
        path = path.with_suffix("")
    return str(path.with_suffix("")) if path.name else str(path)


def _path_of(name: str) -> str:
    """The path in an address, without host-side query; a plain path as it is."""
    return re.split(r"[?#]", _ADDRESS.sub("", name))[0].rstrip("/") if is_address(name) else name
