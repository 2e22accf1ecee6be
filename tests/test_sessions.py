import numpy as np
import pytest

from stance import sessions
from stance.resources import model_path


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("processor : 0\nflags : fpu avx2 avx512_vnni fma\n", True),
        ("processor : 0\nflags : fpu avx2 avx_vnni\n", True),
        ("processor : 0\nflags : fpu avx2 avx512f\n", False),
        ("processor : 0\nFeatures : fp asimd\n", False),
        ("", False),
    ],
)
def test_processors(tmp_path, table, expected) -> None:
    (tmp_path / "cpuinfo").write_text(table)
    assert sessions.has_dot_products(str(tmp_path / "cpuinfo")) is expected


def test_a_system_that_does_not_say_is_taken_for_one_without(tmp_path) -> None:
    assert sessions.has_dot_products(str(tmp_path / "none")) is False


def test_scores_are_the_same_with_and_without_dot_products(monkeypatch) -> None:
    tokens = np.array([[101, 2002, 2056, 102, 2009, 2003, 2058, 102]], dtype=np.int64)
    feed = {"input_ids": tokens, "token_type_ids": (tokens > 2010).astype(np.int64)}
    found = []
    for able in (True, False):
        monkeypatch.setattr(sessions, "has_dot_products", lambda able=able: able)
        (logits,) = sessions.open_session(model_path("embedded", "model.onnx")).run(["logits"], feed)
        found.append(logits)
    assert found[0] == pytest.approx(found[1], abs=1e-4)
