import numpy as np
import pytest

from stance import sessions
from stance.classifiers.embedded import EmbeddedScorer
from stance.errors import ModelError
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


def test_the_threads_are_those_asked_for_else_the_cores_of_this_process(monkeypatch) -> None:
    monkeypatch.setattr(sessions.os, "sched_getaffinity", lambda _: {0, 2, 5}, raising=False)
    assert EmbeddedScorer(model_path("embedded"), threads=1)._threads == 1
    assert EmbeddedScorer(model_path("embedded"))._threads == 3
    monkeypatch.delattr(sessions.os, "sched_getaffinity")
    monkeypatch.setattr(sessions.os, "cpu_count", lambda: None)
    assert sessions.cores() == 1


@pytest.mark.parametrize(
    ("device", "expected"), [(None, False), ("cpu", False), ("auto", False), ("cuda", True), ("cuda:1", True)]
)
def test_devices(device, expected) -> None:
    assert sessions.on_gpu(device) is expected


@pytest.mark.parametrize("device", ["mps", "gpu", "CUDA", "cuda:", "cuda:x", ""])
def test_a_device_that_onnx_runtime_has_not_is_named_with_the_remedy(device) -> None:
    with pytest.raises(ModelError, match=f"--device {device}: .*use --device cpu"):
        sessions.on_gpu(device)


class FakeSession:
    """An ONNX Runtime with CUDA, as far as opening a session goes."""

    works = True

    def __init__(self, _model, _options, *, providers, **_options_of_fallback) -> None:
        self.asked = providers

    def get_providers(self):
        return [name if isinstance(name, str) else name[0] for name in self.asked[0 if self.works else 1 :]]


def test_a_gpu_is_asked_for_in_full_precision_and_the_cpu_for_the_rest(monkeypatch) -> None:
    import onnxruntime

    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    monkeypatch.setattr(onnxruntime, "InferenceSession", FakeSession)
    (name, options), rest = sessions.open_session(b"", device="cuda:1").asked
    assert (name, options, rest) == (
        "CUDAExecutionProvider",
        {"device_id": "1", "use_tf32": "0"},
        "CPUExecutionProvider",
    )
    assert sessions.open_session(b"").asked == ["CPUExecutionProvider"]
    monkeypatch.setattr(FakeSession, "works", False)
    with pytest.raises(ModelError, match=r"--device cuda: ONNX Runtime cannot start it \(.*driver.*use --device cpu"):
        sessions.open_session(b"", device="cuda")


def test_free_memory_is_read_where_the_system_says_it(tmp_path) -> None:
    table = tmp_path / "meminfo"
    table.write_text(
        "MemTotal:       24105000 kB\nMemFree:  8569000 kB\nMemAvailable:   2048000 kB\n", encoding="ascii"
    )
    assert sessions.free_memory(str(table)) == 2000
    assert sessions.free_memory(str(tmp_path / "none")) is None
