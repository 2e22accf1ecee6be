"""A BERT or MPNet cross-encoder as an ONNX graph: fp32 or with 8-bit weights.

The graph is written node by node with ONNX Runtime's fused operators instead of traced, so that it is the same on every
version of torch, needs no optimiser pass, and quantises exactly what is meant: weights by column, the word table by row, and,
unless they are to stay as they are, activations by tensor at run time. Sequences run unpadded, so there is no mask.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from stance.schema import ENTAILMENTS

Array = NDArray[np.float32]
MICROSOFT = "com.microsoft"
DISTANCES = "bert.encoder.relative_attention_bias.weight"  # MPNet's, by the names of `as_bert`
EIGHT_BIT = ("embedding", "qkv", "attention_out", "up", "down")

_MPNET_NAMES = (  # and what BERT calls them
    ("mpnet.", "bert."),
    ("attention.attn.q.", "attention.self.query."),
    ("attention.attn.k.", "attention.self.key."),
    ("attention.attn.v.", "attention.self.value."),
    ("attention.attn.o.", "attention.output.dense."),
    ("attention.LayerNorm.", "attention.output.LayerNorm."),
    ("classifier.dense.", "bert.pooler.dense."),
    ("classifier.out_proj.", "classifier."),
)


class Graph:
    """Collects nodes and constants; names of intermediate values are made from their role."""

    def __init__(
        self, *, quantise: frozenset[str], activations: bool = True, outliers: Mapping[str, Sequence[int]] | None = None
    ) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.quantise = quantise
        self.activations = activations
        self.outliers = outliers or {}

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

    def stored(self, name: str, columns: Array, scale: Array) -> str:
        """A matrix kept in 8 bits in the file; ONNX Runtime folds it to single precision once, when it loads the model."""
        quantised = self.constant(f"{name}.weight", np.round(columns / scale).astype(np.int8))
        rows = self.add("Cast", [quantised], f"{name}.float", to=TensorProto.FLOAT)
        return self.add("Mul", [rows, self.constant(f"{name}.scale", scale.astype(np.float32))], f"{name}.scaled")

    def linear(self, name: str, weight: Array, bias: Array | None, value: str, *, reads: str = "") -> str:
        """`value @ weight.T (+ bias)`; 8-bit by column where the last part of `name` is quantised.

        `reads` is the name of `value` in `outliers`.
        """
        columns = weight.T
        quantised_here = name.rsplit(".", 1)[-1] in self.quantise
        if quantised_here and self.activations and reads in self.outliers:
            # A few numbers of every token are many times the others, and would leave these no steps: they go by themselves,
            # in single precision (LLM.int8: Dettmers et al. 2022).
            apart = np.array(self.outliers[reads], np.int64)
            large = self.add("Gather", [value, self.constant(f"{name}.apart", apart)], f"{name}.large", axis=-1)
            beside = self.add(
                "MatMul", [large, self.constant(f"{name}.large_weight", columns[apart])], f"{name}.beside"
            )
            rest = np.ones(len(columns), np.float32)
            rest[apart] = 0
            value = self.add("Mul", [value, self.constant(f"{name}.rest", rest)], f"{name}.even")
            even = self.eight_bit(f"{name}.part", columns * rest[:, None], bias, value)
            return self.add("Add", [even, beside], name)
        if not (quantised_here and self.activations):
            scale = np.maximum(np.abs(columns).max(axis=0), 1e-8) / 127
            stored = self.stored(name, columns, scale) if quantised_here else self.constant(f"{name}.weight", columns)
            out = self.add("MatMul", [value, stored], f"{name}.product")
            return out if bias is None else self.add("Add", [out, self.constant(f"{name}.bias", bias)], name)
        return self.eight_bit(name, columns, bias, value)

    def eight_bit(self, name: str, columns: Array, bias: Array | None, value: str) -> str:
        """`value @ columns (+ bias)`, both in 8 bits."""
        scale = np.maximum(np.abs(columns).max(axis=0), 1e-8) / 127
        # Signed: CPUs with VNNI multiply unsigned by signed in half the time. `stance.sessions` sees to the others.
        inputs = [
            value,
            self.constant(f"{name}.weight", np.round(columns / scale).astype(np.int8)),
            self.constant(f"{name}.scale", scale.astype(np.float32)),
            self.constant(f"{name}.zero", np.zeros(scale.shape, dtype=np.int8)),
        ]
        if bias is not None:
            inputs.append(self.constant(f"{name}.bias", bias))
        return self.add("DynamicQuantizeMatMul", inputs, name, domain=MICROSOFT)

    def norm(
        self, name: str, weights: Mapping[str, Array], prefix: str, values: tuple[str, str], epsilon: float
    ) -> str:
        """The layer norm of a sum. Not the fused operator, whose loops are not vectorised."""
        gamma = self.constant(f"{name}.gamma", weights[f"{prefix}.weight"])
        beta = self.constant(f"{name}.beta", weights[f"{prefix}.bias"])
        total = self.add("Add", list(values), f"{name}.sum")
        return self.add("LayerNormalization", [total, gamma, beta], name, axis=-1, epsilon=epsilon)

    def model(self, inputs: Sequence[str], outputs: Mapping[str, Sequence[str | int]]) -> onnx.ModelProto:
        """The graph as a model: whole numbers (batch, sequence) in, single precision out."""
        given = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"]) for name in inputs]
        made = [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in outputs.items()]
        body = helper.make_graph(self.nodes, "stance", given, made, self.constants)
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
        return helper.make_model(body, opset_imports=opsets, ir_version=8, producer_name="stance")


def as_bert(weights: Mapping[str, Array], config: Mapping[str, Any]) -> dict[str, Array]:
    """Weights by BERT's names; MPNet (Song et al. 2020) is a BERT without token types that also weighs distances."""
    if config.get("model_type") != "mpnet":
        return dict(weights)
    out: dict[str, Array] = {}
    for given, value in weights.items():
        name = given
        for old, new in _MPNET_NAMES:
            name = name.replace(old, new)
        out[name] = value
    place = "bert.embeddings.position_embeddings.weight"
    out[place] = out[place][2:]  # the first place is that after the padding's, whose number is 1
    return out


