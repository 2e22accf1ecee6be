"""The shards of a run put together: the same bytes as one run over everything, times aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Any

from stance import finish, journal, manifest, store
from stance.api import Outcome
from stance.blocks import WINDOW
from stance.errors import RunError
from stance.loaders import Failure
from stance.pipeline import Analysis


def merge(paths: Sequence[str | Path], out: str | Path, *, overwrite: bool = False) -> Outcome:
    """Put the shards of one run together.

    Args:
        paths: the folders made with `--shard 1/n` to `--shard n/n`, in any order.
        out: the run folder to write.
        overwrite: whether a finished run in `out` may be replaced.

    Raises:
        RunError: a shard is missing, given twice, unfinished or of another run; or `out` cannot be written.
        NothingAnalysedError: no shard holds a document.
    """
    shards = _in_order([Path(path) for path in paths])
    roots = [root for root, _ in shards]
    facts = {name: shards[0][1][name] for name in manifest.FACTS}
    found = finish.survey(_results(roots), seed=facts["seed"])
    finish.some(found)
    started = min(one["started"] for _, one in shards)
    described = finish.describe(facts, found, started=started, seconds=sum(one["seconds"] for _, one in shards))
    with store.making(out, overwrite=overwrite) as partial:
        shown = finish.write(partial, lambda: _results(roots), found, described)
    return Outcome(store.open_lazily(out), shown)


def _in_order(roots: Sequence[Path]) -> list[tuple[Path, Mapping[str, Any]]]:
    """The shards by their number, each with its manifest, checked against each other."""
    found: dict[int, tuple[Path, Mapping[str, Any]]] = {}
    first: tuple[Path, Mapping[str, Any]] | None = None
    for root in roots:
        described = _manifest(root)
        first = first or (root, described)
        _same_run(*first, root, described)
        index = described["shard"]["index"]
        if index in found:
            raise RunError(f"{root}: is shard {index} of the run, and so is {found[index][0]}; give each shard once")
        found[index] = root, described
    if first is None:
        raise RunError("no shard was given; give the folders made by `stance analyze --shard I/N -o RUN`")
    of = first[1]["shard"]["of"]
    missing = [str(index) for index in range(1, of + 1) if index not in found]
    if missing:
        some = ", ".join(missing[:20]) + (" …" if len(missing) > 20 else "")
        raise RunError(f"shard {some} of {of} is missing; make it with the same command and --shard {missing[0]}/{of}")
    return [found[index] for index in sorted(found)]


def _manifest(root: Path) -> Mapping[str, Any]:
    if not (root / "run.json").is_file():
        unfinished = store.partial_of(root).is_dir()
        hint = "it is not finished: run its command again" if unfinished else "give the folders of all shards"
        raise RunError(f"{root}: not a run folder (no run.json); {hint}")
    try:
        described = store.read_manifest(root)
    except (OSError, ValueError) as error:
        raise store.damaged(root, error) from error
    if "shard" not in described or not (root / journal.JOURNAL).is_file():
        raise RunError(f"{root}: a whole run, not a shard of one; `stance compare` takes several whole runs")
    return described


def _same_run(first: Path, one: Mapping[str, Any], second: Path, other: Mapping[str, Any]) -> None:
    for name, words in (
        ("version", "made by another version of stance"),
        ("packages", "made with other versions of packages"),
        ("models", "made with other models"),
        ("config", "made with other settings"),
    ):
        if one[name] != other[name]:
            raise RunError(f"{second} and {first} are no shards of one run: {words} ({_difference(one, other, name)})")
    if one["shard"]["of"] != other["shard"]["of"]:
        numbers = f"one of {other['shard']['of']} and one of {one['shard']['of']}"
        raise RunError(f"{second} and {first} are no shards of one run: {numbers}")
    if one["shard"]["run"] != other["shard"]["run"]:
        raise RunError(f"{second} and {first} are no shards of one run: made from other inputs; name the same ones")


def _difference(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> str:
    """The first thing that differs, in words."""
    a, b = one[name], other[name]
    if isinstance(a, Mapping) and isinstance(b, Mapping):
        key = next(key for key in sorted({*a, *b}) if a.get(key) != b.get(key))
        return f"{key}: {b.get(key)} and {a.get(key)}"
    return name if isinstance(a, list) else f"{b} and {a}"


def _results(roots: Sequence[Path]) -> Iterator[Analysis | Failure]:
    """The results of all shards in the order of the input: block by block from each in turn.

    Raises:
        RunError: the shards do not fit together.
    """
    with ExitStack() as stack:
        streams = [stack.enter_context(closing(journal.read(root / journal.JOURNAL))) for root in roots]
        ended: Path | None = None
        while True:
            count = 0
            for root, stream in zip(roots, streams, strict=True):
                block = list(islice(stream, WINDOW))
                if block and ended is not None:
                    raise RunError(
                        f"{root} goes on where {ended} ends: their inputs were not the same when they were made; "
                        "make the shards again"
                    )
                yield from block
                count += len(block)
                if len(block) < WINDOW:
                    ended = ended or root
            if not count:
                return
