"""A packed base model, unpacked for as long as something is tuned from it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stance.classifiers import packed
from stance.classifiers.embedded import built, read_weights
from stance.training import save


@contextmanager
def unpacked(folder: Path | None) -> Iterator[Path | None]:
    """A folder as that of `embedded`, with the weights of a packed one in `model.safetensors` (16 bits) and `model.onnx`.

    A folder without packed weights, and none, are given back as they are.

    Raises:
        ModelError: `config.json` or the weights cannot be used.
    """
    if folder is None or not packed.is_packed(folder):
        yield folder
        return
    import numpy as np
    from safetensors.numpy import save_file

    meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="stance-") as name:
        place = Path(name)
        for file in folder.iterdir():
            if file.is_file() and not packed.is_part(file.name):
                shutil.copyfile(file, place / file.name)
        halves = {key: value.astype(np.float16) for key, value in read_weights(folder).items()}
        save_file(halves, place / "model.safetensors", metadata={"format": "pt"})
        (place / "model.onnx").write_bytes(built(place, meta.get("eight_bit", []), meta.get("outliers")))
        save.write_meta(place, {**meta, "weights": "model.onnx"})
        yield place
