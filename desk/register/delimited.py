"""Text files with separated values: any usual encoding and separator."""

import codecs
import csv
import io

from django.utils.translation import gettext as _

from .columns import heading_score
from .errors import ReadError
from .text import tidy

SEPARATORS = ",;\t|"
SAMPLE_LINES = 40
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_delimited(content: bytes) -> list[tuple[int, tuple[str, ...]]]:
    """The lines of the file with the number of the line on which each begins. Raises `ReadError`."""
    text = _decoded(content)
    separator = _separator(text)
    if text[:5].casefold().startswith("sep=") and "\n" in text:
        # Keeps the numbers of the lines that follow.
        text = "\n" + text.partition("\n")[2]
    return _records(text, separator)


def _decoded(content: bytes) -> str:
    for encoding in (*_marked_encoding(content), "utf-8", "cp1252"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\x00", "")
    raise ReadError(_("The letters of the file cannot be read. Save it as “CSV UTF-8” and try again."))


def _marked_encoding(content: bytes) -> list[str]:
    """The encoding that a byte order mark names; without one, UTF-16 is known by its many NUL bytes."""
    for bom, encoding in BOMS:
        if content.startswith(bom):
            return [encoding]
    sample = content[:2000]
    if sample[1::2].count(0) > len(sample) / 5:
        return ["utf-16-le"]
    if sample[0::2].count(0) > len(sample) / 5:
        return ["utf-16-be"]
    return []


def _separator(text: str) -> str:
    """The one the file names (`sep=;`), or else that which finds most known headings, then most columns."""
    first = text.partition("\n")[0].strip()
    if first[:4].casefold() == "sep=" and first[4:5]:
        return first[4]
    sample = "\n".join(text.splitlines()[:SAMPLE_LINES])
    return max(SEPARATORS, key=lambda separator: _fitness(sample, separator))


def _fitness(sample: str, separator: str) -> tuple[int, int]:
    try:
        lines = [row for row in csv.reader(io.StringIO(sample), delimiter=separator) if row]
    except csv.Error:
        return 0, 0
    return max((heading_score(row) for row in lines), default=0), max(map(len, lines), default=0)


def _records(text: str, separator: str) -> list[tuple[int, tuple[str, ...]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    records, begins = [], 1
    try:
        for row in reader:
            records.append((begins, tuple(tidy(cell) for cell in row)))
            begins = reader.line_num + 1
    except csv.Error as error:
        message = _("Line %(line)d cannot be read: a quotation mark is probably never closed.")
        raise ReadError(message % {"line": begins}) from error
    return records
