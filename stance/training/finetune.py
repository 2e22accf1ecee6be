"""From labelled rows to a model folder: the one function behind `stance finetune`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.classifiers.embedded import verify_listed
from stance.errors import ModelError, UsageError
from stance.resources import model_path
from stance.training import card, few_shot, save
from stance.training import data as reading
from stance.training.arguments import Arguments
from stance.training.bases import unpacked
from stance.training.data import MIN_OF_CLASS, Data
from stance.training.outcome import Outcome, Progress
from stance.training.save import Workspace

if TYPE_CHECKING:
    from stance.classifiers.encoders import Encoder
    from stance.schema import ModelInfo
    from stance.training.head import StanceHead

LAST_LAYERS = ("classifier", "classifier.out_proj", "score", "classification_head.out_proj")
PACKAGES = ("stance-analyser", "numpy", "scipy", "scikit-learn", "onnxruntime", "torch", "transformers")


def finetune(
    source: str,
    out: str | Path,
    arguments: Arguments | None = None,
    *,
    overwrite: bool = False,
    command: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Fine-tune a model on labelled rows and write its folder.

    Args:
        source: `.jsonl .csv .tsv .parquet`, or `hf:NAME`; see `stance.training.data.read`.
        out: the folder to write; it is there whole or not at all.
        arguments: everything else.
        overwrite: whether a model in `out` may be replaced.
        command: as the user typed it, for the card.
        progress: called with (done, of, what).

    Returns:
        The content of `meta.json`.

    Raises:
        UsageError: rows that cannot be used, or a place that is taken; nothing is written.
        ModelError: a base that cannot be used; nothing is written.
    """
    settings = arguments or Arguments()
    save.check_free(out, overwrite=overwrite)
    data = reading.read(source, task=settings.task, codebook=settings.codebook, split_by=settings.split_by)
    base = base_folder(settings.base)
    if base and base.resolve() == Path(out).resolve():
        raise UsageError(f"-o {out}: is the --base itself, which would be lost; choose another folder")
    with unpacked(base) as folder:
        method = settings.chosen_method(len(data.examples))
        if method == "full":
            settings.torch_device()  # before anything is written
        fingerprint = {
            **settings.to_json(),
            "method": method,
            "data": data.sha256,
            "base": _base_hash(folder, settings.base),
        }
        if method == "head":
            with _encoder(folder, settings) as encoder, Workspace(out, fingerprint) as workspace:
                meta = _head(data, encoder, folder, settings, workspace, Path(out).name, command, progress)
                workspace.finish()
            return meta
        from stance.training import tuned

        with Workspace(out, fingerprint) as workspace:
            meta = tuned.run(data, folder, settings, workspace, Path(out).name, command, progress)
            workspace.finish()
        return meta


def base_folder(base: str) -> Path | None:
    """The folder of a base model; `None` for a hub id.

    Raises:
        ModelError: a path without a model, a model that is itself a head on another one, or one with a file that is missing or
            altered.
    """
    shipped = model_path(base)
    path = shipped if "/" not in base and (shipped / "meta.json").is_file() else Path(base).expanduser()
    if not path.is_dir():
        if base.startswith((".", "/", "~")):
            raise ModelError(f"--base {base}: no such model folder")
        return None
    if (path / "heads.safetensors").is_file():
        raise ModelError(f"--base {base}: is a model made with --method head; start from its own base again")
    if (path / "meta.json").is_file() or any(path.glob("*.onnx")):
        verify_listed(path)
    return path


def _base_hash(folder: Path | None, base: str) -> str:
    import hashlib

    if folder is None:
        return base
    total = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), *folder.glob("*.onnx")]):
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()


@contextmanager
def _encoder(folder: Path | None, settings: Arguments) -> Iterator[Encoder]:
    """The frozen base."""
    import shutil
    import tempfile

    from stance.classifiers.encoders import OnnxEncoder, TorchEncoder

    if folder is None or not (folder / "model.onnx").is_file():
        name = str(folder) if folder else settings.base
        yield TorchEncoder(name, device=settings.torch_device(), batch_size=settings.batch_size)
        return
    save.check_base(folder)
    with tempfile.TemporaryDirectory(prefix="stance-") as path:
        place = Path(path)
        for name in ("tokenizer.json", "meta.json"):
            shutil.copyfile(folder / name, place / name)
        write_encoder(folder, place / "model.onnx")
        yield OnnxEncoder(place, weights="model.onnx")


