"""ONNX Runtime sessions, set up alike for every model: one thread a run, right on every processor."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

_DOT_PRODUCTS = frozenset({"avx512_vnni", "avx_vnni", "avx512vnni", "avxvnni"})


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def open_session(path: Path | str) -> InferenceSession:
    """A session on the CPU whose runs take one thread each: callers run several at a time.

    Weights are signed 8-bit. Processors without 8-bit dot products would add their products up in 16 bits, which
    overflow; there ONNX Runtime is told to take exact, slower arithmetic. The results are the same everywhere.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.x64quantprecision", "0" if has_dot_products() else "1")
    return onnxruntime.InferenceSession(str(path), sess_options=options, providers=["CPUExecutionProvider"])


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
