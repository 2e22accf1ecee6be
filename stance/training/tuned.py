"""The method `full`: split, train, export, calibrate on development rows, measure on test rows, save."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.classifiers.base import Pair
from stance.classifiers.calibration import Calibration, fit_temperature, softmax
from stance.schema import ENTAILMENTS, STANCES
from stance.training import full, onnx_graph, save
from stance.training import outcome as outcomes
from stance.training import pairs as pairing
from stance.training.arguments import Arguments
from stance.training.data import Data, Example, split
from stance.training.outcome import Outcome, Progress
from stance.training.save import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.classifiers.base import Scorer

    Array = NDArray[np.float64]

AGREEMENT = 0.999  # share of pairs on which 8-bit and full precision must agree, so that 0.995 holds elsewhere too
NEIGHBOURS = 50  # pairs on either side, in order of the lead, from which a pair's risk is estimated
PROBE = 2000  # pairs that this is measured on, at most
MIN_PROBE = 800  # so many are needed to tell 0.995 from 0.97; with fewer the layers are not made 8-bit
PRECISIONS = (  # what is 8-bit, and whether the arithmetic is too; the smallest and fastest first
    (onnx_graph.EIGHT_BIT, True),
    (onnx_graph.EIGHT_BIT, False),
    (("embedding",), False),
    ((), False),
)


def run(
    data: Data,
    folder: Path | None,
    settings: Arguments,
    workspace: Workspace,
    name: str,
    command: str,
    progress: Progress | None,
) -> dict[str, Any]:
    """Fine-tune the whole encoder; returns the content of `meta.json`."""
    from stance import classifiers
    from stance.training import finetune

    base = str(folder) if folder else settings.base
    parts = split(data.examples, dev=settings.dev_share, test=settings.test_share, seed=settings.seed)
    training, development, test = ([data.examples[at] for at in part] for part in parts)
    train_pairs = full.choose_pairs(_pairs(data, training), negatives=settings.negatives, seed=settings.seed)
    dev_pairs = full.choose_pairs(_pairs(data, development), negatives=settings.negatives, seed=settings.seed)
    tuned = full.train(base, train_pairs, dev_pairs, settings, workspace.checkpoints, progress)
    out = workspace.model
    tuned.model.save_pretrained(out)
    tuned.tokenizer.save_pretrained(out)
    window = full.load_base(base)[3]
    base_meta = _meta(folder)
    temporary = {"name": name, "labels": _labels(tuned.model), "window": window, "weights": "model.onnx"}
    save.write_meta(out, temporary)
    probe = probe_of([pair.pair for pair in _pairs(data, development + test)])
    precision = _export(out, probe, settings, data.task)
    scorer = classifiers.load(str(out), device=settings.torch_device(), batch_size=settings.batch_size)
    outcome = _measured(data, scorer, development, test, base_meta, settings)
    baseline = classifiers.load(settings.base, device=settings.torch_device(), batch_size=settings.batch_size)
    old_figures, old = _figures(data, baseline, test, _calibration_of(baseline), None, settings)
    new_figures, new = _figures(
        data, scorer, test, Calibration.from_meta({"calibration": outcome.calibration}), outcome, settings
    )
    counts = {side: len(part) for side, part in zip(("train", "development", "test"), parts, strict=True)}
    documents = {
        f"documents in {side}": len({data.examples[at].group for at in part})
        for side, part in zip(("train", "development", "test"), parts, strict=True)
    }
    outcome = replace(
        outcome,
        figures=new_figures,
        baseline=old_figures,
        comparison=outcomes.compared(test, new, old, data.task, settings.seed),
        split={**counts, **documents},
        training={**tuned.training, **precision},
    )
    info = finetune.base_info(folder, settings.base, baseline.info)
    meta = finetune.describe(data, outcome, settings, name, command, info)
    meta |= {"labels": temporary["labels"], "window": window}
    if (out / "model.onnx").is_file():
        meta |= {"weights": "model.onnx", "eight_bit": precision["eight_bit"]}
    finetune.write(out, meta, data, outcome)
    return meta


def _pairs(data: Data, examples: Sequence[Example]) -> list[pairing.LabelledPair]:
    return pairing.of_frames(examples, data.codebook) if data.codebook else pairing.of_stance(examples)


def _labels(model: Any) -> list[str]:
    """The model's own label names; an ONNX file keeps their order."""
    return [str(model.config.id2label[at]).lower() for at in range(int(model.config.num_labels))]


