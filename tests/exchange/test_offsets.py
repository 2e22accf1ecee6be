import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.exchange.offsets import Offsets


@given(st.text(alphabet="ab \n“é中🙂🏻𝒳"))
def test_both_ways_agree_with_the_encoding(text) -> None:
    offsets = Offsets(text)
    for at in range(len(text) + 1):
        units = len(text[:at].encode("utf-16-le")) // 2
        assert offsets.to_utf16(at) == units
        assert offsets.from_utf16(units) == at


def test_an_offset_outside_the_text() -> None:
    with pytest.raises(ValueError, match="outside"):
        Offsets("a🙂").from_utf16(4)
    with pytest.raises(ValueError, match="outside"):
        Offsets("a").from_utf16(-1)
