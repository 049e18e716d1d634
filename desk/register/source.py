"""From a file's bytes to rows for a clinic."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date

from clinic.models import Clinic, RegisterImport

from .columns import Column, ColumnMap, map_columns
from .rows import Reading, read_rows
from .table import Table

LONGEST_FILENAME = 200


def record_of(filename: str, content: bytes) -> RegisterImport:
    """The file's name and fingerprint; not saved yet."""
    name = filename.replace("\x00", "")[-LONGEST_FILENAME:]
    return RegisterImport(filename=name, sha256=hashlib.sha256(content).hexdigest())


def columns_of(table: Table, meanings: Mapping[str, str] | None = None) -> ColumnMap:
    """What the columns mean, by their headings or as the desk has said (place → meaning, "" to leave it out)."""
    chosen = {int(place): Column(meaning) if meaning else None for place, meaning in (meanings or {}).items()}
    return map_columns(table.headers, chosen)


def reading_of(table: Table, columns: ColumnMap, *, clinic: Clinic, as_of: date) -> Reading:
    """The rows; no purchase or visit lies after the day on which the register was brought up to date."""
    return read_rows(table, columns, country=clinic.country, currency=clinic.currency, today=as_of)