def _meta(folder: Path | None) -> Mapping[str, Any]:
    path = folder / "meta.json" if folder else None
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path and path.is_file() else {}
    return found


def _calibration_of(scorer: Scorer) -> Calibration:
    from stance.classifiers import calibration

    return calibration.of(scorer)


def probe_of(pairs: Sequence[Pair]) -> list[Pair]:
    """At most `PROBE` pairs; where there are few, each premise goes with the hypotheses of others too, up to `MIN_PROBE`."""
    count = len(pairs)
    crossed = (
        Pair(pairs[at].premise, pairs[(at + shift) % count].hypothesis) for shift in range(count) for at in range(count)
    )
    return list(pairs[:PROBE]) if count >= MIN_PROBE else list(islice(dict.fromkeys(crossed), MIN_PROBE))


def _export(out: Path, probe: Sequence[Any], settings: Arguments, task: str) -> dict[str, Any]:
    """Write `model.onnx`, 8-bit as far as its labels stay those of full precision; nothing for other architectures."""
    import numpy as np
    import onnx
    from safetensors.numpy import load_file

    from stance.classifiers.embedded import EmbeddedScorer
    from stance.classifiers.hub import HubScorer

    config = json.loads((out / "config.json").read_text(encoding="utf-8"))
    ordered = [config["id2label"][str(at)].lower() for at in range(len(config["id2label"]))]
    if not onnx_graph.can_build(config) or sorted(ordered) != sorted(ENTAILMENTS):
        return {"eight_bit": None, "note": "no ONNX file for this architecture; torch runs the model"}
    weights = {name: value.astype(np.float32) for name, value in load_file(str(out / "model.safetensors")).items()}
    save.clean_tokenizer(out / "tokenizer.json")
    save.rehash(out)
    reference = HubScorer(str(out), device="cpu", batch_size=settings.batch_size).score(probe, task=task)
    agreement = 0.0
    for eight_bit, arithmetic in PRECISIONS:
        if len(probe) < MIN_PROBE and len(eight_bit) > 1:
            continue
        graph = onnx_graph.build(weights, config, frozenset(eight_bit), activations=arithmetic)
        onnx.save(graph, str(out / "model.onnx"))
        save.rehash(out)
        found = EmbeddedScorer(out).score(probe, task=task)
        agreement = same_labels(reference.probabilities, found.probabilities)
        if agreement >= AGREEMENT:
            break
    else:
        (out / "model.onnx").unlink()
        save.rehash(out)
        return {
            "eight_bit": None,
            "note": f"no ONNX file: it is expected to give the labels of torch on {agreement:.1%} of pairs only",
        }
    return {
        "eight_bit": list(eight_bit),
        "eight_bit_arithmetic": arithmetic,
        "onnx_agrees_with_torch": round(agreement, 4),
        "of_pairs": len(probe),
    }


def same_labels(reference: Array, found: Array) -> float:
    """The share of pairs that keep their label, as it is to be expected on others of the kind.

    No changed label among 800 says little about the next thousand. So each pair's lead over the runner-up is set against the
    shifts of the lead that `found` brought to the pairs of about the same lead.

    Args:
        reference: probabilities, shape (n, 3).
        found: those of the same pairs from other weights or arithmetic, shape (n, 3).
    """
    import numpy as np

    def lead(probabilities: Array) -> Array:
        logs = np.log(np.clip(probabilities, 1e-12, None))
        rest = np.where(np.eye(logs.shape[1], dtype=bool)[label], -np.inf, logs)
        return np.asarray(logs[np.arange(len(logs)), label] - rest.max(axis=1))

    label = reference.argmax(axis=1)
    old = lead(reference)
    order = np.argsort(old, kind="stable")
    old, shift = old[order], (lead(found) - old)[order]
    around = [slice(max(at - NEIGHBOURS, 0), at + NEIGHBOURS + 1) for at in range(len(old))]
    return float(np.mean([(old[at] + shift[near] >= 0).mean() for at, near in enumerate(around)]))


