"""What the layers of a trained classifier read, summed up for packing it in 4 bits with less error.

    python scripts/layer_moments.py DATA_FOLDER .work/large/stance/final -o .work/moments.safetensors

Runs a sample of the training examples through the model, and writes for every matrix of its encoder the sum of x xᵀ over
the vectors x that it is multiplied with. `scripts/export_classifier.py --packed --moments` reads them.
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from classifier_data import Mixer
from safetensors.numpy import save_file
from train_classifier import load_model, read_config
from transformers import AutoTokenizer


def moments(model: torch.nn.Module, batches: list[dict[str, torch.Tensor]]) -> dict[str, np.ndarray[Any, Any]]:
    """The sums, shape (columns, columns), by the name of the matrix; matrices that read the same share one."""
    sums: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def add(_layer: Any, inputs: tuple[torch.Tensor, ...]) -> None:
            rows = inputs[0].reshape(-1, inputs[0].shape[-1])
            sums[name] = sums.get(name, 0) + rows.T @ rows

        return add

    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)}
    watched = {f"{name}.weight": layer for name, layer in layers.items() if "encoder.layer." in name}
    hooks = [layer.register_forward_pre_hook(watch(name)) for name, layer in watched.items()]
    with torch.inference_mode():
        for batch in batches:
            model(**batch)
    for hook in hooks:
        hook.remove()
    return {name: total.numpy() for name, total in sums.items()}


def main() -> None:
    """Parse the command line, run the sample, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("source", type=Path, help="folder that training wrote")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--config", type=Path, default=Path("configs/train_classifier_large.yaml"))
    parser.add_argument("--examples", type=int, default=400)
    parser.add_argument("--seed", type=int, default=13)
    args = parser.parse_args()
    config = read_config(args.config)
    examples = Mixer(config, args.data, Path(config["project"]), "stance").examples()
    chosen = random.Random(args.seed).sample(examples, args.examples)
    tokenizer = AutoTokenizer.from_pretrained(args.source)
    pairs = [([one.premise], [one.hypothesis]) for one in chosen]
    batches = [
        tokenizer(*pair, return_tensors="pt", truncation=True, max_length=config["max_length"]) for pair in pairs
    ]
    model = load_model(args.source, 0.0).eval()
    save_file(moments(model, [dict(batch) for batch in batches]), args.out)


if __name__ == "__main__":
    main()
