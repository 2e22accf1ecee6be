"""The folder that a fine-tuning writes: beside its place while it is unfinished, then moved there whole."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from stance.errors import ModelError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.codebook import Codebook

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt")
HASHED = (".onnx", ".safetensors")


class Workspace:
    """`OUT.partial` while a fine-tuning runs: checkpoints and the model to be.

    An interrupted fine-tuning with the same fingerprint finds its checkpoints again; another one starts afresh; a second
    one at the same time is refused. Use as a context manager; `finish` moves the model into place.
    """

    def __init__(self, out: str | Path, fingerprint: Mapping[str, Any]) -> None:
        self.out = Path(out)
        self.partial = self.out.with_name(self.out.name + ".partial")
        self.model = self.partial / "model"
        self.checkpoints = self.partial / "checkpoints"
        self._key = hashlib.sha256(json.dumps(fingerprint, sort_keys=True).encode()).hexdigest()
        self._lock: IO[str] | None = None

    def __enter__(self) -> Workspace:
        try:
            self.partial.mkdir(parents=True, exist_ok=True)
            self._lock = self._locked()
            key = self.partial / "key"
            if not key.is_file() or key.read_text(encoding="utf-8") != self._key:
                shutil.rmtree(self.checkpoints, ignore_errors=True)
                key.write_text(self._key, encoding="utf-8")
            shutil.rmtree(self.model, ignore_errors=True)
            self.model.mkdir()
        except OSError as error:
            raise UsageError(f"-o {self.out}: cannot be written ({error.strerror or error})") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock:
            self._lock.close()
        # What was interrupted can resume; what failed before its first checkpoint leaves nothing.
        if kind is not None and not any(self.checkpoints.glob("*")):
            shutil.rmtree(self.partial, ignore_errors=True)

    def _locked(self) -> IO[str]:
        file = (self.partial / "lock").open("a", encoding="utf-8")
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # not on Windows; there the folder is simply not guarded
            pass
        except OSError:
            file.close()
            raise UsageError(f"-o {self.out}: another fine-tuning writes here; wait for it or choose another") from None
        return file

    def finish(self) -> None:
        """Move the finished model into its place, replacing an earlier one."""
        if self.out.is_dir():
            shutil.rmtree(self.out)
        self.model.rename(self.out)
        shutil.rmtree(self.partial, ignore_errors=True)


def check_free(out: str | Path, *, overwrite: bool) -> None:
    """Refuse a place that holds something.

    Raises:
        UsageError: a file, a folder that is no model, or a model without `overwrite`.
    """
    path = Path(out)
    if path.is_file():
        raise UsageError(f"-o {out}: is a file; give a folder that does not exist yet")
    if path.is_dir() and any(path.iterdir()):
        if not (path / "meta.json").is_file():
            raise UsageError(f"-o {out}: is not empty and holds no model; choose another folder")
        if not overwrite:
            raise UsageError(f"-o {out}: holds a model; choose another folder or pass --overwrite")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"-o {out}: no folder {path.absolute().parent}; make it first")


def check_base(base: Path) -> None:
    """Refuse a base model from which no folder can be made.

    Raises:
        ModelError: it has no safetensors, or no configuration that can be read.
    """
    if not any(base.glob("*.safetensors")) or not (base / "config.json").is_file():
        raise ModelError(f"{base}: no safetensors or no config.json to start from; choose another --base")
    try:
        json.loads((base / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{base / 'config.json'}: malformed JSON ({error}); restore the file") from None


def copy_base(base: Path, folder: Path) -> None:
    """Copy a local base model's tokenizer, configuration and safetensors."""
    for path in [*base.glob("*.safetensors"), base / "config.json", *(base / name for name in TOKENIZER_FILES)]:
        if path.is_file():
            shutil.copyfile(path, folder / path.name)


def replace_last_layer(folder: Path, name: str, weight: NDArray[np.float64], bias: NDArray[np.float64]) -> None:
    """Put a corrected last layer into `model.safetensors`, in the precision of the old one.

    Args:
        folder: holds `model.safetensors`.
        name: of the layer, without `.weight`.
        weight: shape (labels, d), rows in the model's own order of labels.
        bias: shape (labels,).
    """
    from safetensors.numpy import load_file, save_file

    path = folder / "model.safetensors"
    tensors = load_file(str(path))
    for part, value in (("weight", weight), ("bias", bias)):
        tensors[f"{name}.{part}"] = value.astype(tensors[f"{name}.{part}"].dtype)
    save_file(tensors, str(path), metadata={"format": "pt"})


def clean_tokenizer(path: Path) -> None:
    """Take padding and truncation out of a `tokenizer.json`: callers decide about them, and nothing is cut silently."""
    data = json.loads(path.read_text(encoding="utf-8"))
    data["truncation"] = data["padding"] = None
    path.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def write_codebook(folder: Path, codebook: Codebook, thresholds: Mapping[str, float]) -> None:
    """Write `codebook.yaml` with each label's threshold: pass it as `--frames MODEL_DIR/codebook.yaml`."""
    import yaml

    labels = []
    for label in codebook.labels:
        fields = label.model_dump(exclude_none=True, exclude_defaults=True) | {"id": label.id, "name": label.name}
        fields = {key: list(value) if isinstance(value, tuple) else value for key, value in fields.items()}
        if codebook.multi_label and label.id in thresholds:
            fields["threshold"] = thresholds[label.id]
        labels.append(fields)
    content: dict[str, Any] = {"name": codebook.name, "multi_label": codebook.multi_label}
    if codebook.description:
        content["description"] = codebook.description
    text = yaml.safe_dump({**content, "labels": labels}, sort_keys=False, allow_unicode=True, width=120)
    (folder / "codebook.yaml").write_text(text, encoding="utf-8")


def write_meta(folder: Path, meta: Mapping[str, Any]) -> None:
    """Write `meta.json` with the hashes of the weights and of the tokenizer, and for heads the file they are in."""
    hashes = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.suffix in HASHED or path.name in ("tokenizer.json", "config.json")
    }
    text = json.dumps({**meta, "sha256": hashes}, ensure_ascii=False, indent=1)
    (folder / "meta.json").write_text(text + "\n", encoding="utf-8")


def rehash(folder: Path) -> None:
    """Write the hashes in `meta.json` anew, where files have changed since."""
    write_meta(folder, json.loads((folder / "meta.json").read_text(encoding="utf-8")))


def file_names(folder: Path) -> Sequence[str]:
    """What a model folder holds."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())