def _probabilities(data: Data, scorer: Scorer, examples: Sequence[Example], temperature: float) -> Array:
    """Stance probabilities (n, 3), or frame probabilities (n, labels), after a further temperature."""
    import numpy as np

    from stance.training.few_shot import Encoded, stance_view

    pairs = _pairs(data, examples)
    raw = scorer.score([pair.pair for pair in pairs], task=data.task).probabilities
    raw = softmax(np.log(np.clip(raw, 1e-12, None)), temperature)
    if data.codebook:
        return np.asarray(raw[:, 0].reshape(len(examples), len(data.codebook.labels)))
    return stance_view(Encoded(tuple(pairs), raw, np.zeros((len(raw), 0), dtype=np.float32)), raw, len(examples))


def _measured(
    data: Data,
    scorer: Scorer,
    development: Sequence[Example],
    test: Sequence[Example],
    base_meta: Mapping[str, Any],
    settings: Arguments,
) -> Outcome:
    """Temperature and thresholds from the development rows. `scorer` is not calibrated yet."""
    import numpy as np

    base = Calibration.from_meta(base_meta)
    measured = f"{len(test)} test rows of documents that were neither trained nor calibrated on"
    calibration: dict[str, Any] = {
        "temperature": dict(base.temperature),
        "abstain_below": dict(base.abstain_below),
        "frame_threshold": dict(base.frame_threshold),
    }
    if data.codebook:
        pairs = _pairs(data, development)
        raw = scorer.score([pair.pair for pair in pairs], task="frame").probabilities
        truth = np.array([[name in e.labels for name in data.codebook.ids] for e in development])
        two = np.log(np.clip(np.stack([raw[:, 0], 1 - raw[:, 0]], axis=1), 1e-12, None))
        temperature = round(fit_temperature(two, np.where(truth.ravel(), 0, 1)), 3)
        calibration["temperature"]["frame"] = temperature
        probabilities = _probabilities(data, scorer, development, temperature)
        common, own = outcomes.frame_thresholds(probabilities, truth, data.codebook)
        calibration["frame_threshold"][data.codebook.name] = common
        return Outcome("full", measured, {}, {}, {}, calibration, thresholds=own)
    gold = np.array([STANCES.index(example.label) for example in development])
    logs = np.log(np.clip(_probabilities(data, scorer, development, 1.0), 1e-12, None))
    temperature = round(fit_temperature(logs, gold), 3)
    threshold, coverage, notes = outcomes.stance_abstention(softmax(logs, temperature), gold, settings.error_rate)
    calibration["temperature"]["stance"] = temperature
    calibration["abstain_below"]["stance"] = threshold
    calibration["fitted"] = {"error_rate": settings.error_rate, "coverage": coverage}
    return Outcome("full", measured, {}, {}, {}, calibration, notes=tuple(notes))


def _figures(
    data: Data,
    scorer: Scorer,
    test: Sequence[Example],
    calibration: Calibration,
    outcome: Outcome | None,
    settings: Arguments,
) -> tuple[dict[str, Any], list[Any]]:
    """Figures on the test rows: of the base (`outcome` is `None`, calibrated already) or of the new model."""
    temperature = calibration.temperature.get(data.task, 1.0) if outcome else 1.0
    probabilities = _probabilities(data, scorer, test, temperature)
    if data.codebook:
        thresholds = outcome.thresholds if outcome else outcomes.base_frame_thresholds(data.codebook, calibration)
        return outcomes.frame_figures(test, probabilities, data.codebook, thresholds, settings.seed)
    threshold = calibration.abstain_below.get("stance", 0.0)
    return outcomes.stance_figures(test, probabilities, threshold, settings.seed)
