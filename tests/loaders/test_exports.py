"""Exports of news databases, in the layouts that these write: each article by itself, with its metadata."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from stance.errors import InputError
from stance.loaders import Failure, find_sources, from_file, read
from stance.schema import Document

LONG = (
    "The committee met for the third time on Tuesday and heard evidence from two of the firms involved in the works on "
    "the harbour wall."
)
NEXIS_UNI = f"""The Quay Post
All Articles
Results for: harbour

Harbour vote divides town
The Quay Post
March 3, 2014 Monday
Late Edition - Final

Copyright 2014 The Quay Post Company All Rights Reserved

Section: Section A; Column 0; Foreign Desk; Pg. 1
Length: 812 words
Byline: By BEN OAK
Dateline: NORDHAVEN
Body

“We won’t move,” said Ada Brink. {LONG}

{LONG} “Nobody asked us.”

Classification

Language: ENGLISH
Publication-Type: Newspaper
Subject: HARBOURS (90%)
Load-Date: March 4, 2014

End of Document

Crane sold for scrap
The Star
4 March 2014

Length: 20 words
Body

“It was time,” said Ole Reed. {LONG}

Load-Date: March 5, 2014

End of Document

Only a picture
The Star
March 6, 2014 Thursday

Length: 0 words
Body

Load-Date: March 6, 2014

End of Document
"""
NEXIS_OLD = """                               1 of 2 DOCUMENTS


                              The Quay Post

                           March 3, 2014 Monday
                           Late Edition - Final

Harbour vote divides town after a night of long speeches and short
tempers

BYLINE: By BEN OAK

SECTION: Section A; Column 0; Foreign Desk; Pg. 1

LENGTH: 812 words

DATELINE: NORDHAVEN


   "We won't move," said Ada Brink. The committee met for the third
time on Tuesday and heard evidence.

   Nobody asked the fishers, she
added.

LOAD-DATE: March 4, 2014

LANGUAGE: ENGLISH

PUBLICATION-TYPE: Newspaper

                 Copyright 2014 The Quay Post Company
                         All Rights Reserved

                               2 of 2 DOCUMENTS

                                 The Star

                           March 5, 2014 Wednesday

Crane sold for scrap

LENGTH: 20 words

   "It was time," said Ole Reed.

LOAD-DATE: March 5, 2014
"""
FACTIVA_PLAIN = f"""News
Harbour vote divides town
By Ben Oak
812 words
3 March 2014
06:30
The Quay Post
QPOST
A1
English
© 2014 The Quay Post Company. All rights reserved.
“We won’t move,” said Ada Brink. {LONG}
{LONG}
Document QPOST00020140303ea330003v

Crane sold for scrap
20 words
5 March 2014
The Star
STAR
English
Copyright 2014. The Star.
“It was time,” said Ole Reed.
Document STAR000020140305ea350001b

Search Summary
Text
harbour
"""


def row(code: str, *cells: str) -> str:
    inside = "".join(f"<p>{cell}</p>" for cell in cells)
    return f'<tr><td class="index"><b>{code}</b>&nbsp;</td><td>{inside}</td></tr>'


FACTIVA_HTML = (
    "<html><body><div class='article enArticle'><table>"
    + row("SE", "News")
    + row("HD", "<b>Harbour vote divides town</b>")
    + row("BY", "By Ben Oak")
    + row("WC", "812 words")
    + row("PD", "3 March 2014")
    + row("SN", "The Quay Post")
    + row("SC", "QPOST")
    + row("LA", "English")
    + row("CY", "© 2014 The Quay Post Company")
    + row("LP", f"“We won’t move,” said Ada Brink. {LONG}")
    + row("TD", LONG, "“Nobody asked us,” she added.")
    + row("IN", "iharb : Harbours")
    + row("AN", "Document QPOST00020140303ea330003v")
    + "</table></div><div class='article'><table>"
    + row("HD", "Crane sold for scrap")
    + row("WC", "20 words")
    + row("PD", "5 March 2014")
    + row("SN", "The Star")
    + row("LP", "“It was time,” said Ole Reed.")
    + row("AN", "Document STAR000020140305ea350001b")
    + "</table></div></body></html>"
)


def documents(path: Path) -> list[Document | Failure]:
    return list(read(find_sources([str(path)]), any_language=False))


def articles(path: Path) -> list[Document]:
    return [item for item in documents(path) if isinstance(item, Document)]


def rtf(text: str) -> bytes:
    escaped = "".join(
        f"\\u{ord(c)}?" if ord(c) > 127 else "\\par\n" if c == "\n" else f"\\{c}" if c in "{}\\" else c for c in text
    )
    return ("{\\rtf1\\ansi\\ansicpg1252 " + escaped + "}").encode()


def docx(text: str) -> bytes:
    document = pytest.importorskip("docx").Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    data = io.BytesIO()
    document.save(data)
    return data.getvalue()


def html(text: str) -> bytes:
    return ("<html><body>" + "".join(f"<p>{line}</p>" for line in text.split("\n")) + "</body></html>").encode()


FORMS = {".txt": str.encode, ".rtf": rtf, ".docx": docx, ".html": html}


@pytest.mark.parametrize("suffix", FORMS)
def test_nexis_uni(suffix: str, tmp_path: Path) -> None:
    if suffix == ".rtf":
        pytest.importorskip("striprtf")
    path = tmp_path / f"files{suffix}"
    path.write_bytes(FORMS[suffix](NEXIS_UNI))
    found = documents(path)
    assert [type(item) for item in found] == [Document, Document, Failure]
    one, two = articles(path)
    assert one.title == "Harbour vote divides town"
    assert (one.id, one.outlet, one.author, one.published, one.language) == (
        "files-1",
        "The Quay Post",
        "BEN OAK",
        "2014-03-03",
        "ENGLISH",
    )
    assert one.text.endswith(f"“We won’t move,” said Ada Brink. {LONG}\n\n{LONG} “Nobody asked us.”\n")
    assert (two.title, two.outlet, two.published) == ("Crane sold for scrap", "The Star", "2014-03-04")
    assert two.text == f"Crane sold for scrap\n\n“It was time,” said Ole Reed. {LONG}\n"
    assert isinstance(found[2], Failure)
    assert found[2].source.endswith("#3")


def test_nexis_as_it_used_to_be(tmp_path: Path) -> None:
    path = tmp_path / "old.txt"
    path.write_text(NEXIS_OLD, encoding="utf-8")
    one, two = articles(path)
    assert one.title == "Harbour vote divides town after a night of long speeches and short tempers"
    assert (one.outlet, one.author, one.published) == ("The Quay Post", "BEN OAK", "2014-03-03")
    assert one.meta["length"] == "812 words"
    assert one.text.split("\n\n")[1:] == [
        '"We won\'t move," said Ada Brink. The committee met for the third time on Tuesday and heard evidence.',
        "Nobody asked the fishers, she added.\n",
    ]
    assert (two.title, two.text) == ("Crane sold for scrap", 'Crane sold for scrap\n\n"It was time," said Ole Reed.\n')
    assert [part.kind for part in two.sections] == ["title", "body"]


@pytest.mark.parametrize("suffix", FORMS)
def test_factiva_in_reading_order(suffix: str, tmp_path: Path) -> None:
    if suffix == ".rtf":
        pytest.importorskip("striprtf")
    path = tmp_path / f"files{suffix}"
    path.write_bytes(FORMS[suffix](FACTIVA_PLAIN))
    one, two = articles(path)
    assert (one.id, one.title, one.outlet, one.author, one.published) == (
        "QPOST00020140303ea330003v",
        "Harbour vote divides town",
        "The Quay Post",
        "Ben Oak",
        "2014-03-03",
    )
    assert one.text == f"Harbour vote divides town\n\n“We won’t move,” said Ada Brink. {LONG}\n\n{LONG}\n"
    assert two.text == "Crane sold for scrap\n\n“It was time,” said Ole Reed.\n"


def test_factiva_with_codes(tmp_path: Path) -> None:
    path = tmp_path / "files.html"
    path.write_text(FACTIVA_HTML, encoding="utf-8")
    one, two = articles(path)
    assert (one.id, one.title, one.outlet, one.author, one.published, one.language) == (
        "QPOST00020140303ea330003v",
        "Harbour vote divides town",
        "The Quay Post",
        "Ben Oak",
        "2014-03-03",
        "English",
    )
    assert one.text.split("\n\n")[1:] == [
        f"“We won’t move,” said Ada Brink. {LONG}",
        LONG,
        "“Nobody asked us,” she added.\n",
    ]
    assert (two.id, two.outlet) == ("STAR000020140305ea350001b", "The Star")


def test_one_call_for_one_article_does_not_drop_the_others(tmp_path: Path) -> None:
    path = tmp_path / "files.txt"
    path.write_text(FACTIVA_PLAIN, encoding="utf-8")
    with pytest.raises(InputError, match="holds 2 articles"):
        from_file(path)


@pytest.mark.parametrize(
    "text",
    [
        f"Harbour vote\n\nThe clerk read from page 1 of 25 documents, and “End of Document” was stamped on each. {LONG}\n",
        f"Harbour vote\n\nHD sets were sold. {LONG}\n\nTD Bank had lent the money.\n",
    ],
)
def test_an_article_that_mentions_such_words_stays_as_it_is(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(text, encoding="utf-8")
    (only,) = articles(path)
    assert (only.id, only.text) == ("a", text)
