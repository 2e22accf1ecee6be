"""ONNX Runtime sessions, set up alike for every model: one thread a run, right on every processor."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import ModelError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
_DOT_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "avx512vnni", "avxvnni"})


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def free_memory(table: str = "/proc/meminfo") -> int | None:
    """Memory in MB that can be had without swapping, `None` where the system does not say it in `table` (not Linux)."""
    try:
        lines = Path(table).read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("MemAvailable:")), None)


def on_gpu(device: str | None) -> bool:
    """Whether a device is a GPU that ONNX Runtime may run on: `cuda`, or `cuda:1` for the second one.

    Raises:
        ModelError: it is neither that nor the CPU (`cpu`, `auto` or none given).
    """
    if device in (None, "cpu", "auto"):
        return False
    if re.fullmatch(r"cuda(:\d+)?", device):
        return True
    raise ModelError(
        f"--device {device}: ONNX models, the embedded one among them, run on cpu or cuda (cuda:1 is the second GPU); "
        "use --device cpu, or name a transformers model with --model"
    )


def open_session(model: Path | str | bytes, *, device: str | None = None) -> InferenceSession:
    """A session whose runs take one thread each: callers run several at a time.

    8-bit weights are signed. Processors without 8-bit dot products would add their products up in 16 bits, which
    overflow; there ONNX Runtime is told to take exact, slower arithmetic. The results are the same everywhere.

    Args:
        model: a file, or what would be in it.
        device: see `on_gpu`.

    Raises:
        ModelError: ONNX Runtime cannot run on this device.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.x64quantprecision", "0" if has_dot_products() else "1")
    given = model if isinstance(model, bytes) else str(model)
    providers = _providers(device, onnxruntime.get_available_providers())
    if not on_gpu(device):
        return onnxruntime.InferenceSession(given, options, providers=providers)
    try:
        session = onnxruntime.InferenceSession(given, options, providers=providers, enable_fallback=False)
        started, reason = _CUDA in session.get_providers(), "its driver, CUDA or cuDNN do not fit this onnxruntime-gpu"
    except Exception as error:  # the library raises classes of its own
        started, reason = False, str(error).splitlines()[0]
    if not started:
        raise ModelError(f"--device {device}: ONNX Runtime cannot start it ({reason}); mend that, or use --device cpu")
    return session


def _providers(device: str | None, available: list[str]) -> list[Any]:
    """What a session is to run on, first choice first."""
    if device is None or not on_gpu(device):
        return [_CPU]
    if _CUDA not in available:
        raise ModelError(
            f"--device {device}: the installed onnxruntime has no CUDA; install onnxruntime-gpu in its place, "
            "or use --device cpu"
        )
    # TF32 keeps ten bits of a number: scores would then depend on what is computed together.
    return [(_CUDA, {"device_id": device.partition(":")[2] or "0", "use_tf32": "0"}), _CPU]


@cache
def has_dot_products(table: str = "/proc/cpuinfo") -> bool:
    """Whether the processor is known to multiply and add 8-bit numbers without overflow (x86 with VNNI).

    Args:
        table: where the system says what the processor can; not knowing counts as no.
    """
    try:
        with Path(table).open(encoding="utf-8", errors="replace") as lines:
            return next(
                (not _DOT_PRODUCTS.isdisjoint(line.split()) for line in lines if line.startswith("flags")), False
            )
    except OSError:
        return False
