"""Turn public and own rows into entailment examples for the embedded classifier; cut the development sets.

Labels of an example: 0 entailment, 1 neutral, 2 contradiction, 3 anything but entailment (two-way sources, absent
topics), -1 none (left to a teacher). One head serves all tasks: a stance hypothesis is entailed (favor), contradicted
(against) or neither.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stance.classifiers.tasks import premise
from stance.codebook import load as load_codebook
from stance.codebook import sentence

ENTAILMENT, NEUTRAL, CONTRADICTION, NOT_ENTAILMENT = range(4)
NLI = {"entailment": ENTAILMENT, "neutral": NEUTRAL, "contradiction": CONTRADICTION, "not_entailment": NOT_ENTAILMENT}
TOWARD = {"favor": ENTAILMENT, "neutral": NEUTRAL, "against": CONTRADICTION}
AGAINST = {"favor": CONTRADICTION, "neutral": NEUTRAL, "against": ENTAILMENT}
SIDELESS = {"favor": CONTRADICTION, "neutral": ENTAILMENT, "against": CONTRADICTION}

# The share of a set's rows, by hash of the field named, that is a development set of our own.
HELD_OUT: dict[str, tuple[str, float]] = {
    "nli/snli_devtest": ("premise", 0.2),
    "stance/semeval2016_t6": ("text", 0.15),
    "frames/ccf_climate_sentences_en": ("text", 0.15),
    "frames/gvfc_headlines": ("text", 0.15),
    "frames/gvfc_extension": ("text", 0.15),
}

Row = dict[str, Any]


class Example(NamedTuple):
    """One pair with its label (above) and the source it comes from."""

    premise: str
    hypothesis: str
    label: int
    source: str


def read(folder: Path, source: str) -> list[Row]:
    """The rows of `folder/source.jsonl.gz`."""
    with gzip.open(folder / f"{source}.jsonl.gz", "rt", encoding="utf-8") as handle:
        return [json.loads(line) for line in handle]


def held_out(source: str, row: Row) -> bool:
    """Whether a row of a set without development split belongs to our own cut.

    The hash is over the first 30 letters, so that a headline and the article that opens with it fall together.
    """
    if source not in HELD_OUT:
        return False
    field, share = HELD_OUT[source]
    start = re.sub(r"[^a-z0-9]", "", str(row[field]).lower())[:30]
    return int(hashlib.sha1(start.encode()).hexdigest(), 16) % 1000 < share * 1000


def project_rows(folder: Path, split: str) -> list[Row]:
    """The project's own rows of a split, `[]` where `build_labelled.py` has not made the file."""
    path = folder / "rows" / f"{split}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []


