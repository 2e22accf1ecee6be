"""The method `full`: the whole encoder tuned with the transformers Trainer.

Stance keeps the entailment interface (three classes over "SPEAKER supports TARGET."), frames are one hypothesis each, entailed or
not, with a few frames that do not hold drawn for each text. What comes out is an ordinary entailment model. Its weights are then
moved back toward the base as far as the development rows do not suffer (Wortsman et al. 2022, "Robust fine-tuning of zero-shot
models"), which keeps the ability for labels that were not trained.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import ModelError
from stance.training import pairs as pairing
from stance.training.arguments import Arguments
from stance.training.outcome import Progress
from stance.training.pairs import LabelledPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MIX = (0.6, 0.8, 1.0)  # shares of the tuned weights to try, the rest is the base's
MIX_LOSS = 0.005  # what moving back may cost on the development rows
EVALUATIONS_AN_EPOCH = 2
WARM_UP = 0.06
POOL = 32  # batches whose rows are sorted by length together


@dataclass(frozen=True, slots=True)
class Tuned:
    """A tuned model in memory, with its tokenizer and what training did."""

    model: Any
    tokenizer: Any
    training: Mapping[str, Any]


def choose_pairs(pairs: Sequence[LabelledPair], *, negatives: int, seed: int) -> list[LabelledPair]:
    """All pairs that are not frames that do not hold, and `negatives` of those for each row."""
    import random

    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    kept = [pair for pair in pairs if pair.gold != pairing.NOT_ENTAILED]
    rest: dict[int, list[LabelledPair]] = {}
    for pair in pairs:
        if pair.gold == pairing.NOT_ENTAILED:
            rest.setdefault(pair.row, []).append(pair)
    for members in rest.values():
        kept += chance.sample(members, min(negatives, len(members)))
    return sorted(kept, key=lambda pair: (pair.row, pair.label, pair.reverse))


def train(
    base: str,
    train_pairs: Sequence[LabelledPair],
    dev_pairs: Sequence[LabelledPair],
    arguments: Arguments,
    checkpoints: Path,
    progress: Progress | None,
) -> Tuned:
    """Tune `base` (a folder or a hub id), resuming from the newest whole checkpoint in `checkpoints`.

    Raises:
        ModelError: the base cannot be loaded, or is no three-way entailment model.
    """
    import numpy as np
    from transformers import TrainingArguments, set_seed
    from transformers.trainer_callback import EarlyStoppingCallback, PrinterCallback
    from transformers.utils import logging

    logging.disable_progress_bar()  # it has one of its own for every file; ours is enough
    logging.set_verbosity_error()
    began = time.monotonic()
    device = arguments.torch_device()
    set_seed(arguments.seed)
    model, tokenizer, order, window = load_base(base, device=device)
    original = {name: value.detach().clone() for name, value in model.state_dict().items()}
    # Half of a small model's weights are words, most of which the rows have not: they cost an optimizer's time and memory.
    model.get_input_embeddings().weight.requires_grad_(False)
    train_rows, cut = tokenised(train_pairs, tokenizer, window)
    dev_rows, _ = tokenised(dev_pairs, tokenizer, window)
    dev_rows.sort(key=_length)
    steps = max(1, -(-len(train_rows) // (arguments.batch_size * arguments.accumulation)))
    every = max(1, steps // EVALUATIONS_AN_EPOCH)
    total = steps * arguments.epochs
    settings = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=arguments.epochs,
        per_device_train_batch_size=arguments.batch_size,
        per_device_eval_batch_size=4 * arguments.batch_size,
        gradient_accumulation_steps=arguments.accumulation,
        learning_rate=arguments.learning_rate,
        weight_decay=0.01,
        warmup_steps=max(1, round(WARM_UP * total)),
        eval_strategy="steps",
        save_strategy="steps",
        eval_steps=every,
        save_steps=every,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="f1",
        greater_is_better=True,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        seed=arguments.seed,
        data_seed=arguments.seed,
        use_cpu=device == "cpu",
        bf16=has_bfloat16(device),
        remove_unused_columns=False,
        dataloader_pin_memory=device.startswith("cuda"),
    )
    weights = class_weights(train_pairs, balanced=arguments.balanced)
    trainer = _trainer_class()(
        model=model,
        args=settings,
        train_dataset=train_rows,
        eval_dataset=dev_rows,
        data_collator=_collator(tokenizer),
        compute_metrics=lambda found: {"f1": f1(np.asarray(found.predictions)[:, order], np.asarray(found.label_ids))},
        callbacks=[EarlyStoppingCallback(arguments.patience), *([_reporter(progress)] if progress else [])],
    )
    trainer.remove_callback(PrinterCallback)  # stdout is for data
    trainer.gold_order, trainer.gold_weights = order, weights
    resumed = newest_checkpoint(checkpoints)
    trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    best = float(trainer.state.best_metric or 0.0)
    share, after = _mixed(trainer, original, best)
    return Tuned(
        trainer.model.to("cpu").eval(),
        tokenizer,
        {
            "device": device,
            "precision": "bfloat16" if settings.bf16 else "single",
            "epochs": round(float(trainer.state.epoch or 0.0), 2),
            "steps": trainer.state.global_step,
            "of_steps": total,
            "best_development_f1": round(best, 4),
            "share_of_tuned_weights": share,
            "development_f1_after_mixing": round(after, 4),
            "pairs": len(train_rows),
            "pairs_cut_to_the_window": cut,
            "seconds": round(time.monotonic() - began, 1),
        },
    )


def has_bfloat16(device: str) -> bool:
    """Whether the device multiplies 16-bit numbers faster than 32-bit ones; a CPU does with AVX512-BF16 alone."""
    import torch

    if device.startswith("cuda"):
        return bool(torch.cuda.is_bf16_supported())
    return device == "cpu" and bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())


def by_length(lengths: Sequence[int], *, batch: int, seed: int) -> list[int]:
    """Row numbers in random order, such that rows of one batch are about equally long: short texts are not padded.

    Args:
        lengths: of each row in tokens.
        batch: rows in a batch; a batch that is not full comes last.
        seed: another one for each epoch.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lengths))
    batches: list[list[int]] = []
    for start in range(0, len(order), batch * POOL):
        pool = sorted(map(int, order[start : start + batch * POOL]), key=lambda at: lengths[at])
        batches += [pool[at : at + batch] for at in range(0, len(pool), batch)]
    rest = batches.pop() if batches and len(batches[-1]) < batch else []
    return [at for number in rng.permutation(len(batches)) for at in batches[int(number)]] + rest


