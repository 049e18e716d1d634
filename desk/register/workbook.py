"""XLSX, XLS and ODS files, opened in a process of its own with little memory and time.

A small file can claim a cell in the last row and column or hide gigabytes; whatever it does happens to
`workbook_process.py`, and the one who asked reads a sentence.
"""

import io
import json
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from .errors import ReadError
from .text import tidy

PROCESS = Path(__file__).with_name("workbook_process.py")
SECONDS = 60
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_PACKED_FILES = 5_000


def read_workbook(content: bytes) -> list[tuple[int, tuple[str | date, ...]]]:
    """The lines of the first visible sheet that has any, with their numbers. Raises `ReadError`."""
    if content.startswith(b"PK"):
        _look_inside(content)
    elif "EncryptedPackage".encode("utf-16-le") in content:
        raise ReadError(_refusal(4))
    try:
        # A list of arguments and no shell; the content goes in by the pipe.
        process = subprocess.run(  # noqa: S603
            [sys.executable, "-I", str(PROCESS)],
            input=content,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError(_("The spreadsheet takes too long to read. Save the register as CSV.")) from error
    if process.returncode:
        raise ReadError(_refusal(process.returncode))
    return [_line(json.loads(line)) for line in process.stdout.splitlines()]


def _look_inside(content: bytes) -> None:
    """Refuse before unpacking what would unpack to too much, or is no spreadsheet at all."""
    try:
        files = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise ReadError(_("The spreadsheet is damaged. Open it, save it again and try once more.")) from error
    if len(files) > MOST_PACKED_FILES or sum(file.file_size for file in files) > LARGEST_UNPACKED:
        raise ReadError(_("The spreadsheet is too large once unpacked. Save the register as CSV."))
    if not {"[Content_Types].xml", "content.xml"} & {file.filename for file in files}:
        raise ReadError(_("This is a ZIP file and not a spreadsheet. Unpack it and choose the file inside."))
    if any(file.flag_bits & 1 for file in files):
        raise ReadError(_refusal(4))


def _refusal(code: int) -> str:
    """The sentence for the way in which the process ended (its own codes are named there)."""
    return {
        3: _("The spreadsheet is damaged. Open it, save it again and try once more."),
        4: _("The spreadsheet is protected by a password. Save it without one and try again."),
        5: _("The spreadsheet has more rows, columns or text than can be read. Split it into several files."),
    }.get(code, _("The spreadsheet cannot be read. Save the register as CSV and try again."))


def _line(found: list[Any]) -> tuple[int, tuple[str | date, ...]]:
    number, cells = found
    return number, tuple(
        date.fromisoformat(cell[0]) if isinstance(cell, list) else tidy(cell) for cell in cells
    )