class Mixer:
    """Draws a stage's examples from the sources that the configuration names; the same seed gives the same list."""

    def __init__(self, config: dict[str, Any], data: Path, project: Path, stage: str) -> None:
        self.data, self.project = data, project
        self.templates: dict[str, Any] = config["templates"]
        self.patterns: dict[str, list[str]] = config["patterns"]
        self.definitions: dict[str, Any] = config["definitions"]
        self.anonymous: list[str] = config["anonymous"]
        self.speakers: list[str] = config["speakers"]
        self.sources: dict[str, dict[str, Any]] = config["stages"][stage]["sources"]
        self.seed = config["stages"][stage].get("seed", config["seed"])
        self.random = random.Random(f"{self.seed}-{stage}")
        self.frames = load_codebook("policy_frames")

    def examples(self) -> list[Example]:
        """All examples of the stage, shuffled."""
        out: list[Example] = []
        for source, options in self.sources.items():
            # each source has its own generator: changing one leaves what is drawn from the others as it was
            self.random = random.Random(f"{self.seed}-{source}")
            part = list(self._source(source, options))
            out.extend(part)
        random.Random(self.seed).shuffle(out)
        return out

    def _source(self, source: str, options: dict[str, Any]) -> Iterator[Example]:
        if source == "patterns":
            yield from self._patterns(int(options["take"]))
            return
        if source == "unlabelled":
            yield from self._unlabelled(Path(options["file"]), int(options["take"]))
            return
        if source.startswith("project/"):
            rows = project_rows(self.project, "train")
            if source == "project/contrasts":
                yield from _contrasts(rows, int(options.get("repeat", 1)))
                return
            if source == "project/frames":
                rows = list({row["text"]: row for row in rows if row.get("frames")}.values())
        else:
            splits = set(options.get("splits", ["train"]))
            rows = [row for row in read(self.data, source) if row["split"] in splits and not held_out(source, row)]
        rows = self._rare(rows, int(options["rare"])) if "rare" in options else rows
        take = options.get("take")
        if take is not None and take < len(rows):
            rows = self.random.sample(rows, int(take))
        kind = source.split("/")[0]
        for turn in range(int(options.get("repeat", 1))):
            if kind == "nli":
                yield from (Example(r["premise"], r["hypothesis"], NLI[r["label"]], source) for r in rows)
            elif source == "project/crossed":
                yield from self._crossed(rows)
            elif source == "project/frames":
                for row in rows:
                    yield from self._project_frames(row, int(options["negatives"]))
            elif kind in {"stance", "project"}:
                share = float(options.get("preceded", 0))
                yield from self._stance(self._preceded(rows, share) if share else rows, source, turn)
            else:
                yield from self._topics(rows, source, int(options.get("negatives", 1)))

    def _rare(self, rows: list[Row], times: int) -> list[Row]:
        """Rows that take a side `times` over, the first of a sample that neutral rows then fill up."""
        sided = [row for row in rows if row["label"] != "neutral"]
        calm = [row for row in rows if row["label"] == "neutral"]
        return sided * times + self.random.sample(calm, min(len(calm), len(sided) * times))

    # stance ---------------------------------------------------------------------------------------------------

    def _crossed(self, rows: Sequence[Row]) -> Iterator[Example]:
        """Own quotations asked about what other quotations on their topic are asked about: no label, for a teacher."""
        targets: dict[str, set[str]] = {}
        for row in rows:
            targets.setdefault(row["topic"], set()).add(row["target"])
        for row in rows:
            other = self.random.choice(sorted(targets[row["topic"]]))
            if other != row["target"]:
                yield self._stance_row(row, "project/stance", other, "neutral")._replace(label=-1)

    def _unlabelled(self, path: Path, take: int) -> Iterator[Example]:
        """Quotations of real news toward the targets that would be asked of them (`news_pairs.py`), for a teacher."""
        rows: list[Row] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in self.random.sample(rows, min(take, len(rows))):
            yield self._stance_row(row, "project/stance", row["target"], "neutral")._replace(label=-1)

    def _preceded(self, rows: Sequence[Row], share: float) -> list[Row]:
        """The rows, a share of them after what somebody else says on the same topic.

        In an article the sentence before stands in the premise; it may side with the speaker or not, and is not theirs.
        """
        by_topic: dict[str, list[Row]] = {}
        for row in rows:
            by_topic.setdefault(row["topic"], []).append(row)
        out: list[Row] = []
        for row in rows:
            before = self.random.choice(by_topic[row["topic"]])
            use = self.random.random() < share and not row.get("context") and before["speaker"] != row["speaker"]
            out.append({**row, "context": _as_sentence(before)} if use else row)
        return out

    def _stance(self, rows: Sequence[Row], source: str, turn: int) -> Iterator[Example]:
        targets = sorted({row["target"] for row in rows})
        own = source.startswith("project")
        for row in rows:
            yield self._stance_row(row, source, row["target"], row["label"], first=own and turn == 0)
            # another thing than the one spoken of: neutral, unless it stands in the text
            if len(targets) > 40 and self.random.random() < (0.12 if own else 0.06):
                other = self.random.choice(targets)
                if not _shares_word(other, f"{row['text']} {row['target']} {row.get('context') or ''}"):
                    yield self._stance_row(row, source, other, "neutral")
            # somebody else than the speaker: neutral
            if own and self.random.random() < 0.05:
                yield self._stance_row(row, source, row["target"], "neutral", holder=self.random.choice(self.speakers))

    def _stance_row(
        self, row: Row, source: str, target: str, label: str, *, first: bool = False, holder: str | None = None
    ) -> Example:
        """One wording of one row. `first`: exactly as the shipped templates put it."""
        draw = self.random.random
        speaker = row.get("speaker") if source.startswith("project") else None
        if source.startswith("project"):
            shown = speaker if first or draw() < 0.8 else None
        elif "holder" in row:  # directed sets: the holder stands in the text
            speaker = row["holder"]
            shown = speaker if draw() < 0.15 else None
        else:
            shown = speaker = self.random.choice(self.speakers) if draw() < 0.2 else None
        named = holder or (speaker if shown or "holder" in row else self.random.choice(self.anonymous))
        text = premise(row["text"], speaker=shown, context=row.get("context"))
        polarity, table = "favor", TOWARD
        if not first:
            chance = draw()
            if chance < 0.2:
                polarity, table = "against", AGAINST
            elif chance < 0.24:
                polarity, table = "neutral", SIDELESS
        template = self._template(polarity, first=first)
        claim = template.format(speaker=named, target=target.strip().rstrip("."))
        return Example(text, sentence(claim), table[label], source)

    def _template(self, kind: str, *, first: bool = False) -> str:
        choices: list[str] = self.templates[kind]
        if first or self.random.random() < float(self.templates["share_first"]):
            return choices[0]
        return self.random.choice(choices)

    # frames and topics ----------------------------------------------------------------------------------------

    def _project_frames(self, row: Row, negatives: int) -> Iterator[Example]:
        text = premise(row["text"], context=row.get("context"))
        gold = set(row["frames"])
        absent = [name for name in self.frames.ids if name not in gold and name != "other"]
        for name in [*sorted(gold - {"other"}), *self.random.sample(absent, min(negatives, len(absent)))]:
            label = self.frames.label(name)
            yield self._topic(text, label.name, label.description, present=name in gold, source="project/frames")

    def _topics(self, rows: Sequence[Row], source: str, negatives: int) -> Iterator[Example]:
        names = sorted({name for row in rows for name in row["labels"]})
        for row in rows:
            gold = set(row["labels"])
            if gold & {"Other", "other news"}:
                continue
            text = " ".join(row["text"].split()[:110])
            absent = [name for name in names if name not in gold]
            for name in [*sorted(gold)[:4], *self.random.sample(absent, min(negatives, len(absent)))]:
                label, definition = self._define(source, name)
                yield self._topic(text, label, definition, present=name in gold, source=source)

    def _define(self, source: str, name: str) -> tuple[str, str | None]:
        entry = self.definitions.get(source, {}).get(name)
        if entry is None:
            return name.replace("_", " ").replace(": ", ", ").lower(), None
        if "codebook" in entry:
            label = self.frames.label(entry["codebook"])
            return label.name, label.description
        return entry["name"], entry["description"]

    def _topic(self, text: str, name: str, definition: str | None, *, present: bool, source: str) -> Example:
        template = self._template("topic")
        if definition is None and "{description}" in template:
            template = "The quote is about {name}."
        hypothesis = sentence(template.format(name=name, description=definition))
        return Example(text, hypothesis, ENTAILMENT if present else NOT_ENTAILMENT, source)

    # patterns -------------------------------------------------------------------------------------------------

    def _patterns(self, n: int) -> Iterator[Example]:
        """Sentences whose direction is plain: who supports or attacks whom, and who is only named."""
        pick = self.random.choice
        for _ in range(n):
            names = self.random.sample(self.patterns["names"], 3)
            actor, object_, third = names
            label = pick(["favor", "favor", "against", "against", "neutral"])
            present, past = pick(self.patterns[f"{label}_verbs"]).split("|")
            participle = {"stood by": "defended", "met with": "met"}.get(past, past)
            kind = pick(["active", "passive", "negated", "reported", "third"])
            if kind == "passive":
                text = f"{object_} was {participle} by {actor}."
            elif kind == "negated" and label != "neutral":
                stem = {"favor": "support", "against": "oppose"}[label]
                text = f"{actor} {pick(['does not', 'refused to', 'will not'])} {stem} {object_}."
                label = {"favor": "against", "against": "neutral"}[label]
            elif kind == "reported":
                text = f"On Monday {actor} again {past} {object_}, a statement said."
            elif kind == "third":
                text = f"{actor} {past} {object_} after talks with {third}."
            else:
                text = f"{actor} {present} {object_}."
            question = pick(["right", "right", "right", "reversed", "third"])
            holder, target = (object_, actor) if question == "reversed" else (actor, object_)
            if question != "right":
                label, target = "neutral", third if question == "third" else target
            text = text[:1].upper() + text[1:]
            yield self._stance_row({"text": text, "holder": holder}, "patterns", target, label)