def write_encoder(base: Path, out: Path) -> None:
    """Write the base as an ONNX file that also gives the pooled representation.

    Where the base's own weights are there, they are taken in full precision: with the layers in 8 bits 0.7 % of the labels differ
    from those that torch gives, with 8-bit arithmetic 3 %, and words in 8 bits move a logit by up to 0.04, which decides close
    ones. Otherwise it is the base's ONNX file with a second output.

    Raises:
        ModelError: the base's weights are damaged, or it has neither.
    """
    import json

    from stance.classifiers.embedded import UNQUANTISED, built
    from stance.classifiers.encoders import add_pooled_output
    from stance.training import onnx_graph

    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    if (base / UNQUANTISED).is_file() and onnx_graph.can_build(config):
        out.write_bytes(built(base))
    else:
        add_pooled_output(base / "model.onnx", out)


def _head(
    data: Data,
    encoder: Encoder,
    folder: Path | None,
    settings: Arguments,
    workspace: Workspace,
    name: str,
    command: str,
    progress: Progress | None,
) -> dict[str, Any]:
    import json

    from safetensors.numpy import save_file

    from stance.classifiers.encoders import TorchEncoder
    from stance.classifiers.finetuned import HEADS, head_tensors

    outcome, stance, frames = few_shot.run(data, encoder, settings, workspace, progress)
    out = workspace.model
    if isinstance(encoder, TorchEncoder):
        encoder._model.save_pretrained(out)
        encoder._tokenizer.save_pretrained(out)
    else:
        assert folder is not None
        save.copy_base(folder, out)
        write_encoder(folder, out / "model.onnx")
    tensors = head_tensors(stance, frames)
    if stance:
        before = fold_head(out, stance)
        if isinstance(encoder, TorchEncoder):
            # What runs is the folded layer; the old one goes along, for the tasks that were not trained.
            tensors |= before
    save_file(tensors, str(out / HEADS))
    meta = describe(data, outcome, settings, name, command, base_info(folder, settings.base, encoder.info))
    if folder and (out / "model.onnx").is_file():
        labels = json.loads((folder / "meta.json").read_text(encoding="utf-8")).get("labels", meta["labels"])
        meta |= {"weights": "model.onnx", "labels": labels}  # the columns of the ONNX file are the base's
    meta["window"] = encoder.window
    write(out, meta, data, outcome)
    return meta


def fold_head(folder: Path, head: StanceHead) -> dict[str, Any]:
    """Put a stance head into the last layer of `model.safetensors`, so that plain transformers gives its answers.

    Returns:
        The layer before: `base.weight` (3, d) and `base.bias` (3,), rows in the order of `ENTAILMENTS`.

    Raises:
        ModelError: the layer is not where it is known to be.
    """
    import json

    import numpy as np
    from safetensors.numpy import load_file

    from stance.classifiers.hub import LabelColumns

    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    columns = LabelColumns({int(k): v for k, v in config["id2label"].items()}, source=str(folder))
    order = [at for at in (columns.entailment, columns.neutral, columns.contradiction) if at is not None]
    tensors = load_file(str(folder / "model.safetensors"))
    shape = head.weight.T.shape
    found = [name for name in LAST_LAYERS if f"{name}.weight" in tensors and tensors[f"{name}.weight"].shape == shape]
    if not found:
        raise ModelError(f"{config.get('model_type')}: its last layer is not known; use --method full with this base")
    weight, bias = (tensors[f"{found[0]}.{part}"].astype(np.float64) for part in ("weight", "bias"))
    before = {"base.weight": weight[order], "base.bias": bias[order]}
    new_weight, new_bias = head.scale * weight, head.scale * bias
    new_weight[order] += head.weight.T
    new_bias[order] += head.bias
    save.replace_last_layer(folder, found[0], new_weight, new_bias)
    return before


def base_info(folder: Path | None, base: str, info: ModelInfo) -> dict[str, Any]:
    """What the card says of the base: its own name, hash and licence."""
    import json

    path = folder / "meta.json" if folder else None
    meta = json.loads(path.read_text(encoding="utf-8")) if path and path.is_file() else {}
    digest = meta.get("sha256", {}).get(str(meta.get("weights", "")), info.sha256)
    name = str(meta.get("name", Path(base).name)) if folder else base
    return {"name": name, "sha256": digest, "licence": meta.get("licence") or info.licence, "of": meta.get("base")}


