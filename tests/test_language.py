"""Language: other languages are recognised, English never is one of them, and what is short is taken on trust."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stance import loaders
from stance.language import code, not_english

CORPORA = Path(__file__).parents[1] / "corpora"
FOREIGN = {
    "German": "Die Regierung hat am Dienstag erklärt, dass sie dem Plan nicht zustimmen werde, weil er gegen die Interessen "
    "der Bauern verstoße und zu teuer sei, sagte die Ministerin Ada Brink.",
    "French": "Le gouvernement a déclaré mardi qu’il n’approuverait pas le projet, parce qu’il est contraire aux intérêts des "
    "agriculteurs et coûte trop cher, a dit la ministre Ada Brink.",
    "Spanish": "El gobierno declaró el martes que no aprobará el plan porque es contrario a los intereses de los agricultores "
    "y cuesta demasiado, dijo la ministra Ada Brink en una entrevista.",
    "Turkish": "Hükümet salı günü yaptığı açıklamada, çok pahalı olduğu için bu planı onaylamayacağını söyledi. Bakan Ada Brink, "
    "kararın değişmeyeceğini ve yeni bir plan için daha çok zaman gerektiğini belirtti.",
    "a language in Cyrillic script": "Правительство заявило во вторник, что не одобрит этот план, сказала министр Ада Бринк.",
    "a language in Arabic script": "أعلنت الحكومة يوم الثلاثاء أنها لن توافق على الخطة لأنها تتعارض مع مصالح المزارعين.",
    "Chinese": "政府周二表示，不会批准这项计划，因为它违背了农民的利益。",
    "Japanese": "政府は火曜日、この計画を承認しないと発表した。",
    "a language other than English": "Valitsus teatas teisipäeval, et ei kiida kava heaks, sest see on põllumeeste huvidega "
    "vastuolus ja liiga kallis, ütles minister Ada Brink intervjuus. Ta lisas, et otsus ei muutu ning uue kava jaoks on vaja "
    "rohkem aega, sest läbirääkimised alles algavad ja keegi ei tea lõppu.",
}


@pytest.mark.parametrize(("language", "text"), FOREIGN.items())
def test_other_languages_are_told(language: str, text: str) -> None:
    assert not_english(text) == language
    assert not_english(text, "en") == language


@pytest.mark.parametrize("path", [p for p in sorted((CORPORA / "articles").iterdir()) if p.suffix in loaders.ARTICLES])
def test_articles_are_english(path: Path) -> None:
    document = loaders.from_file(path)
    assert not_english(document.text, document.language) is None


def test_labelled_quotations_are_english() -> None:
    rows = (CORPORA / "labelled" / "dev.jsonl").read_text(encoding="utf-8").splitlines()
    assert [text for row in rows if (text := json.loads(row).get("text")) and not_english(text)] == []


def test_a_short_text_is_taken_on_trust_unless_it_says_otherwise() -> None:
    assert not_english("Nein, danke.") is None
    assert not_english("Nein, danke.", "de-AT") == "German"
    assert not_english("“No,” she said.", "en-GB") is None


def test_clear_english_outweighs_a_wrong_declaration() -> None:
    text = (
        "The minister said that she would not sign the plan, because it was too dear and came too late for the farmers."
    )
    assert not_english(text, "de") is None


def test_english_that_quotes_another_script_is_english() -> None:
    text = "The banner, which hung from the roof of the town hall for most of the day, said “Мы не уйдём”, we will not leave."
    assert not_english(text) is None


@pytest.mark.parametrize(("declared", "expected"), [("en_GB", "en"), ("English", "en"), ("ENGLISH", "en"), ("", None)])
def test_declared_languages(declared: str, expected: str | None) -> None:
    assert code(declared) == expected