def _contrasts(rows: Sequence[Row], times: int) -> Iterator[Example]:
    """Two quotations of a minimal pair that take opposite sides on one target contradict each other.

    Against them stand pairs of one topic and of one target's side, which as a rule neither say the same nor contradict.
    """
    pairs: dict[tuple[str, str], dict[str, str]] = {}
    sided: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        base = row["id"].rpartition("-")[0]
        if base[-1:] in "ab":
            pairs.setdefault((base[:-1], row["target"]), {})[row["label"]] = row["text"]
        if row["label"] != "neutral":
            sided.setdefault((row["topic"], row["label"]), []).append(row["text"])
    generator = random.Random("contrasts")
    for _, sides in sorted(pairs.items()):
        if {"favor", "against"} <= sides.keys():
            for _ in range(times):
                one, two = generator.sample([sides["favor"], sides["against"]], 2)
                yield Example(one, two, CONTRADICTION, "project/contrasts")
                topic, side = generator.choice(sorted(sided))
                if len(set(sided[topic, side])) > 1:
                    one, two = generator.sample(sorted(set(sided[topic, side])), 2)
                    yield Example(one, two, NEUTRAL, "project/contrasts")


def _as_sentence(row: Row) -> str:
    """A row's text as a sentence of an article: who says it is told."""
    text, speaker = row["text"].strip(), row["speaker"]
    if speaker and speaker.split()[-1] not in text:
        text = f"{speaker[:1].upper()}{speaker[1:]} said: {text}"
    return text if text[-1:] in '.!?"”' else f"{text}."


def _shares_word(target: str, text: str) -> bool:
    """Whether a word of the target (four letters or more) stands in the text."""
    words = {word for word in re.findall(r"\w+", target.lower()) if len(word) > 3}
    return bool(words & set(re.findall(r"\w+", text.lower())))