def build(
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    quantise: frozenset[str],
    *,
    activations: bool = True,
    outliers: Mapping[str, Sequence[int]] | None = None,
) -> onnx.ModelProto:
    """The ONNX graph of a BERT or MPNet sequence classifier for one unpadded sequence.

    Args:
        weights: tensors by their transformers name, fp32.
        config: the model's `config.json`.
        quantise: which of `EIGHT_BIT` are 8-bit; the others stay fp32.
        activations: whether what these are multiplied with is 8-bit too: twice as fast, and further from torch.
        outliers: numbers of a layer's input that stay in single precision, by `layer0.qkv`, `layer0.up`, `layer0.down` and so on.

    Raises:
        KeyError: the weights are not those of such a classifier.
    """
    graph = Graph(quantise=quantise, activations=activations, outliers=outliers)
    weights = as_bert(weights, config)
    base = "bert.embeddings"
    words = graph.embedding("words", weights[f"{base}.word_embeddings.weight"], "input_ids")
    parts = [words, positions(graph, weights, base, "input_ids")]
    inputs = ["input_ids"]
    if f"{base}.token_type_embeddings.weight" in weights:
        types = graph.constant("types.table", weights[f"{base}.token_type_embeddings.weight"])
        parts = [graph.add("Add", parts, "placed"), graph.add("Gather", [types, "token_type_ids"], "types")]
        inputs.append("token_type_ids")
    hidden = graph.norm("embedded", weights, f"{base}.LayerNorm", (parts[0], parts[1]), float(config["layer_norm_eps"]))
    layers = int(config["num_hidden_layers"])
    distance = distances(graph, weights) if DISTANCES in weights else None
    for layer in range(layers):
        hidden = encoder_layer(graph, weights, config, layer, hidden, first_only=layer == layers - 1, distance=distance)
    first = graph.add("Gather", [hidden, graph.constant("first", np.array(0, np.int64))], "first_token", axis=1)
    pooled = graph.linear("pooler", weights["bert.pooler.dense.weight"], weights["bert.pooler.dense.bias"], first)
    pooled = graph.add("Tanh", [pooled], "pooled")
    head = graph.linear("head", weights["classifier.weight"], weights["classifier.bias"], pooled)
    graph.add("Identity", [head], "logits")
    return graph.model(inputs, {"logits": ["batch", len(ENTAILMENTS)]})


def distances(graph: Graph, weights: Mapping[str, Array]) -> str:
    """What MPNet adds to the attention of a token to another by their distance, (1, heads, length, length)."""
    reach = len(weights["bert.embeddings.position_embeddings.weight"])
    table = weights[DISTANCES][buckets(np.arange(1 - reach, reach), len(weights[DISTANCES]))]
    scalar = {
        name: graph.constant(f"distance.{name}", np.array(value, np.int64))
        for name, value in (("none", 0), ("one", 1), ("most", reach - 1))
    }
    length = graph.add("Squeeze", ["length", "axis"], "distance.length")
    places = graph.add("Range", [scalar["none"], length, scalar["one"]], "distance.places")
    rows = graph.add("Unsqueeze", [places, graph.constant("distance.last", np.ones(1, np.int64))], "distance.rows")
    apart = graph.add("Sub", [places, rows], "distance.apart")
    index = graph.add("Add", [apart, scalar["most"]], "distance.index")
    found = graph.add("Gather", [graph.constant("distance.table", table), index], "distance.found")
    heads = graph.add("Transpose", [found], "distance.heads", perm=[2, 0, 1])
    return graph.add("Unsqueeze", [heads, "axis"], "distance")


