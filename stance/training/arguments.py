"""What a fine-tuning is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from stance.errors import UsageError

Method = Literal["auto", "head", "full"]
FULL_FROM = 400  # rows from which `auto` tunes the whole encoder
FULL_FROM_GPU = 100


@dataclass(frozen=True, slots=True)
class Arguments:
    """Everything that decides the outcome, so that two runs with equal arguments and data give equal models.

    Attributes:
        task: stance or frame.
        method: `head`, `full` or `auto` (by the number of rows and whether there is a GPU).
        base: `embedded`, a folder or a hub id.
        codebook: frames by name or path; empty for one made of the labels in the data.
        split_by: the column that holds a row's document; empty for the usual names.
        dev_share: share of the rows held out to stop training and to calibrate (`full`).
        test_share: share held out for the figures of the card (`full`).
        folds: of the cross-validation (`head`).
        seed: of the split, the order and the dropout.
        epochs: at most; early stopping ends before (`full`).
        learning_rate: its peak (`full`).
        batch_size: pairs in a forward pass.
        accumulation: forward passes a step.
        patience: evaluations without gain before training stops.
        balanced: whether each class weighs the same.
        negatives: hypotheses of frames that do not hold, drawn for each text (`full`).
        error_rate: share of wrong answers that abstention shall hold.
        device: `auto`, or as torch names it.
    """

    task: Literal["stance", "frame"] = "stance"
    method: Method = "auto"
    base: str = "embedded"
    codebook: str = ""
    split_by: str = ""
    dev_share: float = 0.15
    test_share: float = 0.15
    folds: int = 5
    seed: int = 0
    epochs: int = 6
    learning_rate: float = 5e-5
    batch_size: int = 16
    accumulation: int = 1
    patience: int = 3
    balanced: bool = True
    negatives: int = 4
    error_rate: float = 0.2
    device: str = "auto"

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "accumulation", "patience", "negatives"):
            if getattr(self, name) < 1:
                raise UsageError(f"--{name.replace('_', '-')}: at least 1")
        if self.codebook and self.task != "frame":
            raise UsageError(f"--frames {self.codebook}: a codebook is for --task frame")
        if not 0 < self.learning_rate < 1:
            raise UsageError("--learning-rate: more than 0 and less than 1, e.g. 5e-5")
        if not (0 < self.dev_share < 0.5 and 0 < self.test_share < 0.5):
            raise UsageError("the shares held out must be between 0 and 0.5")

    def to_json(self) -> Mapping[str, Any]:
        """For the fingerprint and the card."""
        return asdict(self)

    def chosen_method(self, rows: int) -> Literal["head", "full"]:
        """`method`, with `auto` decided."""
        if self.method != "auto":
            return self.method
        if rows < FULL_FROM_GPU:
            return "head"  # without importing torch
        return "full" if rows >= FULL_FROM or self.torch_device() != "cpu" else "head"

    def torch_device(self) -> str:
        """`device`, with `auto` decided: a GPU where there is one.

        Raises:
            UsageError: torch knows no such device, or this machine has none.
        """
        if self.device == "cpu":
            return "cpu"
        import torch

        if self.device == "auto":
            return "cuda" if torch.cuda.is_available() else "cpu"
        try:
            torch.empty(0, device=self.device)
        except (RuntimeError, AssertionError, NotImplementedError, ImportError):
            raise UsageError(f"--device {self.device}: torch has no such device here; choose auto or cpu") from None
        return self.device
