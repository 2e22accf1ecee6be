"""What a pair costs in training: its label, and beside it what a teacher says."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from classifier_data import Example

from stance.classifiers.base import Pair


def loss_of(logits: torch.Tensor, labels: torch.Tensor, taught: torch.Tensor | None = None) -> torch.Tensor:
    """Cross-entropy; label 3 ("anything but entailment") takes the joint probability of the other two.

    Args:
        logits: shape (n, 3).
        labels: shape (n,).
        taught: shape (n, 4): a teacher's three probabilities and how much they count beside the label (0 to 1).
    """
    logs = torch.log_softmax(logits.float(), dim=-1)
    rest = torch.logsumexp(logs[:, 1:], dim=-1, keepdim=True)
    hard = -torch.cat([logs, rest], dim=-1).gather(1, labels.clamp(min=0)[:, None])[:, 0]
    if taught is None:
        if bool((labels < 0).any()):
            raise ValueError("pairs without label need a teacher")
        return hard.mean()
    share = taught[:, 3]
    return ((1 - share) * hard - share * (taught[:, :3] * logs).sum(dim=-1)).mean()


OWN_SIDES = ("project/stance", "project/contrasts")


class Teacher:
    """A larger classifier whose probabilities are learnt beside the labels (Hinton, Vinyals and Dean 2015).

    A pair without label (-1) is left to the teacher, frames and topics to their labels.

    Args:
        model: as `--model` takes it.
        share: how much it counts beside the label.
        without: starts of sources that are left to their labels too; the teacher takes most of a step's time.
    """

    def __init__(self, model: str, share: float, without: Sequence[str] = ()) -> None:
        from stance import classifiers

        self.scorer, self.share = classifiers.load(model, threads=1), share
        self.without = tuple(without)

    def of(self, examples: list[Example], device: str) -> torch.Tensor:
        """What `loss_of` takes."""
        shares = [self._share(example) for example in examples]
        asked = [at for at, share in enumerate(shares) if share]
        found = torch.zeros(len(examples), 4)
        if asked:
            pairs = [Pair(examples[at].premise, examples[at].hypothesis) for at in asked]
            found[asked, :3] = torch.from_numpy(self.scorer.score(pairs, task="entailment").probabilities).float()
            found[asked, 3] = torch.tensor([shares[at] for at in asked])
        return found.to(device)

    def _share(self, example: Example) -> float:
        if example.label < 0:
            return 1.0
        of_sides = example.source.startswith(("nli/", "stance/")) or example.source in OWN_SIDES
        return self.share if of_sides and not example.source.startswith(self.without) else 0.0