def describe(
    data: Data, outcome: Outcome, settings: Arguments, name: str, command: str, base: Mapping[str, Any]
) -> dict[str, Any]:
    """The content of `meta.json`, less the hashes of the files."""
    from stance.schema import ENTAILMENTS, STANCES

    book = data.codebook
    return {
        "name": name,
        "role": "classifier",
        "task": data.task,
        "method": outcome.method,
        "labels": list(ENTAILMENTS),
        "label_names": list(book.ids) if book else list(STANCES),
        "codebook": book.name if book else "stance",
        "thresholds": dict(outcome.thresholds),
        "hypotheses": [list(one) for one in outcome.hypotheses],
        "templates": templates(data),
        "licence": base["licence"],
        "calibration": dict(outcome.calibration),
        "figures": {
            "measured_on": outcome.measured_on,
            "model": outcome.figures,
            "baseline": outcome.baseline,
            "comparison": outcome.comparison,
            "notes": [*outcome.notes, *_rare(data)],
        },
        "training": {
            "data": {
                "source": Path(data.source).name if not data.source.startswith("hf:") else data.source,
                "sha256": data.sha256,
                "rows": len(data.examples),
                "documents": len({example.group for example in data.examples}),
                "counts": dict(data.counts),
                "left_open": data.left_open,
                "repeated": data.repeated,
            },
            "split": outcome.split or {"rows": len(data.examples), "folds": settings.folds},
            "base": dict(base),
            "run": dict(outcome.training),
            "arguments": dict(settings.to_json()),
            "date": datetime.now(UTC).date().isoformat(),
            "command": command,
            "packages": packages(),
        },
    }


def _rare(data: Data) -> list[str]:
    """What to say of frames that stand in too few rows to be trained and measured on different ones."""
    rare = [name for name in data.codebook.ids if 0 < data.counts.get(name, 0) < MIN_OF_CLASS] if data.codebook else []
    return [f"In one row only, so not both learnt and measured: {', '.join(rare)}."] if rare else []


def templates(data: Data) -> list[str]:
    """The hypotheses as templates."""
    from stance.codebook import load

    if data.codebook:
        return [label.statements()[0] for label in data.codebook.labels]
    book = load("stance")
    return [*book.label("favor").hypotheses, *book.label("against").hypotheses]


def packages() -> dict[str, str]:
    """Versions of what decides the outcome."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write(folder: Path, meta: Mapping[str, Any], data: Data, outcome: Outcome) -> None:
    """Write codebook, card and `meta.json` beside the weights."""
    if data.codebook:
        save.write_codebook(folder, data.codebook, outcome.thresholds)
    (folder / "README.md").write_text(card.render(meta), encoding="utf-8")
    save.write_meta(folder, meta)


def check_labels(
    source: str, arguments: Arguments | None = None, *, progress: Progress | None = None
) -> list[dict[str, Any]]:
    """The rows that a cross-validated head most disagrees with; see `stance.training.noise`.

    Args:
        source: labelled rows.
        arguments: base, task, folds and so on; the method is always `head`.
        progress: called with (done, of, what).

    Returns:
        A row for each suspect, the most doubtful first: `where`, `text`, `target` or `frame`, `speaker` if there is one, `label`,
        `suggested`, `probability` of its own label, `margin`.

    Raises:
        UsageError: rows that cannot be used.
    """
    import numpy as np

    from stance.schema import STANCES
    from stance.training import noise, pairs

    settings = arguments or Arguments()
    data = reading.read(source, task=settings.task, codebook=settings.codebook, split_by=settings.split_by)
    with unpacked(base_folder(settings.base)) as folder, _encoder(folder, settings) as encoder:
        if data.codebook is None:
            encoded = few_shot.encode(encoder, pairs.of_stance(data.examples), None, progress)
            found = few_shot.fit_stance(encoded, data.examples, settings).held_out
            gold = np.array([STANCES.index(example.label) for example in data.examples])
            return [_suspect(data, one, STANCES, None) for one in noise.suspects(found, gold)]
        encoded = few_shot.encode(encoder, pairs.of_frames(data.examples, data.codebook), None, progress)
        held_out = few_shot.fit_frames(encoded, data.examples, len(data.codebook.labels), settings).held_out
    rows = []
    for at, name in enumerate(data.codebook.ids):
        yes = held_out[:, at]
        given = np.array([int(name in example.labels) for example in data.examples])
        if given.any() and not given.all():
            two = noise.suspects(np.stack([1 - yes, yes], axis=1), given)
            rows += [_suspect(data, one, ("absent", "present"), name) for one in two]
    return sorted(rows, key=lambda row: -float(row["margin"]))


def _suspect(data: Data, one: Any, names: Sequence[str], frame: str | None) -> dict[str, Any]:
    example = data.examples[one.row]
    row: dict[str, Any] = {"where": example.where, "text": example.text}
    row |= {"frame": frame} if frame else {"target": example.target}
    row |= {"speaker": example.speaker} if example.speaker else {}
    return row | {
        "label": names[one.given],
        "suggested": names[one.suggested],
        "probability": round(one.probability, 4),
        "margin": round(one.margin, 4),
    }
