"""Blocks and shards: every input in exactly one, by its position alone."""

from __future__ import annotations

import pytest

from stance.blocks import WINDOW, Shard, parse_shard, part, split
from stance.errors import UsageError


@pytest.mark.parametrize("count", [0, 1, WINDOW, 3 * WINDOW + 1, 40])
@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_each_input_is_in_one_shard_and_blocks_stay_whole(count: int, of: int) -> None:
    whole = list(split(range(count)))
    shards = [list(split(part(range(count), shard=Shard(index, of)))) for index in range(1, of + 1)]
    assert sorted(block for shard in shards for block in shard) == whole
    for index, shard in enumerate(shards):
        assert shard == whole[index::of]


def test_a_shard_goes_on_where_it_was_left() -> None:
    shard = Shard(2, 3)
    everything = list(part(range(50), shard=shard))
    for start in range(len(everything) + 1):
        assert list(part(range(50), shard=shard, start=start)) == everything[start:]


def test_shards_are_named_from_one() -> None:
    assert parse_shard("2/8") == Shard(2, 8)


@pytest.mark.parametrize(
    ("text", "words"), [("0/4", "count from 1/4 to 4/4"), ("5/4", "--array=1-4"), ("2", "i/n"), ("a/b", "i/n")]
)
def test_a_wrong_shard_says_what_is_right(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse_shard(text)
