"""Other few-shot classifiers, in a process of their own: they may need other versions of packages than `stance` does.

`benchmark_finetune.py --rival-python PYTHON` starts it; nothing of `stance` is imported. Each line of stdin is a job
{"method", "encoder", "texts", "labels", "test", "seed", "max_steps"}, each line of stdout its answer
{"given", "seconds", "cpu", "steps"}: the labels of the test texts, and what training took, loading the model included.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

Predict = Callable[[Sequence[str]], list[str]]


def setfit(job: dict[str, Any]) -> tuple[Predict, int]:
    """SetFit as its authors set it (Tunstall et al. 2022): 20 positive and 20 negative pairs a row, one epoch.

    Returns:
        What labels texts, and how many steps it took; `max_steps` above 0 cuts them.
    """
    from datasets import Dataset
    from setfit import SetFitModel, Trainer, TrainingArguments

    names = sorted(set(job["labels"]))
    data = Dataset.from_dict({"text": job["texts"], "label": [names.index(name) for name in job["labels"]]})
    model = SetFitModel.from_pretrained(job["encoder"], local_files_only=True)
    settings = TrainingArguments(
        seed=job["seed"],
        num_iterations=20,
        max_steps=job["max_steps"] or -1,
        report_to="none",
        save_strategy="no",
        show_progress_bar=False,
    )
    trainer = Trainer(model=model, args=settings, train_dataset=data)
    trainer.train()
    return lambda texts: [names[int(at)] for at in model.predict(list(texts))], trainer.st_trainer.state.global_step


def logistic(job: dict[str, Any]) -> tuple[Predict, int]:
    """Logistic regression on sentence embeddings: the floor."""
    from sentence_transformers import SentenceTransformer
    from sklearn.linear_model import LogisticRegression

    model = SentenceTransformer(job["encoder"])
    head = LogisticRegression(max_iter=1000, class_weight="balanced", random_state=job["seed"])
    head.fit(model.encode(job["texts"]), job["labels"])
    return lambda texts: [str(one) for one in head.predict(model.encode(list(texts)))], 0


def cpu_seconds() -> float:
    """Of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Answer jobs until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the libraries print is no answer
    import setfit as _  # noqa: F401 - imported before the clock starts

    methods = {"setfit": setfit, "logistic": logistic}
    for line in sys.stdin:
        job = json.loads(line)
        began, used = time.monotonic(), cpu_seconds()
        predict, steps = methods[job["method"]](job)
        found = {"seconds": time.monotonic() - began, "cpu": cpu_seconds() - used, "steps": steps}
        answers.write(json.dumps({"given": predict(job["test"]), **found}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
