"""`kill -9` in the middle of training, then the same command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stance.training.arguments import Arguments
from stance.training.finetune import finetune
from stance.training.full import by_length, newest_checkpoint
from tests.training.conftest import stance_rows, write

PAUSE = """
import sys, time
from stance.training import full
from transformers.trainer_callback import TrainerCallback
class Slow(TrainerCallback):
    def on_step_end(self, args, state, control, **_):
        time.sleep(0.15)
full._reporter = lambda progress: Slow()
from stance.training.finetune import finetune
from stance.training.arguments import Arguments
finetune({rows!r}, {out!r}, Arguments(base={base!r}, method="full", epochs=3, learning_rate=3e-3, batch_size=8, device="cpu"),
    progress=print)
"""


def start(rows: str, out: Path, base: str) -> subprocess.Popen[bytes]:
    code = PAUSE.format(rows=rows, out=str(out), base=base)
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", code], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def test_a_killed_training_resumes_and_ends_the_same(base, tmp_path) -> None:
    import torch

    rows = write(tmp_path / "rows.jsonl", stance_rows())
    process = start(rows, tmp_path / "killed", base)
    checkpoints = tmp_path / "killed.partial" / "checkpoints"
    deadline = time.monotonic() + 300
    while not (checkpoints.is_dir() and newest_checkpoint_state(checkpoints)):
        assert process.poll() is None, process.stderr.read().decode() if process.stderr else ""
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed").exists()
    (checkpoints / "checkpoint-999").mkdir()  # as a kill in the middle of a write leaves it
    torch.set_num_threads(1)  # as in the process that was killed: sums depend on how they are shared out
    arguments = Arguments(base=base, method="full", epochs=3, learning_rate=3e-3, batch_size=8, device="cpu")
    for name in ("killed", "whole"):
        finetune(rows, tmp_path / name, arguments)
        assert not (tmp_path / f"{name}.partial").exists()
    first, second = (json.loads((tmp_path / name / "meta.json").read_text()) for name in ("killed", "whole"))
    assert first["training"]["run"]["seconds"] > 0
    assert first["figures"] == second["figures"]
    assert first["sha256"]["model.safetensors"] == second["sha256"]["model.safetensors"]


def newest_checkpoint_state(folder: Path) -> bool:
    return any((path / "trainer_state.json").is_file() for path in folder.glob("checkpoint-*"))


def test_batches_hold_rows_of_one_length_in_an_order_of_their_own_each_epoch() -> None:
    lengths = [(at * 7) % 50 + 5 for at in range(403)]
    order = by_length(lengths, batch=8, seed=3)
    assert sorted(order) == list(range(403))
    batches = [order[at : at + 8] for at in range(0, 403, 8)]
    padded = sum(len(batch) * max(lengths[at] for at in batch) for batch in batches)
    assert padded < 1.1 * sum(lengths)
    assert order == by_length(lengths, batch=8, seed=3)
    other = by_length(lengths, batch=8, seed=4)
    assert {frozenset(other[at : at + 8]) for at in range(0, 403, 8)} != {frozenset(batch) for batch in batches}


@pytest.mark.parametrize("missing", ["trainer_state.json", "model.safetensors", "optimizer.pt"])
def test_half_written_checkpoints_are_passed_over(missing, tmp_path) -> None:
    for step in (2, 10):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        for name in ("model.safetensors", "optimizer.pt"):
            (folder / name).write_bytes(b"x")
        (folder / "trainer_state.json").write_text(json.dumps({"global_step": step}))
    (tmp_path / "checkpoint-10" / missing).unlink()
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert not (tmp_path / "checkpoint-10").exists()
