"""What a reader learns from the first screen on articles that are written with two sides, stances as coded by hand.

The comparison alone is tested: `scripts/measure_two_sided.py` counts the same on the whole job.
"""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from stance.compare import compare

SCRIPT = Path(__file__).parents[1] / "scripts" / "measure_two_sided.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure_two_sided", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


two_sided = _load()
LESSONS = two_sided.lessons()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: f"{lesson.stem}-{lesson.by}")
def test_a_reader_learns_the_sides_the_target_and_the_direction(lesson):
    found = compare(two_sided.coded(lesson.path), by=lesson.by)
    assert lesson.read(found) == {"groups": True, "target": True, "direction": True}, found.headline


@pytest.mark.parametrize("lesson", [lesson for lesson in LESSONS if lesson.target], ids=lambda lesson: lesson.stem)
def test_the_opposite_stances_would_teach_the_opposite(lesson):
    turned = {"favor": "against", "against": "favor", "neutral": "neutral"}
    data = two_sided.coded(lesson.path)
    labels = [replace(label, label=turned[label.label], scores={}) for label in data.labels]
    found = compare(replace(data, labels=labels), by=lesson.by)
    assert not lesson.read(found)["direction"]


def test_every_two_sided_article_has_a_lesson_and_a_roster_of_its_speakers():
    articles = {path.stem for path in (two_sided.CORPORA / "articles").iterdir()}
    assert {lesson.stem for lesson in LESSONS} == articles
    for lesson in LESSONS:
        sides = {person.side for person in two_sided.coded(lesson.path).speakers.values()}
        assert len(sides - {None}) == 2, lesson.stem
