"""What a fine-tuned folder was trained for: asked something else it answers all the same, and hardly better than its base."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stance.classifiers.embedded import read_meta

if TYPE_CHECKING:
    from stance.codebook import Codebook


def mismatch(model: str, task: str, codebook: Codebook | None = None) -> str | None:
    """What a user must know who asks a model for another task, or for other frames, than it was trained for; else `None`."""
    folder = Path(model).expanduser()
    meta = read_meta(folder) if (folder / "meta.json").is_file() else {}
    trained = meta.get("task")
    if meta.get("method") not in ("head", "full") or task == "entailment":
        return None
    if trained != task:
        return (
            f"{model}: was fine-tuned for --task {trained}; for {task} it is no better than the model it was made from"
        )
    if codebook and not set(codebook.ids) & set(meta.get("label_names", ())):
        return (
            f"{model}: was fine-tuned for the frames of {meta.get('codebook')!r}, none of which {codebook.name!r} has; "
            f"pass --frames {folder / 'codebook.yaml'}"
        )
    return None


def mismatches(model: str, codebooks: Sequence[Codebook]) -> list[str]:
    """What a user must know who asks a model for stance and for the frames of codebooks in one run.

    Every run asks for frames, so of a model fine-tuned for stance nothing is said. Of one fine-tuned for frames it is said that
    stance is foreign to it, and which frames it has if no codebook of the run has any of them.
    """
    of_stance = mismatch(model, "stance")
    of_frames = [mismatch(model, "frame", book) for book in codebooks] if of_stance else []
    return [note for note in (of_stance, *(of_frames if all(of_frames) else ())) if note]
