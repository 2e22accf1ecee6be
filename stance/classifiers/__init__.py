"""Classifiers: (premise, hypothesis) pairs in, label distributions out, behind one protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.classifiers.base import Scorer


def load(model: str = "embedded", *, device: str = "cpu", batch_size: int = 32, threads: int | None = None) -> Scorer:
    """Load a classifier.

    Args:
        model: `embedded` or `embedded-large` (in the package, no torch), a folder with an ONNX or a transformers model (one
            made by `stance finetune` too), or a hub id.
        device: where it runs: `cpu` or `cuda` (an ONNX model needs onnxruntime-gpu for that), for a transformers model
            also whatever else torch knows.
        batch_size: pairs in a forward pass of a transformers model, or on a GPU.
        threads: of the model's computations (for a transformers model: of torch as a whole); default: all cores.

    Returns:
        The loaded scorer.

    Raises:
        ModelError: if there is no such model, its files are incomplete or damaged, or it is no entailment model, or the
            device cannot be used.
    """
    from pathlib import Path

    from stance.classifiers.embedded import files
    from stance.classifiers.packed import is_part
    from stance.resources import model_path

    shipped = model_path(model)
    path = shipped if "/" not in model and (shipped / "meta.json").is_file() else Path(model).expanduser()
    names = files(path)  # also those that are missing: without its heads a folder would pass for its base
    if "heads.safetensors" in names:
        from stance.classifiers.finetuned import FinetunedScorer

        return FinetunedScorer(path, device=device, batch_size=batch_size, threads=threads)
    if model == "embedded" or any(name.endswith(".onnx") or is_part(name) for name in names):
        from stance.classifiers.embedded import EmbeddedScorer, read_meta

        folder = shipped if model == "embedded" else path
        scorer = EmbeddedScorer(folder, device=device, batch_size=batch_size, threads=threads)
        smaller = read_meta(folder).get("frames")
        if not smaller:
            return scorer
        from stance.classifiers.routed import RoutedScorer

        return RoutedScorer(scorer, load(smaller, device=device, batch_size=batch_size, threads=threads))
    from stance.classifiers.hub import HubScorer

    if threads:
        import torch

        torch.set_num_threads(threads)
    return HubScorer(model, device=device, batch_size=batch_size)