def load_base(base: str, *, device: str = "cpu") -> tuple[Any, Any, list[int], int]:
    """The model in single precision, its tokenizer, which of its outputs are `ENTAILMENTS`, and its window.

    Args:
        base: a folder or a hub id.
        device: where it will run. On a CPU the fused attention's backward pass takes ten times as long as its forward
            pass, so the plain one is taken there.

    Raises:
        ModelError: it cannot be loaded, or has not those three.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    from stance.classifiers import hub

    hub._check_local(base)
    try:
        with hub.quietly():
            config = AutoConfig.from_pretrained(base, trust_remote_code=False)
            columns = hub.LabelColumns(config.id2label or {}, source=base)
            tokenizer = AutoTokenizer.from_pretrained(base, trust_remote_code=False)
            model = AutoModelForSequenceClassification.from_pretrained(
                base,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                attn_implementation="eager" if device == "cpu" else None,
            )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"{base}: cannot be loaded to tune it ({reason}); choose another --base") from None
    order = [at for at in (columns.entailment, columns.neutral, columns.contradiction) if at is not None]
    if len(order) != 3:
        raise ModelError(f"{base}: tells only two classes; a base model needs entailment, neutral, contradiction")
    return model, tokenizer, order, hub.window_of(base, tokenizer, config)


def tokenised(pairs: Sequence[LabelledPair], tokenizer: Any, window: int) -> tuple[list[dict[str, Any]], int]:
    """Rows for the Trainer, and how many premises were cut to the window."""
    rows = []
    cut = 0
    for pair in pairs:
        encoded = tokenizer(pair.pair.premise, pair.pair.hypothesis, truncation="only_first", max_length=window)
        cut += len(encoded["input_ids"]) == window
        rows.append({**encoded, "labels": pair.gold})
    return rows, cut


def class_weights(pairs: Sequence[LabelledPair], *, balanced: bool) -> list[float]:
    """A weight for each of the four golds, such that each that occurs weighs the same."""
    import numpy as np

    counts = np.bincount([pair.gold for pair in pairs], minlength=4)
    if not balanced:
        return [1.0] * 4
    present = int((counts > 0).sum())
    return [float(len(pairs) / (present * count)) if count else 0.0 for count in counts]


def loss_of(logits: Any, gold: Any, weights: Any) -> Any:
    """Weighted cross-entropy of logits (n, 3) in the order of `ENTAILMENTS`.

    Gold `NOT_ENTAILED` takes the joint probability of neutral and contradiction.
    """
    import torch

    logs = torch.log_softmax(logits.float(), dim=-1)
    rest = torch.logsumexp(logs[:, 1:], dim=-1, keepdim=True)
    chosen = torch.cat([logs, rest], dim=-1).gather(1, gold[:, None]).squeeze(1)
    each = weights[gold]
    return -(each * chosen).sum() / each.sum()


def f1(logits: NDArray[np.floating[Any]], gold: NDArray[np.integer[Any]]) -> float:
    """Macro-F1 over the golds that occur; entailed against not for frames."""
    import numpy as np

    truth = gold.ravel()
    given = logits.argmax(axis=1)
    if (truth == pairing.NOT_ENTAILED).any():
        given = np.where(given == pairing.ENTAILED, pairing.ENTAILED, pairing.NOT_ENTAILED)
    scores = [
        2 * ((truth == one) & (given == one)).sum() / max((truth == one).sum() + (given == one).sum(), 1)
        for one in np.unique(truth)
    ]
    return float(np.mean(scores))


def newest_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint; those that a kill has left half written are removed."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rsplit("-", 1)[1]), reverse=True)
    for path in found:
        try:
            state = json.loads((path / "trainer_state.json").read_text(encoding="utf-8"))
            if state["global_step"] and (path / "model.safetensors").is_file() and (path / "optimizer.pt").is_file():
                return path
        except (OSError, ValueError, KeyError):
            pass
        shutil.rmtree(path, ignore_errors=True)
    return None


def _collator(tokenizer: Any) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
    def collate(rows: list[dict[str, Any]]) -> dict[str, Any]:
        import torch

        inputs = [{key: value for key, value in row.items() if key != "labels"} for row in rows]
        batch = dict(tokenizer.pad(inputs, padding=True, return_tensors="pt"))
        return {**batch, "labels": torch.tensor([row["labels"] for row in rows])}

    return collate


def _length(row: Mapping[str, Any]) -> int:
    return len(row["input_ids"])


def _trainer_class() -> Any:
    """A Trainer with the loss and the order above; classes made on demand, since transformers is not imported before."""
    import torch
    from transformers import Trainer

    class ByLength(torch.utils.data.Sampler[int]):
        """The order hangs on seed and epoch alone, so that a resumed training takes up the same one."""

        def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
            self.lengths, self.batch, self.seed, self.epoch = lengths, batch, seed, 0

        def set_epoch(self, epoch: int) -> None:
            self.epoch = epoch

        def __len__(self) -> int:
            return len(self.lengths)

        def __iter__(self) -> Iterator[int]:
            return iter(by_length(self.lengths, batch=self.batch, seed=1000 * self.seed + self.epoch))

    class EntailmentTrainer(Trainer):  # type: ignore[misc]
        gold_order: list[int]
        gold_weights: list[float]

        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            lengths = [_length(row) for row in train_dataset or self.train_dataset]
            return ByLength(lengths, self.args.train_batch_size, self.args.seed)

        def compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
            gold = inputs.pop("labels")
            outputs = model(**inputs)
            weights = torch.tensor(self.gold_weights, device=outputs.logits.device)
            loss = loss_of(outputs.logits[:, self.gold_order], gold, weights)
            return (loss, {"logits": outputs.logits}) if return_outputs else loss

        def prediction_step(self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: Any = None) -> Any:
            inputs = self._prepare_inputs(inputs)
            gold = inputs["labels"]
            with torch.no_grad():
                loss, outputs = self.compute_loss(model, dict(inputs), return_outputs=True)
            return loss.detach(), outputs["logits"].detach().float(), gold

    return EntailmentTrainer


def _reporter(progress: Progress) -> Any:
    from transformers.trainer_callback import TrainerCallback

    class Reporter(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress(state.global_step, state.max_steps, f"train, best F1 {state.best_metric or 0:.3f}")

    return Reporter()


def _mixed(trainer: Any, original: Mapping[str, Any], best: float) -> tuple[float, float]:
    """Move the weights toward the base as far as the development rows allow; the share kept and the F1 it has."""
    tuned = {name: value.detach().cpu().clone() for name, value in trainer.model.state_dict().items()}
    for share in MIX:
        mixed = {
            name: value if not value.is_floating_point() else original[name].cpu().lerp(value, share)
            for name, value in tuned.items()
        }
        trainer.model.load_state_dict(mixed)
        found = float(trainer.evaluate()["eval_f1"])
        if found >= best - MIX_LOSS or share == MIX[-1]:
            return share, found
    raise AssertionError("the last share is always taken")
