"""A BERT cross-encoder as an ONNX graph: fp32 or with 8-bit weights.

The graph is written node by node with ONNX Runtime's fused operators instead of traced, so that it is the same on every
version of torch, needs no optimiser pass, and quantises exactly what is meant: weights by column, activations by tensor at
run time, the word table by row. Sequences run unpadded, so there is no mask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from stance.schema import ENTAILMENTS

Array = NDArray[np.float32]
MICROSOFT = "com.microsoft"
EIGHT_BIT = ("embedding", "qkv", "attention_out", "up", "down")


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


def build(weights: Mapping[str, Array], config: Mapping[str, Any], quantise: frozenset[str]) -> onnx.ModelProto:
    """The ONNX graph of a BERT sequence classifier for one unpadded sequence.

    Args:
        weights: tensors by their transformers name, fp32.
        config: the model's `config.json`.
        quantise: which of `EIGHT_BIT` are 8-bit; the others stay fp32.

    Raises:
        KeyError: the weights are not those of a BERT sequence classifier.
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


def can_build(config: Mapping[str, Any]) -> bool:
    """Whether `build` knows this architecture."""
    return (
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )
