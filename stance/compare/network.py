"""Networks: speaker × target with signs, and speakers who agree or disagree about the same targets.

The one-mode networks follow Discourse Network Analyzer (Leifeld 2017, in The Oxford Handbook of Political Networks;
github.com/leifeld/dna): a speaker is a set of (target, favor or against) pairs, each counted once. Congruence counts
the pairs that two speakers share, conflict the targets on which one is for and the other against, subtract is the
first minus the second. A speaker who is on both sides of a target has both pairs.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from stance.compare.model import PairEdge, SignedEdge
from stance.schema import Label, Quote, Speaker
from stance.statistics import Array

SIGNS: tuple[str, ...] = ("favor", "against")
NORMALISATIONS: tuple[str, ...] = ("raw", "average", "jaccard", "cosine")
MAX_SPEAKERS = 60
_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"


def signed_edges(
    labels: Sequence[Label], quotes: Mapping[str, Quote], speakers: Mapping[str, Speaker]
) -> tuple[SignedEdge, ...]:
    """Every speaker's labelled quotations on every target, most quotations first."""
    members: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for label in labels:
        quote = quotes[label.quote_id]
        speaker_id = quote.speaker_id or ""
        if label.label is not None and label.target and speaker_id in speakers:
            members[speaker_id, str(label.target)][label.label].append(quote.id)
    edges = []
    for (speaker_id, target), ids in members.items():
        favor, against, neutral = (len(ids[key]) for key in ("favor", "against", "neutral"))
        net = (favor - against) / (favor + against + neutral)
        every = tuple(quote_id for key in ("favor", "against", "neutral") for quote_id in ids[key])
        edges.append(SignedEdge(speaker_id, speakers[speaker_id].name, target, favor, against, neutral, net, every))
    edges.sort(key=lambda e: (-len(e.quotes), e.speaker, e.speaker_id, e.target))
    return tuple(edges)


def one_mode(positions: Array) -> dict[str, dict[str, Array]]:
    """Congruence, conflict and subtract matrices in every normalisation.

    Args:
        positions: shape (speakers, targets, 2), 1 where a speaker is for ([..., 0]) or against ([..., 1]) a target.

    Returns:
        `result[measure][normalisation]`, shape (speakers, speakers), zero diagonal. With n_i the pairs of speaker i:
        `average` divides by (n_i + n_j) / 2, `jaccard` by the size of the union, `cosine` by sqrt(n_i n_j). (The
        exporter of Discourse Network Analyzer divides by n_i n_j under the name of cosine; this is the cosine.)
    """
    count = len(positions)
    flat = positions.reshape(count, positions.shape[1] * positions.shape[2])
    flipped = positions[:, :, ::-1].reshape(flat.shape)
    shared, opposed = flat @ flat.T, flat @ flipped.T
    size = flat.sum(axis=1)
    norms = {
        "raw": np.ones((count, count)),
        "average": (size[:, None] + size[None, :]) / 2,
        "jaccard": size[:, None] + size[None, :] - shared,
        "cosine": np.sqrt(size[:, None] * size[None, :]),
    }
    result: dict[str, dict[str, Array]] = {}
    for measure, matrix in (("congruence", shared), ("conflict", opposed), ("subtract", shared - opposed)):
        result[measure] = {}
        for name, norm in norms.items():
            scaled = np.divide(matrix, norm, out=np.zeros_like(matrix), where=norm > 0)
            np.fill_diagonal(scaled, 0.0)
            result[measure][name] = scaled
    return result


def pair_edges(signed: Sequence[SignedEdge], most: int | None = None) -> tuple[PairEdge, ...]:
    """The agreement and conflict networks, one record for each two speakers who share a target, strongest first.

    `most` keeps the speakers with most quotations that take a side; all of them if `None`.
    """
    activity: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    for edge in signed:
        activity[edge.speaker_id] += edge.favor + edge.against
        names[edge.speaker_id] = edge.speaker
    order = sorted((key for key in activity if activity[key]), key=lambda key: (-activity[key], key))[:most]
    targets = sorted({edge.target for edge in signed})
    row, column = {key: i for i, key in enumerate(order)}, {target: i for i, target in enumerate(targets)}
    positions = np.zeros((len(order), len(targets), 2), dtype=np.float64)
    for edge in signed:
        if edge.speaker_id in row:
            positions[row[edge.speaker_id], column[edge.target]] = (edge.favor > 0, edge.against > 0)
    weights = one_mode(positions)
    edges: list[PairEdge] = []
    related = (weights["congruence"]["raw"] > 0) | (weights["conflict"]["raw"] > 0)
    for i, j in np.argwhere(np.triu(related)):
        agree = np.flatnonzero((positions[i] * positions[j]).sum(axis=1))
        differ = np.flatnonzero((positions[i] * positions[j, :, ::-1]).sum(axis=1))
        congruence, conflict, subtract = (
            {norm: float(weights[measure][norm][i, j]) for norm in NORMALISATIONS}
            for measure in ("congruence", "conflict", "subtract")
        )
        agreed, differed = tuple(targets[t] for t in agree), tuple(targets[t] for t in differ)
        edges.append(PairEdge(names[order[i]], names[order[j]], congruence, conflict, subtract, agreed, differed))
    edges.sort(key=lambda e: (-e.congruence["raw"] - e.conflict["raw"], e.a, e.b))
    return tuple(edges)


def graphml(signed: Sequence[SignedEdge]) -> dict[str, str]:
    """GraphML files by name: the signed speaker × target network and the one-mode network of all speakers."""
    pairs = pair_edges(signed)
    two_mode = _graph(
        [(f"s:{e.speaker_id}", e.speaker, "speaker") for e in signed]
        + [(f"t:{e.target}", e.target, "target") for e in signed],
        [
            (
                f"s:{e.speaker_id}",
                f"t:{e.target}",
                {"net": e.net, "favor": e.favor, "against": e.against, "neutral": e.neutral},
            )
            for e in signed
        ],
    )
    one = _graph(
        [(name, name, "speaker") for e in pairs for name in (e.a, e.b)],
        [
            (
                e.a,
                e.b,
                {
                    f"{measure}_{norm}": value
                    for measure in ("congruence", "conflict", "subtract")
                    for norm, value in getattr(e, measure).items()
                },
            )
            for e in pairs
        ],
    )
    return {"speaker_target": two_mode, "speaker_speaker": one}


def _graph(nodes: Sequence[tuple[str, str, str]], edges: Sequence[tuple[str, str, Mapping[str, float]]]) -> str:
    root = ET.Element("graphml", xmlns=_NAMESPACE)
    ids = {key: f"n{i}" for i, key in enumerate(sorted({node[0] for node in nodes}))}
    for attribute in ("label", "mode"):
        ET.SubElement(root, "key", {"id": attribute, "for": "node", "attr.name": attribute, "attr.type": "string"})
    for attribute in sorted({key for edge in edges for key in edge[2]}):
        ET.SubElement(root, "key", {"id": attribute, "for": "edge", "attr.name": attribute, "attr.type": "double"})
    graph = ET.SubElement(root, "graph", edgedefault="undirected")
    for key, label, mode in sorted(set(nodes)):
        node = ET.SubElement(graph, "node", id=ids[key])
        for attribute, text in (("label", label), ("mode", mode)):
            # XML allows no control characters, and a name from an article may hold any.
            ET.SubElement(node, "data", key=attribute).text = "".join(c for c in text if c >= " ")
    for source, target, values in edges:
        edge = ET.SubElement(graph, "edge", source=ids[source], target=ids[target])
        for attribute, value in sorted(values.items()):
            ET.SubElement(edge, "data", key=attribute).text = repr(round(float(value), 6))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
