"""Write the trained cross-encoder as ONNX: fp32 for reference, 8-bit for shipping, and fp16 safetensors to tune from.

    python scripts/export_classifier.py .work/classifier/stance/final -o stance/models/embedded
    python scripts/layer_moments.py DATA_FOLDER .work/large/stance/final -o .work/moments.safetensors
    python scripts/export_classifier.py .work/large/stance/final -o stance/models/embedded-large \\
        --packed --moments .work/moments.safetensors --name embedded-large

A larger model is packed instead: 4-bit weights in safetensors of under 50 MB, from which all of these are made when needed.
The graph is that of `stance.training.onnx_graph`, which `stance finetune --method full` writes too. Needs no torch.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from stance.classifiers import packed
from stance.schema import ENTAILMENTS
from stance.training import save
from stance.training.onnx_graph import EIGHT_BIT, build

OUTLIERS = (
    16  # of 768 or 3,072 numbers: with them apart, 8 bits give the labels of single precision for 98 % instead of 83 %
)
WINDOW = 256  # tokens: the longest that training saw


BASES = {
    "bert": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
    "mpnet": "sentence-transformers/all-mpnet-base-v2 (Apache-2.0)",
}


def export(
    source: Path,
    out: Path,
    *,
    quantise: frozenset[str],
    name: str = "embedded",
    as_packed: bool = False,
    moments: Path | None = None,
) -> None:
    """Write `model.onnx` and `model.safetensors` (fp16), or packed weights, with tokenizer, config and a first `meta.json`.

    The calibration and figures of an existing `meta.json` are not kept: they belong to other weights.
    """
    weights = {key: value.astype(np.float32) for key, value in load_file(source / "model.safetensors").items()}
    config = json.loads((source / "config.json").read_text(encoding="utf-8"))
    out.mkdir(parents=True, exist_ok=True)
    sums = load_file(moments) if moments else None
    if as_packed:
        run = packed.write(weights, out, sums)[0]
    else:
        run = "model.onnx"
        onnx.save(build(weights, config, quantise), out / run)
        halves = {key: value.astype(np.float16) for key, value in weights.items()}
        save_file(halves, out / "model.safetensors", metadata={"format": "pt"})
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(source / file, out / file)
    save.clean_tokenizer(out / "tokenizer.json")
    meta = {
        "name": name,
        "role": "classifier",
        "task": "entailment, stance, frames",
        "weights": run,
        "labels": list(ENTAILMENTS),
        "window": WINDOW,
        "licence": "MIT",
        "base": BASES[config["model_type"]],
        "eight_bit": sorted(quantise),
    }
    if as_packed:
        meta |= {"frames": "embedded", "outliers": outliers(sums or {})}
    if (source / "training.json").is_file():
        record = json.loads((source / "training.json").read_text(encoding="utf-8"))
        meta["training"] = {key: record[key] for key in ("stage", "pairs", "minutes", "sources")}
    save.write_meta(out, meta)


def outliers(moments: Mapping[str, NDArray[np.float32]]) -> dict[str, list[int]]:
    """The largest numbers of what layers read, by the layer's name in the graph."""
    parts = {"attention.attn.q": "qkv", "intermediate.dense": "up", "output.dense": "down"}
    out = {}
    for name, total in moments.items():
        layer, part = name.removesuffix(".weight").partition("encoder.layer.")[2].split(".", 1)
        if part in parts:
            out[f"layer{layer}.{parts[part]}"] = sorted(np.argsort(-np.diag(total))[:OUTLIERS].tolist())
    return out


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder that training wrote")
    parser.add_argument("-o", "--out", type=Path, default=Path("stance/models/embedded"))
    parser.add_argument("--eight-bit", default=",".join(EIGHT_BIT), help="'' for fp32")
    parser.add_argument("--name", default="embedded")
    parser.add_argument("--packed", action="store_true", help="4-bit weights in parts")
    parser.add_argument(
        "--moments", type=Path, help="of the layers' inputs, from layer_moments.py: packs with less error"
    )
    args = parser.parse_args()
    parts = frozenset(filter(None, args.eight_bit.split(",")))
    export(args.source, args.out, quantise=parts, name=args.name, as_packed=args.packed, moments=args.moments)


if __name__ == "__main__":
    main()
