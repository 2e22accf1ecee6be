"""Write the trained cross-encoder as ONNX: fp32 for reference, 8-bit for shipping, and fp16 safetensors to tune from.

    python scripts/export_classifier.py .work/classifier/stance/final -o stance/models/embedded

The graph is written node by node with ONNX Runtime's fused operators instead of traced, so that it is the same on
every version of torch, needs neither torch nor an optimiser pass, and quantises exactly what is meant: weights by
column, activations by tensor at run time, the word table by row. Sequences run unpadded, so there is no mask.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

from stance.schema import ENTAILMENTS

Array = NDArray[np.float32]
MICROSOFT = "com.microsoft"
LINEAR = ("qkv", "attention_out", "up", "down")


class Graph:
    """Collects nodes and constants; names of intermediate values are made from their role."""

    def __init__(self, *, quantise: frozenset[str]) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.quantise = quantise

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """Store an array under a name."""
        self.constants.append(numpy_helper.from_array(np.array(value, order="C"), name))
        return name

    def add(self, op: str, inputs: list[str], name: str, *, domain: str = "", **attributes: Any) -> str:
        """Append a node with one output, called `name`."""
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, domain=domain, **attributes))
        return name

    def embedding(self, name: str, table: Array, index: str) -> str:
        """Rows of a table; 8-bit with a scale a row where "embedding" is quantised."""
        if "embedding" not in self.quantise:
            return self.add("Gather", [self.constant(f"{name}.table", table), index], name)
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127
        quantised = np.round(table / scale).astype(np.int8)
        rows = self.add("Gather", [self.constant(f"{name}.table", quantised), index], f"{name}.rows")
        scales = self.add("Gather", [self.constant(f"{name}.scale", scale.astype(np.float32)), index], f"{name}.scales")
        return self.add("Mul", [self.add("Cast", [rows], f"{name}.float", to=TensorProto.FLOAT), scales], name)

    def linear(self, name: str, weight: Array, bias: Array | None, value: str) -> str:
        """`value @ weight.T (+ bias)`; 8-bit by column where the last part of `name` is quantised."""
        columns = weight.T
        if name.rsplit(".", 1)[-1] not in self.quantise:
            out = self.add("MatMul", [value, self.constant(f"{name}.weight", columns)], f"{name}.product")
            return out if bias is None else self.add("Add", [out, self.constant(f"{name}.bias", bias)], name)
        scale = np.maximum(np.abs(columns).max(axis=0), 1e-8) / 127
        # unsigned with a fixed zero point: signed weights overflow 16-bit sums on CPUs without VNNI
        quantised = (np.round(columns / scale) + 128).astype(np.uint8)
        inputs = [
            value,
            self.constant(f"{name}.weight", quantised),
            self.constant(f"{name}.scale", scale.astype(np.float32)),
            self.constant(f"{name}.zero", np.full(scale.shape, 128, dtype=np.uint8)),
        ]
        if bias is not None:
            inputs.append(self.constant(f"{name}.bias", bias))
        return self.add("DynamicQuantizeMatMul", inputs, name, domain=MICROSOFT)


def build(weights: dict[str, Array], config: dict[str, Any], quantise: frozenset[str]) -> onnx.ModelProto:
    """The ONNX graph of a BERT sequence classifier for one unpadded sequence.

    Args:
        weights: tensors by their transformers name, fp32.
        config: the model's `config.json`.
        quantise: which of `embedding`, `qkv`, `attention_out`, `up`, `down` are 8-bit.
    """
    graph = Graph(quantise=quantise)
    epsilon = float(config["layer_norm_eps"])

    def norm(name: str, prefix: str, value: str, skip: str, bias: str = "") -> str:
        gamma = graph.constant(f"{name}.gamma", weights[f"{prefix}.weight"])
        beta = graph.constant(f"{name}.beta", weights[f"{prefix}.bias"])
        inputs = [value, skip, gamma, beta, *([bias] if bias else [])]
        return graph.add("SkipLayerNormalization", inputs, name, domain=MICROSOFT, epsilon=epsilon)

    base = "bert.embeddings"
    words = graph.embedding("words", weights[f"{base}.word_embeddings.weight"], "input_ids")
    length = graph.add("Shape", ["input_ids"], "length", start=1, end=2)
    zero, axis = graph.constant("zero", np.zeros(1, np.int64)), graph.constant("axis", np.zeros(1, np.int64))
    table = graph.constant("positions.table", weights[f"{base}.position_embeddings.weight"])
    places = graph.add("Slice", [table, zero, length, axis], "positions")
    types = graph.constant("types.table", weights[f"{base}.token_type_embeddings.weight"])
    kinds = graph.add("Gather", [types, "token_type_ids"], "types")
    hidden = norm("embedded", f"{base}.LayerNorm", graph.add("Add", [words, places], "placed"), kinds)
    sizes = graph.constant("sizes", np.full(3, int(config["hidden_size"]), np.int64))
    for layer in range(int(config["num_hidden_layers"])):
        at, name = f"bert.encoder.layer.{layer}", f"layer{layer}"
        parts = [weights[f"{at}.attention.self.{part}.weight"] for part in ("query", "key", "value")]
        biases = [weights[f"{at}.attention.self.{part}.bias"] for part in ("query", "key", "value")]
        qkv = graph.linear(f"{name}.qkv", np.concatenate(parts), np.concatenate(biases), hidden)
        split = [f"{name}.{part}" for part in ("query", "key", "value")]
        graph.nodes.append(helper.make_node("Split", [qkv, sizes], split, axis=2))
        heads = int(config["num_attention_heads"])
        mixed = graph.add("MultiHeadAttention", split, f"{name}.mixed", domain=MICROSOFT, num_heads=heads)
        out = graph.linear(f"{name}.attention_out", weights[f"{at}.attention.output.dense.weight"], None, mixed)
        bias = graph.constant(f"{name}.attention_bias", weights[f"{at}.attention.output.dense.bias"])
        hidden = norm(f"{name}.attended", f"{at}.attention.output.LayerNorm", out, hidden, bias)
        up = graph.linear(f"{name}.up", weights[f"{at}.intermediate.dense.weight"], None, hidden)
        bias = graph.constant(f"{name}.up_bias", weights[f"{at}.intermediate.dense.bias"])
        up = graph.add("BiasGelu", [up, bias], f"{name}.gelu", domain=MICROSOFT)
        down = graph.linear(f"{name}.down", weights[f"{at}.output.dense.weight"], None, up)
        bias = graph.constant(f"{name}.down_bias", weights[f"{at}.output.dense.bias"])
        hidden = norm(f"{name}.out", f"{at}.output.LayerNorm", down, hidden, bias)
    first = graph.add("Gather", [hidden, graph.constant("first", np.array(0, np.int64))], "first_token", axis=1)
    pooled = graph.linear("pooler", weights["bert.pooler.dense.weight"], weights["bert.pooler.dense.bias"], first)
    pooled = graph.add("Tanh", [pooled], "pooled")
    head = graph.linear("head", weights["classifier.weight"], weights["classifier.bias"], pooled)
    graph.add("Identity", [head], "logits")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
        for name in ("input_ids", "token_type_ids")
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", len(ENTAILMENTS)])]
    body = helper.make_graph(graph.nodes, "stance_classifier", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    return helper.make_model(body, opset_imports=opsets, ir_version=8, producer_name="stance")


def export(source: Path, out: Path, *, quantise: frozenset[str], name: str = "embedded") -> None:
    """Write `model.onnx`, `model.safetensors` (fp16), tokenizer, config and a first `meta.json`.

    The calibration and figures of an existing `meta.json` are not kept: they belong to other weights.
    """
    out.mkdir(parents=True, exist_ok=True)
    weights = {key: value.astype(np.float32) for key, value in load_file(source / "model.safetensors").items()}
    config = json.loads((source / "config.json").read_text())
    onnx.save(build(weights, config, quantise), out / "model.onnx")
    halves = {key: value.astype(np.float16) if value.dtype == np.float32 else value for key, value in weights.items()}
    save_file(halves, out / "model.safetensors", metadata={"format": "pt"})
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(source / file, out / file)
    clean_tokenizer(out / "tokenizer.json")
    hashed = ("model.onnx", "model.safetensors", "tokenizer.json", "config.json")
    meta = {
        "name": name,
        "role": "classifier",
        "task": "entailment, stance, frames",
        "weights": "model.onnx",
        "labels": list(ENTAILMENTS),
        "window": 256,
        "licence": "MIT",
        "base": "sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0)",
        "eight_bit": sorted(quantise),
        "sha256": {file: hashlib.sha256((out / file).read_bytes()).hexdigest() for file in hashed},
    }
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n")


def clean_tokenizer(path: Path) -> None:
    """Take padding and truncation out of a `tokenizer.json`: callers decide about them, and nothing is cut silently."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["truncation"] = data["padding"] = None
    path.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def main() -> None:
    """Parse the command line and export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder that training wrote")
    parser.add_argument("-o", "--out", type=Path, default=Path("stance/models/embedded"))
    parser.add_argument("--eight-bit", default="embedding,qkv,attention_out,up,down", help="'' for fp32")
    parser.add_argument("--name", default="embedded")
    args = parser.parse_args()
    export(args.source, args.out, quantise=frozenset(filter(None, args.eight_bit.split(","))), name=args.name)


if __name__ == "__main__":
    main()
