"""`head`: a small correction of the frozen encoder's answer, fitted on few rows.

The base model gives logits z over entailment, neutral and contradiction, and the pair's pooled representation φ. The corrected
logits are a·z + b + φW: multinomial logistic regression with the zero-shot model as its prior mean, so it needs no minimum of
rows. There are two corrections, and the labelled rows must earn the second:

- cautious: a and b alone, b under a strong prior. Few rows say little about how often each class is meant, and however many there
  are, a sample for coding is rarely drawn as the texts are that the model will be applied to: b follows them part of the way.
- with features: W too. Heads of several penalties are averaged, each weighted by its held-out likelihood (pseudo-Bayesian
  averaging, Yao et al. 2018): on few rows cross-validation is too noisy to choose one. The average is taken where its held-out
  likelihood, cross-validated by document, is better than the cautious head's by more standard errors than are `needed`, or where
  there is nothing to be cautious about: the zero-shot answer is not shown to be better than guessing (`WORTH`).

What is needed falls with the root of the number of rows. Of 24 rows it is two standard errors: a head with features that was
taken wrongly is then a bad one; of 200 it is hardly worse than the cautious one. A sceptical prior says the same: where the gain
has mean -m and variance v beforehand and standard error s, its posterior mean is positive if more than s·m/v standard errors were
measured, and s falls with the root of the rows.

For frames each label has its own b and W, the latter the sum of one part shared by all labels and one of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from stance.classifiers.calibration import softmax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

PENALTIES = (10.0, 3.0, 1.0, 0.3, 0.1, 0.03, 0.01, 0.003)  # at the largest the answer is all but the zero-shot one
BIAS_PENALTY = 0.01
SHARES_PENALTY = 0.15  # of the cautious bias: the classes' shares among labelled rows are not those elsewhere
BIAS_SPREAD = 0.3  # prior standard deviation of the cautious bias, which more rows outweigh
SCALE_PENALTY = 0.05
EVIDENCE, FEW = 2.0, 24  # standard errors by which features must improve on the cautious head, of so many rows
WORTH = 1.0  # standard errors by which the cautious head must improve on guessing to have that privilege
TRUST = 0.5  # of held-out likelihoods: below 1, since folds share most of their rows
MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class StanceHead:
    """Corrected logits = scale·z + bias + φ·weight.

    `weight` has shape (d, 3), `bias` (3,); columns as `stance.schema.ENTAILMENTS`.
    """

    scale: float
    bias: Array
    weight: Array

    def logits(self, z: Array, features: Array) -> Array:
        """Shape (n, 3) from logits (n, 3) and features (n, d)."""
        return self.scale * z + self.bias + features @ self.weight


@dataclass(frozen=True, slots=True)
class FrameHead:
    """Log-odds of label l = scale·u + bias[l] + φ·(shared + own[l]), u the base model's log-odds of entailment.

    `shared` has shape (d,), `own` (labels, d), `bias` (labels,).
    """

    scale: float
    bias: Array
    shared: Array
    own: Array

    def log_odds(self, u: Array, features: Array, label: NDArray[np.int64]) -> Array:
        """Shape (n,) from base log-odds (n,), features (n, d) and label numbers (n,)."""
        import numpy as np

        extra = features @ self.shared + np.einsum("nd,nd->n", features, self.own[label])
        return np.asarray(self.scale * u + self.bias[label] + extra)


Head = TypeVar("Head", StanceHead, FrameHead)


def odds(z: Array) -> Array:
    """Log-odds of entailment against the other two, shape (n,), from logits (n, 3)."""
    import numpy as np

    return np.asarray(z[:, 0] - np.logaddexp(z[:, 1], z[:, 2]))


def class_weights(gold: NDArray[np.int64], size: int, *, balanced: bool) -> Array:
    """A weight for each row, mean 1: equal, or such that each class that occurs weighs the same."""
    import numpy as np

    if not balanced:
        return np.ones(len(gold))
    counts = np.bincount(gold, minlength=size)
    weights = 1.0 / np.maximum(counts, 1)[gold]
    return np.asarray(weights * len(gold) / weights.sum())


def fit_stance(
    z: Array, features: Array, gold: NDArray[np.int64], *, penalty: float | None, balanced: bool
) -> StanceHead:
    """Fit on n rows: logits (n, 3), features (n, d), gold columns (n,). Without `penalty` it is the cautious head."""
    import numpy as np

    centre, spread = _scaling(features)
    x, turn = _turned((features - centre) / spread) if penalty is not None else (np.zeros((len(z), 0)), None)
    n, d = x.shape
    bias_penalty = BIAS_PENALTY if penalty is not None else SHARES_PENALTY + 1 / (n * BIAS_SPREAD**2)
    rows = class_weights(gold, 3, balanced=balanced) / n
    truth = np.eye(3)[gold]

    def loss(flat: Array) -> tuple[float, Array]:
        log_scale, bias, weight = flat[0], flat[1:4], flat[4:].reshape(d, 3)
        scale = np.exp(log_scale)
        logits = scale * z + bias + x @ weight
        top = logits.max(axis=1, keepdims=True)
        logs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
        error = (np.exp(logs) - truth) * rows[:, None]
        value = -float((rows * logs[np.arange(n), gold]).sum())
        value += 0.5 * (SCALE_PENALTY * log_scale**2 + bias_penalty * float(bias @ bias))
        value += 0.5 * (penalty or 0.0) * float((weight**2).sum())
        slope = np.concatenate(
            [
                [float((error * z).sum()) * scale + SCALE_PENALTY * log_scale],
                error.sum(axis=0) + bias_penalty * bias,
                (x.T @ error + (penalty or 0.0) * weight).ravel(),
            ]
        )
        return value, slope

    best = _minimise(loss, np.zeros(4 + 3 * d))
    weight = np.zeros((features.shape[1], 3))
    if turn is not None:
        weight = turn @ best[4:].reshape(d, 3) / spread[:, None]
    return StanceHead(float(np.exp(best[0])), best[1:4] - centre @ weight, weight)


def fit_frames(
    z: Array,
    features: Array,
    gold: NDArray[np.int64],
    label: NDArray[np.int64],
    *,
    labels: int,
    penalty: float | None,
    balanced: bool,
) -> FrameHead:
    """Fit on n (text, label) rows: logits (n, 3), features (n, d), 0/1 gold (n,), label numbers (n,)."""
    import numpy as np

    centre, spread = _scaling(features)
    x = (features - centre) / spread if penalty is not None else np.zeros((len(z), 0))
    n, d = x.shape
    u = odds(z)
    rows = np.ones(n) / n
    if balanced:  # half way to balance: frames are rare, and a full one would call them everywhere
        rows = np.sqrt(class_weights(gold, 2, balanced=True))
        rows = rows / rows.sum()
    order = [np.flatnonzero(label == at) for at in range(labels)]

    def loss(flat: Array) -> tuple[float, Array]:
        log_scale, bias = flat[0], flat[1 : 1 + labels]
        shared, own = flat[1 + labels : 1 + labels + d], flat[1 + labels + d :].reshape(labels, d)
        scale = np.exp(log_scale)
        logit = scale * u + bias[label] + x @ shared
        for at, members in enumerate(order):
            logit[members] += x[members] @ own[at]
        value = float((rows * (np.logaddexp(0, logit) - gold * logit)).sum())
        value += 0.5 * (SCALE_PENALTY * log_scale**2 + BIAS_PENALTY * float(bias @ bias) / labels)
        value += 0.5 * (penalty or 0.0) * (float(shared @ shared) + float((own**2).sum()))
        error = rows * (1 / (1 + np.exp(-logit)) - gold)
        slope = np.concatenate(
            [
                [float((error * u).sum()) * scale + SCALE_PENALTY * log_scale],
                np.bincount(label, weights=error, minlength=labels) + BIAS_PENALTY * bias / labels,
                x.T @ error + (penalty or 0.0) * shared,
                np.concatenate([x[m].T @ error[m] for m in order]) + (penalty or 0.0) * own.ravel(),
            ]
        )
        return value, slope

    best = _minimise(loss, np.zeros(1 + labels + d + labels * d))
    width = features.shape[1]
    shared, own = np.zeros(width), np.zeros((labels, width))
    if d:
        shared = best[1 + labels : 1 + labels + d] / spread
        own = best[1 + labels + d :].reshape(labels, d) / spread
    bias = best[1 : 1 + labels] - (shared + own) @ centre
    return FrameHead(float(np.exp(best[0])), bias, shared, own)


def _scaling(features: Array) -> tuple[Array, Array]:
    """Mean and spread of each feature; scaled so that a row has about unit length."""
    import numpy as np

    spread = features.std(axis=0)
    spread = np.where(spread > 1e-6, spread, 1.0) * np.sqrt(features.shape[1] / 8)
    return features.mean(axis=0), spread


def _turned(x: Array) -> tuple[Array, Array]:
    """Rows (n, d) in as many dimensions as they span, and the way back (d, k): the ridge solution lies in their span."""
    import numpy as np

    if len(x) >= x.shape[1]:
        return x, np.eye(x.shape[1])
    _, size, turn = np.linalg.svd(x, full_matrices=False)
    turn = turn[size > 1e-8].T
    return x @ turn, turn


def _minimise(loss: Callable[[Array], tuple[float, Array]], start: Array) -> Array:
    import numpy as np
    from scipy.optimize import minimize

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": MAX_STEPS})
    return np.asarray(found.x, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Chosen:
    """How much cross-validation trusts each penalty, and each row's logits from heads that have not seen its document.

    `shares` are by penalty and sum to 1, `None` being the cautious head; `logits` has shape (n, 3) for stance, (n,) log-odds for
    frames; `losses` are the held-out losses by penalty.
    """

    shares: dict[float | None, float]
    logits: Any
    losses: dict[str, float]


def cross_validate(
    rows: Sequence[Sequence[int]],
    fit: Callable[[Any, float | None], Any],
    predict: Callable[[Any, Any], Array],
    loss: Callable[[Array], float],
) -> Chosen:
    """Weigh the penalties.

    Args:
        rows: the row numbers of each fold, over all rows.
        fit: from row numbers and penalty to a head.
        predict: from a head and row numbers to their logits.
        loss: of the logits of all rows, in order.

    Returns:
        Penalties with a share worth fitting; the logits are averages with these shares.
    """
    import numpy as np

    total = sum(len(fold) for fold in rows)
    found: dict[float | None, tuple[float, Array]] = {}
    for penalty in PENALTIES:
        out = held_out(rows, fit, predict, penalty)
        found[penalty] = (loss(out), out)
    least = min(value for value, _ in found.values())
    likely = {one: float(np.exp(-TRUST * total * (value - least))) for one, (value, _) in found.items()}
    likely = {one: share for one, share in likely.items() if share >= 0.02 * sum(likely.values())}
    shares = {one: share / sum(likely.values()) for one, share in likely.items()}
    logits = np.sum([share * found[one][1] for one, share in shares.items()], axis=0)
    return Chosen(shares, logits, {str(one): round(value, 4) for one, (value, _) in found.items()})


def held_out(
    rows: Sequence[Sequence[int]],
    fit: Callable[[Any, float | None], Any],
    predict: Callable[[Any, Any], Array],
    penalty: float | None,
) -> Array:
    """The logits of all rows, each by a head fitted without its fold; arguments as `cross_validate` has them."""
    import numpy as np

    total = sum(len(fold) for fold in rows)
    out: Array | None = None
    for fold in rows:
        held = np.array(fold, dtype=np.int64)
        logits = predict(fit(np.setdiff1d(np.arange(total), held), penalty), held)
        out = np.zeros((total, *logits.shape[1:])) if out is None else out
        out[held] = logits
    assert out is not None
    return out


def needed(rows: int) -> float:
    """The standard errors by which features must improve on the cautious head."""
    return EVIDENCE * math.sqrt(FEW / max(rows, 1))


def evidence(
    new: Array, old: Array, gold: NDArray[np.int64], weights: Array, groups: NDArray[np.int64] | None = None
) -> float:
    """By how many standard errors the likelihood of logits `new` (n, 3) is better than that of `old`.

    Args:
        new: shape (n, 3).
        old: shape (n, 3).
        gold: shape (n,).
        weights: shape (n,).
        groups: the document of each row, shape (n,): rows of one document err together.

    Returns:
        Student's t over documents, as the normal quantile of the same probability: two documents prove little.
    """
    import numpy as np
    from scipy.stats import norm, t

    at = np.arange(len(gold))
    logs = [np.log(np.clip(softmax(logits)[at, gold], 1e-12, None)) for logits in (new, old)]
    gain = weights * (logs[0] - logs[1])
    if groups is not None:
        gain = np.bincount(np.unique(groups, return_inverse=True)[1], weights=gain)
    errors = float(gain.sum() / max(gain.std(ddof=1) * np.sqrt(len(gain)), 1e-12))
    return float(np.sign(errors) * min(-norm.ppf(t.sf(abs(errors), len(gain) - 1)), 99.0))


def average(heads: Sequence[Head], shares: Sequence[float]) -> Head:
    """The head whose logits are the weighted average of several heads' logits; the shares sum to 1."""
    parts = [
        sum(share * getattr(head, field.name) for head, share in zip(heads, shares, strict=True))
        for field in fields(heads[0])
    ]
    return type(heads[0])(*parts)


def log_loss(logits: Array, gold: NDArray[np.int64], weights: Array) -> float:
    """Weighted negative log-likelihood of logits (n, 3), or of log-odds (n,) against 0/1 gold."""
    import numpy as np

    if logits.ndim == 1:
        return float((weights * (np.logaddexp(0, logits) - gold * logits)).sum() / weights.sum())
    chosen = softmax(logits)[np.arange(len(gold)), gold]
    return float(-(weights * np.log(np.clip(chosen, 1e-12, None))).sum() / weights.sum())
