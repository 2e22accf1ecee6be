"""PDF, Word and RTF: paragraphs as a reader sees them; what holds no text, or is damaged, says so."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from stance.errors import InputError
from stance.loaders import from_bytes, from_file
from stance.loaders.office import paragraphs

BODY = (
    "“We won’t move,” said Ada Brink, who runs the café on the quay.",
    "The committee met for the third time on Tuesday and heard evidence.",
)


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF of lines in Helvetica, written by hand."""
    count = len(pages)
    kids = " ".join(f"{3 + number} 0 R" for number in range(count))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>"]
    font = 3 + 2 * count
    for number in range(count):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {3 + count + number} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>"
        )
    for lines in pages:
        shown = "".join(f"({line.replace('(', chr(92) + '(').replace(')', chr(92) + ')')}) Tj T*\n" for line in lines)
        stream = f"BT /F1 11 Tf 14 TL 60 780 Td\n{shown}ET"
        objects.append(f"<< /Length {len(stream.encode('cp1252'))} >>\nstream\n{stream}\nendstream")
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF"
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}".encode()


def test_pdf_pages_become_paragraphs(tmp_path: Path) -> None:
    pytest.importorskip("pypdf")
    pages = [
        [
            "The Quay Post",
            "Harbour vote divides town",
            "",
            "The committee met for the third time on Tuesday and heard evi-",
            "dence from two of the firms involved in the works on the harbour",
            "wall.",
            "“We won’t move,” said Ada Brink, who runs the café on the quay and",
            "has done so for twenty years. She added that nobody had asked the",
            "1",
        ],
        ["The Quay Post", "fishers (or their families) that day.", "", "2"],
        ["The Quay Post", "The last page has one line.", "3"],
    ]
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(pages))
    document = from_file(path)
    assert document.text.split("\n\n") == [
        "Harbour vote divides town",
        "The committee met for the third time on Tuesday and heard evidence from two of the firms involved in the works on "
        "the harbour wall.",
        "“We won’t move,” said Ada Brink, who runs the café on the quay and has done so for twenty years. She added that "
        "nobody had asked the fishers (or their families) that day.",
        "The last page has one line.\n",
    ]


def test_lines_of_a_column_are_joined_and_headings_stand_apart() -> None:
    long = "The committee met for the third time on Tuesday and heard"
    lines = ["The fishers’ view", long, long, "evidence.", "Ada Brink said no.", long, "and", "so on."]
    assert paragraphs(lines)[0] == "The fishers’ view"
    assert paragraphs(lines)[1:3] == [f"{long} {long} evidence.", "Ada Brink said no."]
    assert " ".join(paragraphs(lines)).split() == " ".join(lines).split()


def test_word(tmp_path: Path) -> None:
    docx = pytest.importorskip("docx")
    made = docx.Document()
    made.add_heading("Harbour vote divides town", 0)
    made.add_paragraph(BODY[0])
    made.add_heading("The fishers’ view", 1)
    made.add_table(1, 1).cell(0, 0).text = BODY[1]
    made.save(tmp_path / "a.docx")
    document = from_file(tmp_path / "a.docx")
    assert document.title == "Harbour vote divides town"
    assert [(part.kind, part.heading) for part in document.sections] == [
        ("title", None),
        ("body", None),
        ("heading", "The fishers’ view"),
        ("body", "The fishers’ view"),
    ]
    assert [part.span.of(document.text) for part in document.sections if part.kind == "body"] == list(BODY)


def test_rtf() -> None:
    pytest.importorskip("striprtf")
    data = (
        rb"{\rtf1\ansi\ansicpg1252 Harbour vote\par\par \u8220?We won\rquote t move,\u8221? said Ada Brink, caf\'e9 "
        rb'{\field{\*\fldinst HYPERLINK "https://quay.example"}{\fldrslt owner}}.\par}'
    )
    assert from_bytes(data, id="a", source="a").text == (
        "Harbour vote\n\n“We won’t move,” said Ada Brink, café owner.\n"
    )


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".rtf"])
@pytest.mark.parametrize("data", [b"", b"plain words", b"PK\x03\x04 cut", b"%PDF-1.4\nxref\ntrailer", b"\0" * 100])
def test_damaged_files_say_so(suffix: str, data: bytes) -> None:
    for package in ("pypdf", "docx", "striprtf"):
        pytest.importorskip(package)
    with pytest.raises(InputError) as raised:
        from_bytes(data, id="a", source="a", suffix=suffix)
    assert "\n" not in str(raised.value)


def test_a_scan_and_a_locked_file() -> None:
    pypdf = pytest.importorskip("pypdf")
    with pytest.raises(InputError, match="text recognition"):
        from_bytes(pdf([[]]), id="a", source="a", suffix=".pdf")
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf([BODY[1:]])))
    writer.encrypt("secret", algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    with pytest.raises(InputError, match="encrypted"):
        from_bytes(locked.getvalue(), id="a", source="a", suffix=".pdf")
