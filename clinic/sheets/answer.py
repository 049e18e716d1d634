"""A sheet as what the browser saves."""

from __future__ import annotations

from collections.abc import Iterable
from io import SEEK_END, BytesIO, TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from django.http import FileResponse

from clinic.csv_files import BYTE_ORDER_MARK

from .csv_file import write_csv
from .table import Sheet
from .xlsx_file import write_xlsx

CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
IN_MEMORY = 2**20


def sheet_response(sheets: Iterable[Sheet], *, name: str, kind: str) -> FileResponse:
    """The sheets as a file to save: `name`.csv or `name`.xlsx.

    It is written to a temporary file first, inside the clinic's transaction, and sent from there when that is over: a
    slow connection holds nothing open, and rows are read while the clinic's own are the only ones that exist.
    """
    file = _written(sheets, kind)
    response = FileResponse(file, as_attachment=True, filename=f"{name}.{kind}", content_type=TYPES[kind])
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _written(sheets: Iterable[Sheet], kind: str) -> IO[bytes]:
    """The file from its beginning; a short one in memory, where nobody need close it."""
    file: Any = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed below, or by the response
    try:
        if kind == XLSX:
            write_xlsx(file, sheets)
        else:
            text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            text.write(BYTE_ORDER_MARK)
            write_csv(text, sheets)
            text.detach()
    except BaseException:
        file.close()
        raise
    size = file.seek(0, SEEK_END)
    file.seek(0)
    if size > IN_MEMORY:
        return file
    with file:
        return BytesIO(file.read())
