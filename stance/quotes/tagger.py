"""The trained tagger at work: cues and what belongs to each, from a quantised model without torch.

One pass of the encoder finds cues and projects every token; a small second graph tags each token *given a cue* as
source, content or neither (see `scripts/train_tagger.py`). Trained on PolNeAR (Newell, Margolin and Ruths 2018).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.errors import ModelError
from stance.quotes import windows
from stance.quotes.lexicon import CueClass
from stance.quotes.relation import merged
from stance.resources import model_path
from stance.schema import ModelInfo, Span
from stance.sessions import open_session

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

PROPOSE = 0.12  # lowest probability of a cue that is worth a second look
_KINDS: tuple[CueClass, ...] = ("speech", "opinion", "other")
_BATCH = 8


class Proposal(NamedTuple):
    """A cue with its source and content. Probabilities are in 0..1.

    `cue_sure` is that of a cue standing here, `kinds` those of speech, opinion and other given that one does,
    `clausal` that the content holds a clause; `content_sure` and `source_sure` are means over the tokens tagged.
    """

    cue: Span
    source: tuple[Span, ...]
    content: tuple[Span, ...]
    cue_sure: float
    kinds: tuple[float, float, float]
    clausal: float
    content_sure: float
    source_sure: float

    @property
    def kind(self) -> CueClass:
        """The likeliest class of the cue."""
        return _KINDS[max(range(3), key=lambda i: self.kinds[i])]


class Tagger:
    """A loaded model. Create with `load`."""

    def __init__(self, folder: Path) -> None:
        meta = _checked(folder)
        # One thread each: the parser is at work beside it, and what a second one saves it spends on waiting.
        self.encoder = open_session(folder / "encoder.onnx")
        self.link = open_session(folder / "link.onnx")
        self.tokenizer = windows.load_tokenizer(str(folder / "tokenizer.json"))
        self.near = int(meta["near"])

    def propose(self, text: str, spans: Sequence[Span], mask: bytearray) -> list[Proposal]:
        """Cues with sources and contents in the paragraphs `spans` of `text`, in text order.

        Args:
            text: the document.
            spans: paragraphs to read, in order; offsets of the result are into `text`.
            mask: what `stance.quotes.marks.quote_mask` gives for `text`.

        Returns:
            Every cue at least as probable as `PROPOSE` that has content.
        """
        pieces = windows.pieces_of(text, self.tokenizer, mask=mask, spans=spans)
        packed = windows.pack(pieces.paragraphs)
        order = sorted(range(len(packed)), key=lambda i: packed[i].end - packed[i].start)
        found: list[Proposal] = []
        for first in range(0, len(order), _BATCH):
            batch = [packed[i] for i in order[first : first + _BATCH]]
            for window, cue, token, given in self._encode(pieces, batch):
                found += self._read(text, pieces, window, cue, token, given)
        return sorted(found, key=lambda proposal: proposal.cue)

    def _encode(
        self, pieces: windows.Pieces, batch: Sequence[windows.Window]
    ) -> list[tuple[windows.Window, Floats, Floats, Floats]]:
        import numpy as np

        length = max(window.end - window.start for window in batch) + 2
        ids = np.zeros((len(batch), length), dtype=np.int64)
        features, attention = np.zeros_like(ids), np.zeros_like(ids)
        for row, (start, end) in enumerate(batch):
            count = end - start
            ids[row, : count + 2] = [windows.CLS, *pieces.ids[start:end], windows.SEP]
            features[row, 1 : count + 1] = pieces.features[start:end]
            attention[row, : count + 2] = 1
        cue, token, given = self.encoder.run(None, {"ids": ids, "features": features, "attention": attention})
        return [
            (window, *(part[row, 1 : window.end - window.start + 1] for part in (cue, token, given)))
            for row, window in enumerate(batch)
        ]

    def _read(
        self, text: str, pieces: windows.Pieces, window: windows.Window, cue: Floats, token: Floats, given: Floats
    ) -> list[Proposal]:
        import numpy as np

        probability = _softmax(cue)
        starting = probability[:, 2:].sum(axis=1)
        spans: list[tuple[int, int]] = []
        for position in np.flatnonzero(starting >= PROPOSE):
            if spans and position < spans[-1][1]:
                continue
            end = int(position) + 1
            while end < len(probability) and probability[end, 1] > 0.5:
                end += 1
            spans.append((int(position), end))
        if not spans:
            return []
        pooled = np.stack([given[a:b].mean(axis=0) for a, b in spans]).astype(np.float32)
        distance = np.stack([self._distance(len(token), a, b) for a, b in spans])
        roles = self.link.run(None, {"token": token[None], "given": pooled, "distance": distance})[0]
        shares = _softmax(roles)
        tags = _viterbi(np.log(shares + 1e-9))
        result = []
        for (a, b), share, tag in zip(spans, shares, tags, strict=True):
            content, content_sure = _spans(text, pieces, window.start, tag, share, 3)
            source, source_sure = _spans(text, pieces, window.start, tag, share, 1)
            if not content:
                continue
            kinds = probability[a, 2:].reshape(3, 2)
            total = float(kinds.sum()) or 1.0
            classes = kinds.sum(axis=1) / total
            result.append(
                Proposal(
                    _word(text, pieces, window.start + a, window.start + b),
                    source,
                    content,
                    float(starting[a]),
                    (float(classes[0]), float(classes[1]), float(classes[2])),
                    float(kinds[:, 1].sum() / total),
                    content_sure,
                    source_sure,
                )
            )
        return result

    def _distance(self, length: int, start: int, end: int) -> NDArray[np.int64]:
        import numpy as np

        position = np.arange(length)
        signed = np.where(position < start, position - start, np.where(position >= end, position - end + 1, 0))
        clipped: NDArray[np.int64] = (signed.clip(-self.near - 1, self.near + 1) + self.near + 1).astype(np.int64)
        return clipped


def _spans(
    text: str, pieces: windows.Pieces, first: int, tag: NDArray[np.int64], share: Floats, label: int
) -> tuple[tuple[Span, ...], float]:
    """Stretches tagged `label` (begin) or `label + 1` (inside), and the mean probability of that."""
    found: list[Span] = []
    sure: list[float] = []
    position = 0
    while position < len(tag):
        if tag[position] in (label, label + 1):
            end = position + 1
            while end < len(tag) and tag[end] == label + 1:
                end += 1
            found.append(_word(text, pieces, first + position, first + end))
            sure += [float(value) for value in share[position:end, label : label + 2].sum(axis=1)]
            position = end
        else:
            position += 1
    return merged(found), sum(sure) / len(sure) if sure else 0.0


def _word(text: str, pieces: windows.Pieces, first: int, last: int) -> Span:
    """The span of pieces `first`..`last`, stretched to whole words."""
    start, end = pieces.starts[first], pieces.ends[last - 1]
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return Span(start, end)


def _softmax(logits: Floats) -> Floats:
    import numpy as np

    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    result: Floats = shifted / shifted.sum(axis=-1, keepdims=True)
    return result


def _viterbi(score: Floats) -> NDArray[np.int64]:
    """Best label sequences (cues, length) of log probabilities (cues, length, 5): inside only after its own kind."""
    import numpy as np

    count, length, labels = score.shape
    allowed = np.zeros((labels, labels), dtype=np.float32)
    for inside in (2, 4):
        allowed[:, inside] = -1e4
        allowed[inside - 1, inside] = allowed[inside, inside] = 0
    best = score[:, 0].copy()
    best[:, [2, 4]] = -1e4
    back = np.zeros((count, length, labels), dtype=np.int64)
    for position in range(1, length):
        paths = best[:, :, None] + allowed[None]
        back[:, position] = paths.argmax(axis=1)
        best = paths.max(axis=1) + score[:, position]
    result = np.zeros((count, length), dtype=np.int64)
    result[:, -1] = best.argmax(axis=1)
    for position in range(length - 1, 0, -1):
        result[:, position - 1] = back[np.arange(count), position, result[:, position]]
    return result


def _checked(folder: Path) -> dict[str, Any]:
    """The model's description, after its files' hashes were compared with it."""
    try:
        meta: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        for name, expected in meta["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
                raise ModelError(f"{folder / name}: its hash is not the one in meta.json; install the package again")
    except (OSError, ValueError, KeyError) as error:
        raise ModelError(
            f"{folder}: the quotation tagger is missing or incomplete ({error}); use the rules extractor"
        ) from error
    return meta


def folder() -> Path:
    """Where the tagger's files lie."""
    return model_path("quotes")


def import_libraries() -> None:
    """Import all that loading and using a tagger needs, for a thread that is to import nothing itself.

    What two threads import at the same time, either may meet half-loaded.
    """
    for name in ("numpy", "onnxruntime", "tokenizers"):
        import_module(name)


@lru_cache(maxsize=1)
def load() -> Tagger:
    """The tagger, loaded once.

    Raises:
        ModelError: a file is missing or fails its hash.
    """
    return Tagger(folder())


def info() -> ModelInfo | None:
    """What a run records of the tagger, or `None` where it is not installed."""
    path = folder()
    try:
        meta = json.loads((path / "meta.json").read_text(encoding="utf-8"))
        return ModelInfo(meta["name"], meta["role"], meta["sha256"]["encoder.onnx"], meta.get("licence"), str(path))
    except (OSError, ValueError, KeyError):
        return None