def buckets(apart: NDArray[np.int64], count: int, *, furthest: int = 128) -> NDArray[np.int64]:
    """The bucket of each distance: near ones one by one, farther ones by their logarithm (Raffel et al. 2020).

    Args:
        apart: places from a token to the one that it attends to.
        count: of buckets, for both directions together.
        furthest: from this distance on all share the last bucket.
    """
    half = count // 2
    near = half // 2
    size = np.abs(apart)
    far = near + (np.log(np.maximum(size, 1) / near) / np.log(furthest / near) * (half - near)).astype(np.int64)
    return np.where(apart > 0, half, 0) + np.where(size < near, size, np.minimum(far, half - 1))


def positions(graph: Graph, weights: Mapping[str, Array], base: str, ids: str) -> str:
    """The position embeddings of a sequence as long as `ids` (batch, length)."""
    length = graph.add("Shape", [ids], "length", start=1, end=2)
    zero, axis = graph.constant("zero", np.zeros(1, np.int64)), graph.constant("axis", np.zeros(1, np.int64))
    table = graph.constant("positions.table", weights[f"{base}.position_embeddings.weight"])
    return graph.add("Slice", [table, zero, length, axis], "positions")


def encoder_layer(
    graph: Graph,
    weights: Mapping[str, Array],
    config: Mapping[str, Any],
    layer: int,
    hidden: str,
    *,
    base: str = "bert.encoder",
    first_only: bool = False,
    distance: str | None = None,
) -> str:
    """One layer of the encoder.

    Args:
        graph: what the layer is added to.
        weights: tensors by their transformers name, fp32.
        config: the model's `config.json`.
        layer: its number, from 0.
        hidden: what it reads, (batch, length, size).
        base: what its tensors' names begin with.
        first_only: compute only the first token, which is all that a classifier reads of the last layer.
        distance: what is added to attention by distance, see `distances`.

    Returns:
        The name of what it gives, (batch, length or 1, size).
    """
    at, name, epsilon = f"{base}.layer.{layer}", f"layer{layer}", float(config["layer_norm_eps"])

    def dense(part: str) -> tuple[Array, Array]:
        return weights[f"{at}.{part}.weight"], weights[f"{at}.{part}.bias"]

    def project(role: str, parts: tuple[str, ...], value: str) -> list[str]:
        """Projections of `value` as one product, cut into its parts."""
        matrices, biases = zip(*(dense(f"attention.self.{part}") for part in parts), strict=True)
        joined = graph.linear(
            f"{name}.{role}.qkv", np.concatenate(matrices), np.concatenate(biases), value, reads=f"{name}.qkv"
        )
        if len(parts) == 1:
            return [joined]
        sizes = graph.constant(f"{name}.sizes", np.full(len(parts), int(config["hidden_size"]), np.int64))
        names = [f"{name}.{part}" for part in parts]
        graph.nodes.append(helper.make_node("Split", [joined, sizes], names, name=f"{name}.split", axis=2))
        return names

    if first_only:
        keys = project("rest", ("key", "value"), hidden)
        index = graph.constant(f"{name}.first", np.zeros(1, np.int64))
        hidden = graph.add("Gather", [hidden, index], f"{name}.first_token", axis=1)
        attending = [*project("own", ("query",), hidden), *keys]
        distance = distance and graph.add("Gather", [distance, index], f"{name}.distance", axis=2)
    else:
        attending = project("all", ("query", "key", "value"), hidden)
    heads = int(config["num_attention_heads"])
    if distance:
        attending += ["", "", distance]  # no bias, no mask
    mixed = graph.add("MultiHeadAttention", attending, f"{name}.mixed", domain=MICROSOFT, num_heads=heads)
    out = graph.linear(f"{name}.attention_out", *dense("attention.output.dense"), mixed)
    hidden = graph.norm(f"{name}.attended", weights, f"{at}.attention.output.LayerNorm", (out, hidden), epsilon)
    matrix, bias = dense("intermediate.dense")
    up = graph.linear(f"{name}.up", matrix, None, hidden, reads=f"{name}.up")
    up = graph.add("BiasGelu", [up, graph.constant(f"{name}.up_bias", bias)], f"{name}.gelu", domain=MICROSOFT)
    down = graph.linear(f"{name}.down", *dense("output.dense"), up, reads=f"{name}.down")
    return graph.norm(f"{name}.out", weights, f"{at}.output.LayerNorm", (down, hidden), epsilon)


def can_build(config: Mapping[str, Any]) -> bool:
    """Whether `build` knows this architecture."""
    return (
        config.get("model_type") in ("bert", "mpnet")
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )
