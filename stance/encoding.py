"""Bytes to text: byte order marks, UTF-8, UTF-16, then a detector; line breaks become `\\n`, nothing else changes."""

from __future__ import annotations

import codecs

from stance.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"\x28\xb5\x2f\xfd": "a zstandard archive",
    b"\x7fELF": "a program",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"SQLite format 3": "an SQLite database",
}
_CONVERT = "convert it to .txt, .md or .html first"
_REMEDIES = {
    b"%PDF": "name it .pdf",
    b"PK\x03\x04": "name it .docx if it is a Word document; save a spreadsheet as .csv, unpack an archive",
    b"\x1f\x8b": "name it .gz (article.txt.gz)",
    b"\x28\xb5\x2f\xfd": "name it .zst (article.txt.zst)",
}
_WESTERN = {
    "cp1250",
    "cp1252",
    "cp1254",
    "cp1257",
    "cp1258",
    "latin_1",
    "iso8859_1",
    "iso8859_9",
    "iso8859_15",
    "mac_roman",
    "cp437",
    "cp850",
}


def decode(data: bytes, source: str) -> str:
    """Decode a file's bytes.

    Args:
        data: the raw bytes.
        source: the file's name, for the error message.

    Returns:
        The text with `\\r\\n` and `\\r` made `\\n`; a byte order mark is dropped.

    Raises:
        InputError: the bytes are not text, or in no encoding that can be told.
    """
    return _decoded(data, source).replace("\r\n", "\n").replace("\r", "\n")


def encoding_of(sample: bytes, source: str) -> str:
    """The encoding of a long file from its first bytes; a few broken lines do not make it another one.

    Args:
        sample: how the file begins.
        source: the file's name, for the error message.

    Raises:
        InputError: the bytes are not text.
    """
    _refuse_binary(sample, source)
    marked = next((name for mark, name in _MARKS if sample.startswith(mark)), None) or _bare_utf16(sample)
    if marked:
        return marked
    if sample[:1000].count(0) > 10:  # one row with a NUL among good ones does not make a table binary
        raise InputError(source, "binary file (it holds NUL bytes), not text")
    lines = [line for line in sample.split(b"\n") if not line.isascii()]
    broken = sum(1 for line in lines if not _is_utf8(line))
    return _guess(sample) if lines and broken > 0.9 * len(lines) else "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)  # the last line may be cut inside a character
    except UnicodeDecodeError:
        return False
    return True


def _refuse_binary(data: bytes, source: str) -> None:
    for magic, what in _MAGIC.items():
        if data.startswith(magic):
            raise InputError(source, f"binary file ({what}), not text; {_REMEDIES.get(magic, _CONVERT)}")


def _decoded(data: bytes, source: str) -> str:
    _refuse_binary(data, source)
    for mark, marked in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(marked)
            except UnicodeDecodeError as error:
                raise InputError(source, f"broken {marked} at byte {error.start}; save it again as UTF-8") from error
    if encoding := _bare_utf16(data):
        return data.decode(encoding)
    if b"\0" in data:
        raise InputError(source, "binary file (it holds NUL bytes), not text; convert it to .txt, .md or .html first")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data, source)


def _bare_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark: NUL in nearly every other byte."""
    sample = data[:2000]
    if len(sample) < 8 or len(data) % 2:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    half = len(sample) / 2
    encoding = "utf-16-le" if odd > 0.7 * half > even * 10 else "utf-16-be" if even > 0.7 * half > odd * 10 else None
    try:
        return encoding if encoding and data.decode(encoding) else None
    except UnicodeDecodeError:
        return None


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:200_000]).best()
    encoding = best.encoding if best else None
    # Curly quotation marks at 0x91-0x94 are what Western legacy files have most of; only Windows-1252 places them right.
    if encoding is None or encoding in _WESTERN:
        return "cp1252"
    return encoding


def _guessed(data: bytes, source: str) -> str:
    try:
        return data.decode(_guess(data))
    except UnicodeDecodeError as error:
        raise InputError(source, f"cannot tell the encoding (byte {error.start}); save it again as UTF-8") from error
