"""The method `head`: encode once, cross-validate by document, fit, calibrate on rows held out, save."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.classifiers.calibration import Calibration, fit_temperature, softmax
from stance.schema import STANCES
from stance.training import head as heads
from stance.training import outcome as outcomes
from stance.training import pairs as pairing
from stance.training.arguments import Arguments
from stance.training.data import Data, Example, folds
from stance.training.outcome import Outcome, Progress
from stance.training.pairs import LabelledPair
from stance.training.save import Workspace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.classifiers.encoders import Encoder

    Array = NDArray[np.float64]

CHUNK = 1024  # pairs encoded between two writes to disk


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pairs as the frozen base sees them: logits `z` (n, 3), `features` (n, d) in single precision."""

    pairs: tuple[LabelledPair, ...]
    z: Array
    features: NDArray[np.float32]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The example that each pair belongs to, shape (n,)."""
        import numpy as np

        return np.array([pair.row for pair in self.pairs], dtype=np.int64)

    @property
    def labels(self) -> NDArray[np.int64]:
        """The label that each pair asks about, shape (n,)."""
        import numpy as np

        return np.array([pair.label for pair in self.pairs], dtype=np.int64)

    @property
    def gold(self) -> NDArray[np.int64]:
        """The gold of each pair, shape (n,)."""
        import numpy as np

        return np.array([pair.gold for pair in self.pairs], dtype=np.int64)


def encode(encoder: Encoder, pairs: Sequence[LabelledPair], cache: Path | None, progress: Progress | None) -> Encoded:
    """Encode pairs, keeping finished chunks in `cache` so that an interrupted run need not repeat them.

    A premise that needs several windows is represented by the one that says most (least neutral).
    """
    import numpy as np
    from safetensors.numpy import load_file, save_file

    found_z, found_features = [], []
    for number, start in enumerate(range(0, len(pairs), CHUNK)):
        part = pairs[start : start + CHUNK]
        path = cache / f"features-{number:04d}.safetensors" if cache else None
        if path and path.is_file():
            stored = load_file(str(path))
            z, features = stored["z"], stored["features"]
        else:
            windows = encoder.split([one.pair for one in part])
            z, features = encoder.encode(windows)
            index = np.array([window.row for window in windows])
            silent = softmax(z)[:, 1]
            order = np.lexsort((silent, index))
            first = np.searchsorted(index[order], np.arange(len(part)))
            z, features = z[order[first]], features[order[first]]
            if path:
                path.parent.mkdir(exist_ok=True)
                partial = path.with_suffix(".tmp")
                save_file({"z": np.ascontiguousarray(z), "features": np.ascontiguousarray(features)}, str(partial))
                partial.replace(path)
        found_z.append(z)
        found_features.append(features)
        if progress:
            progress(min(start + CHUNK, len(pairs)), len(pairs), "encode")
    return Encoded(tuple(pairs), np.concatenate(found_z), np.concatenate(found_features))


def stance_view(encoded: Encoded, probabilities: Array, rows: int) -> Array:
    """Entailment probabilities of pairs (n, 3) to stance probabilities of examples (rows, 3), templates averaged."""
    import numpy as np

    reverse = np.array([pair.reverse for pair in encoded.pairs])
    turned = np.where(reverse[:, None], probabilities[:, [2, 0, 1]], probabilities[:, [0, 2, 1]])
    out = np.zeros((rows, 3))
    np.add.at(out, encoded.rows, turned)
    return out / np.bincount(encoded.rows, minlength=rows)[:, None]


@dataclass(frozen=True, slots=True)
class Fitted:
    """A head, what it says of rows held out (shape (rows, labels)), and the cross-validation.

    `evidence` is by how many standard errors features improved on the cautious head (stance).
    """

    head: Any
    held_out: Array
    chosen: heads.Chosen
    temperature: float
    evidence: float | None = None


def fit_stance(encoded: Encoded, examples: Sequence[Example], arguments: Arguments) -> Fitted:
    """Cross-validate and fit the stance head; its temperature is folded into it."""
    import numpy as np

    gold, owner = encoded.gold, encoded.rows
    weights = heads.class_weights(gold, 3, balanced=arguments.balanced)
    features = encoded.features.astype(np.float64)

    def fit(at: Any, penalty: float | None) -> heads.StanceHead:
        return heads.fit_stance(encoded.z[at], features[at], gold[at], penalty=penalty, balanced=arguments.balanced)

    def predict(head: heads.StanceHead, at: Any) -> Array:
        return head.logits(encoded.z[at], features[at])

    def cooled(logits: Array) -> Array:
        """Few rows make over-confident heads: what counts is what a temperature cannot mend."""
        return logits / fit_temperature(logits, gold)

    parts = _pair_folds(examples, owner, arguments)
    chosen = heads.cross_validate(parts, fit, predict, lambda logits: heads.log_loss(cooled(logits), gold, weights))
    cautious = heads.held_out(parts, fit, predict, None)
    names = {name: at for at, name in enumerate(dict.fromkeys(example.group for example in examples))}
    groups = np.array([names[example.group] for example in examples])[owner]
    evidence = heads.evidence(cooled(chosen.logits), cooled(cautious), gold, weights, groups)
    worth = heads.evidence(cooled(cautious), np.zeros_like(cautious), gold, weights, groups)
    if worth > heads.WORTH and evidence <= heads.needed(len(examples)):
        chosen = replace(chosen, shares={None: 1.0}, logits=cautious)
    temperature = fit_temperature(chosen.logits, gold)
    every = np.arange(len(gold))
    head = heads.average([fit(every, penalty) for penalty in chosen.shares], list(chosen.shares.values()))
    head = heads.StanceHead(head.scale / temperature, head.bias / temperature, head.weight / temperature)
    held_out = stance_view(encoded, softmax(chosen.logits, temperature), len(examples))
    return Fitted(head, held_out, chosen, temperature, evidence)


def fit_frames(encoded: Encoded, examples: Sequence[Example], labels: int, arguments: Arguments) -> Fitted:
    """Cross-validate and fit the frame head."""
    import numpy as np

    gold = (encoded.gold == pairing.ENTAILED).astype(np.int64)
    label, owner = encoded.labels, encoded.rows
    features = encoded.features.astype(np.float64)

    def fit(at: Any, penalty: float | None) -> heads.FrameHead:
        return heads.fit_frames(
            encoded.z[at],
            features[at],
            gold[at],
            label[at],
            labels=labels,
            penalty=penalty,
            balanced=arguments.balanced,
        )

    chosen = heads.cross_validate(
        _pair_folds(examples, owner, arguments),
        fit,
        lambda head, at: head.log_odds(heads.odds(encoded.z[at]), features[at], label[at]),
        lambda logits: heads.log_loss(logits, gold, np.ones(len(gold))),
    )
    every = np.arange(len(gold))
    head = heads.average([fit(every, penalty) for penalty in chosen.shares], list(chosen.shares.values()))
    held_out = (1 / (1 + np.exp(-chosen.logits))).reshape(len(examples), labels)
    return Fitted(head, held_out, chosen, 1.0)


def _pair_folds(examples: Sequence[Example], owner: NDArray[np.int64], arguments: Arguments) -> list[list[int]]:
    import numpy as np

    return [
        [int(at) for at in np.flatnonzero(np.isin(owner, fold))]
        for fold in folds(examples, count=arguments.folds, seed=arguments.seed)
    ]


def run(
    data: Data, encoder: Encoder, arguments: Arguments, workspace: Workspace, progress: Progress | None
) -> tuple[Outcome, heads.StanceHead | None, heads.FrameHead | None]:
    """Train a head on all rows; its figures are of the cross-validation."""
    began = time.monotonic()
    base = encoder.calibration
    cache = workspace.checkpoints
    measured = f"all {len(data.examples)} rows, each by a head fitted without its document (cross-validation)"
    if data.task == "stance":
        encoded = encode(encoder, pairing.of_stance(data.examples), cache, progress)
        fitted = fit_stance(encoded, data.examples, arguments)
        outcome = _stance_outcome(data, encoded, fitted, base, arguments, measured)
        stance, frames = fitted.head, None
    else:
        assert data.codebook is not None
        encoded = encode(encoder, pairing.of_frames(data.examples, data.codebook), cache, progress)
        fitted = fit_frames(encoded, data.examples, len(data.codebook.labels), arguments)
        outcome = _frame_outcome(data, encoded, fitted, base, arguments, measured)
        stance, frames = None, fitted.head
    training = {
        "share_by_penalty": {str(one or "cautious"): round(share, 3) for one, share in fitted.chosen.shares.items()},
        "evidence_for_features": None if fitted.evidence is None else round(fitted.evidence, 2),
        "held_out_loss_by_penalty": fitted.chosen.losses,
        "scale": round(fitted.head.scale, 4),
        "pairs": len(encoded.pairs),
        "seconds": round(time.monotonic() - began, 1),
    }
    return replace(outcome, training=training), stance, frames


def _stance_outcome(
    data: Data, encoded: Encoded, fitted: Fitted, base: Calibration, arguments: Arguments, measured: str
) -> Outcome:
    import numpy as np

    gold = np.array([STANCES.index(example.label) for example in data.examples])
    threshold, coverage, notes = outcomes.stance_abstention(fitted.held_out, gold, arguments.error_rate)
    figures, new = outcomes.stance_figures(data.examples, fitted.held_out, threshold, arguments.seed)
    zero = stance_view(encoded, softmax(encoded.z, base.temperature.get("stance", 1.0)), len(data.examples))
    baseline, old = outcomes.stance_figures(data.examples, zero, base.abstain_below.get("stance", 0.0), arguments.seed)
    calibration = {
        "temperature": {**base.temperature, "stance": 1.0},
        "abstain_below": {**base.abstain_below, "stance": threshold},
        "frame_threshold": dict(base.frame_threshold),
        "fitted": {
            "error_rate": arguments.error_rate,
            "coverage": coverage,
            "temperature": round(fitted.temperature, 3),
        },
    }
    comparison = outcomes.compared(data.examples, new, old, "stance", arguments.seed)
    return Outcome("head", measured, figures, baseline, comparison, calibration, notes=tuple(notes))


def _frame_outcome(
    data: Data, encoded: Encoded, fitted: Fitted, base: Calibration, arguments: Arguments, measured: str
) -> Outcome:
    import numpy as np

    book = data.codebook
    assert book is not None
    truth = np.array([[name in example.labels for name in book.ids] for example in data.examples])
    common, own = outcomes.frame_thresholds(fitted.held_out, truth, book)
    figures, new = outcomes.frame_figures(data.examples, fitted.held_out, book, own, arguments.seed)
    zero = softmax(encoded.z, base.temperature.get("frame", 1.0))[:, 0].reshape(truth.shape)
    baseline, old = outcomes.frame_figures(
        data.examples, zero, book, outcomes.base_frame_thresholds(book, base), arguments.seed
    )
    calibration = {
        "temperature": dict(base.temperature),
        "abstain_below": dict(base.abstain_below),
        "frame_threshold": {**base.frame_threshold, book.name: common},
    }
    return Outcome(
        "head",
        measured,
        figures,
        baseline,
        outcomes.compared(data.examples, new, old, "frame", arguments.seed),
        calibration,
        thresholds=own,
        hypotheses=[label.statements() for label in book.labels],
        notes=("The frames' thresholds were chosen on the same held-out answers that the figures are of.",),
    )
